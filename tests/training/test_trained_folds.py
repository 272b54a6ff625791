"""The folds of a run on disk: their names, and who was tested by which."""

import pytest
import torch

from mer.core.errors import InputError, MissingPath
from mer.training.checkpoints import save_weights
from mer.training.held_out import folder_name
from mer.training.trained_folds import folds_by_person, trained_folds


def write(folder, name, persons):
    path = folder / "folds" / folder_name(name) / "weights.safetensors"
    save_weights(path, {"weight": torch.zeros(1)}, {"held_out": persons})


def test_a_fold_is_a_person_or_a_database(tmp_path):
    write(tmp_path, "x", ["x/1", "x/2"])
    write(tmp_path, "alone", ["alone/1"])
    write(tmp_path, "y/1", ["y/1"])
    folds = trained_folds(tmp_path)
    assert [(fold.name, fold.persons) for fold in folds] == [
        ("alone", ("alone/1",)),
        ("x", ("x/1", "x/2")),
        ("y/1", ("y/1",)),
    ]
    found = folds_by_person(folds, tmp_path)
    assert {who: fold.name for who, fold in found.items()} == {"alone/1": "alone", "x/1": "x", "x/2": "x", "y/1": "y/1"}
    assert found["x/2"].weights == tmp_path / "folds" / "x" / "weights.safetensors"


def test_a_person_of_two_folds_is_no_run(tmp_path):
    write(tmp_path, "x", ["x/1", "x/2"])
    write(tmp_path, "x/2", ["x/2"])
    with pytest.raises(InputError, match=r"mixes two runs: its folds 'x' and 'x__2' both held 'x/2' out"):
        folds_by_person(trained_folds(tmp_path), tmp_path)


def test_no_run(tmp_path):
    with pytest.raises(MissingPath):
        trained_folds(tmp_path)
