"""The plane of the learned features to look around in: one point a clip, on the graphics card (WebGL)."""

import html
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from mer.core.errors import InputError, nearest
from mer.figures.style import (
    OKABE_ITO,
    class_palette,
    database_label,
    database_palette,
    ordered_classes,
    title_with_source,
)

#: What the points can be coloured by, and how it is called.
COLOURS = {
    "class": "true class",
    "predicted": "predicted class",
    "right": "right or wrong",
    "database": "database",
    "subject": "subject",
    "fold": "fold",
    "confidence": "probability of the predicted class",
}
_PLURAL = {"subject": "subjects", "fold": "folds"}  # of groups that can be more than the colours
_SYMBOLS = np.array(["x", "circle"], dtype=object)  # wrong, right
_MOST_NAMED = 12  # entries of a legend; more are told apart by the words at a point
_HEIGHT = 440
_MANY = [colour for name, colour in OKABE_ITO.items() if name != "yellow"]  # of subjects; they repeat


@dataclass(frozen=True)
class Colouring:
    """Colours of the points as plotly takes them: a number a point, and the scale that turns it into a colour.

    Attributes:
        values: float64 (n,).
        scale: plotly colour scale.
        limits: of the scale.
        legend: name to colour; empty where a colour bar or the words at a point tell, as where groups share colours.
        bar: title of the colour bar, or empty.
        repeats: how many groups share how many colours, in words; empty where each has its own.
    """

    values: np.ndarray
    scale: list[tuple[float, str]] | str
    limits: tuple[float, float]
    legend: dict[str, str]
    bar: str = ""
    repeats: str = ""


def colouring(points: pd.DataFrame, by: str) -> Colouring:
    """Colours of the points of `features_plot`.

    Args:
        points: columns ``database, subject, label, predicted, fold, confidence``.
        by: one of `COLOURS`.

    Raises:
        InputError: an unknown colouring.
    """
    if by not in COLOURS:
        raise InputError(f"Points cannot be coloured by {by!r}. {nearest(by, COLOURS)}")
    if by == "confidence":
        values = points["confidence"].to_numpy(dtype=float)
        return Colouring(values, "Viridis", (0.0, 1.0), {}, "probability")
    names, palette = _groups(points, by)
    kinds = list(palette)
    codes = pd.Categorical(names, categories=kinds).codes.astype(float)
    count = max(1, len(kinds))
    edges = np.repeat(np.arange(count + 1) / count, 2)[1:-1]
    scale = [(float(edge), palette[kinds[k // 2]]) for k, edge in enumerate(edges)] if kinds else "Viridis"
    shades = len(set(palette.values()))
    repeats = "" if shades == len(kinds) else f"{len(kinds)} {_PLURAL.get(by, 'groups')} share {shades} colours"
    legend = {} if repeats or len(kinds) > _MOST_NAMED else palette
    return Colouring(codes, scale, (-0.5, count - 0.5), legend, repeats=repeats)


def features_plot(
    points: pd.DataFrame, by: str = "class", *, synthetic: bool, epoch_rule: str, seed: int | None = None
) -> go.Figure:
    """The plane of the features.

    The first trace holds every clip, in the order of the table, so its point numbers are rows; those after it are
    the legend alone. A disc is predicted right, a cross wrong.

    Args:
        points: columns ``x, y`` and those of `colouring` and of a clip's key; may be empty.
        by: one of `COLOURS`.
        synthetic: whether the faces are rendered.
        epoch_rule: printed.
        seed: UMAP's, printed where given.
    """
    right = (points["label"] == points["predicted"]).to_numpy()
    colours = colouring(points, by)
    said = "" if seed is None else f"UMAP seed {seed}; "
    cloud = go.Scattergl(
        x=points["x"],
        y=points["y"],
        mode="markers",
        text=hover_words(points),
        hovertemplate="%{text}<extra></extra>",
        marker={"size": 9, "symbol": _SYMBOLS[right.astype(int)], "line": {"width": 0.5, "color": "white"}}
        | marker_colours(colours),
        selected={"marker": {"opacity": 1.0}},
        unselected={"marker": {"opacity": 0.2}},
        showlegend=False,
        name="clips",
    )
    figure = go.Figure([cloud, *legend_traces(colours)])
    figure.update_layout(
        title={
            "text": f"{title_with_source('Features of the test clips, UMAP', synthetic)}<br>"
            f'<span style="font-size:12px">{said}epoch rule: {epoch_rule}; disc: predicted right, cross: wrong</span>',
            "font": {"size": 14},
        },
        template="plotly_white",
        dragmode="lasso",
        height=_HEIGHT,
        margin={"l": 10, "r": 10, "t": 58, "b": 10},
        legend={"title": {"text": COLOURS[by]}, "itemclick": False, "itemdoubleclick": False},
        xaxis={"showticklabels": False, "zeroline": False, "range": _reach(points["x"])},
        yaxis={"showticklabels": False, "zeroline": False, "range": _reach(points["y"]), "scaleanchor": "x"},
        uirevision="kept",  # zoom stays when colours change
        modebar={"remove": ["sendDataToCloud", "autoScale2d", "toImage"]},
    )
    return figure


def _reach(values: pd.Series) -> list[float]:
    """Range of an axis: given, it need not be found anew whenever points are chosen."""
    low, high = (float(values.min()), float(values.max())) if len(values) else (-1.0, 1.0)
    room = 0.06 * (high - low) or 1.0
    return [low - room, high + room]


def marker_colours(colours: Colouring) -> dict[str, object]:
    """The part of a marker that tells its colours; replaces one of another colouring whole."""
    return {
        "color": colours.values,
        "colorscale": colours.scale,
        "cmin": colours.limits[0],
        "cmax": colours.limits[1],
        "showscale": bool(colours.bar),
        "colorbar": {"title": {"text": colours.bar}, "thickness": 12},
    }


def legend_traces(colours: Colouring) -> list[go.Scatter]:
    """Traces without points that name the colours."""
    return [
        go.Scatter(x=[None], y=[None], mode="markers", name=name, marker={"color": colour, "size": 9}, hoverinfo="skip")
        for name, colour in colours.legend.items()
    ]


def hover_words(points: pd.DataFrame) -> list[str]:
    """What stands at each point: key, true and predicted class, probability."""
    names = {name: html.escape(database_label(name)) for name in points["database"].unique()}
    columns = (points[name].astype(str) for name in ("database", "subject", "clip", "label", "predicted"))
    return [
        f"{names[database]}, {html.escape(subject)}, {html.escape(clip)}<br>{html.escape(label)}, predicted "
        f"{html.escape(guess)} ({'right' if label == guess else 'wrong'}), probability {share:.2f}"
        for database, subject, clip, label, guess, share in zip(*columns, points["confidence"], strict=True)
    ]


def _groups(points: pd.DataFrame, by: str) -> tuple[pd.Series, dict[str, str]]:
    """Group of every point, and the colour of each group."""
    if by in ("class", "predicted"):
        classes = ordered_classes([*points["label"], *points["predicted"]])
        return points["label" if by == "class" else "predicted"], class_palette(classes)
    if by == "right":
        words = pd.Series(np.where(points["label"] == points["predicted"], "right", "wrong"), index=points.index)
        return words, {"right": "#8A8A8A", "wrong": "#D55E00"}
    if by == "database":
        names = points["database"].map(database_label)
        palette = database_palette(points["database"].unique())
        return names, {database_label(name): colour for name, colour in palette.items()}
    names = points["fold"] if by == "fold" else points["database"] + "/" + points["subject"]
    kinds = sorted(names.unique())
    return names, {name: _MANY[k % len(_MANY)] for k, name in enumerate(kinds)}
