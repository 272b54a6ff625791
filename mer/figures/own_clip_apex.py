"""Class scores of a clip of one's own over the place of its apex, drawn."""

import numpy as np
from matplotlib.axes import Axes

from mer.figures.style import FONT_SIZE, GREY, MARK_COLOURS, class_palette
from mer.training.apex_moved import ApexMoved

_MARKERS = "os^DvPX*"


def apex_caption(moved: ApexMoved) -> str:
    """Which apexes these are and what becomes of the class, in sentences."""
    return f"Apex moved: to {moved.which}. {moved.words}"


def draw_moved(axes: Axes, moved: ApexMoved) -> None:
    """A line a class, mean over the models, and the apex of the prediction; the class that leads is ringed."""
    palette, places = class_palette(moved.classes), np.array(moved.frames)
    for place, name in enumerate(moved.classes):
        marker = _MARKERS[place % len(_MARKERS)]
        axes.plot(places, moved.scores[:, place], color=palette[name], marker=marker, markersize=3, label=name)
    axes.axvline(moved.chosen, color=MARK_COLOURS["apex"], linewidth=1.0)
    axes.text(
        moved.chosen,
        1.03,
        f"apex {moved.chosen}",
        color=MARK_COLOURS["apex"],
        transform=axes.get_xaxis_transform(),
        ha="center",
        fontsize=FONT_SIZE - 1.5,
    )
    leads = moved.scores.max(axis=1)
    axes.plot(places, leads, "o", color=GREY, markerfacecolor="none", markersize=7, linewidth=0, markeredgewidth=0.7)
    axes.set_ylim(-0.06, 1.06)
    axes.set_yticks([0, 0.5, 1])
    axes.set_xticks(places)
    axes.tick_params(axis="x", labelsize=FONT_SIZE - 1.5)
    axes.set_ylabel("score", fontsize=FONT_SIZE - 1)
    axes.set_xlabel("apex at frame (ringed: the class that leads)", fontsize=FONT_SIZE - 1)
    axes.grid(axis="y")
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), fontsize=FONT_SIZE - 1, frameon=False)
