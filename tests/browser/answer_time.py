"""How long a view takes to answer a click, as a person waits for it, on a machine that does other things too."""

import statistics
from collections.abc import Sequence

from playwright.sync_api import Locator

from tests.browser.notebook_page import NotebookPage

#: The third quickest of the answers counts: what else the machine does is not the view's fault.
COUNTS = 2
#: Milliseconds that the fixed work of `YARDSTICK` takes where nothing else runs. Where it takes longer, the machine is
#: slower or busy, and the view may take as many times longer.
QUIET_MS = 120.0

#: A cell whose button does fixed work of the kind of an answer: page, kernel, some work there, seven pictures and a few
#: words back, each a message, decoded and drawn.
YARDSTICK = """import itertools
import cv2
import ipywidgets
import numpy as np
from mer.widgets import render
from mer.widgets.parts.picture import Picture
button, words = ipywidgets.Button(description="Measure"), [ipywidgets.HTML() for _ in range(3)]
pictures = [Picture(width=190) for _ in range(7)]
noise = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 256, (360, 360, 3), np.uint8), (0, 0), 5)
shifts = itertools.count(1)  # each picture is another than the one before it: a random shift is now and then the same
def work(_button):
    for picture in pictures:
        blurred = cv2.medianBlur(noise, 5)
        for _ in range(10_000):
            pass
        picture.show(render.jpeg(np.roll(blurred, next(shifts), axis=0)), "noise")
    for word in words:
        word.value = f"<b>{next(shifts)}</b>"
button.on_click(work)
work(None)
ipywidgets.VBox([button, *words, ipywidgets.HBox(pictures)])"""

#: All pictures of a view, the last, and the first.
PICTURES = '[...view.querySelectorAll(".mer-picture img")].map((image) => image.src.slice(-40))'
LAST = '[...view.querySelectorAll(".mer-picture img")].at(-1).src'
PICTURE = 'view.querySelector(".mer-picture img").src'

_CLICKED = """async (view, [place, seen]) => {
  const look = seen.map((words) => new Function("view", `return String(${words})`));
  const before = look.map((one) => one(view));
  const frame = () => new Promise((drawn) => requestAnimationFrame(drawn));
  const start = performance.now();
  view.querySelector(place).click();
  const took = seen.map(() => 0);
  while (took.includes(0)) {
    await frame();
    look.forEach((one, k) => {
      if (!took[k] && one(view) !== before[k]) took[k] = performance.now() - start;
    });
    if (performance.now() - start > 60_000) throw new Error(`${place} changes not: ${seen.filter((_, k) => !took[k])}`);
  }
  return took;
}"""


def expect_answers_within(
    limit_ms: float, notebook: NotebookPage, view: Locator, places: Sequence[str], seen: dict[str, str], name: str
) -> None:
    """Click one place of a view after the other, and see that the third quickest answer is quick enough.

    Args:
        limit_ms: from the click to the frame of the page in which all is changed, on a quiet machine.
        notebook: its second cell is `YARDSTICK`.
        view: where the places are.
        places: CSS selectors of what is clicked.
        seen: what each click must change, by name: JavaScript expressions of ``view``. The slowest counts.
        name: of what is measured, printed with the times.
    """
    yardstick = notebook.output(1)
    fixed, took = [], []
    for place in places:
        fixed += yardstick.evaluate(_CLICKED, ["button", [LAST]])
        notebook.settle()
        took.append(view.evaluate(_CLICKED, [place, list(seen.values())]))
        notebook.settle()
    limit = limit_ms * max(1.0, sorted(fixed)[COUNTS] / QUIET_MS)
    slowest = [max(times) for times in took]
    parts = {part: statistics.median(times) for part, times in zip(seen, zip(*took, strict=True), strict=True)}
    each = ", ".join(f"{part} {time:.0f}" for part, time in parts.items())
    print(f"{name}: {_words(slowest)} (medians: {each}); limit {limit:.0f} ms, as fixed work took {_words(fixed)}")
    assert sorted(slowest)[COUNTS] < limit


def _words(times: list[float]) -> str:
    return f"{', '.join(f'{one:.0f}' for one in sorted(times))} ms"
