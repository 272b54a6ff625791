"""The parts of the views, used as a person does: by mouse, by keyboard, in both themes; without JupyterLab, so fast."""

import time

import cv2
import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import expect

from mer.widgets.parts.clip_table import ClipTable
from mer.widgets.parts.notice import Notice
from mer.widgets.parts.picture import Picture
from mer.widgets.parts.timeline import Timeline
from mer.widgets.selection import Selection
from mer.widgets.try_own.upload import Upload
from tests.browser.axe import serious_faults
from tests.browser.parts_page import PartsPage

MARKS = {"onset": 11, "apex": 20, "offset": 31}


@pytest.fixture
def parts(browser):
    page = browser.new_page(viewport={"width": 1000, "height": 900})
    shown = PartsPage(page)
    yield shown
    page.close()
    assert shown.faults == []


def image_file(grey, suffix=".png", size=(40, 60)):
    return cv2.imencode(suffix, np.full((*size, 3), grey, np.uint8))[1].tobytes()


def clips(rows):
    names = [f"EP{row:02d}" for row in range(rows)]
    odd = np.arange(rows) % 2 == 1
    probability = np.where(np.arange(rows) % 5 == 0, np.nan, np.linspace(1, 0, rows))
    label = np.where(odd, "surprise", "negative")
    return pd.DataFrame({"clip": names, "label": label, "right": odd, "probability": probability})


class Sent:
    """Waits until Python has what the page sent."""

    def __init__(self, parts):
        self.parts = parts

    def until(self, condition):
        end = time.monotonic() + 10
        while not condition():
            assert time.monotonic() < end, f"not sent; the last messages were {self.parts.sent[-3:]}"
            self.parts.page.wait_for_timeout(20)  # in which the page's messages arrive


@pytest.fixture
def sent(parts):
    return Sent(parts)


# Picture


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_a_picture_is_shown_with_its_words(parts, suffix):
    view = parts.show(Picture(image=image_file(90, suffix), alt="a grey face", width=300, caption="Onset"))
    image = view.get_by_role("img", name="a grey face")
    expect(image).to_be_visible()
    assert image.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [60, 40]
    assert image.bounding_box()["width"] == 300
    expect(view.get_by_text("Onset")).to_be_visible()


def test_a_picture_is_never_wider_than_the_page(parts):
    view = parts.show(Picture(image=image_file(90), alt="face", width=5000))
    expect(view.get_by_role("img")).to_be_visible()
    assert view.get_by_role("img").bounding_box()["width"] <= 1000


def test_a_message_takes_the_place_of_the_picture_and_goes_again(parts):
    picture = Picture(image=image_file(90), alt="face")
    view = parts.show(picture)
    picture.say("The apex of this clip is not known.")
    parts.push()
    expect(view.get_by_role("status")).to_have_text("The apex of this clip is not known.")
    expect(view.get_by_role("img")).to_be_hidden()
    picture.show(image_file(10), "another face")
    parts.push()
    expect(view.get_by_role("img", name="another face")).to_be_visible()
    expect(view.get_by_role("status")).to_have_text("")


def test_damaged_bytes_are_said_and_the_next_picture_is_shown(parts):
    picture = Picture(image=b"\x89PNG damaged", alt="face")
    view = parts.show(picture)
    expect(view.get_by_role("status")).to_contain_text("cannot be shown")
    picture.show(image_file(10), "face")
    parts.push()
    expect(view.get_by_role("img")).to_be_visible()
    parts.faults.clear()


def test_a_change_of_picture_never_shows_nothing_and_keeps_no_address(parts):
    picture = Picture(image=image_file(0), alt="face")
    view = parts.show(picture)
    expect(view.get_by_role("img")).to_be_visible()
    parts.page.evaluate(
        """() => {
          window.blank = 0;
          window.revoked = 0;
          const revoke = URL.revokeObjectURL.bind(URL);
          URL.revokeObjectURL = (url) => { revoked += 1; revoke(url); };
          const look = () => {
            const image = document.querySelector("img");
            if (!image.complete || !image.naturalWidth || !image.offsetWidth) blank += 1;
            requestAnimationFrame(look);
          };
          look();
        }"""
    )
    for grey in range(20, 220, 20):
        picture.image = image_file(grey, size=(900, 900))
        parts.push()
    parts.page.wait_for_function("() => document.querySelector('img').naturalWidth === 900")
    parts.page.wait_for_function("() => revoked >= 10")  # the first and nine that were replaced, shown or not
    parts.page.evaluate("() => new Promise((seen) => requestAnimationFrame(() => requestAnimationFrame(seen)))")
    assert parts.page.evaluate("blank") == 0
    assert parts.page.evaluate("revoked") == 10


def test_a_picture_decoded_late_does_not_replace_a_newer_one(parts):
    picture = Picture(image=image_file(0), alt="face")
    view = parts.show(picture)
    expect(view.get_by_role("img")).to_be_visible()
    parts.page.evaluate(
        """images => {
          const decode = HTMLImageElement.prototype.decode;
          const revoke = URL.revokeObjectURL.bind(URL);
          let calls = 0;
          window.revoked = 0;
          URL.revokeObjectURL = (url) => { revoked += 1; revoke(url); };
          HTMLImageElement.prototype.decode = async function () {
            if (++calls === 1) await new Promise((resolve) => (window.release = resolve)); // the older one takes long
            return decode.call(this);
          };
          images.forEach((image) => models.part0.model.receive({ image }));
        }""",
        [parts.boxed(image_file(90, size=(side, side))) for side in (70, 10)],
    )
    parts.page.wait_for_function("() => document.querySelector('img').naturalWidth === 10")
    parts.page.evaluate("release()")
    parts.page.wait_for_function("() => revoked === 2")  # the first, and the older one when it has been decoded
    assert view.get_by_role("img").evaluate("image => image.naturalWidth") == 10


def test_a_click_is_reported_as_fractions_also_twice_on_one_point(parts, sent):
    picture = Picture(image=image_file(90), alt="face", width=300)
    view = parts.show(picture)
    expect(view.get_by_role("img")).to_be_visible()
    for clicks in (1, 2):
        view.get_by_role("img").click(position={"x": 75, "y": 150})
        sent.until(lambda clicks=clicks: picture.clicks == clicks)
    assert picture.clicked == pytest.approx([0.25, 0.75], abs=0.01)


def test_a_point_is_set_by_keyboard(parts, sent):
    picture = Picture(image=image_file(90), alt="face", clickable=True)
    view = parts.show(picture)
    expect(view.get_by_role("img")).to_be_visible()
    for key in ("Tab", "ArrowRight", "ArrowUp", "ArrowUp", "Enter"):
        parts.page.keyboard.press(key)
    sent.until(lambda: picture.clicks == 1)
    assert picture.clicked == pytest.approx([0.52, 0.46])


# Upload


def test_a_refused_upload_ends_and_the_same_file_can_be_chosen_again(parts):
    """The kernel answers nothing but the refusal; more pieces are left than may be on their way at once."""
    view = parts.show(Upload(print, print, label="Video"))
    parts.page.evaluate("() => { window.told = []; models.part0.model.send = (content) => told.push(content); }")
    file = {"name": "clip.mp4", "mimeType": "video/mp4", "buffer": bytes(6 << 20)}
    for turn, kinds in ((1, ["begin", *["piece"] * 4]), (3, ["begin", *["piece"] * 4] * 2)):
        view.get_by_label("Video").set_input_files([file])
        parts.page.wait_for_function("count => told.length === count", arg=len(kinds))
        expect(view.get_by_role("progressbar")).to_be_visible()
        parts.page.evaluate(
            """turn => models.part0.model.listeners.filter(([what]) => what === "msg:custom")
              .forEach(([, hear]) => hear({ kind: "refused", turn }))""",
            turn,
        )
        expect(view.get_by_role("progressbar")).to_be_hidden()
        expect(view.get_by_label("Video")).to_have_value("")
        assert [content["kind"] for content in parts.page.evaluate("told")] == kinds


# Timeline


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


def test_a_disabled_timeline_cannot_be_moved(parts):
    view = parts.show(Timeline(11, 31, marks=MARKS, editable=True, disabled=True))
    expect(view.get_by_role("slider")).to_be_disabled()
    for button in view.get_by_role("button").all():
        expect(button).to_be_disabled()


# ClipTable


@pytest.fixture
def selection():
    return Selection(40)


@pytest.fixture
def view(parts, selection):
    return parts.show(ClipTable(clips(40), {name: name.title() for name in clips(40)}, selection))


def row(view, name):
    return view.get_by_role("row").filter(has=view.page.get_by_role("gridcell", name=name, exact=True))


def first_clips(view, count=3):
    cells = view.locator("[role=row][aria-rowindex]:not([aria-rowindex='1'])")
    texts = cells.evaluate_all(
        "rows => rows.sort((a, b) => a.ariaRowIndex - b.ariaRowIndex).map((row) => row.children[1].textContent)"
    )
    return texts[:count]


def test_cells_show_numbers_signs_and_gaps(view):
    expect(row(view, "EP01").get_by_role("gridcell")).to_have_text(["", "EP01", "surprise", "✓right", "0.974"])
    expect(row(view, "EP00").get_by_role("gridcell")).to_have_text(["", "EP00", "negative", "✗wrong", ""])
    align = "cell => getComputedStyle(cell).textAlign"
    assert row(view, "EP01").get_by_role("gridcell").last.evaluate(align) == "right"
    expect(view.get_by_role("grid", name="Clips")).to_have_attribute("aria-rowcount", "41")


def test_headers_sort_up_down_and_back(view):
    header = view.get_by_role("columnheader", name="Probability")
    for sorted_as, firsts in (
        ("ascending", ["EP39", "EP38", "EP37"]),
        ("descending", ["EP01", "EP02", "EP03"]),
        ("none", ["EP00", "EP01", "EP02"]),
    ):
        header.get_by_role("button").press("Enter")
        expect(header).to_have_attribute("aria-sort", sorted_as)
        expect(header.get_by_role("button")).to_be_focused()
        assert first_clips(view) == firsts


def test_missing_numbers_come_last_both_ways(view):
    button = view.get_by_role("columnheader", name="Probability").get_by_role("button")
    for _ in range(2):
        button.click()
        view.get_by_role("grid").press("End")
        last = view.locator("[role=row][aria-rowindex='41'] [role=gridcell]")
        expect(last).to_have_text(["", "EP35", "surprise", "✓right", ""])


def test_the_filter_matches_any_column_and_all_words(view):
    field = view.get_by_role("searchbox", name="Filter")
    expect(view.get_by_role("status")).to_have_text("40 of 40 rows")
    field.fill("SURPRISE ep1")
    expect(view.get_by_role("status")).to_have_text("5 of 40 rows")
    assert first_clips(view) == ["EP11", "EP13", "EP15"]
    field.fill("no such clip")
    expect(view.get_by_role("gridcell", name="No row matches")).to_be_visible()
    expect(view.get_by_role("status")).to_have_text("0 of 40 rows")
    field.fill("")
    expect(row(view, "EP00")).to_be_visible()


def test_rows_are_chosen_by_mouse(view, selection, sent):
    row(view, "EP03").click()
    sent.until(lambda: (selection.rows, selection.focus) == ((3,), 3))
    row(view, "EP05").click(modifiers=["Control"])
    sent.until(lambda: (selection.rows, selection.focus) == ((3, 5), 5))
    row(view, "EP03").click()  # one of those chosen: only looked at
    sent.until(lambda: (selection.rows, selection.focus) == ((3, 5), 3))
    row(view, "EP06").click(modifiers=["Shift"])
    sent.until(lambda: (selection.rows, selection.focus) == ((3, 4, 5, 6), 6))
    row(view, "EP01").get_by_role("gridcell").first.click()  # its tick box
    sent.until(lambda: (selection.rows, selection.focus) == ((1, 3, 4, 5, 6), 1))
    row(view, "EP08").click()
    sent.until(lambda: selection.rows == (8,))
    expect(row(view, "EP08")).to_have_attribute("aria-selected", "true")
    expect(row(view, "EP03")).to_have_attribute("aria-selected", "false")
    expect(view.get_by_role("status")).to_have_text("40 of 40 rows, 1 chosen")


def test_rows_are_chosen_by_keyboard(view, selection, sent):
    grid = view.get_by_role("grid")
    for keys, rows, focus in (
        ("ArrowDown ArrowDown Space", (2,), 2),
        ("Shift+ArrowDown Shift+ArrowDown", (2, 3, 4), 4),
        ("Shift+ArrowUp", (2, 3), 3),
        ("Space", (2,), 3),
        ("End", (2,), 39),
        ("Home Shift+End", tuple(range(40)), 39),
        ("Escape", (), 39),
        ("Control+a", tuple(range(40)), 39),
        ("Escape PageUp", (), 32),
    ):
        for key in keys.split():
            grid.press(key)
        sent.until(lambda rows=rows, focus=focus: (selection.rows, selection.focus) == (rows, focus))
    active = grid.get_attribute("aria-activedescendant")
    expect(view.locator(f"#{active}")).to_have_attribute("aria-rowindex", "34")
    expect(view.locator(f"#{active}")).to_be_in_viewport()


def test_all_that_the_filter_shows_are_chosen(view, selection, sent):
    view.get_by_role("searchbox").fill("EP1")
    view.get_by_role("grid").press("Control+a")
    sent.until(lambda: selection.rows == tuple(range(10, 20)))
    view.get_by_role("searchbox").fill("EP0")
    view.get_by_role("button", name="Choose all rows shown").click()
    sent.until(lambda: selection.rows == tuple(range(20)))
    view.get_by_role("button", name="Choose none").click()
    sent.until(lambda: selection.rows == ())


def test_a_choice_elsewhere_is_marked_and_brought_into_sight(parts, view, selection):
    selection.choose([30, 32])
    parts.push()
    expect(row(view, "EP30")).to_be_in_viewport()
    expect(row(view, "EP30")).to_have_attribute("aria-selected", "true")
    expect(row(view, "EP30").get_by_role("gridcell").first).to_have_text("✓")
    view.get_by_label("chosen only").check()
    assert first_clips(view, 9) == ["EP30", "EP32"]
    selection.clear()
    parts.push()
    expect(view.get_by_role("gridcell", name="No row is chosen")).to_be_visible()


def test_an_updated_table_keeps_filter_and_sort(parts, view, selection):
    view.get_by_role("searchbox").fill("surprise")
    view.get_by_role("columnheader", name="Clip").get_by_role("button").dblclick()
    parts.widgets["part0"].update(clips(20))
    parts.push()
    expect(view.get_by_role("status")).to_have_text("10 of 20 rows")
    assert first_clips(view) == ["EP19", "EP17", "EP15"]


def test_ten_thousand_rows_answer_at_once(parts, sent):
    rows = 10_000
    selection = Selection(rows)
    table = clips(rows).assign(**{f"more{k}": np.arange(rows) * k for k in range(4)})
    view = parts.show(ClipTable(table, None, selection))
    assert view.get_by_role("row").count() < 40  # those in sight
    view.get_by_role("grid").press("End")
    sent.until(lambda: selection.focus == rows - 1)
    expect(row(view, "EP9999")).to_be_in_viewport()
    timed = """async (act) => {
      const spent = [];
      for (let turn = 0; turn < 3; turn++) {
        const start = performance.now();
        act(turn);
        spent.push(performance.now() - start);
      }
      return Math.min(...spent);
    }"""
    for act in (
        "models.part0.model.receive({_columns: models.part0.model.state._columns.slice(0, 8 - turn)})",
        "document.querySelectorAll('.mer-table-sort')[0].click()",
        "{const field = document.querySelector('[type=search]'); field.value = `ep${turn}`;"
        " field.dispatchEvent(new Event('input'))}",
        "models.part0.model.receive({_rows: Array.from({length: 10000 - turn}, (_, k) => k)})",
    ):
        assert parts.page.evaluate(f"({timed})((turn) => {{ {act} }})") < 500


# Notice


def test_notices_speak_by_their_kind(parts):
    notice = Notice()
    view = parts.show(notice)
    expect(view.get_by_role("status")).to_have_text("")
    for kind, role, words in (
        ("info", "status", "Note: Saved."),
        ("warning", "status", "Warning: Saved."),
        ("error", "alert", "Error: Saved."),
    ):
        notice.say("Saved.", kind)
        parts.push()
        expect(view.get_by_role(role)).to_have_text(words)
        expect(view.get_by_role("alert" if role == "status" else "status")).to_have_text("")
    notice.clear()
    parts.push()
    expect(view.get_by_role("alert")).to_have_text("")


def test_a_notice_is_text_not_markup(parts):
    view = parts.show(Notice("<img src=x onerror=alert(1)>"))
    expect(view.get_by_role("status")).to_have_text("Note: <img src=x onerror=alert(1)>")


# All


def test_a_part_taken_from_the_page_leaves_nothing_behind(parts):
    for part in (Notice("x"), Picture(), Timeline(0, 3), ClipTable(clips(3), None, Selection(3))):
        parts.show(part)
    for name in list(parts.widgets):
        parts.page.evaluate("name => { models[name].close(); models[name].el.remove(); }", name)
        assert parts.page.evaluate("name => models[name].model.listeners.length", name) == 0


def test_keys_pressed_in_a_part_are_no_commands_of_the_notebook(parts):
    parts.show(Timeline(0, 9, marks={"apex": 3}, editable=True))
    parts.show(ClipTable(clips(3), None, Selection(3)))
    parts.page.evaluate(
        "() => { window.heard = []; document.addEventListener('keydown', (event) => heard.push(event.key)); }"
    )
    for place in (".mer-flag", "[type=range]", ".mer-timeline button", "[role=grid]", "[type=search]"):
        for key in ("d", "ArrowDown", "Enter"):
            parts.page.locator(place).first.press(key)
    assert parts.page.evaluate("heard") == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_parts_are_accessible_in_both_themes(browser, theme):
    page = browser.new_page(viewport={"width": 900, "height": 1400})
    parts = PartsPage(page, theme)
    selection = Selection(40)
    selection.choose([0, 2, 3])
    for kind in ("info", "warning", "error"):
        parts.show(Notice("No clip fits these filters.", kind))
    parts.show(Picture(image=image_file(90), alt="face", clickable=True, caption="Onset"))
    parts.show(Picture(message="The apex of this clip is not known."))
    parts.show(Timeline(11, 31, 20, marks=MARKS))
    parts.show(Timeline(11, 31, 20, marks={**MARKS, "apex": None}, editable=True))
    parts.show(ClipTable(clips(40), None, selection))
    parts.show(ClipTable(clips(0), None, Selection(0), label="Nothing"))
    page.locator("[role=grid]").first.focus()
    page.wait_for_timeout(200)
    faults = serious_faults(page, "main")
    page.close()
    assert faults == []
    assert parts.faults == []
