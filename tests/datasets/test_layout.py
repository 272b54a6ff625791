"""Descriptions of releases: those that come with the project, and whatever a user may write."""

import re

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mer.core.errors import InputError, MissingPath
from mer.datasets.layout import Layout, layout_names, load_layout
from mer.manifest.emotions import label_mapping

NAMES = ("4dme", "casme2", "casme3", "casme_squared", "mmew", "samm", "smic")


def own(tmp_path, **changes):
    """A layout file: a sheet with subject, clip, onset, offset and emotion; ``None`` takes a key away."""
    data = {
        "database": "pilot",
        "title": "Pilot",
        "source": "me",
        "terms": "none",
        "fps": 100,
        "sheet": {
            "files": "codes.xlsx",
            "columns": {"subject": "Who", "clip": "What", "onset": "On", "offset": ["Off", "End"], "emotion": "Felt"},
        },
        "frames": "{subject}/{clip}",
        "variants": {"raw": {"example": "raw/1/a/1.png", "base": "raw"}},
    } | changes
    path = tmp_path / "pilot.yaml"
    path.write_text(yaml.safe_dump({key: value for key, value in data.items() if value is not None}), encoding="utf-8")
    return path


def sheet(**changes):
    columns = {"subject": "Who", "clip": "What", "onset": "On", "offset": "Off", "emotion": "Felt"}
    return {"files": "codes.xlsx", "columns": columns} | changes


def test_layouts_that_come_with_the_project():
    assert layout_names() == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_variant_of_every_layout_can_be_read_and_explained(name):
    for variant in load_layout(name).variants:
        layout = load_layout(name, variant)
        assert (layout.name, layout.database, layout.variant) == (name, name, variant)
        assert layout.fps > 0
        assert layout.example.startswith(tuple(layout.base))
        assert "licence" in layout.source + layout.terms or "agreement" in layout.source
        assert label_mapping("composite").emotions[name], "its emotions have classes"


def test_variants_differ_only_in_what_they_say():
    raw, cropped = load_layout("casme2"), load_layout("casme2", "cropped")
    assert (raw.variant, raw.base) == ("raw", ("CASME2_RAW_selected",))
    assert cropped.base[0] == "Cropped"
    assert (raw.subject, raw.sheet, raw.values) == (cropped.subject, cropped.sheet, cropped.values)
    assert load_layout("smic", "vis").fps == 25
    assert load_layout("smic").fps == 100
    assert load_layout("smic").sheet is None
    assert load_layout("smic", "hs-e").sheet.repeats == 3


def test_a_users_own_layout(tmp_path):
    path = own(tmp_path, values={"emotion": {"Happy": "happiness"}}, sheet=sheet(keep={"emotion": ["Happy"]}))
    layout = load_layout(path)
    assert (layout.name, layout.variant, layout.path) == ("pilot", "raw", path)
    assert layout.sheet.files == ("codes.xlsx",)
    assert layout.sheet.columns["offset"] == ("Off",)
    assert layout.sheet.keep == {"emotion": ("happy",)}
    assert layout.values == {"emotion": {"happy": "happiness"}}, "emotions are compared in lower case"
    assert load_layout(str(path), "raw") == layout


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"fsp": 3}, "'fsp' is no key of a layout. Did you mean 'fps'?"),
        ({"fps": None}, "fps is missing"),
        ({"title": None, "source": None}, "title, source is missing"),
        ({"fps": "fast"}, "could not convert"),
        ({"fps": 0}, "fps is 0; expected frames a second, above 0"),
        ({"fps": float("nan")}, "fps is nan"),
        ({"fps": 10**400}, "too large"),
        ({"path": "x"}, "'path' is no key of a layout"),
        ({"variants": {}}, "at least one"),
        ({"variants": None}, "at least one"),
        ({"variants": {"raw": None}}, "base, example is missing"),
        ({"frames": "{subject}/{film}"}, "uses the field 'film'"),
        ({"frames": "../{subject}"}, "leaves the folder"),
        ({"subject": "{subject:02d"}, "is no template"),
        ({"clip": "{film}"}, "uses the field 'film'"),
        ({"values": {"mood": {"a": "b"}}}, "no field 'mood'"),
        ({"sheet": sheet(columns={"subject": "a", "clip": "b", "offset": "c"})}, "no column for 'onset'"),
        ({"sheet": sheet(column={})}, "'column' is no key of a layout. Did you mean 'columns'?"),
        ({"sheet": {"files": "a.xlsx"}}, "columns is missing"),
        ({"sheet": sheet(keep={"kind": "micro"})}, "no field 'kind'"),
        ({"sheet": sheet(optional=["action_unit"])}, "no field 'action_unit'"),
        ({"sheet": sheet(zero_is_missing=["apexx"])}, "no field 'apexx'"),
        ({"sheet": sheet(repeats=0)}, "repeats is 0; expected 1 or more"),
        ({"sheet": None, "frames": "{subject}/x"}, "uses the field 'clip'"),
    ],
)
def test_a_faulty_layout_is_refused_with_its_file(tmp_path, changes, words):
    path = own(tmp_path, **changes)
    with pytest.raises(InputError, match=re.escape(words)) as caught:
        load_layout(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("base", ["/data", "../beside", "raw/../.."])
def test_clips_lie_inside_the_release(tmp_path, base):
    with pytest.raises(InputError, match="leaves the folder"):
        load_layout(own(tmp_path, variants={"raw": {"example": "x", "base": ["raw", base]}}))


def test_an_unknown_name_or_variant_gets_the_nearest(tmp_path):
    with pytest.raises(InputError, match=r"no layout 'casme_2'\. Did you mean 'casme2'"):
        load_layout("casme_2")
    with pytest.raises(InputError, match=r"no variant 'croped'\. Did you mean 'cropped'"):
        load_layout("samm", "croped")
    with pytest.raises(MissingPath, match=r"none\.yaml does not exist"):
        load_layout(tmp_path / "none.yaml")


def test_a_file_that_is_no_yaml_or_no_mapping(tmp_path):
    path = tmp_path / "l.yaml"
    for text in ("a: [", "- 1", "", "just words", "a: 2001-99-99", "database: a\ndatabase: b", "\x00"):
        path.write_text(text)
        with pytest.raises(InputError, match=re.escape(str(path))):
            load_layout(path)
    path.write_bytes(b"\xff\xfe\xff")
    with pytest.raises(InputError, match="not valid YAML"):
        load_layout(path)


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=6),
    st.dates(),
    st.sampled_from(["{subject}", "{clip:02d}", "{", "*", "/", "..", "raw", "onset", "offset", "subject", "clip"]),
)
ANY = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(SCALARS, inner, max_size=3), max_leaves=6
)
KEYS = st.sampled_from([*Layout.__dataclass_fields__, "files", "columns", "repeats"])


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.dictionaries(KEYS, ANY, max_size=3), inner=st.dictionaries(st.text(max_size=5), ANY, max_size=2))
def test_whatever_stands_in_a_layout_is_read_or_refused(tmp_path, changes, inner):
    path = tmp_path / "any.yaml"
    good = yaml.safe_load(own(tmp_path).read_text(encoding="utf-8"))
    in_sheet = good | {"sheet": good["sheet"] | changes}
    in_variant = good | {"variants": {"raw": good["variants"]["raw"] | changes}}
    for data in (good | changes, in_sheet, in_variant, changes, inner, good | inner):
        path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
        try:
            layout = load_layout(path)
        except InputError as error:
            assert str(path) in str(error)
        else:
            assert isinstance(layout, Layout)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text("ab:{}[]-&*!|>'\"#%@` \n\t0123456789.,?", max_size=40))
def test_whatever_a_file_holds_is_read_or_refused(tmp_path, text):
    path = tmp_path / "any.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError):
        load_layout(path)
