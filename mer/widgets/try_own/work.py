"""The work behind "try your own", without a widget: a clip loaded, its frames as pictures, predicted and explained."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING

import cv2
import numpy as np

from mer.core.errors import InputError
from mer.core.paths import given_path
from mer.core.progress import progress
from mer.datasets.frames import FrameSource
from mer.datasets.image_pair import ImagePair
from mer.face.landmarks import FaceFault, FaceFinder, make_detector
from mer.face.own_source import open_own, own_name, window
from mer.face.regions import REGION_NAMES
from mer.face.single_clip import Bar, SingleClip, read_clip
from mer.figures.regions import box_colours
from mer.widgets import render
from mer.widgets.one_at_a_time import one_at_a_time
from mer.widgets.try_own.choice import ClipChoice

if TYPE_CHECKING:
    from mer.evaluation.own_clip import OwnExplanation
    from mer.motion.spotting import SpottedApex
    from mer.training.predict import ClipPrediction

SIDE = 380  #: pixels at which the picture of a frame is shown
DRAWN = 570  #: pixels it has: sharp on fine screens
_PREVIEW = 640  # longest side of a frame that is kept for scrubbing
_LANDMARK = (86, 180, 233)
_NOTHING = "Nothing is predicted yet. Load a clip and press Predict first."


@dataclass(eq=False)
class LoadedClip:
    """A clip that was read.

    Attributes:
        source: its frames on disk.
        name: of its file or folder.
        numbers: of the frames that were read, ascending.
        shape: height and width of a raw frame.
        pair: it is two images.
        clip: aligned from its first frame; None where no face was found there.
        fault: why there is none, a sentence with what to do.
        previews: JPEG of each frame, longest side at most 640 pixels.
        spotted: apex by the first and last frame that it was looked for in.
    """

    source: FrameSource
    name: str
    numbers: tuple[int, ...]
    shape: tuple[int, int]
    pair: bool
    clip: SingleClip | None
    fault: str
    previews: dict[int, bytes]
    spotted: dict[tuple[int, int], "SpottedApex"] = field(default_factory=dict)


class OwnWork:
    """One clip at a time, and what the models of a run say of it.

    Attributes:
        run: folder of the run that is asked; may be changed.
        detector: name of what finds the face.
        loaded: the clip; None before the first.
        found: last prediction; None before the first of this clip.
        busy: held while something is done (`one_at_a_time`).
    """

    def __init__(self, run: Path | str, detector: str | FaceFinder = "facemesh") -> None:
        self.run, self.detector = of_project(run), detector
        self.loaded: LoadedClip | None = None
        self.found: ClipPrediction | None = None
        self._finder: FaceFinder | None = None
        self.busy = RLock()

    @one_at_a_time
    def load(self, choice: ClipChoice, bar: Bar = progress) -> LoadedClip:
        """Read a clip in place of the one before, which stays where this fails; ``bar`` shows progress of long clips.

        Raises:
            InputError: it cannot be read, is too short or too long, or the run cannot be asked.
        """
        from mer.training.run_models import open_models

        models = open_models(self.run)
        path, apex_image = of_project(choice.path), None if choice.apex_image is None else of_project(choice.apex_image)
        source = open_own(path, apex_image)
        name = own_name(path, apex_image)
        numbers = tuple(window(source, name, choice.first, choice.last))
        previews: dict[int, bytes] = {}
        shape = (0, 0)

        def keep(number: int, image: np.ndarray) -> None:
            nonlocal shape
            previews[number], shape = _preview(image), image.shape[:2]

        clip, fault = None, ""
        try:
            clip = read_clip(
                source, name, self._face_finder(), models.size, models.channels, numbers[0], numbers[-1], keep, bar
            )
        except FaceFault as error:
            fault = str(error)
            for number, image in zip(numbers, source.read(numbers), strict=True):
                keep(number, image)
        self.loaded = LoadedClip(source, name, numbers, shape, isinstance(source, ImagePair), clip, fault, previews)
        self.found = None
        return self.loaded

    @one_at_a_time
    def predict(self, onset: int, offset: int, apex: int | None = None, bar: Bar = progress) -> "ClipPrediction":
        """Ask the run's models about the clip from onset to offset; ``apex`` None has it spotted.

        Raises:
            InputError: there is no face in the onset frame, the clip's file has gone, or the run cannot be asked.
        """
        from mer.training.predict import predict_clip, spot
        from mer.training.run_models import open_models

        loaded = self._loaded()
        models = open_models(self.run)
        clip = loaded.clip
        wanted = (models.size, models.size, models.channels)
        if clip is None or (clip.numbers[0], clip.numbers[-1]) != (onset, offset) or clip.frames.shape[1:] != wanted:
            finder = self._face_finder()
            clip = read_clip(loaded.source, loaded.name, finder, *wanted[1:], onset, offset, bar=bar)
            loaded.clip, loaded.fault = clip, ""
            loaded.spotted.clear()
        if not clip.pair and (onset, offset) not in loaded.spotted:
            loaded.spotted[onset, offset] = spot(clip)
        self.found = predict_clip(models, clip, apex, loaded.spotted.get((onset, offset)))
        return self.found

    @one_at_a_time
    def move_apex(self) -> "ClipPrediction":
        """Ask about the last prediction with its apex at the frames around it; it then has ``moved``."""
        from mer.training.predict import with_apex_moved

        if self.found is None:
            raise InputError(_NOTHING)
        self.found = with_apex_moved(self.found)
        return self.found

    @one_at_a_time
    def explain(self, target: str | None = None, bar: Bar = progress) -> "OwnExplanation":
        """What the last prediction rests on, for one class; the predicted one by default."""
        from mer.evaluation.own_clip import explain_prediction

        if self.found is None:
            raise InputError(_NOTHING)
        return explain_prediction(self.found, target, bar=bar)

    def frame_picture(self, number: int, overlay: bool = True, loaded: LoadedClip | None = None) -> bytes:
        """One raw frame as JPEG, cut to the surroundings of the face; on the onset with landmarks and boxes.

        Args:
            number: of the frame.
            overlay: draw landmarks and boxes.
            loaded: whose frame; that of the clip loaded now by default, which another thread may replace meanwhile.
        """
        loaded = self._loaded() if loaded is None else loaded
        image = _decoded(loaded.previews[number])
        clip = loaded.clip
        if clip is None:
            height, width = image.shape[:2]
            return render.jpeg(cv2.resize(image, (DRAWN, round(DRAWN * height / width)), interpolation=cv2.INTER_AREA))
        scale = image.shape[1] / loaded.shape[1]
        centre, half = _around(clip, loaded.shape)
        x0, y0 = np.round((centre - half) * scale).astype(int).clip(0)
        side = max(2, round(2 * half * scale))
        cut = image[y0 : y0 + side, x0 : x0 + side]
        picture = render.face(cut, DRAWN)
        if overlay and number == clip.numbers[0]:
            _draw(picture, clip, lambda points: (points * scale - (x0, y0)) * DRAWN / cut.shape[0])
        return render.jpeg(picture)

    def _loaded(self) -> LoadedClip:
        if self.loaded is None:
            raise InputError("No clip is loaded. Choose a video, a folder of frames, or two images.")
        return self.loaded

    def _face_finder(self) -> FaceFinder:
        if self._finder is None:
            self._finder = make_detector(self.detector) if isinstance(self.detector, str) else self.detector
        return self._finder


def of_project(path: Path | str) -> Path:
    """A path as the notebooks mean it: a relative one counts from the project's folder, wherever the kernel is."""
    return given_path(path)


def _preview(image: np.ndarray) -> bytes:
    shrink = min(1.0, _PREVIEW / max(image.shape[:2]))
    if shrink < 1:
        image = cv2.resize(image, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    return render.jpeg(image)


def _decoded(data: bytes) -> np.ndarray:
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None, "written by ourselves a moment ago"
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def _around(clip: SingleClip, shape: tuple[int, int]) -> tuple[np.ndarray, float]:
    """Centre and half side of a square around the face inside the raw frame, raw pixels."""
    outline = _raw(clip, np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]))
    half = min(0.62 * float(np.ptp(outline, axis=0).max()), (min(shape) - 1) / 2)
    limit = np.array([shape[1] - 1, shape[0] - 1], float)
    return np.clip(outline.mean(axis=0), half, limit - half), half


def _raw(clip: SingleClip, fractions: np.ndarray) -> np.ndarray:
    """Fractions of the aligned square, (n, 2), as pixels of the raw frame."""
    aligned = fractions * (clip.frames.shape[1] - 1)
    return (aligned - clip.matrix[:, 2]) @ np.linalg.inv(clip.matrix[:, :2]).T


def _draw(picture: np.ndarray, clip: SingleClip, place: Callable[[np.ndarray], np.ndarray]) -> None:
    """Landmarks and the nine boxes with their names, on a picture."""
    names: list[tuple[str, int, int]] = []
    for box, name, colour in zip(clip.boxes.astype(float), REGION_NAMES, box_colours(REGION_NAMES), strict=True):
        ink = tuple(int(colour[k : k + 2], 16) for k in (1, 3, 5))
        corners = box[[[0, 1], [2, 1], [2, 3], [0, 3]]]
        points = np.round(place(_raw(clip, corners))).astype(np.int32)
        cv2.polylines(picture, [points], True, ink, 2, cv2.LINE_AA)
        names.append((name, int(points[0, 0]) + 6, int(points[0, 1]) + 20))
    for x, y in np.round(place(clip.points.astype(float))).astype(int):
        cv2.circle(picture, (int(x), int(y)), 4, (0, 0, 0), -1, cv2.LINE_AA)
        cv2.circle(picture, (int(x), int(y)), 2, _LANDMARK, -1, cv2.LINE_AA)
    for name, x, y in names:  # last, to be read
        cv2.putText(picture, name, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.62, (0, 0, 0), 5, cv2.LINE_AA)
        cv2.putText(picture, name, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.62, (255, 255, 255), 2, cv2.LINE_AA)
