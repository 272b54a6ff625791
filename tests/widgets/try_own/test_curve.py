"""The motion curve with its marks: what is drawn, and that the axis fits."""

from dataclasses import replace

import numpy as np

from mer.widgets.try_own.curve import MotionPanel
from tests.own_clip import prediction


def test_both_curves_are_in_one_unit_and_have_a_gap_at_the_offset(view):
    found = view.work.found
    curve, weighed = view.curve.plot.data
    assert curve.name == "optical flow, head and drift removed" and "its top is spotted" in weighed.name
    assert curve.yaxis == weighed.yaxis == "y" and view.curve.plot.layout.showlegend
    assert np.isnan(curve.y[-1]) and np.isnan(weighed.y[-1]) and np.nanmax(curve.y) == np.nanmax(found.curve)
    view.source.first.value, view.source.last.value = "1", "2"  # two frames: nothing moves between
    view.source.load_button.click()
    assert view.work.found.apex_source == "middle" and not view.curve.plot.data[1].visible
    assert list(view.curve.plot.data[0].x) == [1, 2] and view.curve.plot.layout.xaxis.range == (0.5, 2.5)
    view.source.first.value = view.source.last.value = ""
    view.source.load_button.click()
    assert view.curve.plot.data[1].visible and len(view.curve.plot.data[1].y) == 6


def test_the_axis_fits_after_every_change(tmp_path):
    """Curves are set in one update, in which a plotly widget still tells what it drew before."""
    short = prediction(tmp_path)
    clip = replace(short.clip, numbers=tuple(range(300)))
    long = replace(short, clip=clip, curve=np.sin(np.arange(300) / 95), weighed=None, apex=150)
    panel = MotionPanel(lambda number: None)
    for found, ends in ((long, (-0.5, 299.5)), (short, (0.5, 6.5)), (long, (-0.5, 299.5)), (short, (0.5, 6.5))):
        panel.show(found)
        assert panel.plot.layout.xaxis.range == ends
        assert [shape.x0 for shape in panel.plot.layout.shapes] == [found.onset, found.apex, found.offset, found.apex]
