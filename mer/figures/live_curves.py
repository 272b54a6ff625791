"""Curves of a training while it runs: a line a fold or group, those under way in colour, finished ones in grey.

Plain data instead of a plotly figure: `mer.widgets.live_plot` draws it anew every few seconds, also when it comes
before the page has loaded all that it needs, which a plotly widget does not survive.
"""

from typing import Any

import pandas as pd

from mer.core.errors import InputError, nearest
from mer.figures.style import OKABE_ITO, title_with_source
from mer.figures.training_curves import curve_names, phases_in_a_row

_COLOURS = [OKABE_ITO[name] for name in ("blue", "vermilion", "green", "purple", "orange", "sky")]
_MARKS = ["disc", "square", "diamond", "triangle"]
#: The curve that says most of a training, first of these that it has.
_FIRST = ("classification", "total")


def live_names(history: pd.DataFrame) -> list[str]:
    """Curves that a history so far has, the one that says most first."""
    names = [name for name in curve_names(history) if name != "running"]
    return sorted(names, key=lambda name: _FIRST.index(name) if name in _FIRST else len(_FIRST))


def live_curves(
    history: pd.DataFrame, curve: str = "", *, synthetic: bool | None, run: str = "", unit: str = "fold"
) -> dict[str, Any]:
    """One curve of a training against the step, as data that a page can draw.

    Args:
        history: columns ``step, part, running``, ``phase`` where there are several, and the curves.
        curve: which; the first of `live_names` when empty.
        synthetic: whether the faces are rendered; None where that is not known, which the title says.
        run: its name, for the title.
        unit: what a part is called.

    Returns:
        ``title``; ``words``, the curves in a sentence; ``lines``, each with ``name``, ``x``, ``y``, ``colour`` (None
        for the grey of a finished part) and ``mark``; ``begins``, where each phase after the first begins (name, step);
        ``finished``, the number of finished parts in words. Plain values only, without NaN.

    Raises:
        InputError: the history has no such curve.
    """
    names = live_names(history)
    if not names:
        title = _title(f"{run}: no step is done yet", synthetic)
        return {"title": title, "words": live_words(history), "lines": [], "begins": [], "finished": ""}
    curve = curve or names[0]
    if curve not in names:
        raise InputError(f"The training has no curve {curve!r}. {nearest(curve, names)}")
    words = live_words(history, curve)
    history, begins = phases_in_a_row(history.dropna(subset=[curve]))
    under_way = history["running"].astype(bool)
    lines = [_line(part, rows, curve, None, "") for part, rows in history[~under_way].groupby("part", sort=False)]
    finished = len(lines)
    for order, (part, rows) in enumerate(history[under_way].groupby("part", sort=False)):
        mark = _MARKS[(order + order // len(_COLOURS)) % len(_MARKS)]
        lines.append(_line(part, rows, curve, _COLOURS[order % len(_COLOURS)], mark))
    return {
        "title": _title(f"{run}: {curve.replace('_', ' ')}".removeprefix(": "), synthetic),
        "words": words,
        "lines": lines,
        "begins": [[name, float(begin)] for name, begin in begins.items() if begin],
        "finished": f"{finished} finished {unit}{'' if finished == 1 else 's'}" if finished else "",
    }


def live_words(history: pd.DataFrame, curve: str = "") -> str:
    """What the curves show, for those who do not see them: the last value of every part under way."""
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


def _title(title: str, synthetic: bool | None) -> str:
    return f"{title} (faces unknown)" if synthetic is None else title_with_source(title, synthetic)


def _line(part: object, rows: pd.DataFrame, curve: str, colour: str | None, mark: str) -> dict[str, Any]:
    x, y = rows["step"].astype(float).tolist(), rows[curve].astype(float).tolist()
    return {"name": str(part), "x": x, "y": y, "colour": colour, "mark": mark}
