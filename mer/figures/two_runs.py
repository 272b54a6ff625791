"""Two runs on the same clips: who is right where, and the paired difference of their scores."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mer.core.errors import InputError
from mer.evaluation.agreement import VERDICTS, Agreement
from mer.figures.layout import panels_figure
from mer.figures.style import GREY, styled
from mer.figures.styles import ink, narrow, points, unit

_METRICS = {"uf1": "UF1", "uar": "UAR"}


@styled
def two_runs_figure(
    agreement: Agreement,
    scores: pd.DataFrame,
    names: tuple[str, str],
    *,
    synthetic: bool,
    epoch_rule: str,
    title: str = "Two runs on the same clips",
) -> Figure:
    """At the left the clips that each run gets right and wrong, at the right the scores of both and their difference.

    Args:
        agreement: of the common clips (`mer.evaluation.agreement.agreement`).
        scores: three rows, of the first run, of the second, and of their difference, with the columns of
            `mer.evaluation.paired.paired_difference`.
        names: of the runs.
        synthetic: whether the faces are rendered.
        epoch_rule: printed.
        title: heading.

    Raises:
        InputError: there are no common clips.
    """
    count = int(agreement.counts.sum())
    if not count:
        raise InputError("No common clips to draw. Choose two runs on one database.")
    if narrow():
        figure = panels_figure(5.6, title, synthetic, epoch_rule=epoch_rule)
        left, middle, right = figure.subplots(3, 1, height_ratios=(1.2, 1, 1))
    else:
        figure = panels_figure(2.6, title, synthetic, epoch_rule=epoch_rule)
        left, middle, right = figure.subplots(1, 3, width_ratios=(1.15, 1.2, 1))
    _table_of_agreement(left, agreement, names)
    _points(middle, scores.iloc[:2], list(names), [ink("blue"), ink("vermilion")])
    middle.set_title(f"scores, n = {count}", fontsize=points(7))
    middle.legend(loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=1)
    _points(right, scores.iloc[2:], ["difference"], [ink("black")])
    right.axhline(0, color=GREY, linewidth=0.8 * unit())
    right.set_title("difference, 95 % over persons", fontsize=points(7))
    right.set_xlabel(f"{names[0]}\nminus {names[1]}", fontsize=points(7))
    return figure


def two_runs_numbers(agreement: Agreement, scores: pd.DataFrame, names: tuple[str, str]) -> dict[str, pd.DataFrame]:
    """The plotted numbers: ``agreement`` (counts and p of McNemar's exact test) and ``scores``."""
    cells = [
        {names[0]: first, names[1]: second, "clips": int(agreement.counts[i, j]), "mcnemar_exact_p": agreement.p}
        for i, first in enumerate(VERDICTS)
        for j, second in enumerate(VERDICTS)
    ]
    return {"agreement": pd.DataFrame(cells), "scores": scores}


def _table_of_agreement(axes: Axes, agreement: Agreement, names: tuple[str, str]) -> None:
    counts = agreement.counts
    axes.imshow(counts / max(1, counts.max()), cmap="Blues", vmin=0, vmax=1.3)
    for i in range(2):
        for j in range(2):
            dark = counts[i, j] > 0.75 * counts.max()
            ink = "white" if dark else "black"
            axes.text(j, i, str(counts[i, j]), ha="center", va="center", fontsize=points(11), color=ink)
    axes.set_xticks([0, 1], VERDICTS)
    axes.set_yticks([0, 1], VERDICTS, rotation=90, va="center")
    axes.tick_params(length=0)
    axes.set_xlabel(names[1])
    axes.set_ylabel(names[0])
    for spine in axes.spines.values():
        spine.set_visible(False)
    p = f"p = {agreement.p:.3f}" if agreement.p >= 0.001 else "p < 0.001"
    axes.set_title(f"clips; McNemar's exact {p}", fontsize=points(7))


def _points(axes: Axes, rows: pd.DataFrame, names: list[str], colours: list[str]) -> None:
    """Points with intervals, one group a metric."""
    spread = 0.4 * (np.arange(len(rows)) - (len(rows) - 1) / 2)
    for (_, row), name, colour, shift, marker in zip(rows.iterrows(), names, colours, spread, "os", strict=False):
        spots = np.arange(len(_METRICS)) + shift
        middle = np.array([row[metric] for metric in _METRICS], dtype=float)
        low, high = (np.array([row[f"{metric}_{end}"] for metric in _METRICS], dtype=float) for end in ("low", "high"))
        axes.vlines(spots, low, high, color=colour, linewidth=1.4 * unit())
        axes.plot(spots, middle, marker, color=colour, markersize=4.5 * unit(), label=name)
        for spot, value in zip(spots, middle, strict=True):
            axes.annotate(
                f"{value:.3f}", (spot, value), (4, 0), textcoords="offset points", va="center", fontsize=points(6)
            )
    axes.set_xticks(range(len(_METRICS)), list(_METRICS.values()))
    axes.set_xlim(-0.5, len(_METRICS) - 0.3)
    axes.grid(axis="y")
