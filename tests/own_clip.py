"""A small run of untrained models and a clip that they can be asked about, for tests of every layer."""

from pathlib import Path

import cv2
import numpy as np

from mer.face.canonical import square_points
from mer.training.predict import ClipPrediction, predict_clip, read_own_clip, with_apex_moved
from mer.training.run_models import open_models
from tests.face.conftest import FixedDetector
from tests.training.conftest import SIZE, moving_clip
from tests.training.test_run_models import write_run

__all__ = ["detector", "prediction", "write_clip", "write_run"]


def detector() -> FixedDetector:
    """Finds the face of `write_clip` where it is."""
    return FixedDetector(square_points(SIZE))


def write_clip(folder: Path, first: int = 1) -> Path:
    """Six numbered images whose motion is largest in the fifth and stays."""
    folder.mkdir(parents=True)
    for number, frame in enumerate(moving_clip(0, 0, "negative"), start=first):
        cv2.imwrite(str(folder / f"{number}.png"), frame)
    return folder


def prediction(folder: Path, apex: int | None = 5, **changes: object) -> ClipPrediction:
    """What the models of a run made in ``folder`` say of a clip made there."""
    models = open_models(write_run(folder / "run", changes=changes or None))
    clip = read_own_clip(models, write_clip(folder / "clip"), detector=detector())
    return with_apex_moved(predict_clip(models, clip, apex))


def still_image(height: int = 40, width: int = 48) -> np.ndarray:
    """A grey picture without a face."""
    return np.full((height, width, 3), 128, np.uint8)
