from dataclasses import replace

import cv2
import numpy as np
import pytest

from mer.core.errors import InputError
from mer.widgets.explorer.frames import ClipFrames
from mer.widgets.explorer.look import FASTEST, LAYOUTS, OVERLAYS, PAIR_SIDE, SIDE, Look, show_look
from mer.widgets.explorer.motion import ClipMotion
from tests.widgets.explorer_store import make_store

LOOK = Look(clip=0, onset=11, apex=14, number=12)


@pytest.fixture
def motion(tmp_path):
    return ClipMotion(ClipFrames(make_store(tmp_path / "store")))


def decoded(shown):
    return cv2.imdecode(np.frombuffer(shown.image, np.uint8), cv2.IMREAD_COLOR)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_has_its_size_and_words(motion, layout):
    shown = show_look(motion, replace(LOOK, layout=layout))
    width = 2 * PAIR_SIDE + 6 if layout == "pair" else SIDE
    assert decoded(shown).shape[1] == shown.width == width
    other = "frame 12" if layout in ("frame", "difference") else "frame 14 (apex)"
    assert other in shown.words.lower() or layout == "flicker"
    assert shown.remarks == ()


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_overlay_is_drawn_on_every_layout_and_named(motion, layout, overlay):
    bare = replace(LOOK, layout=layout, rate=1.0, head_still=False)
    drawn = show_look(motion, replace(bare, overlays=frozenset([overlay])))
    assert OVERLAYS[overlay] in drawn.words
    assert drawn.image != show_look(motion, bare).image
    assert ("<img" in drawn.legend) == (overlay in ("arrows", "colour", "strain") or layout == "difference")


def test_two_frames_are_compared_with_the_apex_or_the_frame_shown(motion):
    assert "right: frame 14 (apex)" in show_look(motion, replace(LOOK, layout="pair")).words
    assert "right: frame 12" in show_look(motion, replace(LOOK, layout="pair", with_apex=False)).words
    with pytest.raises(InputError, match="apex of this clip is not known"):
        show_look(motion, replace(LOOK, layout="pair", apex=None))


def test_a_flicker_stands_still_until_it_is_asked_for(motion):
    still = show_look(motion, replace(LOOK, layout="flicker"))
    assert still.image[:2] == b"\xff\xd8"  # JPEG
    assert "at rest" in still.words
    assert show_look(motion, replace(LOOK, layout="flicker", rate=1.0)).image[:4] == b"\x89PNG"
    assert FASTEST <= 3  # flashes a second


def test_missing_motion_is_a_remark_below_a_picture_that_is_there(motion):
    shown = show_look(motion, replace(LOOK, overlays=frozenset(["arrows"]), source="run"))
    assert "No run was given" in shown.remarks[0]
    assert shown.image


def test_truth_over_another_frame_is_remarked(motion):
    truth = replace(LOOK, overlays=frozenset(["arrows"]), source="true")
    assert "stored onset and apex" in show_look(motion, truth).remarks[0]
    assert show_look(motion, replace(truth, number=14)).remarks == ()


def test_magnified_motion_is_said(motion):
    assert "motion × 5 (phase, head held still)" in show_look(motion, replace(LOOK, factor=5.0)).words
    words = show_look(motion, replace(LOOK, factor=5.0, magnifier="displacement", head_held=False)).words
    assert "motion × 5 (optical flow (DIS), the head's too)" in words
    assert "motion ×" not in show_look(motion, replace(LOOK, number=11, factor=5.0)).words


def test_the_frame_of_the_onset_has_no_motion(motion):
    shown = show_look(motion, replace(LOOK, number=11, overlays=frozenset(["colour"]), head_still=False))
    plain = show_look(motion, replace(LOOK, number=11))
    assert np.abs(decoded(shown).astype(int) - decoded(plain).astype(int)).mean() < 2
