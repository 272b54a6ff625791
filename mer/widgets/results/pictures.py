"""What there is to see of a clip in a run's results: faces, motion, fusion weights on the face, attributions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from mer.core.rows import Rows
from mer.figures.images import as_grey, displacement_px, flow_to_colour
from mer.widgets import render
from mer.widgets.results.shown import SIDE, Shown, colours
from mer.widgets.results.weights import WeightMaps, weight_maps

_THUMB = 64  # pixels a side of a face in the strip
_LEAST_MOTION = 0.1  # px that the full colour stands for: less is noise
_FOR_AGAINST = "PuOr_r"  # orange speaks for the class, purple against it, as in the still figures


@dataclass(frozen=True, eq=False)
class Seen:
    """What a run keeps of one clip, as it is drawn.

    Attributes:
        name: of the clip, for the words.
        faces: onset and apex by name, uint8, as far as the run keeps them.
        motion: "generated motion" and "true motion", float32 (2, H, W) in px, NaN where unknown; as far as known.
        weights: of the fusion; None where the run keeps none.
        why_no_truth: said in place of the true motion; nothing stands there without.
    """

    name: str
    faces: Mapping[str, np.ndarray]
    motion: Mapping[str, np.ndarray]
    weights: WeightMaps | None
    why_no_truth: str = ""


def clip_seen(
    arrays: Mapping[str, Rows], row: int, name: str, true_motion: np.ndarray | None = None, why_no_truth: str = ""
) -> Seen:
    """What there is of a clip.

    Args:
        arrays: of the run, one row a clip.
        row: the clip.
        name: of the clip, for the words.
        true_motion: (2, H, W), backward, normalised units, NaN where unknown; None where not known.
        why_no_truth: said where it is None.
    """
    made = arrays["displacement"][row] if "displacement" in arrays else None
    fields = {"generated motion": made, "true motion": true_motion}
    motion = {head: displacement_px(np.asarray(field)) for head, field in fields.items() if field is not None}
    faces = {what: arrays[what][row] for what in ("onset", "apex") if what in arrays}
    return Seen(name, faces, motion, weight_maps(arrays, row, name), why_no_truth)


def motion_limit(clips: Sequence[Seen]) -> float:
    """Length that the full colour stands for when these clips are to be compared, px."""
    return max([_LEAST_MOTION, *(motion_scale(field) for seen in clips for field in seen.motion.values())])


def face_pictures(seen: Seen) -> list[Shown]:
    """Onset and apex of a clip."""
    return [
        Shown(what, f"{what.capitalize()} frame of {seen.name}.", render.jpeg(render.face(seen.faces[what], SIDE)))
        if what in seen.faces
        else Shown(what, "", missing=f"This run keeps no {what} frames.")
        for what in ("onset", "apex")
    ]


def motion_pictures(seen: Seen, limit: float) -> list[Shown]:
    """Generated and true motion from onset to apex as colour; full colour at ``limit`` px.

    Without a true motion and a reason for that there is one picture only.
    """
    missing = {"generated motion": "This run keeps no generated motion.", "true motion": seen.why_no_truth}
    shown = []
    for head, why in missing.items():
        if head not in seen.motion:
            shown += [Shown(head, "", missing=why)] if why else []
            continue
        field = seen.motion[head]
        colour = (flow_to_colour(-field, limit) * 255).round().astype(np.uint8)
        size = motion_scale(field)
        alt = f"{head.capitalize()} of {seen.name} from onset to apex as colour; the largest motion is {size:.2f} px."
        shown.append(Shown(f"{head}, max {size:.2g} px", alt, render.jpeg(render.face(colour, SIDE))))
    return shown


def motion_scale(field: np.ndarray) -> float:
    """Nearly the largest length (99.5th percentile) of a field (2, H, W) with NaN; 0 where it holds nothing else."""
    length = np.hypot(*field)
    known = length[np.isfinite(length)]
    return float(np.percentile(known, 99.5)) if known.size else 0.0


def attribution_on_face(face: np.ndarray, values: np.ndarray, limit: float, blur: float = 3.0) -> np.ndarray:
    """Attributions (H, W) on a face, orange for the class and purple against it, full at ``limit``: uint8 RGB."""
    grey = 0.55 + 0.45 * as_grey(face)
    smooth = cv2.GaussianBlur(np.ascontiguousarray(values, np.float32), (0, 0), blur)
    share = np.clip(smooth / limit, -1, 1)
    alpha = (np.abs(share) ** 0.6)[..., None]
    mixed = (1 - alpha) * grey[..., None] + alpha * colours(_FOR_AGAINST, (share + 1) / 2)
    return render.face((np.clip(mixed, 0, 1) * 255).astype(np.uint8), SIDE)


def thumbnail(arrays: Mapping[str, Rows], row: int) -> bytes:
    """Onset, apex and generated motion of a clip side by side, as far as the run keeps them: JPEG bytes, 64 px high."""
    parts = [_small(arrays[name][row]) for name in ("onset", "apex") if name in arrays]
    if "displacement" in arrays:
        field = np.asarray(arrays["displacement"][row], np.float32)
        step = max(1, field.shape[1] // _THUMB)
        pixels = displacement_px(field)[:, ::step, ::step]
        colour = flow_to_colour(-pixels, max(motion_scale(pixels), _LEAST_MOTION))
        parts.append(_small((colour * 255).astype(np.uint8)))
    if not parts:
        return b""
    return render.jpeg(render.side_by_side(parts, 2))


def _small(image: np.ndarray) -> np.ndarray:
    image = image[:, :, 0] if image.ndim == 3 and image.shape[2] == 1 else image
    image = cv2.cvtColor(image, cv2.COLOR_GRAY2RGB) if image.ndim == 2 else image
    return cv2.resize(np.ascontiguousarray(image), (_THUMB, _THUMB), interpolation=cv2.INTER_AREA)
