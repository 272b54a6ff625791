"""Pictures for the widgets: views of a clip as PNG bytes, drawn in milliseconds with OpenCV alone."""

from collections.abc import Sequence

import cv2
import numpy as np

from mer.face.regions import REGION_NAMES
from mer.figures.heat import local_heat
from mer.figures.images import as_grey, box_px, displacement_px, flow_to_colour
from mer.figures.regions import box_colours

#: Shown pixels a side of one face.
SIDE = 360


def png(image: np.ndarray) -> bytes:
    """RGB or grey uint8 image as PNG bytes, compressed lightly: speed matters more than size here."""
    ordered = cv2.cvtColor(image, cv2.COLOR_RGB2BGR) if image.ndim == 3 else image
    done, data = cv2.imencode(".png", ordered, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    assert done, "an array of this kind always encodes"
    return data.tobytes()


def face(image: np.ndarray, side: int = SIDE) -> np.ndarray:
    """A face, uint8 (H, W), (H, W, 1 or 3), enlarged to ``side``: uint8 RGB (side, side, 3)."""
    image = image[:, :, 0] if image.ndim == 3 and image.shape[2] == 1 else image
    if image.ndim == 2:
        image = cv2.cvtColor(image, cv2.COLOR_GRAY2RGB)
    return cv2.resize(np.ascontiguousarray(image), (side, side), interpolation=cv2.INTER_CUBIC)


def difference(onset: np.ndarray, frame: np.ndarray, magnify: float = 8.0, side: int = SIDE) -> np.ndarray:
    """Absolute difference of two faces, ``magnify`` times as bright, as heat: uint8 RGB (side, side, 3)."""
    grey = np.clip(np.abs(as_grey(frame) - as_grey(onset)) * magnify, 0, 1)
    heat = cv2.applyColorMap((grey * 255).astype(np.uint8), cv2.COLORMAP_MAGMA)
    return face(cv2.cvtColor(heat, cv2.COLOR_BGR2RGB), side)


def with_boxes(
    image: np.ndarray, boxes: np.ndarray, names: Sequence[str] = REGION_NAMES, side: int = SIDE
) -> np.ndarray:
    """A face with named boxes (k, 4), fractions: uint8 RGB (side, side, 3)."""
    canvas = face(image, side)
    for box, name, colour in zip(boxes, names, box_colours(names), strict=True):
        ink = tuple(int(colour[k : k + 2], 16) for k in (1, 3, 5))
        x0, y0, x1, y1 = (round(value) for value in box_px(box, (side, side)))
        cv2.rectangle(canvas, (x0, y0), (x1, y1), ink, 2, cv2.LINE_AA)
        cv2.putText(canvas, name, (x0 + 4, y0 + 15), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 0, 0), 3, cv2.LINE_AA)
        cv2.putText(canvas, name, (x0 + 4, y0 + 15), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (255, 255, 255), 1, cv2.LINE_AA)
    return canvas


def motion(displacement: np.ndarray, side: int = SIDE) -> tuple[np.ndarray, float]:
    """A backward displacement, normalised units, (2, H, W), as the motion from onset to apex in colour.

    Returns:
        uint8 RGB (side, side, 3), and the length in pixels of the displacement's grid that has the full colour.
    """
    field = -displacement_px(np.asarray(displacement))
    length = np.hypot(*field)
    scale = max(float(np.nanpercentile(length, 99.5)) if np.isfinite(length).any() else 0.0, 0.1)
    return face((flow_to_colour(field, scale) * 255).round().astype(np.uint8), side), scale


def local_weights(image: np.ndarray, weights: np.ndarray, boxes: np.ndarray, side: int = SIDE) -> np.ndarray:
    """Local fusion weights (9, N), mean over the heads, as heat over a face: uint8 RGB (side, side, 3)."""
    heat = local_heat(weights, boxes, (side, side))
    known = np.isfinite(heat)
    high = max(float(np.nanpercentile(heat, 99)), 1.1) if known.any() else 1.0
    index = (np.clip(np.nan_to_num(heat) / high, 0, 1) * 255).astype(np.uint8)
    colour = cv2.cvtColor(cv2.applyColorMap(index, cv2.COLORMAP_INFERNO), cv2.COLOR_BGR2RGB)
    blend = np.where(known, 0.6, 0.0)[..., None]
    return (face(image, side) * (1 - blend) + colour * blend).astype(np.uint8)


def side_by_side(images: Sequence[np.ndarray], gap: int = 6) -> np.ndarray:
    """Images of one height in a row, a white gap between."""
    parts: list[np.ndarray] = []
    for image in images:
        parts += [np.full((image.shape[0], gap, 3), 255, np.uint8)] if parts else []
        parts.append(image)
    return np.hstack(parts)
