import json

import pytest

from mer.core.errors import InputError
from mer.datasets.layout import load_layout
from mer.datasets.places import Place, add_place
from mer.evaluation.data_terms import (
    OWN_FACES,
    DataTerms,
    clip_terms,
    noted_terms,
    own_terms,
    prediction_terms,
    run_terms,
    terms_words,
)
from tests.made_up_runs import made_up_predictions, made_up_run

CLASSES = ("negative", "positive", "surprise")


def test_a_database_of_a_known_release_has_the_terms_of_its_layout(tmp_path):
    run = made_up_run(tmp_path / "real", made_up_predictions(CLASSES, 1.0, synthetic=False), synthetic=False)
    found = own_terms(run)
    assert [one.database for one in found] == ["casme2", "samm", "smic"] and not any(one.synthetic for one in found)
    assert terms_words(found) == " ".join(load_layout(name).terms for name in ("casme2", "samm", "smic"))


def test_rendered_faces_have_no_terms_to_be_said_and_an_unknown_database_has_none(tmp_path):
    rendered = made_up_run(tmp_path / "rendered", made_up_predictions(CLASSES, 1.0))
    assert {one.synthetic for one in own_terms(rendered)} == {True} and terms_words(own_terms(rendered)) == ""
    table = made_up_predictions(CLASSES, 1.0, synthetic=False).head(20).assign(database="mine")
    assert own_terms(made_up_run(tmp_path / "own", table)) == (DataTerms("mine", "", False),)
    assert own_terms(tmp_path) == () == run_terms(tmp_path / "nothing")


def test_what_a_run_notes_itself_counts_and_the_runs_that_it_names_count_too(tmp_path):
    real = made_up_run(tmp_path / "real", made_up_predictions(CLASSES, 1.0, synthetic=False))
    (tmp_path / "tables").mkdir()
    record = {
        "clips_of": {"x": {"terms": "Ask X.", "synthetic": False}},
        "config": {"train_run": str(real), "runs": [str(tmp_path / "tables")]},
    }
    (tmp_path / "tables" / "record.json").write_text(json.dumps(record))
    found = run_terms(tmp_path / "tables")
    assert [one.database for one in found] == ["x", "casme2", "samm", "smic"], "and it ends where runs name themselves"
    assert terms_words(found).startswith("Ask X. CASME II: ")


def test_a_garbled_record_is_refused_and_not_taken_for_one_without_terms(tmp_path):
    (tmp_path / "record.json").write_text("[1]")
    with pytest.raises(InputError, match=r"record\.json"):
        run_terms(tmp_path)


def test_a_record_of_other_things_tells_what_it_can(tmp_path):
    (tmp_path / "record.json").write_text(json.dumps({"clips_of": {"x": 3}, "config": [1]}))
    assert run_terms(tmp_path) == (DataTerms("x", "", False),)


def test_a_run_without_predictions_is_of_the_database_of_its_configuration(tmp_path):
    (tmp_path / "record.json").write_text(json.dumps({"config": {"data.database": "samm", "database": "x"}}))
    assert own_terms(tmp_path) == (DataTerms("samm", load_layout("samm").terms, False),)
    assert noted_terms(tmp_path) == (), "what it shows is not known by that"


def test_a_clip_has_the_terms_of_the_database_that_it_lies_in(tmp_path, monkeypatch):
    monkeypatch.setenv("MER_DATABASES", str(tmp_path / "databases.yaml"))
    (tmp_path / "my SAMM" / "006").mkdir(parents=True)
    add_place(Place("samm", tmp_path / "my SAMM", "samm"))
    assert clip_terms(tmp_path / "my SAMM" / "006" / "x") == DataTerms("samm", load_layout("samm").terms, False)
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "clips.csv").write_text("")
    assert clip_terms(tmp_path / "own" / "x").terms == OWN_FACES, "it says nothing of itself"
    about = tmp_path / "own" / "database.json"
    about.write_text('{"name": "ours", "terms": "Ask us."}')
    assert clip_terms(tmp_path / "own" / "x") == DataTerms("ours", "Ask us.", False)
    about.write_text('{"synthetic": true, "terms": "Rendered."}')
    assert clip_terms(tmp_path / "own" / "x").synthetic and prediction_terms(tmp_path, tmp_path / "own" / "x") == ""
    about.write_text("{")
    (tmp_path / "my SAMM not").mkdir()
    for elsewhere in ("own/x", "x.mp4", "my SAMM not/x"):
        assert clip_terms(tmp_path / elsewhere).terms == OWN_FACES


def test_a_run_on_a_clip_of_ones_own_says_so_and_the_rendered_example_does_not(tmp_path, monkeypatch):
    monkeypatch.setenv("MER_DATABASES", str(tmp_path / "databases.yaml"))
    for name, config in (
        ("train", {"data.database": "casme2"}),
        ("own", {"clip": str(tmp_path / "a.mp4"), "apex_image": None, "train_run": str(tmp_path / "train")}),
        ("example", {"clip": None, "apex_image": None, "train_run": str(tmp_path / "train")}),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "record.json").write_text(json.dumps({"config": config}))
    licensed = load_layout("casme2").terms
    assert terms_words(run_terms(tmp_path / "own")) == f"{OWN_FACES} {licensed}"
    assert terms_words(run_terms(tmp_path / "example")) == licensed
    assert noted_terms(tmp_path / "own") == (), "its figures may show faces"
    assert prediction_terms(tmp_path / "train", tmp_path / "1.png", tmp_path / "2.png") == f"{licensed} {OWN_FACES}"
