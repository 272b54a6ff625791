"""Scores of a stream against time."""

import numpy as np
import pandas as pd
import pytest

from mer.core.errors import InputError
from mer.figures.stream import stream_figure


def table(count=10, without=()):
    at = np.arange(count)
    found = pd.DataFrame({"time_s": at / 10, "score_negative": 0.25, "score_positive": 0.75, "fault": ""})
    found.loc[list(without), ["score_negative", "score_positive"]] = np.nan
    found.loc[list(without), "fault"] = "No face found"
    return found


def test_a_line_a_class_and_a_grey_span_where_there_is_no_face():
    figure = stream_figure(table(without=(3, 4, 8)), synthetic=True, title="clip")
    (axes,) = figure.axes
    assert [line.get_ydata()[0] for line in axes.lines] == [0.25, 0.75]
    spans = [(patch.get_x(), patch.get_x() + patch.get_width()) for patch in axes.patches]
    assert np.allclose(spans, [(0.3, 0.5), (0.8, 0.9)])
    assert [text.get_text() for text in axes.texts] == ["no face", "no face"]
    assert "synthetic" in figure.get_suptitle()
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["negative", "positive"]


def test_nothing_to_draw_is_refused():
    with pytest.raises(InputError, match="without frames"):
        stream_figure(table(0), synthetic=False, title="clip")


def test_delay_is_drawn_where_it_is_asked_for():
    asked = table(without=(3,)).assign(delay_ms=np.arange(10) * 20.0)
    alone = stream_figure(asked, synthetic=False, title="clip", seconds="seconds (30 frames a second assumed)")
    assert len(alone.axes) == 1 and alone.axes[0].get_xlabel() == "seconds (30 frames a second assumed)"
    scores, delay = stream_figure(asked, synthetic=False, title="clip", late_ms=100).axes
    curve, limit = delay.lines
    assert np.isnan(curve.get_ydata()[3]) and curve.get_ydata()[9] == 180 and set(limit.get_ydata()) == {100}
    assert delay.get_ylim()[1] > 180 and delay.get_xlabel() == "seconds" and not scores.get_xlabel()


def test_a_short_gap_of_a_long_stream_has_no_room_for_words():
    axes = stream_figure(table(200, without=(3, *range(50, 80))), synthetic=False, title="clip").axes[0]
    assert len(axes.patches) == 2 and len(axes.texts) == 1
