"""One pair as fast as two cores allow: from two image files to the probabilities of the classes.

The stages are those of `mer.evaluation.chain`; here they overlap where they can and the model is in its inference form.
What is recognised stays the same.
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

import cv2
import numpy as np
import torch

from mer.core.errors import InputError
from mer.datasets.image_bytes import read_frame
from mer.face.align import face_transform, transform_points, warp_image
from mer.face.landmarks import LandmarkDetector, the_face
from mer.face.regions import region_boxes
from mer.models.frl_dgt import FRLDGT
from mer.models.inference.model import for_inference
from mer.training.pairs import to_float

_CPU = torch.device("cpu")


class PairRecogniser:
    """A trained model and a detector, ready for pair after pair. Use it in a ``with`` block or call `close`.

    The apex is decoded by a second thread while the face is found in the onset, for the detector works on one core.
    Measured and left out: decoding to grey or at half size, which is faster and gives other pixels.
    """

    def __init__(self, model: FRLDGT, detector: LandmarkDetector, size: int) -> None:
        """Prepare.

        Args:
            model: trained; its inference form is made here.
            detector: finds the face; used from the calling thread only.
            size: pixels a side of the aligned faces that the model was trained on.
        """
        self.model, self.detector, self.size = for_inference(model), detector, size
        self._second = ThreadPoolExecutor(1, thread_name_prefix="apex")

    def recognise(self, onset: Path, apex: Path) -> np.ndarray:
        """Probabilities of the classes: float32, (classes,).

        Raises:
            MissingPath: an image is missing.
            FaceFault: the onset does not show exactly one whole face.
            InputError: an image cannot be read, or the two differ in size.
        """
        coming = self._second.submit(read_frame, apex)
        first = read_frame(onset)
        points = the_face(first, self.detector)
        second = coming.result()
        if first.shape != second.shape:
            raise InputError(
                f"Onset is {first.shape} and apex {second.shape}; both must come from one clip, in one size."
            )
        matrix = face_transform(points, self.size)
        frames = np.stack(
            [aligned(image, matrix, self.size, self.model.config.image_channels) for image in (first, second)]
        )
        boxes = region_boxes(transform_points(points, matrix), self.size)
        with torch.inference_mode():
            return probabilities(self.model, frames[:1], frames[1:], boxes)[0]

    def close(self) -> None:
        """End the second thread; twice is fine."""
        self._second.shutdown()

    def __enter__(self) -> Self:
        """The recogniser itself."""
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close it."""
        self.close()


def aligned(image: np.ndarray, matrix: np.ndarray, size: int, channels: int) -> np.ndarray:
    """A raw frame, uint8 RGB, on the aligned square in grey or colour: uint8, (size, size, channels)."""
    seen = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) if channels == 1 else image
    return warp_image(seen, matrix, size).reshape(size, size, channels)


def probabilities(model: FRLDGT, onset: np.ndarray, apexes: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """What a model says of one onset with each of some apexes.

    Args:
        model: in eval mode or its inference form.
        onset: uint8, (1, H, W, C).
        apexes: uint8, (A, H, W, C).
        boxes: float32, (9, 4), of the onset.

    Returns:
        float32, (A, classes).
    """
    count = len(apexes)
    first = to_float(onset, _CPU).expand(count, -1, -1, -1)
    out = model(first, to_float(apexes, _CPU), torch.from_numpy(boxes).expand(count, -1, -1))
    return out.logits.softmax(dim=1).numpy()
