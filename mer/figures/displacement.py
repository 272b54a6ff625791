"""What moves between onset and apex: generated displacement beside the true one, optical flow and dynamic image.

After the paper's Fig. 3. All fields are backward displacements in normalised grid units, apex(x) = onset(x + D(x));
drawn is -D in pixels of the aligned image, the way the skin goes from onset to apex, in one colour scale for the whole
figure.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mer.core.errors import InputError
from mer.figures.clip_grid import clip_grid
from mer.figures.images import (
    as_grey,
    difference_map,
    displacement_px,
    draw_image,
    draw_missing,
    draw_motion,
    draw_wheel,
)
from mer.figures.layout import panel_side, place, place_text
from mer.figures.style import GREY, styled
from mer.figures.styles import as_designed, current, figure_width, points, unit
from mer.figures.words import shrunk, wrapped

#: Name of the field that end-point errors are measured against.
TRUE = "true"
_HEADS = {"tvl1": "TV-L1 flow", "dis": "DIS flow", "farneback": "Farnebäck flow"}


@dataclass(frozen=True)
class DisplacementRow:
    """One clip.

    Attributes:
        name: printed at the left, e.g. class and clip.
        onset: face image, uint8 or float in [0, 1], (H, W) or with channels.
        apex: same.
        fields: name of a column to displacement (2, h, w), backward, normalised units, NaN where unknown; or None. The
            name "true" is the reference of the errors.
        dynamic: dynamic image, any range, (H, W) or with channels; or None.
    """

    name: str
    onset: np.ndarray
    apex: np.ndarray
    fields: dict[str, np.ndarray | None] = field(default_factory=dict)
    dynamic: np.ndarray | None = None


def endpoint_errors(rows: Sequence[DisplacementRow]) -> pd.DataFrame:
    """Mean length of the difference to the true displacement, in pixels of the aligned image, where both are known.

    Returns:
        Columns ``clip, field, error_px, no_motion_px, peak_px, known``: ``no_motion_px`` is the error of a field of
        zeros on the same pixels, ``peak_px`` the 99th percentile of the field's own length, ``known`` the share of
        pixels compared. NaN where the true displacement is missing.
    """
    records = []
    for row in rows:
        size = as_grey(row.onset).shape
        truth = row.fields.get(TRUE)
        true_px = None if truth is None else displacement_px(truth, size)
        for name, values in row.fields.items():
            if values is None:
                continue
            found = displacement_px(values, size)
            length = np.hypot(*found)
            record = {"clip": row.name, "field": name, "error_px": np.nan, "no_motion_px": np.nan, "known": 0.0}
            record["peak_px"] = float(np.nanpercentile(length, 99)) if np.isfinite(length).any() else np.nan
            if true_px is not None:
                both = np.isfinite(found).all(axis=0) & np.isfinite(true_px).all(axis=0)
                if both.any():
                    record["error_px"] = float(np.hypot(*(found - true_px))[both].mean())
                    record["no_motion_px"] = float(np.hypot(*true_px)[both].mean())
                record["known"] = float(both.mean())
            records.append(record)
    return pd.DataFrame(records, columns=["clip", "field", "error_px", "no_motion_px", "peak_px", "known"])


def common_scale(rows: Sequence[DisplacementRow]) -> float:
    """Length in pixels of the full colour: the median over the fields of their 99.5th percentile, at least 0.1.

    The median, so that one clip with a blink does not bleach all others; what moves further has the full colour.
    """
    lengths = [
        np.hypot(*displacement_px(values, as_grey(row.onset).shape))
        for row in rows
        for values in row.fields.values()
        if values is not None
    ]
    peaks = [np.nanpercentile(length, 99.5) for length in lengths if np.isfinite(length).any()]
    moving = [peak for peak in peaks if peak > 0.1]
    return float(f"{np.median(moving) if moving else 0.1:.2g}")


@styled
def displacement_figure(
    rows: Sequence[DisplacementRow],
    *,
    synthetic: bool,
    magnify: float = 8.0,
    scale: float | None = None,
    title: str = "What moves between onset and apex",
) -> Figure:
    """Rows are clips; columns are onset, apex, their difference, each displacement field and the dynamic image.

    Args:
        rows: the clips; all columns that any row has are drawn, a panel says so where one has none.
        synthetic: whether the faces are rendered.
        magnify: the absolute difference is drawn this many times as bright.
        scale: pixels of the full colour; `common_scale` when not given.
        title: heading.

    Raises:
        InputError: no rows.
    """
    if not rows:
        raise InputError("No clip to draw. Choose at least one clip.")
    names = list(dict.fromkeys(name for row in rows for name in row.fields))
    dynamic = any(row.dynamic is not None for row in rows)
    scale = scale or common_scale(rows)
    noted = TRUE in names
    heads = ["onset", "apex", f"|difference| ×\u00a0{magnify:g}", *(_HEADS.get(name, name) for name in names)]
    words = _legend_words(scale, noted)
    figure, grid = clip_grid(
        [row.name for row in rows],
        heads + ["dynamic image"] * dynamic,
        title,
        synthetic,
        bottom=(0.68 if names else 0.04) + 0.14 * noted,
        below=[0.0] * 3 + [0.13 * noted] * len(names) + [0.0] * dynamic,
        gap_y=0.2 if noted else 0.05,
    )
    for row, line in zip(rows, grid, strict=True):
        errors = endpoint_errors([row]).set_index("field")
        onset, apex = as_grey(row.onset), as_grey(row.apex)
        draw_image(line[0], onset)
        draw_image(line[1], apex)
        draw_image(line[2], np.clip(np.abs(apex - onset) * magnify, 0, 1), cmap=difference_map())
        for axes, name in zip(line[3:], names, strict=False):
            values = row.fields.get(name)
            if values is None:
                draw_missing(axes, "not known")
                continue
            draw_motion(axes, -displacement_px(values, onset.shape), scale)
            error = float(errors["error_px"][name])
            if name != TRUE and np.isfinite(error):
                _note(axes, f"error {error:.2f} px")
            elif name == TRUE and np.isfinite(error):
                still = float(errors["no_motion_px"][name])
                _note(axes, f"no motion: {still:.2f} px", GREY)
        if dynamic:
            if row.dynamic is None:
                draw_missing(line[-1], "not known")
            else:
                draw_image(line[-1], stretched(row.dynamic))
    if names:
        width, side = figure_width(), 0.5 * unit()
        at = max(width / 2 - 1.9 * unit(), 0.04 * unit())
        draw_wheel(place(figure, at, 0.04 * unit(), side, side), scale)
        at += 0.6 * unit()
        words = wrapped(words, width - at, points(6.5))
        place_text(figure, at, 0.29 * unit(), words, va="center", fontsize=points(6.5))
    return figure


def _note(axes: Axes, words: str, colour: str = "black") -> None:
    """A number below a panel, in letters that fit."""
    size = points(6.5) if as_designed() else shrunk(words, panel_side(axes), points(6.5))
    axes.set_xlabel(words, fontsize=size, labelpad=2, color=colour)


def _legend_words(scale: float, noted: bool) -> str:
    what = "Grey and arrows" if current().grey_safe else "Colour"
    words = f"{what}: direction and length of the motion from onset to apex;\n"
    words += f"white is none, the rim is {scale:g} px or more."
    return words + (" Error: mean end-point error where the truth is known." if noted else "")


def stretched(image: np.ndarray) -> np.ndarray:
    """An image of any range as float32 (H, W) in [0, 1]: 1st to 99th percentile, mid-grey where it is constant."""
    image = np.asarray(image, dtype=np.float32)
    grey = as_grey(image)
    low, high = np.nanpercentile(grey, [1, 99])
    if not high > low:
        return np.full(grey.shape, 0.5, np.float32)
    return np.clip((grey - low) / (high - low), 0, 1)
