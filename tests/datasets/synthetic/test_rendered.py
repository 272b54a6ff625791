"""A rendered database that is opened by its path: damage is named, in the cache it is rendered again."""

import shlex
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from mer.core.errors import InputError
from mer.core.sealed import OtherFormat
from mer.datasets.registry import open_database
from mer.datasets.synthetic.build import build_synthetic, synthetic_folder
from mer.datasets.synthetic.names import is_rendered, under_condition
from mer.datasets.synthetic.rendered import check_rendered, rendered_config
from tests.damage import DAMAGES, contents
from tests.datasets.synthetic.test_kept_damaged import KINDS, TINY, render_by_copying
from tests.own_folder import made_own


@pytest.fixture(scope="module")
def rendered(tmp_path_factory) -> Path:
    """In a place that a user chose."""
    return build_synthetic(TINY, tmp_path_factory.mktemp("own") / "faces", n_jobs=1).root


@pytest.fixture
def cached(rendered, tmp_path, monkeypatch) -> Path:
    """In the cache, and what rendering it again gives (which takes long; its bytes are tested elsewhere)."""
    monkeypatch.setenv("MER_CACHE", str(tmp_path))
    render_by_copying(monkeypatch, rendered)
    return Path(shutil.copytree(rendered, synthetic_folder(TINY)))


def one_file(folder, kind):
    return next(file for file in sorted(folder.rglob("*")) if file.name.endswith(kind))


def test_what_is_whole_is_opened(rendered, cached):
    assert open_database(rendered).fingerprint == open_database(rendered / "clips.csv").fingerprint
    assert open_database(cached).fingerprint == open_database(rendered).fingerprint
    assert rendered_config(rendered) == TINY and is_rendered(str(rendered))


@pytest.mark.parametrize("kind", KINDS)
def test_where_a_user_keeps_it_damage_is_named_and_nothing_deleted(rendered, tmp_path, kind):
    for how, damage in DAMAGES.items():
        copy = tmp_path / how
        shutil.copytree(rendered, copy)
        damage(one_file(copy, kind))
        before = contents(copy)
        with pytest.raises(InputError) as error:
            open_database(copy)
        assert kind in str(error.value), how
        assert "Delete the folder" in str(error.value) or (how, kind) == ("deleted", "clips.csv")
        assert contents(copy) == before


@pytest.mark.parametrize("kind", ["index.json", "displacement.npy", ".jpg"])
@pytest.mark.parametrize("how", ["cut short", "emptied", "middle byte", "deleted"])
def test_in_the_cache_it_is_rendered_again(cached, capsys, kind, how):
    before = contents(cached)
    DAMAGES[how](one_file(cached, kind))
    assert len(open_database(cached).clips) == 1
    said = capsys.readouterr().err
    assert contents(cached) == before and kind in said and "Building it again." in said


@pytest.mark.parametrize("how", ["cut short", "emptied", "first byte", "deleted"])
def test_in_the_cache_too_it_is_refused_where_nothing_says_what_it_was(cached, how):
    DAMAGES[how](cached / "database.json")
    with pytest.raises(InputError, match=r"database\.json.*Delete the folder"):
        open_database(cached)


def test_the_command_that_renders_it_again_is_named_and_does(rendered, cached, tmp_path):
    copy = shutil.copytree(rendered, tmp_path / "own faces")
    one_file(copy, ".jpg").unlink()
    with pytest.raises(InputError) as error:
        open_database(copy)
    command = str(error.value).partition("render it again: ")[2].partition(". If you changed")[0]
    python, option, code = shlex.split(command)
    assert (python, option) == ("python", "-c")
    shutil.rmtree(copy)
    exec(code, {})
    assert contents(copy) == contents(rendered)


def test_one_in_the_place_of_another_is_noticed(rendered, cached, tmp_path):
    other = synthetic_folder(replace(TINY, seed=5))
    shutil.copytree(cached, other)
    with pytest.raises(InputError, match=f"key '{cached.name}', expected '{other.name}'"):
        open_database(other)
    shutil.copytree(rendered, tmp_path / "swapped")
    first, second = sorted((tmp_path / "swapped").rglob("*.jpg"))[:2]
    assert first.read_bytes() != second.read_bytes()
    shutil.copy(second, first)
    with pytest.raises(InputError, match=f"{first.name} is damaged"):
        open_database(tmp_path / "swapped")


def test_other_formats_are_refused(rendered, tmp_path):
    shutil.copytree(rendered, tmp_path / "old")
    (tmp_path / "old" / "index.json").unlink()
    with pytest.raises(OtherFormat, match=r"older version.*Delete the folder.*render it again"):
        open_database(tmp_path / "old")
    (tmp_path / "old" / "index.json").write_text('{"format": 99, "seal": ""}')
    with pytest.raises(OtherFormat, match=r"newer version.*Update it"):
        open_database(tmp_path / "old")


def test_a_folder_of_ones_own_is_taken_as_it_is(rendered, tmp_path):
    """What the message says is true: without the two marks nothing vouches for it."""
    made_own(shutil.copytree(rendered, tmp_path / "own"))
    one_file(tmp_path / "own", "displacement.npy").unlink()
    check_rendered(tmp_path / "own")
    assert open_database(tmp_path / "own").synthetic
    (tmp_path / "own" / "index.json").write_text("[1]")  # a file of the user's
    check_rendered(tmp_path / "own")


def test_a_description_of_something_else_is_no_raw_error(tmp_path):
    for content, said in (
        ("[]", None),
        ('{"config": {"camera": "x"}, "name": "mine"}', None),
        ('{"generator": 1, "config": 5}', "cannot render"),
        ('{"generator": 1, "config": {"hats": 1}}', "hats"),
    ):
        (tmp_path / "database.json").write_text(content)
        assert is_rendered(str(tmp_path)) == (said is not None)
        if said is None:
            assert rendered_config(tmp_path) is None
        else:
            with pytest.raises(InputError, match=said):
                under_condition(str(tmp_path), "glasses")
