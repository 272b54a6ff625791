"""What models say of a stream, frame by frame."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mer.core.errors import InputError
from mer.figures.layout import panels_figure
from mer.figures.style import GREY, NO_DATA, class_palette, styled
from mer.figures.styles import ink, points, unit
from mer.figures.words import legend_below

#: Share of the width from which a stretch without a face has room for the words.
_ROOM = 0.02


@styled
def stream_figure(
    table: pd.DataFrame, *, synthetic: bool, title: str, late_ms: float | None = None, seconds: str = "seconds"
) -> Figure:
    """Scores of the classes against time; grey where no face was found.

    Args:
        table: ``time_s, fault`` and ``score_<class>``, a row a frame (`mer.training.stream.Streamed`).
        synthetic: whether the models were trained on rendered faces.
        title: heading.
        late_ms: of a stream in real time, the delay from which an answer is late: ``delay_ms`` is drawn below; None
            leaves the delay out.
        seconds: words below the axis of time.

    Raises:
        InputError: there are no frames.
    """
    if table.empty:
        raise InputError("A stream without frames has nothing to draw. Give a video or a folder of frames.")
    names = [name.removeprefix("score_") for name in table.columns if name.startswith("score_")]
    title += " (models trained on synthetic faces)" if synthetic else ""
    figure = panels_figure(2.4 if late_ms is None else 3.4, title, synthetic)
    rows = 1 if late_ms is None else 2
    axes, *below = figure.subplots(rows, 1, sharex=True, squeeze=False, height_ratios=(2.2, 1)[:rows])[:, 0]
    at = table["time_s"].to_numpy()
    step = float(np.median(np.diff(at))) if len(at) > 1 else 1.0
    lines = []
    for name, colour in class_palette(names).items():
        lines += axes.plot(at, table[f"score_{name}"], color=colour, marker="." if len(table) < 40 else "")
    for start, end in _spans(table["fault"] != "", at, step):
        axes.axvspan(start, end, color=NO_DATA, linewidth=0)
        if end - start > _ROOM * (at[-1] + step - at[0]):
            middle = (start + end) / 2
            axes.text(middle, 0.5, "no face", rotation=90, ha="center", va="center", size=points(7), color=GREY)
    axes.set(ylabel="score", ylim=(0, 1), xlim=(at[0], at[-1] + step))
    axes.grid(True)
    if late_ms is not None:
        _delay(below[0], table, late_ms)
    (below[0] if below else axes).set_xlabel(seconds)
    legend_below(figure, lines, names, 4)
    return figure


def _delay(axes: Axes, table: pd.DataFrame, late_ms: float) -> None:
    """Delay of each answer, with the line from which it is late."""
    delay = table["delay_ms"].where(table["fault"] == "")
    axes.plot(table["time_s"], delay, color=ink("black"), linewidth=1.0 * unit())
    axes.axhline(late_ms, color=GREY, linewidth=0.9 * unit(), linestyle=(0, (3, 2)))
    axes.set(ylabel="delay (ms)", ylim=(0, 1.15 * max(late_ms, float(delay.max()))))
    axes.text(1.005, late_ms, "late", transform=axes.get_yaxis_transform(), va="center", size=points(7), color=GREY)
    axes.grid(True)


def _spans(faulty: pd.Series, seconds: np.ndarray, step: float) -> list[tuple[float, float]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], faulty.to_numpy(), [False]]).astype(int)))
    return [(float(seconds[a]), float(seconds[b - 1] + step)) for a, b in edges.reshape(-1, 2)]
