"""How the learned features lie: a UMAP plane of the embeddings of the test clips (Fig. 6)."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mer.core.csv_text import read_csv_text
from mer.core.errors import InputError
from mer.core.finished_run import checked
from mer.core.progress import progress
from mer.figures.kept_plane import kept_plane
from mer.figures.layout import square_grid
from mer.figures.style import (
    GREY,
    class_markers,
    class_palette,
    database_label,
    database_markers,
    database_palette,
    ordered_classes,
    styled,
)
from mer.figures.styles import current, ink, narrow, unit
from mer.manifest.clips import KEY

#: What a reader of the plane must know, whoever draws it.
CAVEAT = (
    "Each fold has a model of its own, so clips of different folds are placed by different networks: distances within "
    "a fold can be compared, those between folds not strictly."
)
_NEIGHBOURS, _MIN_DIST = 15, 0.2
#: Columns that must agree for a plane to be that of a table of predictions.
_SAME = [*KEY, "label", "predicted"]


def umap_coordinates(
    embedding: np.ndarray, seed: int = 0, neighbours: int = _NEIGHBOURS, min_dist: float = _MIN_DIST
) -> np.ndarray:
    """Plane coordinates of the embeddings: float32 (n, 2), the same for the same seed on one machine.

    Features are standardised first. Fewer than five clips are too few for UMAP: they come back as their first two
    principal components.

    Args:
        embedding: (n, E), finite.
        seed: UMAP's random state; it then works in one thread.
        neighbours: size of the neighbourhood, at most n - 1.
        min_dist: how close UMAP may put two points.
    """
    embedding = np.asarray(embedding, dtype=np.float32)
    if embedding.ndim != 2 or not np.isfinite(embedding).all():
        raise InputError(f"Embeddings have the shape {embedding.shape} or hold NaN. Expected finite (clips, features).")
    count = len(embedding)
    if count == 0:
        return np.zeros((0, 2), np.float32)
    spread = embedding.std(axis=0)
    standard = (embedding - embedding.mean(axis=0)) / np.where(spread > 1e-8, spread, 1.0)
    if count < 5:
        first_two = np.linalg.svd(standard, full_matrices=False)[2][:2]
        plane = standard @ first_two.T
        return np.pad(plane, ((0, 0), (0, 2 - plane.shape[1]))).astype(np.float32)
    import warnings

    import umap

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="n_jobs value")
        warnings.filterwarnings("ignore", category=FutureWarning)
        reducer = umap.UMAP(
            n_neighbors=min(neighbours, count - 1),
            min_dist=min_dist,
            random_state=seed % 2**32,
            init="random" if count <= 10 else "spectral",
            n_jobs=1,
        )
        return reducer.fit_transform(standard).astype(np.float32)


def run_plane(
    predictions: pd.DataFrame, embedding: Callable[[], np.ndarray], kept: Path | str | None = None
) -> np.ndarray:
    """Plane coordinates of a run's clips, the same wherever they are drawn: float32 (n, 2), computed with its seed.

    Computed once: the cache keeps it (`kept_plane`).

    Args:
        predictions: of the run, in the order of the embeddings.
        embedding: gives its features; asked only where nothing kept fits.
        kept: a `features_table` that a figure was drawn from; used where it is of these clips and these predictions.
    """
    if kept is not None and checked(kept).is_file():
        try:
            table = read_csv_text(kept, dtype=dict.fromkeys(_SAME, str), keep_default_na=False)
            if fits_predictions(table, predictions):
                return table[["x", "y"]].to_numpy(np.float32)
        except (ValueError, OSError):  # not a table of numbers: computed anew
            pass
    seed = plane_seed(predictions)
    return kept_plane(embedding(), partial(_plane, seed), seed=seed, neighbours=_NEIGHBOURS, min_dist=_MIN_DIST)


def plane_seed(predictions: pd.DataFrame) -> int:
    """UMAP's seed for a run's clips: that of the run."""
    return int(predictions["seed"].iloc[0])


def fits_predictions(points: pd.DataFrame, predictions: pd.DataFrame) -> bool:
    """Whether a table of points is of these clips, in their order, with the same true and predicted classes."""
    if not {"x", "y", *_SAME} <= set(points.columns):
        return False
    return bool(points[_SAME].astype(str).values.tolist() == predictions[_SAME].astype(str).values.tolist())


def _plane(seed: int, values: np.ndarray) -> np.ndarray:
    what = "Plane of the features (UMAP; once a run, compiling it may take a minute)"
    with progress(what=what, total=1, unit="plane") as bar:
        found = umap_coordinates(values, seed)
        bar.update()
    return found


def features_table(predictions: pd.DataFrame, coordinates: np.ndarray) -> pd.DataFrame:
    """The plotted numbers: keys, label, predicted and the columns ``x, y``, in the order of the predictions."""
    if len(predictions) != len(coordinates):
        raise InputError(f"{len(predictions)} predictions but {len(coordinates)} coordinates. Give one a clip.")
    table = predictions[_SAME].reset_index(drop=True).copy()
    table["x"], table["y"] = coordinates[:, 0].astype(float), coordinates[:, 1].astype(float)
    return table


_LEGEND_COLUMNS = 3
_RIGHT = "#C9C9C9"


def _legend_columns() -> int:
    return 1 if narrow() else _LEGEND_COLUMNS


@styled
def features_figure(
    table: pd.DataFrame,
    *,
    synthetic: bool,
    epoch_rule: str,
    seed: int | None = None,
    title: str = "Features of the test clips, UMAP",
) -> Figure:
    """Three views of one plane: by class, by database, right and wrong.

    Args:
        table: from `features_table`; may be empty.
        synthetic: whether the faces are rendered.
        epoch_rule: name of the epoch rule, printed.
        seed: UMAP's, printed where given.
        title: heading.
    """
    classes = class_palette(ordered_classes(table["label"]))
    databases = sorted(table["database"].unique())
    lines = -(-max(len(classes), len(databases), 2 if narrow() else 1) // _legend_columns())
    bottom = 0.35 + 0.15 * lines
    figure, grid = square_grid(1, 3, title, synthetic, bottom=bottom, gap_x=0.12, largest=2.3, epoch_rule=epoch_rule)
    by_class, by_database, by_right = grid[0]
    markers, colours = database_markers(databases), database_palette(databases)
    right = table["label"] == table["predicted"]
    shapes = class_markers(classes) if current().grey_safe else dict.fromkeys(classes, "o")
    if current().grey_safe:  # here the marker says the class, in the next panel the database
        _scatter(by_class, table, table["label"].map(classes), shapes, by="label")
    else:
        _scatter(by_class, table, table["label"].map(classes), markers)
    _scatter(by_database, table, table["database"].map(colours), markers)
    wrong_ink = ink("black") if current().grey_safe else ink("vermilion")
    _scatter(by_right, table, right.map({True: _RIGHT, False: wrong_ink}), markers, front=~right)
    _legend(by_class, "class", [(name, colour, shapes[name]) for name, colour in classes.items()])
    _legend(by_database, "database", [(database_label(name), colours[name], markers[name]) for name in databases])
    wrong = int((~right).sum())
    _legend(
        by_right,
        "prediction" + ("" if seed is None else f"; UMAP seed {seed}"),
        [(f"right ({int(right.sum())})", _RIGHT, "o"), (f"wrong ({wrong})", wrong_ink, "o")],
    )
    for axes, head in ((by_class, "by class"), (by_database, "by database"), (by_right, "right and wrong")):
        axes.set_title(head)
        axes.set_xticks([])
        axes.set_yticks([])
        for spine in axes.spines.values():
            spine.set_visible(True)
            spine.set_color("#CCCCCC")
        if table.empty:
            axes.text(0.5, 0.5, "no clips", ha="center", va="center", transform=axes.transAxes, color=GREY)
    return figure


def _scatter(
    axes: Axes,
    table: pd.DataFrame,
    colours: pd.Series,
    markers: dict[str, str],
    front: pd.Series | None = None,
    by: str = "database",
) -> None:
    layers = [pd.Series(True, index=table.index)] if front is None else [~front, front]
    for order, layer in enumerate(layers):
        for name, marker in markers.items():
            chosen = layer & (table[by] == name)
            axes.scatter(
                table.loc[chosen, "x"],
                table.loc[chosen, "y"],
                c=list(colours[chosen]),
                marker=marker,
                s=(6 if narrow() else 13) * unit() ** 2,
                linewidths=0.3 * unit(),
                edgecolors="white",
                zorder=2 + order,
            )


def _legend(axes: Axes, title: str, entries: list[tuple[str, str, str]]) -> None:
    handles = [
        Line2D([], [], linestyle="", marker=marker, color=colour, markersize=4.5 * unit(), label=name)
        for name, colour, marker in entries
    ]
    axes.legend(
        handles=handles,
        title=title,
        loc="upper center",
        bbox_to_anchor=(0.5, -0.02),
        ncols=min(_legend_columns(), max(1, len(handles))),
        columnspacing=0.9,
        handletextpad=0.1,
    )
