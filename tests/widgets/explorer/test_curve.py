"""The motion curve beside the picture: it follows the clip, its axis fits, it says what it cannot show."""

import numpy as np

from mer.core.errors import InputError
from tests.widgets.explorer.conftest import look_at


def test_a_click_on_the_curve_goes_to_that_frame(view):
    view.curve._clicked(view.curve.plot.data[0], type("Points", (), {"point_inds": [5]}), None)
    assert view.timeline.value == 16
    assert "Frame 16" in view.panel.picture.alt


def test_the_curve_follows_the_clip(view):
    look_at(view, 1)
    assert list(view.curve.plot.data[0].x) == list(range(3, 10))
    assert [shape.x0 for shape in view.curve.plot.layout.shapes] == [3, 5, 9, 5]
    look_at(view, 2)  # no apex: one mark less
    assert [shape.x0 for shape in view.curve.plot.layout.shapes] == [1, 4, 1]


def test_the_axis_fits_the_curve_after_every_change(view):
    """Curves and axis are set in one update, in which a plotly widget still tells what it drew before."""
    for row, ends in ((1, (2.5, 9.5)), (3, (19.5, 25.5)), (0, (10.5, 18.5)), (2, (0.5, 4.5))):
        look_at(view, row)
        assert view.curve.plot.layout.xaxis.range == ends
    look_at(view, 0)
    view.timeline.first = 1
    view.timeline.value = 2
    assert view.curve.plot.layout.xaxis.range == (1.5, 18.5)
    view.timeline.value = 12
    assert view.curve.plot.layout.xaxis.range == (10.5, 18.5)


def test_the_curve_is_the_faces_own_and_says_what_is_subtracted(view):
    plot = view.curve.plot
    assert plot.layout.yaxis.title.text == "face's motion, px"
    assert "the head's shift, turn and size" in view.curve.about.value
    assert plot.data[1].visible is plot.layout.yaxis2.visible is False
    view.curve.beside.value = "difference"
    assert plot.data[1].visible is plot.layout.yaxis2.visible is True
    assert (plot.layout.yaxis.title.text, plot.layout.yaxis2.title.text) == (
        "● face's motion, px",
        "□ mean |difference|, grey levels",
    )
    assert np.isfinite(plot.data[1].y).all()
    view.curve.kind.value = "difference"  # the same twice is one
    assert plot.data[1].visible is False
    assert plot.layout.yaxis.title.text == "mean |difference|, grey levels"
    assert "Nothing is subtracted" in view.curve.about.value


def test_a_curve_that_cannot_be_made_is_said_in_its_place_and_the_one_before_goes(view, monkeypatch):
    made = view.curve.curves.curve

    def refuse(clip, *given):
        if clip == 1:
            raise InputError("No curve.")
        return made(clip, *given)

    monkeypatch.setattr(view.curve.curves, "curve", refuse)
    look_at(view, 1)
    parts = view.curve._place, view.curve.about
    assert [part.layout.display for part in parts] == ["none", "none"]
    view.timeline.value = 7  # the next frame is no news of the curve
    assert (view.curve.notice.kind, view.curve.notice.text) == ("error", "No curve.")
    assert view.notice.text == "" and "Frame 7" in view.panel.picture.alt
    look_at(view, 0)
    assert [part.layout.display for part in parts] == ["", ""] and view.curve.notice.text == ""
    assert list(view.curve.plot.data[0].x) == list(range(11, 19))


def test_a_curve_that_can_be_drawn_leaves_what_is_said_of_the_picture(view, monkeypatch):
    monkeypatch.setattr(view.panel, "look", lambda *given: {}["frames"])
    look_at(view, 1)
    assert view.notice.kind == "error" and "'frames'" in view.notice.text
    view.curve.kind.value = "all"
    assert "'frames'" in view.notice.text and view.curve.notice.text == ""
