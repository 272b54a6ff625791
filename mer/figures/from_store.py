"""What figures show of single clips, taken from an aligned store."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from mer.face.store import AlignedStore
from mer.figures.displacement import TRUE, DisplacementRow
from mer.figures.samples import MotionCurve
from mer.figures.style import clip_name
from mer.motion import apex_curve
from mer.motion.dynamic_image import dynamic_image
from mer.motion.flow import optical_flow, remove_head_motion
from mer.motion.units import pixels_to_grid

#: Landmark at the bridge of the nose, which moves only with the head.
BRIDGE = 28


def displacement_rows(
    store: AlignedStore,
    clips: Sequence[int],
    generated: Mapping[str, np.ndarray],
    flows: Sequence[str] = ("tvl1",),
    dynamic: bool = True,
) -> list[DisplacementRow]:
    """What the displacement figure shows of some clips.

    Args:
        store: aligned clips.
        clips: rows of ``store.clips``.
        generated: column name to displacement of all clips of the store, (n, 2, H, W), normalised units.
        flows: methods of `mer.motion.flow.optical_flow` to compute beside it.
        dynamic: also the dynamic image of onset..offset.
    """
    rows = []
    for clip in clips:
        onset, apex = (frame.mean(axis=2).round().astype(np.uint8) for frame in store.pair(clip))
        fields: dict[str, np.ndarray | None] = {}
        if store.displacement is not None:
            truth = np.asarray(store.displacement[clip], np.float32)
            fields[TRUE] = truth if np.isfinite(truth).any() else None  # of a clip whose apex was moved nobody knows it
        fields |= {name: values[clip] for name, values in generated.items()}
        fields |= {name: pixels_to_grid(optical_flow(onset, apex, name)) for name in flows}
        start = int(store.start[clip])
        frames = store.frames[start : start + int(store.count[clip])].mean(axis=3)
        row = store.clips.iloc[clip]
        rows.append(
            DisplacementRow(
                name=f"{row['label'] or 'unlabelled'}\n{clip_name(row)}",
                onset=onset,
                apex=apex,
                fields=fields,
                dynamic=dynamic_image(frames) if dynamic else None,
            )
        )
    return rows


def motion_curve(store: AlignedStore, clip: int) -> MotionCurve:
    """How far the face itself has moved since the onset, frame by frame: the curve that the explorer shows at first.

    Pixels of a face of 128 x 128 (`mer.motion.apex_curve.motion_curve`): the head's motion and a steady drift up to the
    offset are taken out; NaN after the offset.
    """
    row = store.clips.iloc[clip]
    start, count = int(store.start[clip]), int(store.count[clip])
    numbers = np.arange(int(row["onset"]), int(row["onset"]) + count)
    inside = numbers <= max(int(row["offset"]), numbers[0])
    values = np.full(count, np.nan)
    values[inside] = apex_curve.motion_curve(
        store.frames[start : start + int(inside.sum())], store.boxes[clip], apex_curve.QUICK
    )
    return MotionCurve(
        name=clip_name(row).replace("\n", ", "),
        numbers=numbers,
        values=values,
        onset=int(row["onset"]),
        apex=None if pd.isna(row["apex"]) else int(row["apex"]),
        offset=int(row["offset"]),
        label=row["label"],
        fps=None if pd.isna(row["fps"]) else float(row["fps"]),
    )


def clip_motion_px(store: AlignedStore, clip: int, method: str = "dis") -> np.ndarray:
    """Optical flow of a clip from onset to apex, forward, that of the head taken off: (2, H, W), aligned pixels."""
    onset, apex = (frame.mean(axis=2).round().astype(np.uint8) for frame in store.pair(clip))
    return -remove_head_motion(optical_flow(onset, apex, method), store.landmarks[clip][BRIDGE])
