"""What each module of the fusion adds to a class's log-odds, drawn as bars that add up to their gain."""

from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from mer.core.errors import InputError
from mer.core.rounded import rounded
from mer.evaluation.layer_attribution import BRANCHES, FULL_NAME, GLOBAL_NAME, LOCAL, UNEXPLAINED
from mer.figures.layout import panels_figure
from mer.figures.style import GREY, styled
from mer.figures.style_book import AGAINST, FOR
from mer.figures.styles import current, ink, narrow, points, unit

#: Heading, also where the figure is saved.
TITLE = "What the fusion's modules add to the log-odds"
_LINE = 0.155  # inches a bar


@styled
def layer_attribution_figure(table: pd.DataFrame, *, synthetic: bool, title: str = TITLE) -> Figure:
    """A panel a clip: global and full face above, the nine local modules and the full face below.

    All panels share one scale. The bars of each of the two sums add up to the gain of the log-odds over the same face
    without motion but for the convergence delta (their sum minus the gain), of which the larger one is printed.

    Args:
        table: from `mer.evaluation.layer_attribution.layer_table`.
        synthetic: whether the faces are rendered.
        title: heading.

    Raises:
        InputError: the table is empty.
    """
    clips = list(dict.fromkeys(table["clip"]))
    if not clips:
        raise InputError("No contributions to draw. Explain at least one clip.")
    columns = 1 if narrow() else min(3, len(clips))
    lines = -(-len(clips) // columns)
    bars = max(int((table["clip"] == clip).sum()) - 2 for clip in clips)  # without both deltas
    figure = panels_figure(0.62 + lines * (bars * _LINE + 0.85), title, synthetic)
    grid = figure.subplots(lines, columns, squeeze=False, sharex=True)
    reach = float(table.loc[table["module"] != UNEXPLAINED, "log_odds"].abs().max()) or 1.0
    for place, axes in enumerate(grid.ravel()):
        if place >= len(clips):
            axes.remove()
            continue
        _panel(axes, table[table["clip"] == clips[place]], clips[place], 1.08 * reach, place % columns == 0)
        if place + columns >= len(clips):
            axes.tick_params(labelbottom=True)  # the panel below may be missing
            axes.set_xlabel("log-odds added", fontsize=points(7))
    handles = [
        Patch(color=colour, label=label)
        for colour, label in zip(_colours(), ("speaks for the class", "against it"), strict=True)
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=2)
    return figure


def _colours() -> tuple[str, str]:
    """For and against, as in maps on the face: in grey print dark is for the class."""
    return (ink("purple"), ink("sky")) if current().grey_safe else (FOR, AGAINST)


def _panel(axes: Axes, rows: pd.DataFrame, name: str, reach: float, first: bool) -> None:
    names: list[str] = []
    values: list[float] = []
    places: list[float] = []
    deltas: list[float] = []
    for offset, group in enumerate((BRANCHES, LOCAL)):
        part = rows[rows["sum"] == group]
        deltas.append(float(part.loc[part["module"] == UNEXPLAINED, "log_odds"].sum()))
        part = part[part["module"] != UNEXPLAINED]
        places += [len(names) + 0.6 * offset + k for k in range(len(part))]
        names += [module if module in (GLOBAL_NAME, FULL_NAME) else f"local {module}" for module in part["module"]]
        values += part["log_odds"].tolist()
    spots = np.array(places)
    axes.barh(spots, values, height=0.72, color=[_colours()[value < 0] for value in values])
    axes.axvline(0, color=GREY, linewidth=0.6 * unit())
    between = [later - 0.8 for earlier, later in pairwise(places) if later - earlier > 1]
    for spot in between:
        axes.axhline(spot, color="#CCCCCC", linewidth=0.6 * unit())
    axes.set_yticks(spots, names if first else [""] * len(names), fontsize=points(6.5))
    axes.tick_params(axis="y", length=0, pad=2)
    axes.set_xlim(-reach, reach)
    axes.set_ylim(spots[-1] + 0.6, -0.6)
    axes.grid(axis="x")
    one = rows.iloc[0]
    delta = rounded(-float(deltas[int(np.abs(deltas).argmax())]), 3)
    head = f"{name}\n{one['explained_class']}: log-odds gain {one['log_odds_gain']:+.2f}\ndelta {delta:+.3f}"
    axes.set_title(head, fontsize=points(6.5), linespacing=1.3)
