"""Faces with a mark that nothing else has, and a search for it in whatever a run leaves."""

import cv2
import numpy as np

from tests.pictures_in_files import pictures_in

#: A code of 16 x 16 cells, dark and light.
MARK = np.random.default_rng(1912).integers(0, 2, (16, 16)).astype(np.uint8) * 160 + 40
_ALIKE = 0.75
_WIDTHS = range(20, 160)


def marked_face(seed: int = 0) -> np.ndarray:
    """A face in grey, uint8 (32, 32), with the mark on its cheek."""
    image = np.random.default_rng(seed).integers(90, 110, (32, 32)).astype(np.uint8)
    image[10:26, 8:24] = MARK
    return image


def shows_mark(image: np.ndarray) -> bool:
    """Whether the mark can be seen in an image of any size, in grey or colours."""
    image = np.asarray(image)
    if image.ndim == 3 and image.shape[-1] in (3, 4):
        image = image[..., :3].mean(-1)
    if image.ndim > 2:
        return any(shows_mark(one) for one in image)
    if image.ndim < 2 or min(image.shape) < 16:
        return False
    image = np.nan_to_num(image.astype(np.float32))
    for width in (image.shape[1], *_WIDTHS):
        height = round(image.shape[0] * width / image.shape[1])
        if 16 <= height <= 400 and 16 <= width <= image.shape[1]:
            small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
            alike = cv2.matchTemplate(small, MARK.astype(np.float32), cv2.TM_CCOEFF_NORMED)
            if np.nanmax(np.abs(np.where(np.isfinite(alike), alike, 0))) > _ALIKE:
                return True
    return False


def holds_mark(name: str, data: bytes) -> bool:
    """Whether a file's bytes hold a picture with the mark, or the mark itself."""
    return MARK.tobytes() in data or any(shows_mark(image) for image in pictures_in(name, data))
