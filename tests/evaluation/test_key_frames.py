import json
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from mer.core.errors import InputError, MissingPath
from mer.evaluation import key_frames
from mer.evaluation.applied import Applied
from mer.evaluation.key_frames import (
    TRUE,
    automatic_table,
    condition_name,
    deviation_table,
    falls_table,
    predict_stores,
    trained_on,
)
from mer.evaluation.predictions import predictions_table, write_predictions
from mer.motion.moved_store import MovedKeyFrames

CLASSES = ("negative", "positive", "surprise")
LABELS = ["negative", "positive", "surprise"] * 4


def table(wrong=()):
    """Twelve clips of four persons; the clips named are taken for the class after theirs."""
    clips = pd.DataFrame({"database": "d", "subject": [f"{k // 3}" for k in range(12)], "clip": [*map(str, range(12))]})
    clips["label"] = LABELS
    chosen = [(CLASSES.index(label) + (k in wrong)) % 3 for k, label in enumerate(LABELS)]
    return predictions_table(clips, CLASSES, np.eye(3)[chosen], "d/" + clips["subject"], "last", "x", 0)


@dataclass
class Store:
    clips: pd.DataFrame


STORE = Store(table()[["database", "subject", "clip"]])


def moves(frames, clamped):
    return MovedKeyFrames(None, pd.DataFrame({"moved": frames, "clamped": clamped, "distance": 20}))  # type: ignore[arg-type]


def test_falls_by_hand():
    """One of four clips of each class wrong: every F1 and recall is 3 of 4."""
    falls = falls_table({TRUE: table(), "bad": table((0, 1, 2))}, synthetic=True, resamples=50).set_index("condition")
    assert falls.loc[TRUE, "uf1_ours_synthetic"] == 1 and falls.loc[TRUE, "uf1_fall_ours_synthetic"] == 0
    assert falls.loc["bad", "uf1_ours_synthetic"] == pytest.approx(0.75)
    assert falls.loc["bad", "uar_fall_ours_synthetic"] == pytest.approx(0.25)
    low, high = falls.loc["bad", ["uf1_fall_ours_synthetic_low", "uf1_fall_ours_synthetic_high"]]
    assert low <= 0.25 <= high
    assert not any(name.endswith("_ours") for name in falls_table({TRUE: table()}, synthetic=True, resamples=5))
    assert "uf1_ours" in falls_table({TRUE: table()}, synthetic=False, resamples=5)


def test_without_the_true_key_frames_there_is_no_fall():
    with pytest.raises(InputError, match="No condition is called 'annotated'"):
        falls_table({"anotated": table()}, synthetic=True)


def test_deviations_stand_beside_the_paper():
    moved = {("onset", 0.1): moves([2, -4], [False, True]), ("apex", 0.3): moves([6, 6], [False, False])}
    conditions = {condition_name("onset", 0.1): table((0,)), condition_name("apex", 0.3): table((0, 1))}
    found = deviation_table(falls_table({TRUE: table()} | conditions, False, 20), moved)
    assert found[["moved", "percent"]].values.tolist() == [["onset", 0], ["onset", 10], ["apex", 0], ["apex", 30]]
    assert found["mean_frames"].tolist() == [0, 3, 0, 6]
    assert found["mean_percent"].tolist() == pytest.approx([0, 15, 0, 30])  # 10 and 20 % of 20 frames, then 30 and 30
    assert found["clamped"].tolist() == [0, 1, 0, 0]
    assert found["uf1_paper"].tolist() == pytest.approx([0.919, 0.848, 0.919, 0.814])
    assert found["uar_fall_paper"].tolist() == pytest.approx([0, 0.065, 0, 0.108])
    assert (found["uf1_fall_ours"] > 0).tolist() == [False, True, False, True]


def test_a_share_that_the_paper_does_not_have_stays_empty():
    moved = {("apex", 0.5): moves([1], [False])}
    found = deviation_table(falls_table({TRUE: table(), "apex 50 %": table((0,))}, False, 20), moved)
    assert found["uf1_paper"].isna().tolist() == [False, True]


def test_the_automatic_apex():
    errors = pd.DataFrame(
        {"part": ["all", "all", "d"], "method": ["flow", "capsule", "flow"]}
        | {"error_frames": [1.0, 9.0, 5.0], "error_share": [0.1, 0.9, 0.5], "bias_frames": [0.5, 8.0, -5.0]}
    )
    tested = falls_table({TRUE: table(), "flow": table((0,)), "capsule": table((0, 1, 2))}, True, 20)
    trained = falls_table({TRUE: table(), "flow": table()}, True, 20)
    found = automatic_table(errors, {"flow": 0.1}, tested, trained)
    assert found[["method", "trained_on"]].values.tolist() == [
        ["flow", "annotated"],
        ["flow", "its own"],
        ["capsule", "annotated"],
    ]
    assert found["error_frames"].tolist() == [1, 1, 9]
    assert found["seconds"].iloc[0] == 0.1 and np.isnan(found["seconds"].iloc[2])
    assert found["uf1_paper"].isna().tolist() == [True, True, False]
    assert found["uf1_fall_paper"].iloc[2] == pytest.approx(0.812 - 0.658)
    assert found["uf1_fall_ours_synthetic"].iloc[1] == 0
    assert len(automatic_table(errors, {}, tested)) == 2


def test_predictions_of_every_condition_are_those_of_the_run_applied(monkeypatch):
    made = {"annotated": table(), "apex 10 %": table((0,))}
    monkeypatch.setattr(
        key_frames, "apply_to_stores", lambda *given: {name: Applied(one, None, None) for name, one in made.items()}
    )
    found = predict_stores("run", {}, "cpu")
    assert list(found) == list(made) and all(found[name] is made[name] for name in made)


class TestTrainedOn:
    def run(self, folder, apex, predictions=None):
        folder.mkdir()
        write_predictions(table() if predictions is None else predictions, folder / "predictions.csv")
        (folder / "record.json").write_text(json.dumps({"config": {"data.apex": apex}}))
        return folder

    def test_runs_are_called_by_their_apex(self, tmp_path):
        found = trained_on([self.run(tmp_path / "a", "flow"), self.run(tmp_path / "b", "capsule")], STORE)
        assert list(found) == ["flow", "capsule"]
        assert trained_on([], STORE) == {}

    def test_what_does_not_fit_is_named(self, tmp_path):
        good = self.run(tmp_path / "good", "flow")
        with pytest.raises(MissingPath, match="no finished run"):
            trained_on([tmp_path / "none"], STORE)
        with pytest.raises(InputError, match="trained on the apex 'annotated'"):
            trained_on([self.run(tmp_path / "c", "annotated")], STORE)
        with pytest.raises(InputError, match="trained on the apex 'flow'"):
            trained_on([good, good], STORE)
        with pytest.raises(InputError, match="2 clips that this database"):
            trained_on([good], Store(STORE.clips.iloc[2:]))
