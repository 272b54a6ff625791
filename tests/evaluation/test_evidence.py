"""Finished runs gathered by method, with floors and epoch rules."""

import json

import numpy as np
import pandas as pd
import pytest

from mer.core.errors import InputError
from mer.evaluation.evidence import (
    evidence_reports,
    floor_reports,
    floors_table,
    gathered,
    read_floors,
    under_rules,
    with_ensembles,
)
from mer.evaluation.paper_runs import read_runs
from mer.evaluation.predictions import predictions_table, write_predictions

CLASSES = ("negative", "positive", "surprise")


def predicted(right, seed=0, run="run", rule="last"):
    """Six clips of three people; the first ``right`` of them are told rightly."""
    clips = pd.DataFrame(
        {"database": "a", "subject": list("112233"), "clip": list("uvwxyz"), "label": list(CLASSES) * 2}
    )
    said = np.where(np.arange(6) < right, np.arange(6) % 3, (np.arange(6) + 1) % 3)
    fold = [f"a/{subject}" for subject in clips["subject"]]
    return predictions_table(clips, CLASSES, np.eye(3)[said], fold, rule, run, seed)


@pytest.fixture
def make(tmp_path):
    def make(name, right, method="net", seed=0, floors=None, rules=None, **summary):
        folder = tmp_path / "study" / name
        folder.mkdir(parents=True)
        write_predictions(predicted(right, seed, name), folder / "predictions.csv")
        (folder / "summary.json").write_text(json.dumps({"method": method, "synthetic": False} | summary))
        if floors:
            write_predictions(floors_table(floors), folder / "floors.csv")
        if rules:
            table = pd.concat([predicted(n, seed, name, rule) for rule, n in rules.items()], ignore_index=True)
            write_predictions(table, folder / "epoch_rules.csv")
        return folder

    return make


def test_seeds_of_a_method_stand_together_and_floors_beside_them(make):
    floors = {"ridge": predicted(3, run="x"), "majority": predicted(2, run="x")}
    folders = [make("b", 4, seed=1, floors=floors), make("a", 6), make("other", 5, method="other")]
    methods = gathered(read_runs(folders))
    assert list(methods) == ["net", "other", "ridge", "majority"]
    assert [table["seed"][0] for table in methods["net"]] == [0, 1]
    assert methods["ridge"][0]["predicted"].tolist() == predicted(3)["predicted"].tolist()
    reports = evidence_reports(methods, resamples=20)
    assert list(reports) == ["net", "other", "ridge", "majority"]
    assert reports["net"]["accuracy"].iloc[0] == pytest.approx((6 + 4) / 12)
    assert reports["ridge"]["accuracy"].iloc[0] == pytest.approx(3 / 6)


def test_the_seeds_of_a_method_vote_as_one():
    """Two wrong seeds of three out-vote the right one; a method of one seed stays alone."""
    clips = predicted(6)
    scores = [name for name in clips if name.startswith("score_")]
    surer = [predicted(6, 0), predicted(0, 1), predicted(0, 2)]
    methods = with_ensembles({"net": surer, "floor": [predicted(3)]})
    assert list(methods) == ["net", "net, 3 seeds as one", "floor"]
    (vote,) = methods["net, 3 seeds as one"]
    assert vote["predicted"].tolist() == predicted(0)["predicted"].tolist()
    assert np.allclose(vote[scores], (surer[0][scores].to_numpy() + 2 * surer[1][scores].to_numpy()) / 3)
    reports = evidence_reports(methods, resamples=20)
    assert reports["net"]["accuracy"].iloc[0] == pytest.approx(1 / 3), "the mean over the seeds, beside"
    assert reports["net, 3 seeds as one"]["accuracy"].iloc[0] == 0


def test_floors_are_read_as_they_were_written(make):
    floors = {"ridge, with intercept": predicted(3), "majority": predicted(2)}
    found = read_floors(make("a", 6, floors=floors))
    assert list(found) == list(floors)
    for name, table in floors.items():
        pd.testing.assert_frame_equal(found[name], table.assign(run=name), check_dtype=False)
    assert read_floors(make("b", 6)) == {}


def test_floors_stand_beside_their_own_protocol_alone(make):
    floors = {"ridge": predicted(3, run="x")}
    alone = make("a", 6, floors=floors, protocol="loso-per-database")
    assert list(gathered(read_runs([alone]))) == ["net"]
    assert list(gathered(read_runs([make("b", 6, floors=floors, protocol="loso")]))) == ["net", "ridge"]


def test_only_runs_that_took_looks_have_rules(make):
    rules = {"last": 4, "nested": 5, "oracle": 6}
    runs = read_runs([make("a", 4, rules=rules), make("b", 4, seed=1, rules=rules), make("c", 3, method="other")])
    found = under_rules(runs)
    assert list(found) == ["net"] and len(found["net"]) == 2
    assert set(found["net"][1]["epoch_rule"]) == set(rules) and set(found["net"][1]["seed"]) == {1}


def test_what_cannot_stand_side_by_side_is_refused(make):
    first, again = make("a", 6), make("b", 6)
    with pytest.raises(InputError, match="both have the seed 0"):
        gathered(read_runs([first, again]))
    with pytest.raises(InputError, match="different protocols, loso and database"):
        gathered(read_runs([first, make("c", 5, method="other", protocol="database")]))
    with pytest.raises(InputError, match="No runs to compare"):
        gathered([])
    with pytest.raises(InputError, match="has no 'method'"):
        gathered(read_runs([make("d", 5, method="")]))
    with pytest.raises(InputError, match="'net' is a run and a floor"):
        gathered(read_runs([make("e", 5, floors={"net": predicted(2)})]))


def test_floors_beside_another_protocol_are_named_by_theirs():
    floors = {"ridge": predicted(6), "majority class": predicted(2)}
    assert list(floor_reports(floors, "loso")) == ["ridge", "majority class"]
    for protocol in ("database", "loso-per-database"):
        named = floor_reports(floors, protocol)
        assert list(named) == ["ridge (leave one subject out)", "majority class (leave one subject out)"]
        assert named["ridge (leave one subject out)"]["uf1"][0] == 1
