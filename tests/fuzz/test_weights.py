"""Weights: the file's bytes, and other things said of the model under a seal that is right."""

import tempfile
from pathlib import Path
from typing import Any

import torch

from mer.core.errors import InputError
from mer.training.checkpoints import load_weights, read_about, save_weights
from mer.training.fold_model import fold_model
from tests.fuzz.fuzzing import Reader, kept_files, odd_files

ABOUT = {"held_out": ["d/7"], "classes": ["a", "b", "c"], "model": {"classes": 3, "dgm": {"widths": [8, 16]}}}


def saying(about: Any) -> bytes:
    """Weights with this said of them, as if the suite had written it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "w.safetensors"
        save_weights(path, {"a": torch.zeros(3)}, about)
        return path.read_bytes()


def read(path: Path) -> None:
    load_weights(path)
    read_about(path)


def model_of(path: Path) -> None:
    """None of these is the model of a fold: that is said, whatever stands in it."""
    load_weights(path)
    try:
        fold_model(path)
    except InputError:
        return
    raise AssertionError("a model was made of three zeros")


BYTES = Reader("weights", "w.safetensors", saying(ABOUT), read)
SAID = Reader("weights-model", "w.safetensors", saying(ABOUT), model_of, ABOUT, saying)
test_odd_bytes, test_kept_bytes = odd_files(BYTES), kept_files(BYTES)
test_odd_models, test_kept_models = odd_files(SAID), kept_files(SAID)
