"""What is known of each method: its score on all clips with the interval, beside it those of the databases."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mer.core.errors import InputError
from mer.evaluation.permutation import metric_words
from mer.evaluation.report import ALL
from mer.figures.forest import name_rows, striped_rows, under_protocol, words_beside
from mer.figures.layout import panels_figure
from mer.figures.scores import scores_page, with_interval
from mer.figures.style import GREY, database_label, database_markers, database_palette, styled
from mer.figures.styles import ink, narrow, unit
from mer.figures.words import legend_below

_WHOLE, _DATABASES = -0.14, 0.22  # where in its row the mark of all clips stands, and where those of the databases


@styled
def methods_figure(
    table: pd.DataFrame,
    seeds: Mapping[str, int],
    *,
    synthetic: bool,
    epoch_rule: str,
    metrics: Sequence[str] = ("uf1", "uar"),
    chance: pd.DataFrame | None = None,
    title: str = "Methods on the same clips",
    protocol: str = "",
) -> Figure:
    """One panel a metric, one row a method, so that dozens of them have room and no legend has to name them.

    A large mark with its interval is the score on all clips, its numbers at the right; small marks below it are the
    databases by themselves, whose intervals are left to the table.

    Args:
        table: from `mer.figures.scores.scores_table`, methods in the order of the rows.
        seeds: number of seeds of each method, said where it is more than one.
        synthetic: whether the faces are rendered.
        epoch_rule: of the predictions, printed.
        metrics: which, of ``uf1``, ``uar``, ``accuracy``.
        chance: scores of guessing (`mer.evaluation.guessing.guessing_scores`), a dashed line; None draws none.
        title: heading, before the protocol.
        protocol: name of it (`mer.training.protocols`), printed in words; empty where it is not known.

    Raises:
        InputError: the table has no row of all clips.
    """
    whole = table[table["part"] == ALL]
    if whole.empty:
        raise InputError("No scores to draw. Give at least one method.")
    methods, parts = (list(dict.fromkeys(names)) for names in (whole["method"], table["part"]))
    parts.remove(ALL)
    colours, markers = database_palette(parts), database_markers(parts)
    down = len(metrics) if narrow() else 1
    figure = panels_figure(
        1.1 + down * (0.3 + 0.33 * len(methods)), under_protocol(title, protocol), synthetic, epoch_rule=epoch_rule
    )
    grid = figure.subplots(down, len(metrics) // down, sharey=True, sharex=True, squeeze=False).ravel()
    y = np.arange(len(methods))
    for axes, metric in zip(grid, metrics, strict=True):
        striped_rows(axes, len(methods))
        if chance is not None:
            guessed = float(chance.set_index("part")[metric][ALL])
            dashes = {"color": GREY, "linewidth": 0.8 * unit(), "linestyle": (0, (3, 2)), "zorder": 1}
            axes.axvline(guessed, label="guessing", **dashes)
        rows = whole[whole["metric"] == metric].set_index("method").loc[methods]
        value, low, high = (rows[name].to_numpy(float) for name in ("value", "low", "high"))
        axes.hlines(y + _WHOLE, low, high, color=ink("black"), linewidth=1.4 * unit(), zorder=2)
        axes.scatter(value, y + _WHOLE, color=ink("black"), s=20 * unit() ** 2, marker="D", label="all clips", zorder=3)
        for part in parts:
            own = table[(table["part"] == part) & (table["metric"] == metric)].set_index("method")["value"]
            axes.scatter(
                own.reindex(methods),
                y + _DATABASES,
                color=colours[part],
                marker=markers[part],
                s=10 * unit() ** 2,
                linewidths=0,
                label=database_label(part),
                zorder=3,
            )
        words_beside(axes, [with_interval(*row) for row in zip(value, low, high, strict=True)])
        axes.set_title(metric_words(metric), loc="left")
        axes.set_xlim(0, 1.02)
        axes.set_xticks(np.arange(0, 1.01, 0.25), ["0", "", "0.5", "", "1"])
    names = [f"{name} ({seeds[name]} seeds)" if seeds.get(name, 1) > 1 else name for name in methods]
    for axes in grid[:down]:
        name_rows(axes, names)
    handles, labels = grid[0].get_legend_handles_labels()
    legend_below(figure, handles, labels, 5, "all clips: 95 % intervals over persons", handletextpad=0.3)
    return figure


def methods_page(
    table: pd.DataFrame, seeds: Mapping[str, int], metrics: Sequence[str] = ("uf1", "uar")
) -> pd.DataFrame:
    """The scores as a reader's table (`mer.figures.scores.scores_page`), the number of seeds beside the method."""
    page = scores_page(table, metrics)
    page.insert(1, "Seeds", page["Method"].map(dict(seeds)))
    return page
