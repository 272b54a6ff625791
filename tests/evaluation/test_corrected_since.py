"""A run made before a user's corrections that change what it used is told from one that is not."""

import json

import pytest

from mer.core.errors import InputError
from mer.datasets.content import forget_content
from mer.datasets.synthetic.plan import SyntheticConfig, plan
from mer.evaluation.corrected_since import (
    STANDING,
    corrected_since,
    corrected_since_words,
    standing_corrections,
)
from mer.manifest.own_corrections import (
    OwnCorrection,
    own_corrections_file,
    remove_own_corrections,
    save_own_corrections,
)

FIRST, SECOND = ((one.look, one.subject, one.clip) for one in plan(SyntheticConfig())[:2])
SYNTHETIC = {"data.database": "synthetic", "data.labels": "composite"}


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """Nothing is corrected, no database is set up."""
    monkeypatch.setenv("MER_CORRECTIONS", str(tmp_path / "mine.csv"))
    monkeypatch.setenv("MER_DATABASES", str(tmp_path / "databases.yaml"))
    forget_content()
    yield tmp_path
    forget_content()


def correct(clip=FIRST, column="apex", value="12", was="11", **more):
    save_own_corrections([OwnCorrection(*clip, column, value, was, **more)])


def made(folder, config, standing=..., **more):
    """A run as it is made now."""
    folder.mkdir(parents=True)
    kept = standing_corrections() if standing is ... else standing
    (folder / "record.json").write_text(json.dumps({"config": config, STANDING: kept} | more))
    return folder


def test_a_run_is_marked_by_what_is_corrected_after_it_and_not_before(place):
    correct(FIRST)
    run = made(place / "demo" / "train", SYNTHETIC)
    assert corrected_since(run) is None and corrected_since_words(run) == "", "made with it"
    correct(SECOND)
    found = corrected_since(run)
    assert (found.clips, found.run, found.used) == (("/".join(SECOND),), run.resolve(), False)
    assert found.reason() == f"your corrections of 1 clip changed since ({'/'.join(SECOND)})"
    said = corrected_since_words(run)
    assert said.startswith("demo/train was made before corrections of yours were saved or removed (1 clip: ")
    assert said.endswith("Run it again, then what uses it.")
    remove_own_corrections([SECOND])
    assert corrected_since(run) is None
    correct(FIRST, value="13", was="12")
    assert corrected_since(run).clips == ("/".join(FIRST),), "another value"
    remove_own_corrections([FIRST])
    assert corrected_since(run).clips == ("/".join(FIRST),), "the database's own again"


def test_a_note_and_another_reason_mark_nothing(place):
    correct(FIRST)
    run = made(place / "r", SYNTHETIC)
    correct(FIRST, "note", "seen twice", "")
    correct(FIRST, reason="a blink")
    assert corrected_since(run) is None
    assert standing_corrections() == [[*FIRST, "apex", "", "12"]]


def test_clips_of_other_databases_and_classes_of_other_labels_mark_nothing(place):
    runs = [made(place / str(n), {"database": name}) for n, name in enumerate(("synthetic:3", "synthetic", "nowhere"))]
    labelled = made(place / "labelled", {"database": "synthetic", "labels": "composite"})
    correct(FIRST, "label", "happiness", "positive", labels="casme2-5")
    assert [corrected_since(run) is not None for run in runs] == [False, True, False]
    assert corrected_since(labelled) is None
    correct(FIRST, "label", "positive", "negative", labels="composite")
    assert corrected_since(labelled) is not None
    correct(("nowhere", "s", "c"))
    assert corrected_since(runs[2]).clips == ("nowhere/s/c",), "cannot be opened: told by its name"


def test_a_run_is_of_the_clips_of_the_runs_that_it_used(place):
    train = made(place / "demo" / "train", SYNTHETIC)
    correct(FIRST)
    figures = made(place / "demo" / "figures", SYNTHETIC | {"train_run": str(train)})
    tables = made(place / "demo" / "tables", {"runs": [str(figures), str(place / "gone")], "seed": 0})
    for run in (figures, tables):
        found = corrected_since(run)
        assert (found.used, found.run) == (True, train.resolve())
        assert found.reason().startswith("demo/train, which it uses, is older than your corrections of 1 clip (")
        assert corrected_since_words(run) == corrected_since_words(train), "the same words, so that they are said once"
        assert corrected_since_words(run).startswith("demo/train was made before")
    made(place / "a", {"other_run": str(place / "b")})
    made(place / "b", {"other_run": str(place / "a")})
    assert corrected_since(place / "a") is None, "two that name each other"


def test_runs_without_such_a_record(place):
    correct(FIRST)
    applied = [dict(zip(("database", "subject", "clip"), FIRST, strict=True), column="apex", labels="", value="12")]
    noted = [{**applied[0], "column": "note", "value": "x"}, "nonsense"]
    older = made(place / "older", SYNTHETIC, None, corrections=applied + noted)
    assert corrected_since(older) is None
    assert corrected_since(made(place / "plain", SYNTHETIC, None, corrections=[])) is not None
    assert corrected_since(made(place / "unknown", SYNTHETIC, None)) is None
    assert corrected_since(made(place / "odd", None)) is None
    assert corrected_since(place / "gone") is None
    (place / "odd" / "record.json").write_text("[1]")
    assert corrected_since(place / "odd") is None


def test_a_faulty_file_is_said_and_stops_nobody_who_only_looks(place):
    run = made(place / "r", SYNTHETIC)
    own_corrections_file().write_text("a,b\n")
    with pytest.raises(InputError, match=r"mine\.csv"):
        corrected_since(run)
    said = corrected_since_words(run)
    assert f"since {place.name}/r was made cannot be told" in said and "mine.csv" in said
    assert standing_corrections() is None


def test_a_database_that_cannot_be_opened_is_tried_once_for_all_runs(place, monkeypatch):
    """Its release may be gone or faulty: to find that out takes long, and a list has hundreds of runs."""
    runs = [made(place / str(n), {"database": name}) for n, name in enumerate(["casme2"] * 3 + ["samm:raw"] * 2)]
    opened = []

    def fails(name):
        opened.append(name)
        raise InputError("not set up")

    monkeypatch.setattr("mer.datasets.registry.database_content", fails)
    assert [corrected_since(run) for run in runs] == [None] * 5 and opened == [], "nothing is corrected"
    for clip in range(4):
        correct(("casme2", "sub01", str(clip)))
    found = [corrected_since(run) for run in runs]
    assert [one.clips if one else () for one in found] == [tuple(f"casme2/sub01/{n}" for n in range(4))] * 3 + [()] * 2
    assert opened == ["casme2", "samm:raw"]
    (place / "databases.yaml").write_text("{}\n")
    assert corrected_since(runs[0]) is not None and opened[2:] == ["casme2"], "set up since, perhaps"
    monkeypatch.setattr("mer.datasets.content.KEPT_SECONDS", 0.0)
    assert corrected_since(runs[0]) is not None and opened[3:] == ["casme2"], "mended since, perhaps"


def test_of_many_clips_a_few_are_named(place):
    run = made(place / "r", SYNTHETIC)
    for one in plan(SyntheticConfig())[:5]:
        correct((one.look, one.subject, one.clip))
    said = corrected_since(run).reason()
    assert said.startswith("your corrections of 5 clips changed since (") and said.endswith(" and 2 more)")
