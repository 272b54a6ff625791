import time

import cv2
import numpy as np
import pytest

from mer.widgets.explorer import ANY, MODES, choose_clips, explore_samples


def decoded(widget):
    return cv2.imdecode(np.frombuffer(widget.image.value, np.uint8), cv2.IMREAD_COLOR)


def test_filters_are_joined(store):
    assert list(choose_clips(store.clips, database="synthetic-casme2").index) == [0, 1]
    assert list(choose_clips(store.clips, unit=25).index) == [2]
    assert choose_clips(store.clips, database="synthetic-samm", label="negative").empty


def test_starts_with_all_clips_at_the_apex(store):
    view = explore_samples(store)
    assert [value for _, value in view.clip.options] == [0, 1, 2]
    assert (view.frame.min, view.frame.value, view.frame.max) == (11, 14, 18)
    assert (view.play.min, view.play.max) == (11, 18)
    assert "synthetic" in view.message.value


def test_database_narrows_subjects_and_clips(store):
    view = explore_samples(store)
    view.database.value = "synthetic-samm"
    assert view.subject.options == (ANY, "006")
    assert view.clip.value == 2
    assert (view.frame.min, view.frame.value, view.frame.max) == (1, 1, 4)  # no apex: starts at the onset
    view.database.value = ANY
    assert len(view.clip.options) == 3


def test_frame_range_follows_the_clip_both_ways(store):
    view = explore_samples(store)
    for clip, ends in ((2, (1, 4)), (0, (11, 18)), (1, (3, 9)), (0, (11, 18))):
        view.clip.value = clip
        assert (view.frame.min, view.frame.max) == ends
        assert ends[0] <= view.frame.value <= ends[1]


def test_empty_selection_says_so_in_place_and_recovers(store):
    view = explore_samples(store)
    view.label.value = "negative"
    view.unit.value = 12
    assert "No clip fits" in view.message.value
    assert view.children[-1].layout.display == "none"
    view.unit.value = 0
    assert view.children[-1].layout.display == ""
    assert view.clip.value == 0


def test_slider_shows_that_frame(store):
    view = explore_samples(store)
    view.frame.value = 12
    expected = cv2.resize(store.frame(0, 12)[:, :, 0], (360, 360), interpolation=cv2.INTER_CUBIC)
    np.testing.assert_allclose(decoded(view)[:, :, 0].astype(int), expected.astype(int), atol=1)


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_draws_and_answers_fast(store, mode):
    view = explore_samples(store)
    spent = []
    for _ in range(3):  # the best of three: other work on the machine is not the widget's fault
        view.mode.value = "frame"
        start = time.perf_counter()
        view.mode.value = mode
        spent.append(time.perf_counter() - start)
    assert min(spent) < 0.2
    width = 726 if mode == "onset and apex" else 360
    assert decoded(view).shape == (360, width, 3)
    assert view.frame.disabled == (mode not in ("frame", "difference", "boxes"))
    assert view.caption.value


def test_difference_of_the_onset_is_black(store):
    view = explore_samples(store)
    view.mode.value = "difference"
    view.frame.value = 11
    assert decoded(view).max() <= 4  # lowest colour of the map


@pytest.mark.parametrize(("mode", "words"), [("apex", "not known"), ("onset and apex", "not known")])
def test_missing_apex_is_said(store, mode, words):
    view = explore_samples(store)
    view.clip.value = 2
    view.mode.value = mode
    assert words in view.caption.value
    assert view.image.layout.display == "none"


def test_missing_displacement_is_said(store):
    store.displacement = None
    view = explore_samples(store)
    view.mode.value = "displacement"
    assert "not known" in view.caption.value
    assert view.image.layout.display == "none"
    view.mode.value = "frame"
    assert view.image.layout.display == ""


def test_every_control_has_a_name(store):
    view = explore_samples(store)
    for control in (view.database, view.subject, view.label, view.unit, view.clip, view.mode, view.frame, view.play):
        assert control.description
