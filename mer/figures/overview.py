"""The picture at the head of README: faces, their motion, the regions and where the model looks, from a finished run.

Taken anew by ``python -m mer.figures.overview RUN_FOLDER TARGET``, with a run of ``04_train_loso`` on the synthetic
database.
"""

import io
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mer.core.errors import InputError, MissingPath
from mer.core.files import write_bytes
from mer.figures.confusion import row_percent
from mer.figures.displacement import TRUE, DisplacementRow, common_scale
from mer.figures.fusion_rows import FusionRow
from mer.figures.fusion_weights import draw_global_boxes, global_scale
from mer.figures.images import as_grey, displacement_px, draw_boxes, draw_image, draw_wheel, flow_to_colour
from mer.figures.layout import place, place_text
from mer.figures.regions import NINE, box_colours
from mer.figures.style import FONT_SIZE, GREY, styled

_SIDE, _GAP, _LEFT, _TOP, _FOOT = 1.22, 0.05, 0.3, 0.66, 0.64  # inches
_GENERATED = "FRL-DGT"
_PIXELS_WIDE = 1400


@styled
def overview_figure(
    clips: Sequence[DisplacementRow],
    weights: Sequence[FusionRow],
    boxes: np.ndarray,
    counts: pd.DataFrame,
    heading: str,
    scores: str,
) -> Figure:
    """One row a class: onset, apex, true and generated displacement, boxes and fusion weights; the confusion matrix.

    Args:
        clips: one a class, with the fields "true" and "FRL-DGT".
        weights: mean fusion weights, one a class.
        boxes: (classes, 9, 4), fractions, of the onsets of ``clips``.
        counts: confusion counts, rows true, columns predicted; the index names the classes.
        heading: above the picture; it has to say that the faces are synthetic.
        scores: below the matrix.

    Raises:
        InputError: not one clip, one row of weights and one set of boxes a class.
    """
    classes = list(counts.index)
    if not len(clips) == len(weights) == len(boxes) == len(classes):
        raise InputError(f"Give one clip, one row of weights and one set of boxes for each of {len(classes)} classes.")
    rows, step = len(classes), _SIDE + _GAP
    matrix_at = _LEFT + 6 * step + 0.1 + 0.55
    matrix_side = 1.95
    width, height = matrix_at + matrix_side + 0.08, _TOP + rows * step + _FOOT
    figure = Figure(figsize=(width, height))
    scale, norm = common_scale(clips), global_scale(weights)
    heads = ("onset", "apex", "true motion", "motion found", "action-unit boxes", "fusion weights")
    for line, (name, clip, weight, places) in enumerate(zip(classes, clips, weights, boxes, strict=True)):
        y = height - _TOP - (line + 1) * step + _GAP
        onset = as_grey(clip.onset)
        axes = [place(figure, _LEFT + k * step + 0.1 * (k > 3), y, _SIDE, _SIDE) for k in range(6)]
        draw_image(axes[0], onset)
        axes[0].set_ylabel(name, fontsize=FONT_SIZE + 1, labelpad=5)
        draw_image(axes[1], as_grey(clip.apex))
        for spot, field in ((2, TRUE), (3, _GENERATED)):
            values = clip.fields[field]
            assert values is not None, "both displacements are known"
            draw_image(axes[spot], flow_to_colour(-displacement_px(values, onset.shape), scale))
        draw_image(axes[4], 0.15 + 0.85 * onset)
        draw_boxes(axes[4], places, onset.shape, box_colours(NINE), 1.3)
        draw_global_boxes(axes[5], as_grey(weight.image), weight.boxes, weight.weights_global * len(places), norm)
        if line == 0:
            for panel, head in zip(axes, heads, strict=True):
                panel.set_title(head, fontsize=FONT_SIZE + 1)
    place_text(figure, _LEFT, height - 0.06, heading, va="top", fontsize=FONT_SIZE + 4, fontweight="bold")
    draw_wheel(place(figure, _LEFT + 2 * step, 0.02, 0.54, 0.54), scale)
    words = f"Hue: direction of the motion.\nWhite: none. Rim: {scale:g} px or\nmore of the aligned face."
    place_text(figure, _LEFT + 2 * step + 0.62, 0.29, words, va="center", fontsize=FONT_SIZE - 0.5, color=GREY)
    words = "Boxes are cut from the motion found.\nA brighter and thicker one weighs more\n"
    words += "(mean over the clips of the class)."
    place_text(figure, _LEFT + 4 * step + 0.1, 0.29, words, va="center", fontsize=FONT_SIZE - 0.5, color=GREY)
    lower = height - _TOP - matrix_side
    _matrix(place(figure, matrix_at, lower, matrix_side, matrix_side), counts)
    place_text(figure, matrix_at + matrix_side / 2, lower - 0.45, scores, ha="center", va="top", linespacing=1.6)
    return figure


def overview_of_run(run_folder: Path) -> Figure:
    """The picture of a finished run of ``04_train_loso`` on a database whose true displacement is known.

    Raises:
        MissingPath: the folder is no finished training run.
        InputError: the database has no true displacement, or a class has no clip that was recognised.
    """
    from mer.core.archive import read_npz
    from mer.core.files import read_mapping
    from mer.core.finished_run import checked
    from mer.datasets.registry import open_database
    from mer.evaluation.predictions import read_predictions
    from mer.evaluation.report import confusion, evaluate
    from mer.face.store import StoreConfig, build_store
    from mer.figures.examples import example_clips
    from mer.figures.from_store import displacement_rows
    from mer.figures.fusion_rows import class_rows

    if not checked(run_folder / "arrays" / "clips.npz").is_file():
        raise MissingPath(f"{run_folder} is no finished run of 04_train_loso. Give the folder of one (see `mer runs`).")
    given = read_mapping(checked(run_folder / "parameters.json"), parameters=dict)["parameters"]
    arrays = read_npz(run_folder / "arrays" / "clips.npz", "Train the run again.")
    predictions = read_predictions(run_folder / "predictions.csv")
    store = build_store(
        open_database(given.get("database", "synthetic")), StoreConfig(size=arrays["displacement"].shape[-1])
    )
    if store.displacement is None or not store.synthetic:
        raise InputError(
            "The picture shows the true motion beside the found one: give a run on the synthetic database."
        )
    counts = confusion(predictions)
    classes = list(counts.index)
    chosen = example_clips(predictions, len(classes))
    order = sorted(chosen, key=lambda i: classes.index(predictions["label"][i]))
    keys = ["database", "subject", "clip"]
    place_of = {key: k for k, key in enumerate(store.clips[keys].itertuples(index=False, name=None))}
    clips = []
    for i in order:
        at = place_of[tuple(predictions.loc[i, keys])]
        field = {_GENERATED: {at: arrays["displacement"][i].astype(np.float32)}}
        clips += displacement_rows(store, [at], field, flows=(), dynamic=False)  # type: ignore[arg-type]
    all_clips = evaluate(predictions, resamples=2000).iloc[0]
    heading = "Synthetic faces: what moves from onset to apex, what the model finds, and where it looks"
    lines = [
        f"{name} {all_clips[key]:.2f} [{all_clips[key + '_low']:.2f}, {all_clips[key + '_high']:.2f}]"
        for name, key in (("UF1", "uf1"), ("UAR", "uar"))
    ]
    lines += [
        "(95 % intervals over persons)",
        f"{all_clips['n']} clips of {all_clips['subjects']} persons,",
        f"each left out in turn; epoch rule {predictions['epoch_rule'].iloc[0]}",
    ]
    weights = class_rows(arrays, predictions["label"].to_list(), classes)
    return overview_figure(clips, weights, arrays["boxes"][order], counts, heading, "\n".join(lines))


def _matrix(axes: Axes, counts: pd.DataFrame) -> None:
    percent = row_percent(counts).fillna(0.0)
    axes.imshow(percent, cmap="Blues", vmin=0, vmax=100)
    for row, label in enumerate(counts.index):
        for column, guess in enumerate(counts.columns):
            axes.text(
                column,
                row,
                f"{percent.loc[label, guess]:.0f} %\n{counts.loc[label, guess]}",
                ha="center",
                va="center",
                color="white" if percent.loc[label, guess] > 55 else "black",
            )
    spots = np.arange(len(counts))
    axes.set_xticks(spots, counts.columns)
    axes.set_yticks(spots, counts.index, rotation=90, va="center")
    axes.set_xticks(spots[1:] - 0.5, minor=True)
    axes.set_yticks(spots[1:] - 0.5, minor=True)
    axes.grid(which="minor", color="white", linewidth=1.2)
    axes.tick_params(which="both", length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_title("class recognised", fontsize=FONT_SIZE + 1)
    axes.set_ylabel("true class")


def main(arguments: Sequence[str]) -> None:
    """Write the picture: ``RUN_FOLDER TARGET``."""
    if len(arguments) != 2:
        sys.exit("Usage: python -m mer.figures.overview RUN_FOLDER TARGET.png")
    try:
        figure = overview_of_run(Path(arguments[0]))
        stream = io.BytesIO()
        figure.savefig(
            stream, format="png", dpi=_PIXELS_WIDE / figure.get_size_inches()[0], metadata={"Software": None}
        )
        write_bytes(Path(arguments[1]), stream.getvalue())
    except InputError as error:
        sys.exit(f"Error: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])
