import numpy as np
import pandas as pd
import pytest

from mer.widgets.parts.timeline import Timeline


def test_starts_at_the_first_frame():
    assert Timeline(11, 18).value == 11
    assert Timeline(11, 18, 14).value == 14


@pytest.mark.parametrize(("asked", "got"), [(10, 11), (11, 11), (18, 18), (19, 18), (-5, 11)])
def test_value_stays_within_the_clip(asked, got):
    timeline = Timeline(11, 18)
    timeline.value = asked
    assert timeline.value == got


@pytest.mark.parametrize("ends", [(100, 200), (1, 4), (15, 16), (7, 7)])
def test_show_goes_to_another_clip_in_one_step(ends):
    timeline = Timeline(11, 18, 14, marks={"onset": 11})
    timeline.playing = True
    seen = []
    timeline.observe(lambda _: seen.append((timeline.first, timeline.value, timeline.last)), ["first", "last", "value"])
    timeline.show(*ends)
    assert (timeline.first, timeline.value, timeline.last) == (ends[0], *ends)
    assert set(seen) == {(ends[0], *ends)}  # no observer sees half of it
    assert timeline.marks == {}
    assert not timeline.playing


def test_ends_set_one_by_one_take_the_value_along():
    timeline = Timeline(11, 18, 14)
    timeline.last = 40
    timeline.first = 30
    assert timeline.value == 30


def test_numbers_of_any_kind_become_whole_and_missing_ones_none():
    marks = {"onset": np.int64(11), "apex": 14.0, "offset": pd.NA, "other": np.nan, "none": None}
    timeline = Timeline(11, 18, marks=marks)
    assert timeline.marks == {"onset": 11, "apex": 14, "offset": None, "other": None, "none": None}
    assert all(frame is None or type(frame) is int for frame in timeline.marks.values())


def test_drawn_follows_what_is_drawn():
    timeline, frames = Timeline(11, 18), []
    timeline.on_frame(frames.append)
    timeline.set_state({"value": 12, "drawn": None})  # as the page sends it
    assert frames == [12]
    assert timeline.drawn == 12


def test_playing_goes_on_when_a_frame_cannot_be_drawn():
    timeline = Timeline(11, 18)
    timeline.on_frame(lambda frame: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        timeline.value = 13
    assert timeline.drawn == 13


def test_every_timeline_has_a_key_of_its_own():
    assert Timeline()._key != Timeline()._key
