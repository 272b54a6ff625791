import time

from playwright.sync_api import expect

from mer.widgets.parts.timeline import Timeline
from tests.browser.parts.made_up import MARKS


def test_the_slider_says_frame_and_mark(parts, sent):
    timeline = Timeline(11, 31, 19, marks=MARKS, label="Frame of the clip")
    view = parts.show(timeline)
    slider = view.get_by_role("slider", name="Frame of the clip")
    expect(slider).to_have_attribute("aria-valuetext", "frame 19")
    slider.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "frame 20, apex")
    sent.until(lambda: timeline.value == 20)
    expect(view.get_by_text("of 11 to 31")).to_be_visible()
    for key, frame in (("PageUp", 30), ("PageDown", 20), ("End", 31), ("Home", 11)):
        slider.press(key)
        sent.until(lambda frame=frame: timeline.value == frame)


def test_steps_stop_at_the_ends(parts, sent):
    timeline = Timeline(11, 13, 12)
    view = parts.show(timeline)
    for name, frames in (("Next frame", (13, 13)), ("Previous frame", (12, 11, 11))):
        for frame in frames:
            view.get_by_role("button", name=name).press("Enter")
            sent.until(lambda frame=frame: timeline.value == frame)
    expect(view.get_by_role("button", name="Previous frame")).to_have_attribute("aria-disabled", "true")


def test_another_clip_is_shown_when_python_says_so(parts):
    timeline = Timeline(11, 31, 31, marks=MARKS)
    view = parts.show(timeline)
    timeline.show(100, 140, 120, {"onset": 100, "apex": None})
    parts.push()
    expect(view.get_by_role("slider")).to_have_attribute("aria-valuetext", "frame 120")
    assert view.get_by_role("slider").evaluate("range => [range.min, range.value, range.max]") == ["100", "120", "140"]
    expect(view.get_by_text("apex not known")).to_be_visible()
    expect(view.get_by_text("offset")).to_have_count(0)


def test_playing_loops_and_pauses_by_keyboard(parts, sent):
    timeline, frames = Timeline(11, 15, step_ms=20), []
    timeline.on_frame(frames.append)
    view = parts.show(timeline)
    view.get_by_role("button", name="Play").press("Enter")
    sent.until(lambda: len(frames) > 12)
    view.get_by_role("button", name="Pause").press(" ")
    expect(view.get_by_role("button", name="Play")).to_be_visible()
    parts.page.wait_for_timeout(100)
    count = len(frames)
    assert frames == [(11, 12, 13, 14, 15)[(k + 1) % 5] for k in range(count)]  # every frame, in order, again and again
    parts.page.wait_for_timeout(200)
    assert len(frames) == count
    assert not timeline.playing


def test_playing_once_ends_at_the_last_frame_and_starts_anew(parts, sent):
    timeline, frames = Timeline(11, 13, step_ms=10, loop=False), []
    timeline.on_frame(frames.append)
    view = parts.show(timeline)
    for _ in range(2):
        view.get_by_role("button", name="Play").click()
        sent.until(lambda: not timeline.playing and timeline.value == 13)
    assert frames == [12, 13, 11, 12, 13]


def test_playing_waits_for_the_view(parts, sent):
    timeline = Timeline(0, 100, step_ms=10)  # nobody says what is drawn
    view = parts.show(timeline)
    start = time.monotonic()
    view.get_by_role("button", name="Play").click()
    sent.until(lambda: timeline.value >= 3)
    took = time.monotonic() - start
    timeline.playing = False
    assert took > 0.95  # at once, after 500 ms, after 1,000 ms: not every 10 ms


def test_python_stops_and_starts_playing(parts, sent):
    timeline, frames = Timeline(0, 100, step_ms=10), []
    timeline.on_frame(frames.append)
    view = parts.show(timeline)
    timeline.playing = True
    parts.push()
    sent.until(lambda: len(frames) > 3)
    view.get_by_role("slider").press("Home")  # a hand on the slider stops it
    sent.until(lambda: not timeline.playing)
    expect(view.get_by_role("button", name="Play")).to_be_visible()


def test_a_timeline_that_left_the_page_does_not_play(parts, sent):
    timeline, frames = Timeline(0, 1000, step_ms=10), []
    timeline.on_frame(frames.append)
    parts.show(timeline)
    timeline.playing = True
    parts.push()
    sent.until(lambda: len(frames) > 3)
    parts.page.evaluate("models.part0.el.remove()")
    parts.page.wait_for_timeout(100)
    count = len(frames)
    parts.page.wait_for_timeout(300)
    assert len(frames) == count


def test_a_disabled_timeline_cannot_be_moved(parts):
    view = parts.show(Timeline(11, 31, marks=MARKS, editable=True, disabled=True))
    expect(view.get_by_role("slider")).to_be_disabled()
    for button in view.get_by_role("button").all():
        expect(button).to_be_disabled()
