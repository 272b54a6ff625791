"""What models say of a stream, frame by frame."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mer.core.errors import InputError
from mer.figures.layout import panels_figure
from mer.figures.style import GREY, NO_DATA, class_palette, styled
from mer.figures.styles import points
from mer.figures.words import legend_below


@styled
def stream_figure(table: pd.DataFrame, *, synthetic: bool, title: str) -> Figure:
    """Scores of the classes against time; grey where no face was found.

    Args:
        table: ``time_s, fault`` and ``score_<class>``, a row a frame (`mer.training.stream.Streamed`).
        synthetic: whether the models were trained on rendered faces.
        title: heading.

    Raises:
        InputError: there are no frames.
    """
    if table.empty:
        raise InputError("A stream without frames has nothing to draw. Give a video or a folder of frames.")
    names = [name.removeprefix("score_") for name in table.columns if name.startswith("score_")]
    figure = panels_figure(2.4, title, synthetic)
    axes = figure.add_subplot()
    seconds = table["time_s"].to_numpy()
    step = float(np.median(np.diff(seconds))) if len(seconds) > 1 else 1.0
    lines = []
    for name, colour in class_palette(names).items():
        lines += axes.plot(seconds, table[f"score_{name}"], color=colour, marker="." if len(table) < 40 else "")
    for start, end in _spans(table["fault"] != "", seconds, step):
        axes.axvspan(start, end, color=NO_DATA, linewidth=0)
        axes.text((start + end) / 2, 0.5, "no face", rotation=90, ha="center", va="center", size=points(7), color=GREY)
    axes.set(xlabel="seconds", ylabel="score", ylim=(0, 1), xlim=(seconds[0], seconds[-1] + step))
    axes.grid(True)
    legend_below(figure, lines, names, 4)
    return figure


def _spans(faulty: pd.Series, seconds: np.ndarray, step: float) -> list[tuple[float, float]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], faulty.to_numpy(), [False]]).astype(int)))
    return [(float(seconds[a]), float(seconds[b - 1] + step)) for a, b in edges.reshape(-1, 2)]
