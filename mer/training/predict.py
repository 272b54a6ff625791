"""Class scores of a clip of one's own, from all models of a trained leave-one-subject-out run.

The scores are the mean of the fold models' probabilities; how far the models agree is said beside it. A fold model was
trained on everybody but one person of the training data. So the scores of a clip of one of these people are no test:
all models but one have seen that person. Name the person, and that one model is asked alone.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from mer.core.errors import InputError
from mer.core.progress import progress
from mer.face.align import face_transform, transform_points, warp_image
from mer.face.landmarks import FaceFinder, LandmarkDetector, make_detector, the_face
from mer.face.regions import region_boxes
from mer.face.single_clip import Bar, SingleClip, open_own, own_name, read_clip
from mer.motion.spotting import SpotConfig, SpottedApex, spot_apex
from mer.training.ask_models import PairPrediction, ask
from mer.training.run_models import RunModels, open_models

ApexSource = Literal["spotted", "chosen", "given", "middle"]

#: How the apex of a prediction was found, in words.
APEX_WORDS: dict[str, str] = {
    "spotted": "spotted by optical flow",
    "chosen": "chosen by you",
    "given": "the second image",
    "middle": "the middle frame, for nothing moves",
}


@dataclass(frozen=True, eq=False)
class ClipPrediction:
    """What the models of a run say of one clip.

    Attributes:
        clip: aligned, onset to offset.
        models: that were asked.
        pair: what they say of its onset and apex.
        apex: frame number.
        apex_source: how it was found (`APEX_WORDS`).
        curve: float32, one value a frame of the clip, what the spotter goes by (`mer.motion.apex_curve`): pixels of a
            face of 128 x 128; None where it looked at nothing, as in a pair.
    """

    clip: SingleClip
    models: RunModels
    pair: PairPrediction
    apex: int
    apex_source: ApexSource
    curve: np.ndarray | None

    @property
    def onset(self) -> int:
        """Frame number."""
        return self.clip.numbers[0]

    @property
    def offset(self) -> int:
        """Frame number."""
        return self.clip.numbers[-1]


def predict_pair(
    run_folder: Path | str,
    onset_image: np.ndarray,
    apex_image: np.ndarray,
    detector: LandmarkDetector | None = None,
) -> PairPrediction:
    """Ask every fold model of a run about two images and average their probabilities.

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
    models = open_models(run_folder)
    if onset_image.shape != apex_image.shape:
        raise InputError(
            f"Onset is {onset_image.shape} and apex {apex_image.shape}; both must come from one clip, in one size."
        )
    points = the_face(onset_image, detector or make_detector("facemesh"))
    matrix = face_transform(points, models.size)
    frames = []
    for image in (onset_image, apex_image):
        seen = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) if models.channels == 1 else image
        frames.append(warp_image(seen, matrix, models.size).reshape(models.size, models.size, models.channels))
    return ask(models, frames[0], frames[1], region_boxes(transform_points(points, matrix), models.size))


def read_own_clip(
    models: RunModels,
    path: Path | str,
    apex_image: Path | str | None = None,
    detector: FaceFinder | str = "facemesh",
    onset: int | None = None,
    offset: int | None = None,
    bar: Bar = progress,
) -> SingleClip:
    """A video, a folder of images or two images, read and aligned as the models of a run see faces.

    Args:
        models: of `mer.training.run_models.open_models`.
        path: the clip; of two images the onset.
        apex_image: of two images the apex.
        detector: name or finder of the face.
        onset, offset: frame numbers; the first and the last by default.
        bar: shows progress of long clips.

    Errors as `mer.face.single_clip.read_clip`.
    """
    if apex_image is not None and (onset, offset) != (None, None):
        raise InputError("Two images are the onset and the apex themselves. Leave --onset and --offset out.")
    finder = make_detector(detector) if isinstance(detector, str) else detector
    source = open_own(path, apex_image)
    name = own_name(path, apex_image)
    return read_clip(source, name, finder, models.size, models.channels, onset, offset, bar=bar)


def predict_clip(
    models: RunModels, clip: SingleClip, apex: int | None = None, spotted: SpottedApex | None = None
) -> ClipPrediction:
    """Find the apex of a clip, unless it is chosen, and ask the models about it.

    Args:
        models: of `mer.training.run_models.open_models`.
        clip: aligned in their size and colours.
        apex: frame number; None has it spotted (`mer.motion.spotting`, method ``flow``), which expects the expression
            to rise after the first frame and to be gone at the last.
        spotted: what was spotted in this clip before, so that it is not looked for again.

    Raises:
        InputError: the apex is no frame of the clip, or its onset.
    """
    if clip.frames.shape[1:] != (models.size, models.size, models.channels):
        raise InputError(
            f"{clip.name} was aligned to {clip.frames.shape[1:]}, the models of {models.folder} see "
            f"{(models.size, models.size, models.channels)}. Read it again for this run."
        )
    curve: np.ndarray | None = None
    source: ApexSource = "given"
    place = len(clip.numbers) - 1
    if not clip.pair:
        spotted = spotted or spot(clip)
        curve, place = spotted.curve, spotted.index
        source = "middle" if spotted.flat else "spotted"
    if apex is not None:
        place, source = clip.place(apex), "given" if clip.pair else "chosen"
        if not place:
            raise InputError(
                f"Frame {apex} of {clip.name} is the onset, so it cannot be the apex. Choose a later frame, or an "
                "earlier onset."
            )
    pair = ask(models, clip.frames[0], clip.frames[place], clip.boxes)
    return ClipPrediction(clip, models, pair, clip.numbers[place], source, curve)


def spot(clip: SingleClip) -> SpottedApex:
    """The apex of a clip, by the suite's best spotter."""
    return spot_apex(clip.frames, clip.boxes, SpotConfig(), clip.landmarks)
