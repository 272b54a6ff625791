"""Where the modules of the fusion look in one clip: their weights on its face."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from matplotlib.colors import Normalize

from mer.core.rows import Rows
from mer.figures.box_labels import Plate, name_plates
from mer.figures.fusion_rows import clip_row
from mer.figures.fusion_weights import HEAT_MAP, heat_scale
from mer.figures.heat import face_heat, local_heat
from mer.figures.images import as_grey, box_px
from mer.figures.regions import NINE
from mer.widgets import render
from mer.widgets.results.shown import SIDE, Shown, colours

_FONT, _PAD = 0.6, 4  # size of letters, pixels about them
_PALE = (235, 235, 235)
_HEADS = ("local weights", "global weights", "full-face weights")


@dataclass(frozen=True, eq=False)
class WeightMaps:
    """Weights of one clip, means over the heads, as multiples of the uniform weight.

    Attributes:
        grey: onset, float32 (H, W) in [0, 1].
        boxes: (9, 4), fractions.
        local: float32 (H, W), NaN outside the boxes.
        across: (9,), of the boxes.
        full: float32 (H, W); None for a model without the full-face module.
        peak: the box whose patches differ most: the one with the largest local weight.
        tokens: things among which a module shares its weight out, to their number: patches of a box, boxes, patches of
            the face.
    """

    grey: np.ndarray
    boxes: np.ndarray
    local: np.ndarray
    across: np.ndarray
    full: np.ndarray | None
    peak: int
    tokens: Mapping[str, int]


def weight_maps(arrays: Mapping[str, Rows], row: int, name: str) -> WeightMaps | None:
    """Weights of a clip of a run; None where it keeps none."""
    if not {"onset", "boxes", "weights_local", "weights_global"} <= set(arrays):
        return None
    found = clip_row(name, arrays, row)
    grey = as_grey(found.image)
    patches = found.weights_local.shape[1]
    tokens = {"patch of a box has": patches, "box": len(found.weights_global)}
    if found.weights_full is not None:
        tokens["patch of the whole face"] = len(found.weights_full)
    return WeightMaps(
        grey,
        found.boxes,
        local_heat(found.weights_local, found.boxes, grey.shape),
        found.weights_global * len(found.weights_global),
        None if found.weights_full is None else face_heat(found.weights_full, grey.shape),
        int(np.nanargmax(found.weights_local.max(axis=1))),
        tokens,
    )


def weight_scale(clips: Sequence[WeightMaps | None]) -> Normalize:
    """One scale for all weights of these clips."""
    known = [maps for maps in clips if maps is not None]
    parts = [part for maps in known for part in (maps.local, maps.across, maps.full) if part is not None]
    return heat_scale(parts) if parts else Normalize(0.9, 1.1)


def weight_pictures(maps: WeightMaps | None, name: str, norm: Normalize) -> list[Shown]:
    """Fusion weights of the local, global and full-face modules on the onset, mean over heads, on one scale."""
    if maps is None:
        return [Shown(head, "", missing="This run keeps no fusion weights.") for head in _HEADS]
    most = NINE[int(maps.across.argmax())]
    found = [
        Shown(
            "local: the patches in each box",
            f"Weights of the patches in each box on the face of {name}; the sharpest peak is in box {NINE[maps.peak]}.",
            render.jpeg(heat_on_face(maps.grey, maps.local, norm)),
        ),
        Shown(
            "global: the nine boxes",
            f"Weights of the nine boxes on the face of {name}; box {most} has the most, {maps.across.max():.2f} × the "
            "uniform weight.",
            render.jpeg(boxes_on_face(maps.grey, maps.boxes, maps.across, norm)),
        ),
    ]
    if maps.full is None:
        return [*found, Shown(_HEADS[2], "", missing="This model has no full-face module.")]
    y, x = np.unravel_index(int(maps.full.argmax()), maps.full.shape)
    height, width = maps.full.shape
    place = f"{_third(y / height, 'top', 'middle', 'bottom')}, {_third(x / width, 'left', 'centre', 'right')}"
    alt = f"Weights of the patches of the whole face of {name}; the largest lies at the {place}."
    return [*found, Shown("full-face: patches", alt, render.jpeg(heat_on_face(maps.grey, maps.full, norm)))]


def heat_on_face(grey: np.ndarray, heat: np.ndarray, norm: Normalize, side: int = SIDE) -> np.ndarray:
    """Weights (H, W), multiples of the uniform one, NaN for none, over a grey face [0, 1]: uint8 RGB."""
    colour = colours(HEAT_MAP, norm(np.nan_to_num(heat, nan=1.0)))
    alpha = np.where(np.isfinite(heat), 0.62, 0.0)[..., None]
    mixed = (1 - alpha) * grey[..., None] + alpha * colour
    return render.face((np.clip(mixed, 0, 1) * 255).astype(np.uint8), side)


def boxes_on_face(grey: np.ndarray, boxes: np.ndarray, weights: np.ndarray, norm: Normalize) -> np.ndarray:
    """Boxes with their names outside; weights, multiples of the uniform one, are colour and thickness: uint8 RGB."""
    canvas = render.face(((0.35 + 0.6 * grey) * 255).astype(np.uint8), SIDE)
    strengths = np.clip(norm(weights), 0, 1)
    inks = (255 * colours(HEAT_MAP, strengths)).astype(int).tolist()
    corners = np.array([box_px(box, (SIDE, SIDE)) for box in boxes])
    order = np.argsort(weights)  # the heaviest last, on top
    for k in order:
        x0, y0, x1, y1 = corners[k].round().astype(int).tolist()
        thick = 2 + round(4 * float(strengths[k]))
        cv2.rectangle(canvas, (x0, y0), (x1, y1), _PALE, thick + 2, cv2.LINE_AA)  # dark ones stand out, too
        cv2.rectangle(canvas, (x0, y0), (x1, y1), inks[k], thick, cv2.LINE_AA)
    plates = name_plates(corners, [_plate_size(name) for name in NINE], (SIDE, SIDE))
    for k in order:
        _draw_plate(canvas, plates[k], NINE[k], inks[k])
    return canvas


def _plate_size(name: str) -> tuple[int, int]:
    (width, height), _ = cv2.getTextSize(name, cv2.FONT_HERSHEY_SIMPLEX, _FONT, 2)
    return width + 2 * _PAD, height + 2 * _PAD


def _draw_plate(canvas: np.ndarray, plate: Plate, name: str, ink: list[int]) -> None:
    """A name on a plate in the colour of its box, black or white as it is read best."""
    if plate.leader is not None:
        start, end = ((round(x), round(y)) for x, y in plate.leader)
        cv2.line(canvas, start, end, _PALE, 4, cv2.LINE_AA)
        cv2.line(canvas, start, end, ink, 2, cv2.LINE_AA)
    x0, y0, x1, y1 = (round(value) for value in (plate.x0, plate.y0, plate.x1, plate.y1))
    cv2.rectangle(canvas, (x0, y0), (x1 - 1, y1 - 1), ink, cv2.FILLED)
    cv2.rectangle(canvas, (x0, y0), (x1 - 1, y1 - 1), _PALE, 1)
    letters = (0, 0, 0) if np.dot(ink, (0.299, 0.587, 0.114)) > 120 else (255, 255, 255)
    cv2.putText(canvas, name, (x0 + _PAD, y1 - _PAD), cv2.FONT_HERSHEY_SIMPLEX, _FONT, letters, 2, cv2.LINE_AA)


def _third(share: float, *names: str) -> str:
    return names[min(2, int(share * 3))]
