import pytest
from playwright.sync_api import expect

from mer.widgets.parts.timeline import Timeline
from tests.browser.parts.made_up import MARKS


def test_marks_take_to_their_frame(parts, sent):
    timeline = Timeline(11, 31, marks=MARKS)
    view = parts.show(timeline)
    view.get_by_role("button", name="apex 20").click()
    sent.until(lambda: timeline.value == 20)
    assert timeline.marks == MARKS


def test_marks_stand_above_their_frame(parts):
    view = parts.show(Timeline(11, 31, 20, marks=MARKS))
    track = view.get_by_role("slider").bounding_box()
    thumb = track["x"] + 8 + (track["width"] - 16) * (20 - 11) / 20
    assert view.get_by_role("button", name="apex 20").bounding_box()["x"] == pytest.approx(thumb, abs=1.5)
    shapes = view.locator(".mer-flag path").evaluate_all("paths => paths.map((path) => path.getAttribute('d'))")
    assert len(set(shapes)) == 3  # not by colour alone


def test_marks_move_by_keyboard_and_keep_their_order(parts, sent):
    timeline = Timeline(11, 60, marks=MARKS, editable=True)
    view = parts.show(timeline)
    apex = view.get_by_role("slider", name="apex")
    for key, frame in (("ArrowRight", 21), ("ArrowLeft", 20), ("PageUp", 30), ("PageUp", 31), ("Home", 11)):
        apex.press(key)
        sent.until(lambda frame=frame: timeline.marks["apex"] == frame)
        expect(apex).to_be_focused()
        expect(apex).to_have_attribute("aria-valuetext", f"frame {frame}")
        assert timeline.value == frame  # the frame shown follows the mark
    assert (apex.get_attribute("aria-valuemin"), apex.get_attribute("aria-valuemax")) == ("11", "31")
    view.get_by_role("slider", name="offset").press("End")
    sent.until(lambda: timeline.marks == {"onset": 11, "apex": 11, "offset": 60})
    assert list(timeline.marks) == list(MARKS)


def test_a_mark_is_dragged_and_comes_back_once(parts, sent):
    timeline = Timeline(11, 31, marks=MARKS, editable=True)
    view = parts.show(timeline)
    apex = view.get_by_role("slider", name="apex")
    box = apex.bounding_box()
    frame = (view.get_by_role("slider", name="Frame").bounding_box()["width"] - 16) / 20
    parts.page.mouse.move(box["x"] + 20, box["y"] + 10)
    parts.page.mouse.down()
    for step in range(1, 6):
        parts.page.mouse.move(box["x"] + 20 + step * frame, box["y"] + 10)
    expect(apex).to_have_attribute("aria-valuenow", "25")
    assert not any("marks" in state for state in parts.sent)
    parts.page.mouse.move(box["x"] + 20 + 200 * frame, box["y"] + 10)
    expect(apex).to_have_attribute("aria-valuenow", "31")  # not beyond the offset
    parts.page.mouse.move(box["x"] + 20 - 3 * frame, box["y"] + 10)
    parts.page.mouse.up()
    sent.until(lambda: timeline.marks["apex"] == 17)
    assert timeline.value == 17
    assert sum("marks" in state for state in parts.sent) == 1


def test_a_missing_mark_is_set_at_the_frame_shown(parts, sent):
    timeline = Timeline(11, 31, 15, marks={**MARKS, "apex": None}, editable=True)
    view = parts.show(timeline)
    view.get_by_role("button", name="set apex here").press("Enter")
    sent.until(lambda: timeline.marks == {"onset": 11, "apex": 15, "offset": 31})
    expect(view.get_by_role("slider", name="apex")).to_be_focused()
