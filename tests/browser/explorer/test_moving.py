"""What moves by itself: a flicker, a clip that plays, an axis that follows the clip."""

import io
from itertools import pairwise

import pytest
from PIL import Image
from playwright.sync_api import Locator, expect

from tests.browser.explorer.places import picture, readout


def test_a_flicker_alternates_between_two_pictures_until_it_is_stopped(notebook, view):
    view.get_by_label("Layout").select_option("flickered")
    changes = view.get_by_label("Changes")
    expect(changes).to_be_visible()
    changes.focus()
    notebook.page.keyboard.press("End")  # three a second
    notebook.settle()
    view.get_by_role("button", name="Start to flicker").click()
    expect(view.get_by_text("in turn, 3 changes a second")).to_be_visible()
    notebook.settle()

    moving = _file(view)
    durations = [moving.seek(number) or moving.info["duration"] for number in range(moving.n_frames)]
    assert len(durations) == 2 and durations == pytest.approx([1000 / 3] * 2, abs=10)

    def seen(times):
        """What is on the screen, at uneven intervals: even ones could always meet the same picture."""
        return {notebook.page.wait_for_timeout(100 + 37 * (k % 4)) or picture(view).screenshot() for k in range(times)}

    assert len(seen(30)) == 2
    view.get_by_role("button", name="Stop flickering").click()
    expect(view.get_by_text("at rest")).to_be_visible()
    notebook.settle()
    assert getattr(_file(view), "n_frames", 1) == 1
    assert len(seen(8)) == 1


def _file(view: Locator) -> Image.Image:
    """The picture as the page has it; one that flickers moves within its file."""
    data = picture(view).evaluate("async (image) => [...new Uint8Array(await (await fetch(image.src)).arrayBuffer())]")
    return Image.open(io.BytesIO(bytes(data)))


def test_playing_shows_every_frame_in_order_and_begins_again(notebook, view):
    first, last = (
        int(view.get_by_role("slider", name="Frame of the clip").get_attribute(end)) for end in ("min", "max")
    )
    view.evaluate(
        """view => {
          const number = view.querySelector(".mer-timeline-readout strong");
          const image = view.querySelector(".mer-picture");
          window.played = [];
          window.drawn = new Set();
          const note = () => {
            if (played.at(-1) !== Number(number.textContent)) played.push(Number(number.textContent));
            drawn.add(image.querySelector("img").src);
          };
          for (const one of [number, image])
            new MutationObserver(note).observe(one, { childList: true, characterData: true, subtree: true });
          note();
        }"""
    )
    view.get_by_role("button", name="Play").click()
    notebook.page.wait_for_function("count => played.length > count", arg=last - first + 6)
    view.get_by_role("button", name="Pause").click()
    expect(view.get_by_role("button", name="Play")).to_be_visible()
    notebook.settle()
    played, drawn = notebook.page.evaluate("[played, drawn.size]")
    steps = list(pairwise(played))
    assert all(after == (before + 1 if before < last else first) for before, after in steps)
    assert (last, first) in steps
    assert drawn > (last - first) / 2  # a picture each, but for those that a busy machine passes over
    stopped = readout(view).inner_text()
    notebook.page.wait_for_timeout(500)
    assert readout(view).inner_text() == stopped


def test_the_curves_axis_fits_the_clip_after_filters_changed_in_a_row(notebook, view):
    axis = """view => {
      const plot = view.querySelector(".js-plotly-plot");
      const [low, high] = plot._fullLayout.xaxis.range;
      const frames = plot._fullData[0].x;
      const marks = plot.layout.shapes.map(({ x0 }) => x0);
      return [low, high, Math.min(...frames, ...marks), Math.max(...frames, ...marks)];
    }"""
    expect(view.locator(".js-plotly-plot .scatterlayer .trace")).to_have_count(1)
    seen = set()
    for database, label in ((1, 2), (2, 3), (3, 1), (0, 0)):
        view.evaluate(
            """(view, choices) => {
              for (const [name, at] of choices) {
                const labels = [...view.querySelectorAll(".widget-dropdown label")];
                const select = labels.find((one) => one.textContent === name).parentElement.querySelector("select");
                select.selectedIndex = Math.min(at, select.options.length - 1);
                select.dispatchEvent(new Event("change", { bubbles: true }));
              }
            }""",
            [["Database", database], ["Class", label]],
        )
        notebook.settle()
        notebook.settle()
        low, high, first, last = view.evaluate(axis)
        assert (low, high) == (first - 0.5, last + 0.5)
        seen.add((low, high))
    assert len(seen) > 1
