"""A run applied to stores: what it keeps of the training, and which runs cannot be asked."""

from dataclasses import asdict, dataclass, field

import numpy as np
import pandas as pd
import pytest

from mer.core.configs import with_changes
from mer.core.errors import InputError
from mer.evaluation import applied
from mer.evaluation.applied import apply_to_stores
from mer.evaluation.predictions import write_predictions
from mer.models.configs import small
from mer.models.frl_dgt import FRLDGT
from mer.training.checkpoints import save_weights
from tests.evaluation.conftest import make_predictions

CLASSES = ["negative", "positive", "surprise"]


def keep_model(folder, changes):
    model = FRLDGT(with_changes(small(), changes))
    about = {"model": asdict(model.config), "classes": CLASSES}
    save_weights(folder / "folds" / "one" / "weights.safetensors", model.state_dict(), about)


@dataclass
class Result:
    clips: pd.DataFrame
    fold: list
    arrays: dict
    rows: list = field(default_factory=lambda: [0, 1, 2, 3, 4, 5, 7])


@dataclass
class Store:
    chosen: int  # the class that all of its clips get
    frames: np.ndarray = field(default_factory=lambda: np.zeros((9, 8, 8, 1), np.uint8))


@pytest.mark.parametrize("source", ["dgm", "flow"])
def test_predictions_keep_seed_and_rule_of_the_run(source, clips, tmp_path, monkeypatch):
    keep_model(tmp_path, {"motion.source": source})
    trained = make_predictions(clips, clips["label"].tolist()).assign(seed=7, epoch_rule="nested")
    write_predictions(trained, tmp_path / "predictions.csv")

    def run(folder, store, device):
        assert (folder, device) == (tmp_path, "cpu")
        arrays = {"probabilities": np.eye(3)[[store.chosen] * 7], "displacement": np.zeros((7, 2, 8, 8), np.float16)}
        return Result(clips, trained["fold"].tolist(), arrays)

    monkeypatch.setattr(applied, "apply_run", run)
    found = apply_to_stores(tmp_path, {"a": Store(1), "b": Store(0, np.zeros((9, 4, 4, 1), np.uint8))}, "cpu")
    assert list(found) == ["a", "b"]
    a, b = found["a"], found["b"]
    assert set(a.predictions["predicted"]) == {"positive"} and set(b.predictions["predicted"]) == {"negative"}
    assert set(a.predictions["seed"]) == {7} and set(a.predictions["epoch_rule"]) == {"nested"}
    assert set(a.predictions["run"]) == {"a"} and a.rows.tolist() == [0, 1, 2, 3, 4, 5, 7]
    assert a.displacement.shape == (7, 2, 8, 8) and b.displacement is None, "a field that is no field of the faces"


@pytest.mark.parametrize(
    ("changes", "what"), [({"sequence": 4}, "a sequence of 4"), ({"motion.source": "dynamic_image"}, "dynamic_image")]
)
def test_models_that_see_more_than_the_key_frames_are_refused(changes, what, tmp_path, monkeypatch):
    keep_model(tmp_path, changes)
    monkeypatch.setattr(applied, "apply_run", lambda *given: pytest.fail("applied"))
    with pytest.raises(InputError, match=rf"{what}.*onset-apex pair alone.*variant M9"):
        apply_to_stores(tmp_path, {"a": Store(0)}, "cpu")
