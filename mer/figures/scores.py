"""How good the methods are and how sure that is: scores with their intervals, as a forest plot and as a table."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mer.core.errors import InputError, nearest
from mer.evaluation.metrics import METRICS
from mer.evaluation.report import ALL
from mer.figures.layout import panels_figure
from mer.figures.style import GREY, database_label, styled
from mer.figures.styles import current, ink, narrow, points, unit
from mer.figures.words import legend_below

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
    chance: float | None = 1 / 3,
    title: str = "Scores with 95% intervals over subjects",
) -> Figure:
    """One panel a metric; a group of rows for all clips and for each database; a mark and an interval a method.

    Args:
        table: from `scores_table`; a row without an interval gets its mark alone.
        synthetic: whether the faces are rendered.
        epoch_rule: name of the epoch rule, printed.
        metrics: which, of ``uf1``, ``uar``, ``accuracy``.
        chance: UAR of guessing (1 / classes), drawn in that panel only (chance has no fixed UF1 or accuracy); None
            draws no line.
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
    height = 0.85 + 0.17 * len(parts) * lines * down + 0.25 * (down - 1)
    figure = panels_figure(height, title, synthetic)
    grid = figure.subplots(down, len(metrics) // down, sharey=True, sharex=down > 1, squeeze=False).ravel()
    for axes, metric in zip(grid, metrics, strict=True):
        if chance is not None and metric == "uar":
            axes.axvline(chance, color=GREY, linewidth=0.8 * unit(), linestyle=(0, (3, 2)), zorder=1)
            at = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points"}
            axes.annotate("chance", (chance, 1.0), (2, -1), **at, fontsize=points(6), color=GREY, va="top")
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
            for at, number, right in zip(y, value, np.fmax(high, value), strict=True):
                axes.annotate(
                    f"{number:.3f}".replace("nan", "–"),
                    (np.nan_to_num(right), at),
                    (4, 0),
                    textcoords="offset points",
                    va="center",
                    fontsize=points(6.5),
                    color=colour if not grey else "black",
                )
        axes.set_title(_METRIC_NAMES[metric])
        axes.set_xlim(0, 1.09)
        axes.set_xticks(np.arange(0, 1.01, 0.2))
        axes.grid(axis="x")
        axes.tick_params(axis="y", length=0)
    grid[0].set_yticks(range(len(parts)), [_part_label(table, part) for part in parts])
    grid[0].set_ylim(len(parts) - 0.5, -0.5)
    handles, labels = grid[0].get_legend_handles_labels()
    rule, space = f"epoch rule: {epoch_rule}", {"columnspacing": 1.5, "handletextpad": 0.3}
    legend_below(figure, handles, labels, len(methods), rule, **space)
    return figure


def scores_page(table: pd.DataFrame, metrics: Sequence[str] = ("uf1", "uar", "accuracy")) -> pd.DataFrame:
    """The scores as a reader's table: a row a part and method, a column a metric, ``0.812 [0.750, 0.861]``."""
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for _, row in table[table["metric"].isin(list(metrics))].iterrows():
        part = "all clips" if row["part"] == ALL else database_label(row["part"])
        bounds = f" [{row['low']:.3f}, {row['high']:.3f}]" if np.isfinite(row["low"]) else ""
        cells = rows.setdefault((part, row["method"]), {"Clips": part, "Method": row["method"]})
        cells[_METRIC_NAMES[row["metric"]]] = f"{row['value']:.3f}{bounds}"
    parts = list(dict.fromkeys(part for part, _ in rows))
    ordered = sorted(rows.items(), key=lambda item: parts.index(item[0][0]))  # stable: methods keep their order
    return pd.DataFrame([cells for _, cells in ordered]).fillna("–").set_index("Clips")


def _part_label(table: pd.DataFrame, part: str) -> str:
    rows = table[table["part"] == part].iloc[0]
    name = "all clips" if part == ALL else database_label(part)
    return f"{name}\n{rows['n']} clips, {rows['subjects']} subjects"
