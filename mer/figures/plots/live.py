"""Curves of a training while it runs: a line a fold or group, those under way in colour, finished ones in grey."""

import pandas as pd
import plotly.graph_objects as go

from mer.core.errors import InputError, nearest
from mer.figures.style import GREY, OKABE_ITO, title_with_source
from mer.figures.training_curves import curve_names, phases_in_a_row

_COLOURS = [OKABE_ITO[name] for name in ("blue", "vermilion", "green", "purple", "orange", "sky")]
_DASHES = ["solid", "dash", "dot", "dashdot"]
_SYMBOLS = ["circle", "square", "diamond", "cross", "x", "triangle-up"]
_HEIGHT = 320
#: The curve that says most of a training, first of these that it has.
_FIRST = ("classification", "total")


def live_names(history: pd.DataFrame) -> list[str]:
    """Curves that a history so far has, the one that says most first."""
    names = [name for name in curve_names(history) if name != "running"]
    return sorted(names, key=lambda name: _FIRST.index(name) if name in _FIRST else len(_FIRST))


def live_plot(
    history: pd.DataFrame, curve: str = "", *, synthetic: bool, run: str = "", unit: str = "fold"
) -> go.Figure:
    """One curve of a training against the step; an empty figure with a sentence while there is nothing to draw.

    The first trace holds all finished parts, with gaps between them; each of those after it is a part under way.

    Args:
        history: columns ``step, part, running``, ``phase`` where there are several, and the curves.
        curve: which; the first of `live_names` when empty.
        synthetic: whether the faces are rendered.
        run: its name, for the title.
        unit: what a part is called.

    Raises:
        InputError: the history has no such curve.
    """
    names = live_names(history)
    if not names:
        return _styled(go.Figure(), f"{run}: no step is done yet", synthetic)
    curve = curve or names[0]
    if curve not in names:
        raise InputError(f"The training has no curve {curve!r}. {nearest(curve, names)}")
    history, begins = phases_in_a_row(history.dropna(subset=[curve]))
    under_way = history["running"].astype(bool)
    figure = go.Figure(_finished(history[~under_way], curve, unit))
    for order, (part, rows) in enumerate(history[under_way].groupby("part", sort=False)):
        colour = _COLOURS[order % len(_COLOURS)]
        line = {"color": colour, "width": 2, "dash": _DASHES[order // len(_COLOURS) % len(_DASHES)]}
        marker = {"symbol": _SYMBOLS[order % len(_SYMBOLS)], "size": 6, "color": colour}
        figure.add_scatter(
            x=rows["step"], y=rows[curve], name=str(part), mode="lines+markers", line=line, marker=marker
        )
    for name, begin in begins.items():
        if begin:
            figure.add_vline(x=begin, line={"color": GREY, "width": 1, "dash": "dash"})
            figure.add_annotation(x=begin, y=1, yref="paper", text=name, showarrow=False, xanchor="left", yanchor="top")
    figure.update_xaxes(title="step")
    return _styled(figure, f"{run}: {curve.replace('_', ' ')}".removeprefix(": "), synthetic)


def live_words(history: pd.DataFrame, curve: str = "") -> str:
    """What the plot shows, for those who do not see it: the last value of every part under way."""
    names = live_names(history)
    if not names:
        return "No step is done yet."
    curve = curve or names[0]
    rows = history.dropna(subset=[curve])
    last = rows[rows["running"].astype(bool)].groupby("part", sort=False).last()
    said = [f"{part}: {row[curve]:.3g} at step {int(row['step'])}" for part, row in last.iterrows()]
    finished = rows.loc[~rows["running"].astype(bool), "part"].nunique()
    words = "; ".join([*said, *([f"{finished} finished in grey"] if finished else [])])
    return f"{curve.replace('_', ' ')}: {words}."


def _finished(rows: pd.DataFrame, curve: str, unit: str) -> go.Scatter:
    """All finished parts as one line, broken between them."""
    x: list[float | None] = []
    y: list[float | None] = []
    for _, part in rows.groupby("part", sort=False):  # None, not NaN: a list goes to the page as JSON
        x += [*part["step"].tolist(), None]
        y += [*part[curve].tolist(), None]
    many = rows["part"].nunique()
    return go.Scatter(
        x=x,
        y=y,
        mode="lines",
        name=f"{many} finished {unit}{'' if many == 1 else 's'}",
        line={"color": GREY, "width": 1},
        opacity=0.5,
        hoverinfo="skip",
        showlegend=bool(many),
    )


def _styled(figure: go.Figure, title: str, synthetic: bool) -> go.Figure:
    figure.update_layout(
        title={"text": title_with_source(title, synthetic), "font": {"size": 14}},
        template="plotly_white",
        height=_HEIGHT,
        margin={"l": 50, "r": 10, "t": 40, "b": 40},
        uirevision=title,  # zoom and hidden lines stay when new steps come
    )
    return figure
