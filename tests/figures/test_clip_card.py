from dataclasses import replace

import numpy as np
import pytest

from mer.core.errors import InputError
from mer.figures.clip_card import clip_figure
from mer.figures.samples import MotionCurve

FACE = np.linspace(0, 1, 32 * 32).reshape(32, 32)
CURVE = MotionCurve("SAMM style, 006_1_2", np.arange(3, 8), np.array([0, 1, 3, 2, 2.0]), 3, 5, 7, "positive", 200.0)


def draw(curve=CURVE, motion=None):
    motion = np.ones((2, 32, 32)) if motion is None else motion
    return clip_figure(FACE, FACE**2, motion, curve, motion_words="motion (flow)", synthetic=True)


def test_four_faces_stand_above_the_curve():
    figure = draw()
    titles = [axes.get_title() for axes in figure.axes]
    assert titles[:4] == ["onset, frame 3", "apex, frame 5", "difference × 8", "motion (flow)"]
    curve = next(axes for axes in figure.axes if axes.get_xlabel() == "frame")
    np.testing.assert_array_equal(curve.lines[0].get_xdata(), CURVE.numbers)
    assert {text.get_text() for text in curve.texts} == {"onset", "apex", "offset"}


def test_motion_that_nobody_knows_is_drawn_as_unknown():
    draw(motion=np.full((2, 32, 32), np.nan))


def test_a_clip_without_apex_is_refused():
    with pytest.raises(InputError, match="apex of SAMM style"):
        draw(replace(CURVE, apex=None))
