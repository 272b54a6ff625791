"""A call that trains folds, run again after its process was killed: what it finished stands."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
import torch

from mer.training.folds import FoldResult, _finish, fold_folder


def result(fold: str) -> FoldResult:
    arrays = {"probabilities": np.ones((1, 3), np.float32) / 3}
    return FoldResult({"w": torch.ones(1)}, {"held_out": [fold]}, pd.DataFrame({"step": [1]}), np.array([0]), arrays)


def train(folds, asked, dies_after):
    asked.append(tuple(folds))
    for number, fold in enumerate(folds):
        if number == dies_after:
            raise KeyboardInterrupt
        yield result(fold)


def test_folds_finished_by_a_killed_call_are_not_trained_again(tmp_path):
    keys = {"a/1": "x", "a/2": "y", "a/3": "z"}
    asked: list[tuple[str, ...]] = []
    with pytest.raises(KeyboardInterrupt):
        _finish(tmp_path, tuple(keys), keys, partial(train, asked=asked, dies_after=2))
    first = (fold_folder(tmp_path, "a/1") / "fold.json").stat().st_mtime_ns
    again = partial(_finish, tmp_path, tuple(keys), keys, partial(train, asked=asked, dies_after=-1))
    assert again() == 3 and asked == [("a/1", "a/2", "a/3"), ("a/3",)]
    assert again() == 3 and len(asked) == 2, "nothing is asked for when all is finished"
    assert (fold_folder(tmp_path, "a/1") / "fold.json").stat().st_mtime_ns == first
