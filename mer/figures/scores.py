"""How good the methods are and how sure that is: scores with their intervals, as a forest plot and as a table."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mer.core.errors import InputError, nearest
from mer.evaluation.metrics import METRICS
from mer.evaluation.report import ALL
from mer.figures.layout import panels_figure
from mer.figures.style import GREY, database_label, styled
from mer.figures.styles import as_designed, current, figure_width, ink, narrow, points, unit
from mer.figures.words import legend_below, text_width

_METRIC_NAMES = {"uf1": "UF1", "uar": "UAR", "accuracy": "accuracy"}
_METHOD_INKS = ("blue", "vermilion", "green", "orange", "purple", "sky", "black")
_METHOD_MARKERS = ["o", "s", "D", "^", "v", "P", "X"]


def scores_table(reports: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Reports of several methods (`mer.evaluation.report.evaluate`) as one long table.

    Args:
        reports: name of the method to its report.

    Returns:
        Columns ``method, part, n, subjects, metric, value, low, high``; methods and parts in the order given.
    """
    records = []
    for method, report in reports.items():
        for _, row in report.iterrows():
            for metric in METRICS:
                record = {"method": method, "part": row["part"], "n": int(row["n"]), "subjects": int(row["subjects"])}
                record |= {"metric": metric, "value": row[metric]}
                records.append(record | {"low": row[f"{metric}_low"], "high": row[f"{metric}_high"]})
    return pd.DataFrame(records, columns=["method", "part", "n", "subjects", "metric", "value", "low", "high"])


@styled
def scores_figure(
    table: pd.DataFrame,
    *,
    synthetic: bool,
    epoch_rule: str,
    metrics: Sequence[str] = ("uf1", "uar"),
    chance: pd.DataFrame | None = None,
    title: str = "Scores with 95% intervals over subjects",
) -> Figure:
    """One panel a metric; a group of rows for all clips and for each database; a mark and an interval a method.

    At the right of each stand its numbers, the interval in brackets.

    Args:
        table: from `scores_table`; a row without an interval gets its mark alone.
        synthetic: whether the faces are rendered.
        epoch_rule: name of the epoch rule, printed.
        metrics: which, of ``uf1``, ``uar``, ``accuracy``.
        chance: scores of guessing (`mer.evaluation.guessing.guessing_scores`), drawn as a dashed line in every panel,
            beside each group of rows its own (that of all clips where it has none). None draws no line.
        title: heading.

    Raises:
        InputError: the table is empty or a metric is unknown.
    """
    unknown = [metric for metric in metrics if metric not in _METRIC_NAMES]
    if unknown:
        raise InputError(f"Metric {unknown[0]!r} is unknown. {nearest(unknown[0], _METRIC_NAMES)}")
    if table.empty:
        raise InputError("No scores to draw. Evaluate at least one method first.")
    methods, parts = list(dict.fromkeys(table["method"])), list(dict.fromkeys(table["part"]))
    grey = current().grey_safe
    step = 1.0 / (len(methods) + 1.0)
    down = len(metrics) if narrow() else 1
    lines = max(len(methods) + 1.0, 2.6)  # the name of a part has two
    across = _legend_columns(methods)
    height = 0.75 + 0.17 * (-(-len(methods) // across) - 1) + 0.17 * len(parts) * lines * down + 0.25 * (down - 1)
    figure = panels_figure(height, title, synthetic, epoch_rule=epoch_rule)
    grid = figure.subplots(down, len(metrics) // down, sharey=True, sharex=down > 1, squeeze=False).ravel()
    for axes, metric in zip(grid, metrics, strict=True):
        if chance is not None and metric in chance:
            _draw_guessed(axes, _guessed(chance, metric, parts))
        for group in range(0, len(parts), 2):
            axes.axhspan(group - 0.5, group + 0.5, color="#F4F4F4", zorder=0, linewidth=0)
        for order, method in enumerate(methods):
            rows = table[(table["method"] == method) & (table["metric"] == metric)].set_index("part")
            known = [part for part in parts if part in rows.index]
            y = np.array([parts.index(part) for part in known]) + (order - (len(methods) - 1) / 2) * step
            value, low, high = (rows.loc[known, column].to_numpy(dtype=float) for column in ("value", "low", "high"))
            colour = ink(_METHOD_INKS[order % len(_METHOD_INKS)])
            marker = _METHOD_MARKERS[order % len(_METHOD_MARKERS)]
            axes.hlines(y, low, high, color=colour, linewidth=1.4 * unit(), zorder=2)
            axes.scatter(
                value, y, color=colour, marker=marker, s=20 * unit() ** 2, zorder=3, label=method, linewidths=0
            )
            numbers_beside(axes, y, value, low, high, colour if not grey else "black")
        axes.set_title(_METRIC_NAMES[metric])
        axes.set_xlim(0, 1.02)
        axes.set_xticks(np.arange(0, 1.01, 0.2))
        axes.grid(axis="x")
        axes.tick_params(axis="y", length=0)
    grid[0].set_yticks(range(len(parts)), [_part_label(table, part) for part in parts])
    grid[0].set_ylim(len(parts) - 0.5, -0.5)
    handles, labels = grid[0].get_legend_handles_labels()
    legend_below(figure, handles, labels, across, columnspacing=1.5, handletextpad=0.3)
    return figure


def numbers_beside(
    axes: Axes, y: np.ndarray, value: np.ndarray, low: np.ndarray, high: np.ndarray, colour: str
) -> None:
    """Values with their intervals, ``0.812 [0.750, 0.861]``, in a column at the right of the axes.

    Args:
        axes: whose rows they belong to.
        y: place of each row.
        value: NaN becomes a dash.
        low, high: bounds; NaN where there is no interval.
        colour: of the letters.
    """
    beside: dict[str, Any] = {"textcoords": "offset points", "annotation_clip": False}
    for at, row in zip(y, zip(value, low, high, strict=True), strict=True):
        look: dict[str, Any] = {"va": "center", "fontsize": points(6.5), "color": colour}
        axes.annotate(with_interval(*row), (1, at), (5, 0), xycoords=("axes fraction", "data"), **beside, **look)


def with_interval(value: float, low: float, high: float) -> str:
    """``0.812 [0.750, 0.861]``; without brackets where there is no interval, a dash where there is no value."""
    if not np.isfinite(value):
        return "–"
    return f"{value:.3f} [{low:.3f}, {high:.3f}]" if np.isfinite([low, high]).all() else f"{value:.3f}"


def scores_words(table: pd.DataFrame, metrics: Sequence[str] = ("uf1", "uar")) -> str:
    """All scores with their intervals in one sentence, for readers who cannot see the figure.

    Args:
        table: as for `scores_figure`.
        metrics: which.
    """
    said = []
    for part, group in table[table["metric"].isin(list(metrics))].groupby("part", sort=False):
        for method, rows in group.groupby("method", sort=False):
            parts = zip(*(rows[name] for name in ("metric", "value", "low", "high")), strict=True)
            numbers = [f"{_METRIC_NAMES[metric]} {with_interval(*row)}" for metric, *row in parts]
            said.append(f"{_part_name(str(part))}, {method}: {', '.join(numbers)}")
    interval = " with 95 % intervals in brackets" if table["low"].notna().any() else ""
    return f"Scores{interval}: {'; '.join(said)}."


def guessing_words(guessed: pd.DataFrame) -> str:
    """What the dashed line of guessing is, with its scores (`mer.evaluation.guessing.guessing_scores`)."""
    every = guessed[guessed["part"] == ALL].iloc[0]
    return (
        f"Dashed: guessing each class with the same probability; of all clips UAR {every['uar']:.3f} and UF1 "
        f"{every['uf1']:.3f}, which depends on the shares of the classes."
    )


def scores_page(table: pd.DataFrame, metrics: Sequence[str] = ("uf1", "uar", "accuracy")) -> pd.DataFrame:
    """The scores as a reader's table: a row a part and method, a column a metric, ``0.812 [0.750, 0.861]``."""
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for _, row in table[table["metric"].isin(list(metrics))].iterrows():
        part = _part_name(row["part"])
        cells = rows.setdefault((part, row["method"]), {"Clips": part, "Method": row["method"]})
        cells[_METRIC_NAMES[row["metric"]]] = with_interval(row["value"], row["low"], row["high"])
    parts = list(dict.fromkeys(part for part, _ in rows))
    ordered = sorted(rows.items(), key=lambda item: parts.index(item[0][0]))  # stable: methods keep their order
    return pd.DataFrame([cells for _, cells in ordered]).fillna("–").set_index("Clips")


def _legend_columns(methods: Sequence[str]) -> int:
    """All names in one line where they fit; long ones, for instance with their protocol, in two columns."""
    if not as_designed():
        return len(methods)  # in print the legend sees to it itself
    letters = sum(text_width(name, points(7)) for name in methods)
    return len(methods) if letters + 0.33 * unit() * len(methods) <= figure_width() else min(2, len(methods))


def _part_label(table: pd.DataFrame, part: str) -> str:
    rows = table[table["part"] == part].iloc[0]
    return f"{_part_name(part)}\n{rows['n']} clips, {rows['subjects']} subjects"


def _part_name(part: str) -> str:
    return "all clips" if part == ALL else database_label(part)


def _guessed(chance: pd.DataFrame, metric: str, parts: Sequence[str]) -> list[float]:
    """Score of guessing for each part."""
    known = chance.set_index("part")[metric]
    return [float(known[part] if part in known.index else known[ALL]) for part in parts]


def _draw_guessed(axes: Axes, values: Sequence[float]) -> None:
    """One dashed line from group to group, with steps where they differ."""
    edges = np.arange(len(values) + 1) - 0.5
    line: dict[str, Any] = {"color": GREY, "linewidth": 0.8 * unit(), "linestyle": (0, (3, 2)), "zorder": 1}
    axes.plot(np.repeat(values, 2), np.repeat(edges, 2)[1:-1], **line)
    axes.annotate(
        "guessing",
        (values[0], 1.0),
        (2, -1),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        fontsize=points(6),
        color=GREY,
        va="top",
    )
