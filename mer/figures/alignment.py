"""How well a database was aligned: how many clips, why not the others, and how the faces stood before."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from mer.core.errors import InputError
from mer.figures.histograms import histograms
from mer.figures.images import bare, draw_missing
from mer.figures.layout import fitting_size, panel_side, panels_figure, square_grid
from mer.figures.style import (
    GREY,
    NO_DATA,
    clip_name,
    database_label,
    database_palette,
    styled,
)
from mer.figures.styles import figure_width, narrow, points, unit
from mer.figures.words import wrapped
from mer.manifest.clips import KEY

#: Short words for the reasons why a face could not be used, by how the reason begins.
_FACE_REASONS = {"No face": "no face", "The face is cut": "cut face", "No landmarks": "no landmarks"}
REASONS = (*_FACE_REASONS.values(), "several faces", "faulty data")
_ANGLES = {
    "yaw": "yaw, degrees (right +)",
    "pitch": "pitch, degrees (up +)",
    "roll": "roll, degrees (clockwise +)",
}


def short_reason(kind: str, reason: str) -> str:
    """One of `REASONS` for a clip that was skipped: ``kind`` and ``reason`` as in a store's table of skipped clips."""
    if kind != "face":
        return "faulty data"
    found = [short for start, short in _FACE_REASONS.items() if reason.startswith(start)]
    return found[0] if found else "several faces"


def outcome_table(clips: pd.DataFrame, skipped: pd.DataFrame) -> pd.DataFrame:
    """What became of the clips, a row a database.

    Args:
        clips: aligned clips, column ``database``.
        skipped: columns ``database, kind, reason``.

    Returns:
        Index ``database``; columns ``clips, aligned`` and one for each of `REASONS`, counts of clips.
    """
    why = [short_reason(kind, reason) for kind, reason in zip(skipped["kind"], skipped["reason"], strict=True)]
    lost = skipped.assign(why=why).groupby(["database", "why"]).size().unstack(fill_value=0)
    lost = lost.reindex(columns=list(REASONS), fill_value=0)
    table = clips.groupby("database").size().rename("aligned").to_frame().join(lost, how="outer")
    table = table.fillna(0).astype(int)
    table.insert(0, "clips", table.sum(axis=1))
    return table.rename_axis(index="database", columns=None)


@styled
def failure_sheet(
    skipped: pd.DataFrame,
    pictures: Mapping[str, np.ndarray],
    *,
    synthetic: bool,
    columns: int = 6,
    most: int = 36,
    title: str = "Faces that could not be aligned",
) -> Figure:
    """The onset frames of clips without a usable face, with the reason over each; a sentence when there are none.

    Args:
        skipped: columns ``database, subject, clip, kind, reason``.
        pictures: ``database/subject/clip`` to uint8 RGB of any size; a clip without one is shown as words.
        synthetic: whether the faces are rendered.
        columns: of the grid.
        most: clips shown; the title says when there are more.
        title: heading.
    """
    faces = skipped[skipped["kind"] == "face"]
    if faces.empty:
        figure = panels_figure(0.8, title, synthetic)
        axes = figure.subplots()
        draw_missing(axes, "none: in the onset frame of every clip that could be read one whole face was found")
        axes.set_aspect("auto")
        return figure
    shown = faces.iloc[:most]
    columns = min(columns, len(shown), 4 if narrow() else columns)
    heading = title + (f", {len(shown)} of {len(faces)}" if len(faces) > len(shown) else "")
    rows = -(-len(shown) // columns)
    figure, grid = square_grid(
        rows, max(columns, 3), heading, synthetic, top=0.38, bottom=0.28, gap_x=0.08, gap_y=0.45, largest=1.35
    )
    for axes, (_, row) in zip(grid.ravel(), shown.iterrows(), strict=False):
        picture = pictures.get("/".join(row[column] for column in KEY))
        if picture is None:
            draw_missing(axes, "no picture")
        else:
            axes.imshow(picture, extent=_fitted(picture), interpolation="antialiased")
            axes.set_xlim(0, 1)
            axes.set_ylim(1, 0)
            axes.set_facecolor(NO_DATA)
            bare(axes)
        axes.set_title(short_reason(row["kind"], row["reason"]), fontsize=points(7), pad=2.5 * unit())
        name = clip_name(row)
        axes.set_xlabel(name, fontsize=fitting_size(name, panel_side(axes), 6), labelpad=2, color=GREY)
    for axes in grid.ravel()[len(shown) :]:
        axes.remove()
    return figure


@styled
def eye_distance_figure(
    table: pd.DataFrame, *, synthetic: bool, bins: int = 24, title: str = "Distance of the eyes"
) -> Figure:
    """Histograms of the distance of the eye centres: how large the faces were, and how equal they are when aligned.

    Args:
        table: columns ``database, raw_px`` (pixels of the raw onset frame) and ``aligned`` (fraction of the width).
        synthetic: whether the faces are rendered.
        bins: of the histograms.
        title: heading.
    """
    if table.empty:
        raise InputError("No aligned clip to draw.")
    palette = database_palette(sorted(table["database"].unique()))
    figure = panels_figure(3.6, title, synthetic)
    upper, lower = figure.subfigures(2, 1, squeeze=False)[:, 0]
    raw, aligned = (table.rename(columns={column: "value"}) for column in ("raw_px", "aligned"))
    histograms(raw, "database", palette, "raw onset frame, px", bins, upper)
    histograms(aligned, "database", palette, "aligned onset frame, fraction of the image width", bins, lower)
    return figure


@styled
def pose_figure(
    table: pd.DataFrame, *, synthetic: bool, bins: int = 24, title: str = "Head pose in the onset frame"
) -> Figure:
    """Histograms of yaw, pitch and roll, a row a database, on shared axes.

    Args:
        table: columns ``database, yaw, pitch, roll`` in degrees (`mer.face.pose`); clips with NaN are counted and left
            out.
        synthetic: whether the faces are rendered.
        bins: of the histograms.
        title: heading.
    """
    known = table[np.isfinite(table[list(_ANGLES)]).all(axis=1)]
    if known.empty:
        raise InputError(f"None of {len(table)} clips has a known head pose.")
    palette = database_palette(sorted(known["database"].unique()))
    limit = max(10.0, float(np.ceil(known[list(_ANGLES)].abs().to_numpy().max() * 1.05)))
    edges = np.linspace(-limit, limit, bins + 1)
    figure = panels_figure(0.75 + 1.1 * len(palette), title, synthetic)
    grid = figure.subplots(len(palette), 3, squeeze=False, sharex=True, sharey="row")
    for row, (name, colour) in zip(grid, palette.items(), strict=True):
        values = known[known["database"] == name]
        for axes, angle in zip(row, _ANGLES, strict=True):
            axes.hist(values[angle], bins=edges, color=colour, edgecolor="white", linewidth=0.4 * unit())
            axes.axvline(0, color=GREY, linewidth=0.6 * unit(), linestyle=(0, (3, 2)))
            median = float(values[angle].median())
            axes.axvline(median, color="black", linewidth=0.9 * unit())
            axes.set_title(f"median {median:.1f}", loc="right", fontsize=points(6), pad=2 * unit())
            axes.grid(axis="y")
            axes.xaxis.set_major_locator(MaxNLocator(3 if narrow() else 5, symmetric=True))
            axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))
        row[0].set_ylabel(f"{database_label(name)}\n{len(values)} clips")
    for axes, words in zip(grid[-1], _ANGLES.values(), strict=True):
        axes.set_xlabel(wrapped(words, 0.25 * figure_width()))
    lost = len(table) - len(known)
    if lost:
        figure.supxlabel(f"{lost} clip(s) without a known pose left out", fontsize=points(7))
    return figure


def eye_distances(landmarks: np.ndarray, width: int) -> np.ndarray:
    """Distance of the eye centres as a fraction of the image width, float64 (n,), from points in pixels (n, 68, 2)."""
    left, right = landmarks[:, 36:42].mean(axis=1), landmarks[:, 42:48].mean(axis=1)
    return np.linalg.norm(right - left, axis=1).astype(float) / (width - 1)


def _fitted(picture: np.ndarray) -> tuple[float, float, float, float]:
    """Where a picture lies in a square panel of side 1: left, right, bottom, top; centred, sides kept."""
    height, width = picture.shape[:2]
    high, wide = height / max(height, width), width / max(height, width)
    return (1 - wide) / 2, (1 + wide) / 2, (1 + high) / 2, (1 - high) / 2
