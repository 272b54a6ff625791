"""One clip on one picture: onset, apex, what differs, how it moved, and its motion over time."""

import numpy as np
from matplotlib.figure import Figure

from mer.core.errors import InputError
from mer.figures.images import as_grey, draw_image, draw_wheel, flow_to_colour
from mer.figures.layout import head
from mer.figures.samples import CURVE_UNIT, MotionCurve
from mer.figures.style import GREY, MARK_COLOURS, styled
from mer.figures.styles import figure_width


@styled
def clip_figure(
    onset: np.ndarray,
    apex: np.ndarray,
    motion_px: np.ndarray,
    curve: MotionCurve,
    *,
    motion_words: str,
    gain: float = 8.0,
    synthetic: bool,
) -> Figure:
    """Four faces above a curve.

    Args:
        onset, apex: aligned faces, uint8 or float in [0, 1], one shape.
        motion_px: (2, H, W), forward, from onset to apex, pixels of the face; NaN where unknown.
        curve: of the same clip; its apex is known.
        motion_words: where the motion comes from, stands above it.
        gain: of the difference.
        synthetic: whether the face is rendered.

    Raises:
        InputError: the curve knows no apex.
    """
    if curve.apex is None:
        raise InputError(f"The apex of {curve.name} is not known. Choose a clip whose apex is.")
    width = figure_width()
    figure = Figure(figsize=(width, width * 0.56), layout="constrained")
    head(figure, curve.name + (f", {curve.label}" if curve.label else ""), synthetic)
    grid = figure.add_gridspec(2, 4, height_ratios=(1.35, 1))
    axes = [figure.add_subplot(grid[0, column]) for column in range(4)]
    first, second = as_grey(onset), as_grey(apex)
    draw_image(axes[0], first, f"onset, frame {curve.onset}")
    draw_image(axes[1], second, f"apex, frame {curve.apex}")
    draw_image(axes[2], np.clip(np.abs(second - first) * gain, 0, 1), f"difference × {gain:g}", cmap="magma")
    lengths = np.hypot(*motion_px)
    scale = max(float(np.nanpercentile(lengths, 99.5)) if np.isfinite(lengths).any() else 0.0, 0.1)
    draw_image(axes[3], flow_to_colour(motion_px, scale), motion_words)
    draw_wheel(axes[3].inset_axes((0.68, 0.02, 0.24, 0.24)), scale)
    below = figure.add_subplot(grid[1, :])
    below.plot(curve.numbers, curve.values, color="black", marker=".", markersize=3)
    for name, number in (("onset", curve.onset), ("apex", curve.apex), ("offset", curve.offset)):
        below.axvline(number, color=MARK_COLOURS[name], linewidth=1, linestyle=(0, (3, 2)))
        below.annotate(
            name,
            (number, 1.0),
            (0, 1),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            ha={"onset": "left", "offset": "right"}.get(name, "center"),
            color=MARK_COLOURS[name],
        )
    below.set_ylim(bottom=0)
    below.margins(x=0.01)
    below.set_xlabel("frame")
    below.set_ylabel(CURVE_UNIT.replace(", ", "\n"))
    below.tick_params(color=GREY)
    return figure
