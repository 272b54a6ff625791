"""What is taken for what: confusion matrices of all clips and of each database (Fig. 8)."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mer.core.errors import InputError
from mer.evaluation.metrics import evaluate
from mer.evaluation.report import ALL, confusion
from mer.evaluation.run_protocol import protocol_of_folds
from mer.figures.layout import panel_side, square_grid
from mer.figures.style import database_label, styled
from mer.figures.styles import as_designed, current, figure_width, narrow, points, unit
from mer.figures.words import shrunk
from mer.training.protocols import PROTOCOLS

_COLUMNS_A_ROW, _OF_NARROW = 4, 2


def confusion_parts(predictions: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Counts of all clips, then of each database when there are several: rows true, columns predicted."""
    parts = {ALL: confusion(predictions)}
    databases = list(dict.fromkeys(predictions["database"]))
    if len(databases) > 1:
        parts |= {name: confusion(predictions[predictions["database"] == name]) for name in databases}
    return parts


def confusion_table(predictions: pd.DataFrame) -> pd.DataFrame:
    """The plotted numbers: ``part, label, predicted, count, percent`` (of the true class; NaN where it has no clip)."""
    records = []
    for part, counts in confusion_parts(predictions).items():
        percent = row_percent(counts)
        records += [
            {"part": part, "label": label, "predicted": guess, "count": int(counts.loc[label, guess])}
            | {"percent": percent.loc[label, guess]}
            for label in counts.index
            for guess in counts.columns
        ]
    return pd.DataFrame(records, columns=["part", "label", "predicted", "count", "percent"])


def row_percent(counts: pd.DataFrame) -> pd.DataFrame:
    """Counts as percent of their row; NaN in a row without clips."""
    return counts.div(counts.sum(axis=1).where(lambda total: total > 0), axis=0) * 100


@styled
def confusion_figure(
    predictions: pd.DataFrame, *, synthetic: bool, title: str | None = None, protocol: str = ""
) -> Figure:
    """One matrix for all clips and one a database; cells hold percent of the true class and the count.

    UF1, UAR, the number of clips and the epoch rule are printed, as counted from the pooled predictions.

    Args:
        predictions: checked predictions table of one run.
        synthetic: whether the faces are rendered.
        title: heading; None names the protocol.
        protocol: name of it (`mer.training.protocols`); empty judges by the folds, which do not tell ``loso`` from
            ``loso-per-database`` (`mer.evaluation.run_protocol`).

    Raises:
        InputError: the table is empty.
    """
    if predictions.empty:
        raise InputError("No predictions to draw. Run the study first or widen the selection.")
    if title is None:
        how = PROTOCOLS.get(protocol or protocol_of_folds(predictions))
        title = f"Confusion matrices, {how}" if how else "Confusion matrices"
    rules = ", ".join(dict.fromkeys(predictions["epoch_rule"].astype(str)))
    parts = confusion_parts(predictions)
    columns = min(len(parts), _OF_NARROW if narrow() else _COLUMNS_A_ROW)
    rows = -(-len(parts) // columns)
    largest = 2.9 if len(parts) == 1 else 1.75  # inches; one matrix alone has room, and its heading needs it
    upright = _space_of_upright_names(list(parts[ALL].columns), columns, largest)
    figure, axes_grid = square_grid(
        rows,
        columns,
        title,
        synthetic,
        left=0.42 + upright,
        top=0.78 if current().title and len(parts) == 1 else 0.62,
        bottom=0.38 + upright,
        gap_x=0.12,
        gap_y=(0.62 if as_designed() else 0.7) + upright,
        largest=largest,
        epoch_rule=rules,
    )
    grid = axes_grid.ravel()
    for position, (axes, (part, counts)) in enumerate(zip(grid, parts.items(), strict=False)):
        _matrix(axes, counts, first=position % columns == 0, across=not upright)
        scores = evaluate(counts.to_numpy())
        name = "all clips" if part == ALL else database_label(part)
        axes.set_title(f"{name}, n = {int(counts.to_numpy().sum())}", fontweight="bold", pad=14 * unit())
        words = f"UF1 {scores['uf1']:.3f}   UAR {scores['uar']:.3f}"
        axes.text(0.5, 1.02, words, transform=axes.transAxes, ha="center", va="bottom", fontsize=points(7))
    for axes in grid[len(parts) :]:
        axes.remove()
    return figure


def _space_of_upright_names(names: list[str], columns: int, largest: float) -> float:
    """Inches that the names of the classes take beyond one line when they do not fit along their cells, else 0."""
    longest = max(map(len, names)) * 0.6 * 7 / 72  # a letter is about 0.6 of its size wide
    cell = min(largest, (figure_width() / unit() - 0.44) / columns) / len(names)
    return longest - 0.1 if longest > cell else 0.0


def _cell_size(axes: Axes, texts: np.ndarray) -> float:
    """Points of the letters in the cells."""
    if as_designed():
        return points(7.5)
    return shrunk("\n".join(texts.ravel()), 0.95 * panel_side(axes) / len(texts), points(7.5))


def _matrix(axes: Axes, counts: pd.DataFrame, first: bool, across: bool) -> None:
    """One matrix; ``across`` says that the names of the classes fit along their cells."""
    import seaborn

    percent = row_percent(counts)
    texts = np.array(
        [
            [
                f"{percent.loc[label, guess]:.0f}%\n{counts.loc[label, guess]}"
                if np.isfinite(percent.loc[label, guess])
                else "–"
                for guess in counts.columns
            ]
            for label in counts.index
        ]
    )
    seaborn.heatmap(
        percent.fillna(0.0),
        ax=axes,
        annot=texts,
        fmt="",
        vmin=0,
        vmax=100,
        cmap="Greys" if current().grey_safe else "Blues",
        cbar=False,
        square=True,
        linewidths=0.8,
        linecolor="white",
        annot_kws={"fontsize": _cell_size(axes, texts), "linespacing": 1.15},
        yticklabels=first,
    )
    axes.set_ylabel("true class" if first else "")
    axes.set_xlabel("predicted class")
    axes.tick_params(length=0)
    axes.set_xticklabels(counts.columns, rotation=0 if across else 90)
    if first:
        axes.set_yticklabels(counts.index, rotation=90 if across else 0, va="center")
