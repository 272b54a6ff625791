"""How far a clip's frames are from its onset, over time, with the key frames and the frame looked at marked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from mer.core.errors import InputError
from mer.figures.style import GREY, MARK_COLOURS, OKABE_ITO

_CURRENT = "frame looked at"
_HEIGHT = 230
_COLOURS = (OKABE_ITO["black"], OKABE_ITO["purple"])
_ROOM = {False: 12, True: 56}  # px right of the plot, without and with a second axis


@dataclass(frozen=True, eq=False)
class Curve:
    """One quantity over the frames of a clip.

    Attributes:
        name: of the quantity with its unit, stands at the axis.
        numbers: frame numbers, ascending: a list or an array of whole numbers.
        values: one a frame.
    """

    name: str
    numbers: Sequence[int] | np.ndarray
    values: np.ndarray


def motion_curve_plot(curves: Sequence[Curve], marks: Mapping[str, int | None], current: int) -> go.Figure:
    """One or two curves over frame numbers; the second has its own axis at the right and is dashed.

    Args:
        curves: one or two, of the same clip.
        marks: onset, apex, offset to frame number; None is not known and is not drawn.
        current: frame looked at.

    Returns:
        A figure whose current frame `move_current` moves, whose marks `move_marks` moves, and in which `show_curves`
        shows others.

    Raises:
        InputError: no curve, more than two, or one without frames.
    """
    if not 1 <= len(curves) <= 2 or not all(len(curve.numbers) for curve in curves):
        raise InputError(f"{len(curves)} curve(s) to draw; give one or two, each with at least one frame.")
    figure = go.Figure()
    for place, curve in enumerate(curves):
        figure.add_trace(
            go.Scatter(
                x=curve.numbers,
                y=curve.values,
                mode="lines+markers",
                name=curve.name,
                yaxis=("y", "y2")[place],
                line={"color": _COLOURS[place], "width": 1.6, "dash": ("solid", "dash")[place]},
                marker={"size": 5 if len(curve.numbers) < 150 else 3, "symbol": ("circle", "square-open")[place]},
                hovertemplate=_hover(curve),
            )
        )
    axis = {"rangemode": "tozero", "gridcolor": "#E8E8E8", "zeroline": False, "fixedrange": True}
    figure.update_layout(
        template="plotly_white",
        height=_HEIGHT,
        margin={"l": 56, "r": 12, "t": 22, "b": 34},
        font={"size": 11, "color": "#222222"},
        hovermode="x",
        dragmode=False,
        showlegend=False,  # each axis bears the sign of its curve
        xaxis={"title": {"text": "frame", "standoff": 4}, "gridcolor": "#F2F2F2", "fixedrange": True},
        yaxis={"title": {"text": curves[0].name, "standoff": 6, "font": {"size": 10}}, **axis},
    )
    if len(curves) == 2:
        heading = {"text": _heading(1, curves, True), "font": {"size": 10, "color": _COLOURS[1]}}
        figure.update_layout(
            yaxis={"title": {"text": _heading(0, curves, True)}},
            yaxis2={"title": heading, "overlaying": "y", "side": "right", "tickmode": "auto", "nticks": 4, **axis}
            | {"showgrid": False},
        )
        figure.update_layout(margin={"r": _ROOM[True]})
    lines, words = _drawn(marks, current)
    reach = _reach(_ends(curves), marks, current)
    figure.update_layout(shapes=lines, annotations=words, xaxis_range=reach)
    return figure


def show_curves(
    figure: go.Figure, curves: Sequence[Curve], marks: Mapping[str, int | None], current: int, second: bool = True
) -> None:
    """Show two other curves in a figure of two, or in its widget within ``batch_update``: quicker than a new figure.

    Args:
        figure: of `motion_curve_plot` with two curves.
        curves: two.
        marks, current: as there.
        second: whether the second curve and its axis are shown; where not, it stands by with any values.
    """
    for trace, curve in zip(figure.data, curves, strict=True):
        trace.update(x=curve.numbers, y=curve.values, name=curve.name, hovertemplate=_hover(curve))
    if (figure.data[1].visible in (None, True)) != second:
        figure.data[1].visible = second
        figure.update_layout(yaxis2={"visible": second}, margin={"r": _ROOM[second]})
    for place, axis in enumerate((figure.layout.yaxis, figure.layout.yaxis2)):
        if axis.title.text != (heading := _heading(place, curves, second)):
            axis.title.text = heading
    _put_marks(figure, _ends(curves), marks, current)


def move_marks(figure: go.Figure, marks: Mapping[str, int | None], current: int) -> None:
    """Put the marks and the frame looked at elsewhere, in a figure or its widget; curves stay."""
    _put_marks(figure, _drawn_ends(figure), marks, current)


def _put_marks(figure: go.Figure, ends: list[int], marks: Mapping[str, int | None], current: int) -> None:
    lines, words = _drawn(marks, current)
    _set_reach(figure, _reach(ends, marks, current))
    shapes, annotations = figure.layout.shapes, figure.layout.annotations
    if [shape.name for shape in shapes] != [line["name"] for line in lines]:  # the apex is known now, or no more
        figure.layout.shapes, figure.layout.annotations = lines, words  # an update would not shorten the lists
        return
    for shape, line in zip(shapes, lines, strict=True):
        if shape.x0 != line["x0"]:
            shape.update(x0=line["x0"], x1=line["x1"])
    for annotation, word in zip(annotations, words, strict=True):
        if annotation.x != word["x"]:
            annotation.x = word["x"]


def move_current(figure: go.Figure, current: int) -> None:
    """Put the line of the frame looked at elsewhere: the one change that scrubbing makes."""
    shape = figure.layout.shapes[-1]
    assert shape.name == _CURRENT
    shape.update(x0=current, x1=current)
    marks = {line.name: line.x0 for line in figure.layout.shapes[:-1]}
    _set_reach(figure, _reach(_drawn_ends(figure), marks, current))


def _heading(place: int, curves: Sequence[Curve], second: bool) -> str:
    """Words at an axis; with the sign of its curve's points where there are two."""
    return f"{'●□'[place]} {curves[place].name}" if second else curves[place].name


def _hover(curve: Curve) -> str:
    return f"frame %{{x}}: %{{y:.3g}}<extra>{curve.name}</extra>"


def _ends(curves: Sequence[Curve]) -> list[int]:
    return [int(end) for curve in curves for end in (curve.numbers[0], curve.numbers[-1])]


def _drawn_ends(figure: go.Figure) -> list[int]:
    """Not within ``batch_update``, in which a widget still tells what was there before it."""
    return [int(end) for trace in figure.data for end in (trace.x[0], trace.x[-1])]


def _reach(ends: Sequence[int], marks: Mapping[str, int | None], current: int) -> tuple[float, float]:
    """From half a frame before all that is drawn to half a frame after it."""
    numbers = [*ends, *(number for number in marks.values() if number is not None), current]
    return float(min(numbers)) - 0.5, float(max(numbers)) + 0.5


def _set_reach(figure: go.Figure, reach: tuple[float, float]) -> None:
    if tuple(figure.layout.xaxis.range) != reach:
        figure.layout.xaxis.range = reach


def _drawn(marks: Mapping[str, int | None], current: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Lines and words of the marks, the line of the current frame last."""
    lines: list[dict[str, Any]] = []
    words: list[dict[str, Any]] = []
    for name, number in marks.items():
        if number is None:
            continue
        colour = MARK_COLOURS.get(name, GREY)
        lines.append(_line(number, {"color": colour, "width": 1.5, "dash": "dot"}, name))
        side = "right" if name == "offset" else "left"
        words.append(
            {
                "x": number,
                "xref": "x",
                "y": 1,
                "yref": "paper",
                "yanchor": "bottom",
                "xanchor": "center",
                "text": name,
                "align": side,
                "showarrow": False,
                "font": {"size": 11, "color": colour},
            }
        )
    lines.append(_line(current, {"color": "#222222", "width": 2}, _CURRENT))
    return lines, words


def _line(number: int, line: dict[str, Any], name: str) -> dict[str, Any]:
    return {
        "type": "line",
        "name": name,
        "x0": number,
        "x1": number,
        "xref": "x",
        "y0": 0,
        "y1": 1,
        "yref": "paper",
        "line": line,
    }
