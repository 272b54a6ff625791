"""What there is to see of a clip in a run's results: faces, motion, fusion weights on the face, attributions."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from matplotlib import colormaps
from matplotlib.colors import Normalize

from mer.core.rows import Rows
from mer.figures.fusion_rows import clip_row
from mer.figures.fusion_weights import HEAT_MAP, heat_scale
from mer.figures.heat import face_heat, local_heat
from mer.figures.images import as_grey, box_px, displacement_px, flow_to_colour
from mer.figures.regions import NINE
from mer.widgets import render

SIDE = 288  #: pixels of a picture; shown at about half of that, sharp on fine screens
_THUMB = 64  # pixels a side of a face in the strip
_FOR_AGAINST = "PuOr_r"  # orange speaks for the class, purple against it, as in the still figures


@dataclass(frozen=True)
class Shown:
    """One picture of a clip: ``image`` JPEG bytes, or None with the reason in ``missing``; ``head`` above it."""

    head: str
    alt: str
    image: bytes | None = None
    missing: str = ""


def clip_pictures(
    arrays: Mapping[str, Rows], row: int, name: str, true_motion: np.ndarray | None = None, why_no_truth: str = ""
) -> list[Shown]:
    """Onset, apex, generated motion, true motion, and the weights of the three modules, each with words for it.

    Both motions share one scale, and so do the weights, so that they can be compared.

    Args:
        arrays: of the run, one row a clip; what is missing is said in its place.
        row: the clip.
        name: of the clip, for the words.
        true_motion: (2, H, W), backward, normalised units, NaN where unknown; None where not known.
        why_no_truth: said where it is None.
    """
    motion = motion_pictures(arrays, row, name, true_motion, why_no_truth)
    return [*face_pictures(arrays, row, name), *motion, *weight_pictures(arrays, row, name)]


def face_pictures(arrays: Mapping[str, Rows], row: int, name: str) -> list[Shown]:
    """Onset and apex of a clip."""
    return [_face(arrays, row, name, "onset"), _face(arrays, row, name, "apex")]


def motion_pictures(
    arrays: Mapping[str, Rows],
    row: int,
    name: str,
    true_motion: np.ndarray | None,
    why_no_truth: str,
    at_least: float = 0.1,
) -> list[Shown]:
    """Generated and true motion from onset to apex as colour; ``at_least``: px that the full colour stands for.

    Without a true motion and a reason for that there is one picture only.
    """
    made = arrays["displacement"][row] if "displacement" in arrays else None
    fields = {
        "generated motion": (made, "This run keeps no generated motion."),
        "true motion": (true_motion, why_no_truth),
    }
    pixels = {head: displacement_px(np.asarray(field)) for head, (field, _) in fields.items() if field is not None}
    scale = max([at_least, *(motion_scale(field) for field in pixels.values())])
    shown = []
    for head, (_, why) in fields.items():
        if head not in pixels:
            shown += [Shown(head, "", missing=why)] if why else []
            continue
        colour = (flow_to_colour(-pixels[head], scale) * 255).round().astype(np.uint8)
        size = motion_scale(pixels[head])
        alt = f"{head.capitalize()} of {name} from onset to apex as colour; the largest motion is {size:.2f} px."
        shown.append(Shown(f"{head}, full colour {scale:.2g} px", alt, render.jpeg(render.face(colour, SIDE))))
    return shown


def motion_scale(field: np.ndarray) -> float:
    """Nearly the largest length (99.5th percentile) of a field (2, H, W) with NaN; 0 where it holds nothing else."""
    length = np.hypot(*field)
    known = length[np.isfinite(length)]
    return float(np.percentile(known, 99.5)) if known.size else 0.0


def weight_pictures(arrays: Mapping[str, Rows], row: int, name: str) -> list[Shown]:
    """Fusion weights of the local, global and full-face modules on the onset, mean over heads, on one scale."""
    heads = ("local weights", "global weights", "full-face weights")
    if not {"onset", "boxes", "weights_local", "weights_global"} <= set(arrays):
        return [Shown(head, "", missing="This run keeps no fusion weights.") for head in heads]
    weights = clip_row(name, arrays, row)
    grey = as_grey(weights.image)
    local = local_heat(weights.weights_local, weights.boxes, grey.shape)
    across = weights.weights_global * len(weights.weights_global)
    full = None if weights.weights_full is None else face_heat(weights.weights_full, grey.shape)
    norm = heat_scale([local, across, *([] if full is None else [full])])
    scale = f"{norm.vmin:.2g} to {norm.vmax:.2g} ×"
    most = NINE[int(across.argmax())]
    where = NINE[int(np.nanargmax([row_weights.max() for row_weights in weights.weights_local]))]
    found = [
        Shown(
            f"{heads[0]}, {scale}",
            f"Weights of the patches in each box on the face of {name}; the sharpest peak is in box {where}.",
            render.jpeg(heat_on_face(grey, local, norm)),
        ),
        Shown(
            heads[1],
            f"Weights of the nine boxes on the face of {name}; box {most} has the most, {across.max():.2f} × uniform.",
            render.jpeg(boxes_on_face(grey, weights.boxes, across, norm)),
        ),
    ]
    if full is None:
        return [*found, Shown(heads[2], "", missing="This model has no full-face module.")]
    y, x = np.unravel_index(int(full.argmax()), full.shape)
    height, width = full.shape
    place = f"{_third(y / height, 'top', 'middle', 'bottom')}, {_third(x / width, 'left', 'centre', 'right')}"
    alt = f"Weights of the patches of the whole face of {name}; the largest lies at the {place}."
    return [*found, Shown(heads[2], alt, render.jpeg(heat_on_face(grey, full, norm)))]


def heat_on_face(grey: np.ndarray, heat: np.ndarray, norm: Normalize, side: int = SIDE) -> np.ndarray:
    """Weights (H, W), multiples of the uniform one, NaN for none, over a grey face [0, 1]: uint8 RGB."""
    colour = _colours(HEAT_MAP, norm(np.nan_to_num(heat, nan=1.0)))
    alpha = np.where(np.isfinite(heat), 0.62, 0.0)[..., None]
    mixed = (1 - alpha) * grey[..., None] + alpha * colour
    return render.face((np.clip(mixed, 0, 1) * 255).astype(np.uint8), side)


def boxes_on_face(grey: np.ndarray, boxes: np.ndarray, weights: np.ndarray, norm: Normalize) -> np.ndarray:
    """Boxes with their weights, multiples of the uniform one, as colour, thickness and number: uint8 RGB."""
    canvas = render.face(((0.25 + 0.6 * grey) * 255).astype(np.uint8), SIDE)
    strengths = np.clip(norm(weights), 0, 1)
    inks = (255 * _colours(HEAT_MAP, 0.25 + 0.65 * strengths)).astype(int).tolist()
    for k in np.argsort(weights):  # the heaviest last, on top
        strength, ink = strengths[k], tuple(inks[k])
        x0, y0, x1, y1 = (round(value) for value in box_px(boxes[k], (SIDE, SIDE)))
        cv2.rectangle(canvas, (x0, y0), (x1, y1), ink, 1 + round(3 * strength), cv2.LINE_AA)
        words, at = f"{NINE[k]} {weights[k]:.2f}", (x0 + 3, y0 + 12)
        cv2.putText(canvas, words, at, cv2.FONT_HERSHEY_SIMPLEX, 0.36, (0, 0, 0), 3, cv2.LINE_AA)
        cv2.putText(canvas, words, at, cv2.FONT_HERSHEY_SIMPLEX, 0.36, (255, 255, 255), 1, cv2.LINE_AA)
    return canvas


def attribution_on_face(face: np.ndarray, values: np.ndarray, limit: float, blur: float = 3.0) -> np.ndarray:
    """Attributions (H, W) on a face, orange for the class and purple against it, full at ``limit``: uint8 RGB."""
    grey = 0.55 + 0.45 * as_grey(face)
    smooth = cv2.GaussianBlur(np.ascontiguousarray(values, np.float32), (0, 0), blur)
    share = np.clip(smooth / limit, -1, 1)
    alpha = (np.abs(share) ** 0.6)[..., None]
    mixed = (1 - alpha) * grey[..., None] + alpha * _colours(_FOR_AGAINST, (share + 1) / 2)
    return render.face((np.clip(mixed, 0, 1) * 255).astype(np.uint8), SIDE)


def thumbnail(arrays: Mapping[str, Rows], row: int) -> bytes:
    """Onset, apex and generated motion of a clip side by side, as far as the run keeps them: JPEG bytes, 64 px high."""
    parts = [_small(arrays[name][row]) for name in ("onset", "apex") if name in arrays]
    if "displacement" in arrays:
        field = np.asarray(arrays["displacement"][row], np.float32)
        step = max(1, field.shape[1] // _THUMB)
        pixels = displacement_px(field)[:, ::step, ::step]
        colour = flow_to_colour(-pixels, max(motion_scale(pixels), 0.1))
        parts.append(_small((colour * 255).astype(np.uint8)))
    if not parts:
        return b""
    return render.jpeg(render.side_by_side(parts, 2))


def _colours(name: str, share: np.ndarray) -> np.ndarray:
    """Colours of a matplotlib colour map at shares in [0, 1] (outside: its ends): float32 (..., 3)."""
    return _table(name)[np.clip(share * 255, 0, 255).astype(np.uint8)]


@cache
def _table(name: str) -> np.ndarray:
    return colormaps[name](np.linspace(0, 1, 256))[:, :3].astype(np.float32)  # asked for anew it takes a millisecond


def _face(arrays: Mapping[str, Rows], row: int, name: str, what: str) -> Shown:
    if what not in arrays:
        return Shown(what, "", missing=f"This run keeps no {what} frames.")
    return Shown(what, f"{what.capitalize()} frame of {name}.", render.jpeg(render.face(arrays[what][row], SIDE)))


def _small(image: np.ndarray) -> np.ndarray:
    image = image[:, :, 0] if image.ndim == 3 and image.shape[2] == 1 else image
    image = cv2.cvtColor(image, cv2.COLOR_GRAY2RGB) if image.ndim == 2 else image
    return cv2.resize(np.ascontiguousarray(image), (_THUMB, _THUMB), interpolation=cv2.INTER_AREA)


def _third(share: float, *names: str) -> str:
    return names[min(2, int(share * 3))]
