"""Which protocol a run followed: its own word before its folds."""

import json

import pytest

from mer.core.errors import InputError
from mer.core.files import write_json
from mer.evaluation.run_protocol import protocol_of_folds, run_protocol
from tests.made_up_runs import made_up_predictions, made_up_run

CLASSES = ("negative", "positive", "surprise")


@pytest.fixture
def by_person():
    return made_up_predictions(CLASSES, 1.0)


def test_folds_tell_it_as_far_as_they_can(by_person):
    assert protocol_of_folds(by_person) == "loso"
    assert protocol_of_folds(by_person.assign(fold=by_person["database"])) == "database"
    assert protocol_of_folds(by_person.assign(fold="three")) == ""
    assert protocol_of_folds(by_person.iloc[:0]) == ""
    mixed = by_person["fold"].where(by_person["database"] != "synthetic-samm", by_person["database"])
    assert protocol_of_folds(by_person.assign(fold=mixed)) == ""


@pytest.mark.parametrize("key", ["protocol", "maps.protocol", "network.training.protocol"])
def test_the_configuration_tells_what_folds_cannot(tmp_path, by_person, key):
    folder = made_up_run(tmp_path / "run", by_person)
    assert run_protocol(folder) == "loso"
    config = {"maps.protocols": "database", key: "loso-per-database"}
    (folder / "record.json").write_text(json.dumps({"config": config}), encoding="utf-8")
    assert run_protocol(folder) == run_protocol(str(folder), by_person) == "loso-per-database"
    write_json(folder / "summary.json", {"protocol": "loso"})
    assert run_protocol(folder) == "loso"


@pytest.mark.parametrize("silent", [None, ""])
def test_a_run_that_says_nothing_is_judged_by_its_folds(tmp_path, by_person, silent):
    folder = made_up_run(tmp_path / "run", by_person.assign(fold=by_person["database"]), protocol=silent)
    assert run_protocol(folder) == "database"
    assert run_protocol(tmp_path) == ""


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("Database", r"summary.json names the protocol 'Database'. Did you mean 'database'"),
        ("http", r"'http'. Valid: database, loso, loso-per-database"),
        (["loso"], r"\['loso'\]. Did you mean 'loso'"),
        ([], r"the protocol \[\]. Valid"),
    ],
)
def test_what_is_no_protocol_is_refused_and_no_matter_what_the_folds_tell(tmp_path, by_person, said, words):
    folder = made_up_run(tmp_path / "run", by_person, protocol=said)
    with pytest.raises(InputError, match=words):
        run_protocol(folder)
    write_json(folder / "summary.json", {})
    (folder / "record.json").write_text(json.dumps({"config": {"maps.protocol": said}}), encoding="utf-8")
    with pytest.raises(InputError, match=r"record\.json names"):
        run_protocol(folder)
