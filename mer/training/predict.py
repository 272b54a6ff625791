"""Class scores of a new onset-apex pair, from a trained leave-one-subject-out run."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch

from mer.core.errors import InputError
from mer.face.align import face_transform, transform_points, warp_image
from mer.face.landmarks import LandmarkDetector, make_detector, the_face
from mer.face.regions import region_boxes
from mer.training.fold_model import check_pair_model, fold_model, fold_weights, trained_size
from mer.training.pairs import to_float


@dataclass
class PairPrediction:
    """What the models of a run say of one pair.

    Attributes:
        scores: class name to probability, the mean over the fold models; they sum to 1.
        models: number of fold models that were asked.
        onset, apex: uint8, (H, W), the aligned faces.
        boxes: float32, (9, 4), AU boxes as fractions.
        displacement: float32, (2, H, W), mean over the models, normalised grid units, backward.
    """

    scores: dict[str, float]
    models: int
    onset: np.ndarray
    apex: np.ndarray
    boxes: np.ndarray
    displacement: np.ndarray


def predict_pair(
    run_folder: Path | str,
    onset_image: np.ndarray,
    apex_image: np.ndarray,
    detector: LandmarkDetector | None = None,
) -> PairPrediction:
    """Ask every fold model of a run and average their probabilities.

    Args:
        run_folder: a finished leave-one-subject-out run of FRL-DGT (its ``folds/`` hold the weights).
        onset_image, apex_image: uint8 RGB, (height, width, 3), one camera, same size.
        detector: finds the face in the onset image; None is MediaPipe Face Mesh.

    The face is aligned in the size that the run was trained on; 128 pixels where an old run does not say it.

    Raises:
        MissingPath: the run has no weights.
        InputError: the run's models see more than an onset-apex pair and its generated displacement; the
            images differ in size, or the onset shows no face, several, or one that is cut.
    """
    weights = fold_weights(run_folder)
    why = "two images are enough only for models of an onset-apex pair that generate its displacement. Give one."
    check_pair_model(fold_model(weights[0])[0].config, run_folder, why)
    size = trained_size(run_folder) or 128
    if onset_image.shape != apex_image.shape:
        raise InputError(
            f"Onset is {onset_image.shape} and apex {apex_image.shape}; both must come from one clip, in one size."
        )
    points = the_face(onset_image, detector or make_detector("facemesh"))
    matrix = face_transform(points, size)
    frames = [warp_image(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), matrix, size) for image in (onset_image, apex_image)]
    boxes = region_boxes(transform_points(points, matrix), size)
    onset, apex = (to_float(frame[None, :, :, None], torch.device("cpu")) for frame in frames)

    probabilities, fields = [], []
    classes: list[str] = []
    for path in weights:
        model, classes = fold_model(path)
        with torch.no_grad():
            out = model(onset, apex, torch.from_numpy(boxes)[None])
        probabilities.append(out.logits.softmax(dim=1)[0].numpy())
        fields.append(out.displacement[0].numpy())
    mean = np.mean(probabilities, axis=0)
    return PairPrediction(
        scores={name: float(value) for name, value in zip(classes, mean, strict=True)},
        models=len(weights),
        onset=frames[0],
        apex=frames[1],
        boxes=boxes,
        displacement=np.mean(fields, axis=0),
    )
