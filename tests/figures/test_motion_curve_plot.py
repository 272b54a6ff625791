import numpy as np
import plotly.graph_objects as go
import pytest

from mer.core.errors import InputError
from mer.figures.plots.motion_curve import Curve, motion_curve_plot, move_current, move_marks

CURVE = Curve("mean |difference|, grey levels", [3, 4, 5, 6], np.array([0.0, 1.0, 2.5, 2.0]))
MARKS = {"onset": 3, "apex": 5, "offset": 6}


def lines(figure):
    return [(shape.name, shape.x0, shape.x1) for shape in figure.layout.shapes]


def test_marks_and_the_frame_looked_at_are_lines_with_words():
    figure = motion_curve_plot([CURVE], MARKS, 4)
    assert lines(figure) == [("onset", 3, 3), ("apex", 5, 5), ("offset", 6, 6), ("frame looked at", 4, 4)]
    assert [word.text for word in figure.layout.annotations] == ["onset", "apex", "offset"]
    assert figure.layout.yaxis.title.text == CURVE.name
    assert list(figure.data[0].y) == [0.0, 1.0, 2.5, 2.0]


@pytest.mark.parametrize("make", [go.Figure, go.FigureWidget])
def test_an_unknown_mark_is_not_drawn_and_comes_and_goes(make):
    figure = make(motion_curve_plot([CURVE], MARKS, 4))
    move_marks(figure, MARKS | {"apex": None}, 5)
    assert lines(figure) == [("onset", 3, 3), ("offset", 6, 6), ("frame looked at", 5, 5)]
    move_marks(figure, MARKS | {"apex": 4}, 5)
    assert lines(figure)[1] == ("apex", 4, 4)
    assert figure.layout.annotations[1].x == 4
    move_marks(figure, MARKS, 6)
    assert lines(figure)[1] == ("apex", 5, 5)
    move_current(figure, 3)
    assert lines(figure)[-1] == ("frame looked at", 3, 3)


def test_all_that_is_drawn_is_within_reach():
    figure = motion_curve_plot([CURVE], MARKS, 4)
    assert figure.layout.xaxis.range == (2.5, 6.5)
    move_marks(figure, MARKS | {"onset": -2}, 4)
    assert figure.layout.xaxis.range == (-2.5, 6.5)
    move_current(figure, 9)
    assert figure.layout.xaxis.range == (-2.5, 9.5)


def test_a_second_curve_has_its_own_axis():
    flow = Curve("mean flow, px", CURVE.numbers, CURVE.values / 10)
    figure = motion_curve_plot([CURVE, flow], MARKS, 4)
    assert figure.data[1].yaxis == "y2"
    assert figure.layout.yaxis2.title.text == "□ mean flow, px"  # with the sign of its points
    assert figure.data[0].line.dash != figure.data[1].line.dash  # not by colour alone


def test_nothing_to_draw_is_refused():
    for curves in ([], [Curve("x", [], np.array([]))], [CURVE] * 3):
        with pytest.raises(InputError, match="one or two"):
            motion_curve_plot(curves, MARKS, 4)
