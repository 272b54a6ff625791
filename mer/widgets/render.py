"""Pictures for the widgets: faces as RGB arrays of a size for the screen, and arrays as bytes for a browser."""

import io
from collections.abc import Sequence

import cv2
import numpy as np

from mer.figures.images import displacement_px, flow_to_colour

#: Shown pixels a side of one face.
SIDE = 360
#: JPEG of a face of 440 px takes 0.8 ms and 30 kB, PNG 11 ms and 110 kB (one core); colours are kept at full
#: resolution, for overlays are thin coloured lines.
_JPEG = [cv2.IMWRITE_JPEG_QUALITY, 93, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]


def png(image: np.ndarray) -> bytes:
    """RGB, RGBA or grey uint8 image as PNG bytes, compressed lightly: speed matters more than size here."""
    return _encoded(".png", image, [cv2.IMWRITE_PNG_COMPRESSION, 1])


def jpeg(image: np.ndarray) -> bytes:
    """RGB or grey uint8 image as JPEG bytes, at a quality that shows no blocks: ten times as quick as PNG."""
    return _encoded(".jpg", image, _JPEG)


def two_frames(first: np.ndarray, second: np.ndarray, rate: float) -> bytes:
    """Two RGB uint8 images of one shape that take turns for ever: an animated PNG, which plays without a kernel.

    Args:
        first, second: the images.
        rate: changes a second.
    """
    from PIL import Image  # only here: not needed while nothing flickers

    held = io.BytesIO()
    images = [Image.fromarray(image) for image in (first, second)]
    images[0].save(held, "PNG", save_all=True, append_images=images[1:], duration=1000 / rate, loop=0, compress_level=1)
    return held.getvalue()


def face(image: np.ndarray, side: int = SIDE) -> np.ndarray:
    """A face, uint8 (H, W), (H, W, 1 or 3), enlarged to ``side``: uint8 RGB (side, side, 3)."""
    image = image[:, :, 0] if image.ndim == 3 and image.shape[2] == 1 else image
    enlarged = cv2.resize(np.ascontiguousarray(image), (side, side), interpolation=cv2.INTER_CUBIC)
    return cv2.cvtColor(enlarged, cv2.COLOR_GRAY2RGB) if enlarged.ndim == 2 else enlarged


def motion(displacement: np.ndarray, side: int = SIDE) -> tuple[np.ndarray, float]:
    """A backward displacement, normalised units, (2, H, W), as the motion from onset to apex in colour.

    Returns:
        uint8 RGB (side, side, 3), and the length in pixels of the displacement's grid that has the full colour.
    """
    field = -displacement_px(np.asarray(displacement))
    length = np.hypot(*field)
    scale = max(float(np.nanpercentile(length, 99.5)) if np.isfinite(length).any() else 0.0, 0.1)
    return face((flow_to_colour(field, scale) * 255).round().astype(np.uint8), side), scale


def side_by_side(images: Sequence[np.ndarray], gap: int = 6) -> np.ndarray:
    """Images of one height in a row, a white gap between."""
    parts: list[np.ndarray] = []
    for image in images:
        parts += [np.full((image.shape[0], gap, 3), 255, np.uint8)] if parts else []
        parts.append(image)
    return np.hstack(parts)


def _encoded(suffix: str, image: np.ndarray, options: Sequence[int]) -> bytes:
    if image.ndim == 3:
        image = cv2.cvtColor(image, cv2.COLOR_RGB2BGR if image.shape[2] == 3 else cv2.COLOR_RGBA2BGRA)
    done, data = cv2.imencode(suffix, image, options)
    assert done, "an array of this kind always encodes"
    return data.tobytes()
