"""A notebook as a person has it before them in JupyterLab: run it, look at what its cells show, press its buttons."""

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import ConsoleMessage, Error, Locator, Page, TimeoutError, expect

from tests.browser.axe import serious_faults
from tests.browser.lab import Lab
from tests.browser.pictures import save_picture

#: The machine may be busy with much else; nothing here is a measurement.
PATIENCE_MS = 180_000
#: Regular expressions of what JupyterLab and Chromium say on their own, with the reason why it is no fault of ours.
NOISE: dict[str, str] = {}
BROKEN_WIDGETS = (
    "Error displaying widget",
    "Error creating widget",
    "Loading widget",
    "Click to show javascript error",
)
OUTPUTS = ".jp-Notebook .jp-Cell-outputArea"
_SCRIPT = Path(__file__).with_name("page.js")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class NotebookPage:
    """One notebook in one page of the browser. Made by the fixture `open_notebook`.

    Attributes:
        page: Playwright's page, for all that is not offered here.
        lab: the server, with the folders that the kernel writes to.
        name: stem of the notebook's file in ``lab.project / "notebooks"``.
        faults: what went wrong in the page so far: errors of the console, exceptions, requests to other machines.
        through: whether all cells ran, up to that which records the run, and `check` found nothing wrong after it.
    """

    def __init__(self, page: Page, lab: Lab, name: str) -> None:
        self.page, self.lab, self.name = page, lab, name
        self.faults: list[str] = []
        self.through = self._recorded = False
        page.set_default_timeout(PATIENCE_MS)
        page.add_init_script(path=_SCRIPT)
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.faults.append(f"exception: {error.message}\n{error.stack or ''}"))
        page.on("request", lambda request: self._asked(request.url))

    # Open and run

    def open(self) -> "NotebookPage":
        """Go to the notebook; ends when its kernel is ready."""
        self.page.goto(self.lab.address(self.name))
        return self._ready()

    def reload(self) -> "NotebookPage":
        """As F5 does it: outputs come back from the file (`save` first), widgets from the kernel, which runs on."""
        self.page.reload()
        return self._ready()

    def save(self) -> None:
        """As ctrl+S does it."""
        self.command("docmanager:save")

    def command(self, name: str, **arguments: Any) -> None:
        """One of JupyterLab's commands, those of its menus and keys, awaited to its end."""
        self.page.evaluate("([name, given]) => merTest.command(name, given)", [name, arguments])

    def run_all(self, seconds: float = 600) -> "NotebookPage":
        """Run > Run All Cells; ends when all is done and drawn.

        Raises:
            AssertionError: a cell fails (its traceback is in the message), or it takes longer than ``seconds``.
        """
        self.page.evaluate("() => merTest.startAll()")
        try:
            self.page.wait_for_function("() => merTest.done", timeout=1000 * seconds, polling=200)
        except Error as error:
            cell = "\n".join(self.page.evaluate("() => merTest.running()")[:1])
            raise AssertionError(f"{self.name} is not through after {seconds} s, but in the cell:\n{cell}") from error
        self.check_cells()
        self.settle()
        self._recorded = "Recorded in" in self.output(-1).inner_text()
        return self

    def run_cell(self, which: int | str) -> "NotebookPage":
        """Run one cell (named as for `output`)."""
        self.page.evaluate("(position) => merTest.select(position)", self._position(which))
        self.command("notebook:run-cell")
        self.check_cells()
        return self.settle()

    def settle(self) -> "NotebookPage":
        """Wait until the kernel has answered all that the page sent it, and the page has drawn the answers.

        A view that waits before it sends (a debounced text field) is not covered: wait for what it then shows
        (``expect(locator).to_have_text(...)``).
        """
        self.page.evaluate("() => merTest.quiet()")
        return self

    def press(self, where: Locator, key: str = "Enter") -> "NotebookPage":
        """Press a key on an element, once nothing that is still under way can take the focus from it or replace it."""
        self.settle()
        where.focus()
        expect(where).to_be_focused()
        where.press(key)
        return self

    def saved(self, link: Locator, tries: int = 3) -> bytes:
        """The file that a link saves, by keyboard; pressed again where a busy browser took no notice of the key."""
        for left in reversed(range(tries)):
            try:
                with self.page.expect_download(timeout=PATIENCE_MS / tries) as saved:
                    self.press(link)
                return saved.value.path().read_bytes()
            except TimeoutError:
                if not left:
                    raise
        raise AssertionError(f"tries={tries}, expected at least one")

    # Look

    def output(self, which: int | str) -> Locator:
        """What a code cell shows.

        Args:
            which: text that stands in the source of this code cell and of no other, ``output("explore_samples(")``; or
                the number of the code cell from 0 (an ``injected-parameters`` cell counts too; -1 is the last).
        """
        index = self._position(which)
        return self.page.locator(f'.jp-Notebook .jp-Cell[data-windowed-list-index="{index}"] .jp-Cell-outputArea')

    @property
    def outputs(self) -> Locator:
        """What all cells show: everything of ours in the page."""
        return self.page.locator(OUTPUTS)

    def kernel(self, code: str) -> str:
        """Run code in the kernel without a cell, and give what it prints: to look at variables behind the page."""
        printed, failed = self.page.evaluate("(code) => merTest.execute(code)", code)
        assert not failed, _COLOURS.sub("", failed)
        return printed.rstrip("\n")

    # Judge

    def check(self) -> "NotebookPage":
        """All that every view must fulfil at any time: no failed cell, no broken widget, no fault, accessible."""
        self.check_cells()
        self.check_widgets()
        self.check_faults()
        self.check_accessible()
        self.through = self._recorded
        return self

    def check_cells(self) -> None:
        """No cell shows an error."""
        failed = self.page.evaluate("() => merTest.failed()")
        words = "\n\n".join(f"{source}\n---\n{_COLOURS.sub('', trace)}" for source, trace in failed)
        assert not failed, f"{len(failed)} cell(s) of {self.name} failed:\n{words}"

    def check_widgets(self) -> None:
        """No widget stands as the text that says it could not be shown."""
        for text in BROKEN_WIDGETS:
            expect(self.outputs.get_by_text(text), f"{self.name}: {text!r} stands in it").to_have_count(0)

    def check_faults(self) -> None:
        """Nothing went wrong in the page's console, and it asked no other machine for anything."""
        assert not self.faults, f"In the page of {self.name}:\n" + "\n".join(self.faults)

    def check_accessible(self, where: str = OUTPUTS) -> None:
        """axe-core finds no serious or critical fault in what the cells show (JupyterLab's frame is not ours).

        Args:
            where: CSS selector of the elements that are looked at.
        """
        found = serious_faults(self.page, where)
        assert not found, f"{len(found)} accessibility fault(s) in {self.name}:\n" + "\n".join(found)

    def picture(self, where: Locator, name: str) -> Path | None:
        """Take a picture for README, cropped to ``where``; see `tests.browser.pictures`.

        Folders of this test are written as those of a reader's clone would be.
        """
        world = self.lab.world
        clone = {world.cache: "outputs/cache", world.outputs: "outputs", self.lab.outputs: "outputs"}
        pairs = [[f"{self.lab.project}/", ""], *([str(path), short] for path, short in clone.items())]
        self.settle()
        self.page.evaluate("(pairs) => merTest.shorten(pairs)", pairs)
        try:
            return save_picture(where, name)
        finally:
            self.page.evaluate("() => merTest.restore()")

    # Within

    def _ready(self) -> "NotebookPage":
        self.page.wait_for_function("() => merTest.ready()", polling=200)
        self.page.evaluate("() => merTest.begin()")
        return self

    def _position(self, which: int | str) -> int:
        """Place of a code cell among all cells."""
        code = self.page.evaluate("() => merTest.code()")
        if isinstance(which, int):
            return code[which][0]
        found = [position for position, source in code if which in source]
        assert len(found) == 1, f"{which!r} stands in {len(found)} code cells of {self.name}, expected 1"
        return found[0]

    def _heard(self, message: ConsoleMessage) -> None:
        text = f"{message.text} ({message.location.get('url', '')})"
        if message.type == "error" and not any(re.search(known, text) for known in NOISE):
            self.faults.append(f"console: {text}")

    def _asked(self, url: str) -> None:
        own = (self.lab.url, self.lab.url.replace("http", "ws", 1), "data:", "blob:", "about:")
        if not url.startswith(own):
            self.faults.append(f"asked another machine: {url}")
