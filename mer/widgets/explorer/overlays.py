"""What is drawn over a face: landmarks, regions, boxes, and motion as arrows, colour or strain.

Conventions: a canvas is uint8 RGB (side, side, 3), an enlarged aligned face of ``size`` pixels a side. Points are
pixels of the aligned face, pixel centres at whole numbers. A motion field is float (2, size, size), aligned pixels, x
first, *forward*: where each point of the shown frame has moved since the onset; NaN where unknown. Every function
draws into a copy.
"""

from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from mer.face.regions import REGION_NAMES
from mer.figures.images import flow_to_colour
from mer.figures.regions import box_colours
from mer.figures.style import OKABE_ITO
from mer.widgets.render import face

Ink = tuple[int, int, int]
_SHIFT = 4  # bits of a pixel's fraction in OpenCV's drawing calls
_ARROWS = 14  # a side of the field
#: No field is drawn as if its noise were motion: the full colour stands for this many pixels, this strain, or more.
LEAST_PX, LEAST_STRAIN = 0.1, 0.005


def _ink(colour: str) -> Ink:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def with_landmarks(canvas: np.ndarray, points: np.ndarray, size: int) -> np.ndarray:
    """The face with its landmarks (k, 2) as dots with a light rim."""
    made = canvas.copy()
    radius = max(2, round(len(canvas) / 190))
    for x, y in _fixed(points, size, len(canvas)):
        for ink, r in (((255, 255, 255), radius + 1), (_ink(OKABE_ITO["vermilion"]), radius)):
            cv2.circle(made, (int(x), int(y)), r << _SHIFT, ink, -1, cv2.LINE_AA, _SHIFT)
    return made


def with_regions(canvas: np.ndarray, polygons: Mapping[int, np.ndarray], size: int) -> np.ndarray:
    """The face with numbered outlines of regions: number to corners (k, 2)."""
    side = len(canvas)
    made, ink = canvas.copy(), _ink(OKABE_ITO["sky"])
    outlines = [_fixed(polygon, size, side).reshape(-1, 1, 2) for polygon in polygons.values()]
    cv2.polylines(made, outlines, True, ink, 1, cv2.LINE_AA, _SHIFT)
    for number, polygon in polygons.items():
        x, y = _on_canvas(polygon.mean(axis=0), size, side)
        _text(made, str(number), (round(float(x)) - 4 * len(str(number)), round(float(y)) + 4), 0.34)
    return made


def with_boxes(canvas: np.ndarray, boxes: np.ndarray, size: int, names: Sequence[str] = REGION_NAMES) -> np.ndarray:
    """The face with named boxes (k, 4), fractions of the aligned face."""
    made = canvas.copy()
    for box, name, colour in zip(np.asarray(boxes, float), names, box_colours(names), strict=True):
        corners = _fixed(box.reshape(2, 2) * (size - 1), size, len(canvas))
        (x0, y0), (x1, y1) = ((int(x), int(y)) for x, y in corners)
        cv2.rectangle(made, (x0, y0), (x1, y1), _ink(colour), 2, cv2.LINE_AA, _SHIFT)
        _text(made, name, ((x0 >> _SHIFT) + 4, (y0 >> _SHIFT) + 15), 0.45)
    return made


def with_arrows(canvas: np.ndarray, field: np.ndarray) -> tuple[np.ndarray, float]:
    """The face with its motion as arrows on a grid, from where a point was to beyond where it is.

    Returns:
        The picture, and how many pixels of the canvas an arrow has for one aligned pixel of motion.
    """
    side, size = len(canvas), field.shape[-1]
    places = ((np.arange(_ARROWS) + 0.5) * size / _ARROWS).astype(int)
    columns, rows = (part.ravel() for part in np.meshgrid(places, places))
    vectors = field[:, rows, columns].T
    known = np.isfinite(vectors).all(axis=1)
    longest = max(full_length(field), LEAST_PX)
    gain = 1.2 * side / _ARROWS / longest  # the longest reach a little beyond their cell
    heads = np.stack([columns, rows], axis=1)[known]
    starts = _on_canvas(heads, size, side)
    ends = starts + vectors[known] * gain
    made = canvas.copy()
    drawn = np.hypot(*(ends - starts).T) >= 2.0  # shorter ones are dots: no motion
    for ink, width in (((30, 30, 30), 2), (_ink(OKABE_ITO["yellow"]), 1)):
        for start, end in zip(starts[drawn], ends[drawn], strict=True):
            (x0, y0), (x1, y1) = ((round(float(v)) for v in point) for point in (start, end))
            cv2.arrowedLine(made, (x0, y0), (x1, y1), ink, width, cv2.LINE_AA, 0, 0.3)
    return made, gain


def with_colour(canvas: np.ndarray, field: np.ndarray) -> tuple[np.ndarray, float]:
    """The face tinted by its motion: hue is direction, depth of colour is length; as it is where nothing moves.

    Returns:
        The picture, and the length in aligned pixels that has the full colour.
    """
    scale = max(full_length(field), LEAST_PX)
    tint = flow_to_colour(np.where(np.isfinite(field).all(axis=0), field, 0.0), scale)
    lift = 0.4 * (1 - tint.min(axis=2, keepdims=True))  # dark skin and hair would swallow the hue
    parts = (tint * (1 - lift), tint * lift)
    factor, base = (cv2.resize(part, canvas.shape[:2], interpolation=cv2.INTER_LINEAR) for part in parts)
    return cv2.convertScaleAbs(cv2.multiply(canvas.astype(np.float32), factor) + 255 * base), scale


def with_strain(canvas: np.ndarray, strain: np.ndarray) -> tuple[np.ndarray, float]:
    """The face with its optical strain (size, size) as heat; as it is where nothing is strained.

    Returns:
        The picture, and the strain that has the full colour.
    """
    known = np.isfinite(strain)
    scale = max(float(np.percentile(strain[known], 99.5)) if known.any() else 0.0, LEAST_STRAIN)
    part = np.clip(np.where(known, strain, 0) / scale, 0, 1).astype(np.float32)
    heat = face(heat_colours(part), len(canvas)).astype(np.float32)
    cover = cv2.resize(0.85 * np.sqrt(part), canvas.shape[:2], interpolation=cv2.INTER_LINEAR)[..., None]
    return cv2.convertScaleAbs(canvas + (heat - canvas) * cover), scale


def heat_colours(part: np.ndarray) -> np.ndarray:
    """Numbers in 0..1, (H, W), as colours from black over purple to light yellow: uint8 RGB (H, W, 3)."""
    mapped = cv2.applyColorMap((np.clip(part, 0, 1) * 255).astype(np.uint8), cv2.COLORMAP_MAGMA)
    return cv2.cvtColor(mapped, cv2.COLOR_BGR2RGB)


def full_length(field: np.ndarray) -> float:
    """The length that only one vector in two hundred is longer than; 0 where none is known."""
    lengths = np.hypot(field[0], field[1])
    lengths = lengths[np.isfinite(lengths)]
    return float(np.percentile(lengths, 99.5)) if len(lengths) else 0.0


def _on_canvas(points: np.ndarray, size: int, side: int) -> np.ndarray:
    """Aligned pixels as pixels of the canvas, the way an image is enlarged: edges on edges."""
    return (np.asarray(points, dtype=float) + 0.5) * side / size - 0.5


def _fixed(points: np.ndarray, size: int, side: int) -> np.ndarray:
    return np.rint(_on_canvas(points, size, side) * (1 << _SHIFT)).astype(np.int32)


def _text(canvas: np.ndarray, words: str, place: tuple[int, int], height: float) -> None:
    for ink, width in (((0, 0, 0), 3), ((255, 255, 255), 1)):
        cv2.putText(canvas, words, place, cv2.FONT_HERSHEY_SIMPLEX, height, ink, width, cv2.LINE_AA)
