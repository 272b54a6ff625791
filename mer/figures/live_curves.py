"""Curves of a training while it runs: a line a fold or group, those under way in colour, finished ones in grey.

Plain data instead of a plotly figure: `mer.widgets.live_plot` draws it anew every few seconds, also when it comes
before the page has loaded all that it needs, which a plotly widget does not survive.
"""

from typing import Any

import pandas as pd

from mer.core.errors import InputError, nearest
from mer.figures.curve_words import curve_axis, curve_name
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
    history: pd.DataFrame,
    curve: str = "",
    *,
    synthetic: bool | None,
    run: str = "",
    unit: str = "fold",
    total: int = 0,
    part: str = "",
) -> dict[str, Any]:
    """One curve of a training against the step, as data that a page can draw.

    Args:
        history: columns ``step, part, running``, ``phase`` where there are several, and the curves.
        curve: which; the first of `live_names` when empty.
        synthetic: whether the faces are rendered; None where that is not known, which the title says.
        run: its name, for those who do not see what stands above the curves.
        unit: what a part is called.
        total: number of parts of the whole training; 0 where that is not known.
        part: the only one to be drawn in colour, finished or not; when empty, those under way are.

    Returns:
        ``run``; ``title``; ``words``, the curves in a sentence; ``lines``, each with ``name``, ``x``, ``y``, ``colour``
        (None for the grey of a part in the background) and ``mark``; ``begins``, where each phase begins (name, step),
        empty where there is one; ``finished``, the grey ones in words; ``across`` and ``up``, what the axes are. Plain
        values only, without NaN.

    Raises:
        InputError: the history has no such curve.
    """
    names = live_names(history)
    if not names:
        words = live_words(history)
        return {"run": run, "title": _title(words.removesuffix("."), synthetic), "words": words, "lines": []}
    curve = curve or names[0]
    if curve not in names:
        raise InputError(f"The training has no curve {curve!r}. {nearest(curve, names)}")
    words = live_words(history, curve, part)
    history, begins = phases_in_a_row(history.dropna(subset=[curve]))
    coloured = history["part"].eq(part) if part else history["running"].astype(bool)
    lines = [_line(name, rows, curve, None, "") for name, rows in history[~coloured].groupby("part", sort=False)]
    grey = len(lines)
    for order, (name, rows) in enumerate(history[coloured].groupby("part", sort=False)):
        mark = _MARKS[(order + order // len(_COLOURS)) % len(_MARKS)]
        lines.append(_line(name, rows, curve, _COLOURS[order % len(_COLOURS)], mark))
    shown = f"{len(lines)} of {total} {unit}s" if total else f"{len(lines)} {unit}{'' if len(lines) == 1 else 's'}"
    kind = "other" if part else "finished"
    return {
        "run": run,
        "title": _title(f"{curve_name(curve)}, {shown}", synthetic),
        "words": words,
        "lines": lines,
        "begins": [[name, float(begin)] for name, begin in begins.items()],
        "finished": f"{grey} {kind} {unit}{'' if grey == 1 else 's'}" if grey else "",
        "across": f"optimiser step of each {unit}" + (", one phase after the other" if begins else ""),
        "up": curve_axis(curve),
    }


def live_words(history: pd.DataFrame, curve: str = "", part: str = "") -> str:
    """What the curves show, for those who do not see them: the last value of every part in colour."""
    names = live_names(history)
    if not names:
        return "No step is done yet."
    curve = curve or names[0]
    rows = history.dropna(subset=[curve])
    coloured = rows["part"].eq(part) if part else rows["running"].astype(bool)
    last = rows[coloured].groupby("part", sort=False).last()
    said = [f"{name}: {row[curve]:.3g} at step {int(row['step'])}" for name, row in last.iterrows()]
    grey = rows.loc[~coloured, "part"].nunique()
    kind = "others" if part else "finished"
    return f"{curve_name(curve)}: {'; '.join([*said, *([f'{grey} {kind} in grey'] if grey else [])])}."


def _title(title: str, synthetic: bool | None) -> str:
    return f"{title} (faces unknown)" if synthetic is None else title_with_source(title, synthetic)


def _line(part: object, rows: pd.DataFrame, curve: str, colour: str | None, mark: str) -> dict[str, Any]:
    x, y = rows["step"].astype(float).tolist(), rows[curve].astype(float).tolist()
    return {"name": str(part), "x": x, "y": y, "colour": colour, "mark": mark}
