"""The size of the leak: scores of the same trainings under three epoch rules, and what the oracle adds to the last."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mer.core.errors import InputError
from mer.evaluation.epoch_rules import DIFFERENCES
from mer.evaluation.permutation import metric_words
from mer.evaluation.predictions import EPOCH_RULES
from mer.figures.forest import head_beside, name_rows, signed_interval, striped_rows, under_protocol, words_beside
from mer.figures.layout import panels_figure
from mer.figures.style import styled
from mer.figures.styles import ink, narrow, unit
from mer.figures.table_view import in_words
from mer.figures.words import legend_below

_METRICS = ("uf1", "uar")
_APART = 0.25  # of a row, between the marks of two rules
#: Rule to marker, colour, whether it is hollow, and who chose; the last one ends with whose clips did.
_LOOKS = {
    "last": ("o", "blue", False, "last: fixed beforehand"),
    "nested": ("s", "green", False, "nested: chosen on training persons"),
    "oracle": ("D", "vermilion", True, "oracle: a leak, chosen on the test clips of "),
}
_OF_A_PERSON = ("each person", "for each person the epoch at which most of that person's own clips are told right")
_OF_A_FOLD = ("each fold", "for each fold the epoch at which most of the fold's own test clips are told right")
#: Whose clips the test clips of a fold are, and what the oracle does with them, in words, by protocol.
_WHOSE = {
    "loso": _OF_A_PERSON,
    "database": (
        "each database",
        "for each fold the epoch at which most of the fold's own test clips (one database) are told right",
    ),
    "loso-per-database": _OF_A_PERSON,
}
#: Row of the table that is the size of the leak.
LEAK = " - ".join(DIFFERENCES[0])


@styled
def epoch_rules_figure(
    table: pd.DataFrame, *, synthetic: bool, protocol: str = "", title: str = "Three epoch rules"
) -> Figure:
    """One panel a metric, one row a method, in it a mark and an interval a rule; the oracle is hollow: it is no score.

    At the right stands by how much the oracle is above the last epoch, with its paired interval.

    Args:
        table: from `mer.evaluation.epoch_rules.rules_table`; a row without bounds gets its mark alone.
        synthetic: whether the faces are rendered.
        protocol: name of it (`mer.training.protocols`), printed in words; it says whose clips the oracle chooses by.
        title: heading, before the protocol.

    Raises:
        InputError: the table has no row.
    """
    if table.empty:
        raise InputError("No epoch rules to draw. Train with looks first (look_every, for instance 10).")
    methods = list(dict.fromkeys(table["method"]))
    down = len(_METRICS) if narrow() else 1
    figure = panels_figure(1.1 + down * (0.35 + 0.5 * len(methods)), under_protocol(title, protocol), synthetic)
    grid = figure.subplots(down, len(_METRICS) // down, sharey=True, sharex=True, squeeze=False).ravel()
    y = np.arange(len(methods))
    for axes, metric in zip(grid, _METRICS, strict=True):
        striped_rows(axes, len(methods))
        for place, rule in enumerate(EPOCH_RULES):
            rows = table[table["rule"] == rule].set_index("method").loc[methods]
            value, low, high = (rows[f"{metric}{bound}"].to_numpy(float) for bound in ("", "_low", "_high"))
            marker, name, hollow, label = _LOOKS[rule]
            at, colour = y + (place - 1) * _APART, ink(name)
            look: dict[str, Any] = {"facecolors": "white" if hollow else colour, "edgecolors": colour}
            label = f"{label}{_WHOSE.get(protocol, _OF_A_FOLD)[0]}" if hollow else label
            axes.hlines(at, low, high, color=colour, linewidth=1.2 * unit(), zorder=2)
            axes.scatter(
                value, at, s=18 * unit() ** 2, marker=marker, zorder=3, label=label, linewidths=1.0 * unit(), **look
            )
        words_beside(axes, leak_words(table, metric).tolist())
        head_beside(axes, "oracle minus last")
        axes.set_title(metric_words(metric), loc="left")
    for axes in grid[:down]:
        name_rows(axes, methods)
    handles, labels = grid[0].get_legend_handles_labels()
    legend_below(figure, handles, labels, 3, "95 % intervals over persons", columnspacing=1.5, handletextpad=0.3)
    return figure


def oracle_words(protocol: str = "", looks: Sequence[int] = ()) -> str:
    """What the oracle does, in sentences that are true under the protocol.

    Args:
        protocol: name of it (`mer.training.protocols`); empty where it is not known.
        looks: different numbers of looks of the trainings, rising, the last epoch among them; none where not known.
    """
    many = f", out of {looks[0]}{f' to {looks[-1]}' if len(looks) > 1 else ''} looks" if looks else ""
    taken = _WHOSE.get(protocol, _OF_A_FOLD)[1]
    return f"The oracle takes {taken}{many}. It goes by accuracy, so UF1 and UAR may also fall."


def scores_first(table: pd.DataFrame) -> pd.DataFrame:
    """`mer.evaluation.epoch_rules.rules_table` with the scores of all methods above the differences of the rules."""
    return table.sort_values("rule", key=lambda rule: rule.str.contains(" - "), kind="stable", ignore_index=True)


def rules_page(table: pd.DataFrame) -> pd.DataFrame:
    """The same for the eye (`mer.figures.table_view.in_words`): differences are last, and have a sign."""
    ordered = scores_first(table)
    page, is_difference = in_words(ordered), ordered["rule"].str.contains(" - ").to_numpy()
    for metric in _METRICS:
        rows = ordered.loc[is_difference, [metric, f"{metric}_low", f"{metric}_high"]]
        page.loc[is_difference, metric_words(metric)] = [signed_interval(*row) for row in rows.to_numpy(float)]
    page["rule"] = page["rule"].str.replace(" - ", " minus ")
    return page


def leak_words(table: pd.DataFrame, metric: str = "uf1") -> pd.Series:
    """By how much the oracle is above the last epoch, in words: ``+0.050 [+0.020, +0.080]`` by method.

    Args:
        table: from `mer.evaluation.epoch_rules.rules_table`.
        metric: ``uf1`` or ``uar``.
    """
    rows = table[table["rule"] == LEAK].set_index("method")
    cells = (rows[f"{metric}{bound}"] for bound in ("", "_low", "_high"))
    return pd.Series([signed_interval(*row) for row in zip(*cells, strict=True)], rows.index, dtype=object)
