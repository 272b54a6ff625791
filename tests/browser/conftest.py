"""A browser for the notebooks: how to write a test here.

    def test_a_filter_changes_the_pictures(open_notebook, world):
        notebook = open_notebook("01_explore", **world.data).run_all()
        view = notebook.output("explore_samples(")          # what that cell shows, a Playwright locator
        view.get_by_label("subject").select_option("s01")   # do what a person does ...
        expect(view.get_by_role("status")).to_contain_text("3 clips")   # ... and wait for what must then be seen
        notebook.settle()                                   # the kernel has answered, the page has drawn
        notebook.picture(view, "explore")                   # for README; mark the test with @pytest.mark.picture
        notebook.check()                                    # no error, no broken widget, accessible

* `open_notebook(name, **parameters)` puts a copy of the notebook into the test's own project folder, with these
  parameters injected as a batch run does, opens it in a real JupyterLab in Chromium, and waits for its kernel. All
  cells stand in the page, also those out of sight. The kernel runs until the test ends; `reload()` is F5, `save()`
  ctrl+S. ``open_notebook("any_name", cells=[...])`` opens a notebook of these code cells, for a view on small data.
* `world` is a finished demo study: `world.data` are the parameters ``database`` and ``size``, `world.train` its trained
  run. It is tiny (27 clips; two minutes, once a test session); with ``MER_BROWSER_WORLD=outputs`` the demo itself.
  While writing tests keep one: ``python -m tests.tiny_world FOLDER``, then ``MER_BROWSER_WORLD=FOLDER/outputs``. A test
  must do with either: ask ``world`` how many clips there are, do not write it down.
* `lab` is the server: ``lab.outputs`` (with a copy of the study, which may be spoilt), ``lab.corrections`` (a file that
  is not there yet), ``lab.project`` (the notebooks' copies).
* Prefer locators of roles and labels, as a screen reader finds things. Wait with ``expect(...)`` (three minutes here),
  never with a sleep. Variables behind the page: ``notebook.kernel("print(view.selection.rows)")``.
* A test that runs all cells of a notebook and calls ``check()`` stands for it in `test_all_notebooks`, which then does
  not open it again: mark it ``@pytest.mark.whole_notebook("01_explore")``.
* When a test ends, errors in the page's console fail it, whether it looked or not. When it fails, a picture of the page
  is left in its temporary folder.
* JupyterLab sends what widgets do to a subshell of the kernel: callbacks run in a thread of their own, not in that of
  the cells, and while a cell still runs.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.lab import Lab, running_lab
from tests.browser.notebook_page import PATIENCE_MS, NotebookPage
from tests.browser.pictures import wanted
from tests.browser.whole_notebooks import not_through, spared
from tests.tiny_world import World, shared_world


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """After ``-k`` and ``-m`` chose: a notebook that one of the tests runs as a whole is not opened once more."""
    left_out = spared(items)
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


_FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    report = yield
    before = report.when != "setup" and item.stash.get(_FAILED, False)  # a test that is run once more begins anew
    item.stash[_FAILED] = before or report.failed
    return report


def _missing(reason: str) -> None:
    """Skip; but fail where all must run (``MER_BROWSER_TESTS=required``) or pictures are to be taken."""
    if os.environ.get("MER_BROWSER_TESTS") == "required" or wanted():
        pytest.fail(f"{reason} Browser tests must run here.")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The browser's program: ``BROWSER_PATH``, else ``chromium`` of the system. Playwright downloads none."""
    found = os.environ.get("BROWSER_PATH") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not found or not Path(found).is_file():
        _missing(f"No Chromium ({found or 'on PATH'}): apt-get install chromium, or name one with BROWSER_PATH.")
    if find_spec("jupyterlab") is None:
        _missing("No JupyterLab: pip install jupyterlab.")
    return Path(str(found))


@pytest.fixture(scope="session")
def world(chromium: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    """A finished demo study: a tiny one, or that of the folder MER_BROWSER_WORLD."""
    chosen = os.environ.get("MER_BROWSER_WORLD")
    if not chosen:
        return shared_world(tmp_path_factory)
    outputs = Path(chosen).resolve()
    world = World(outputs, Path(os.environ.get("MER_CACHE") or outputs / "cache").resolve())
    if missing := world.unfinished():
        pytest.exit(
            f"The demo in {world.outputs} is not finished ({', '.join(missing)} missing). Run `make demo` first.", 2
        )
    return world


@pytest.fixture(scope="session")
def lab(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab, one for each process of the test session."""
    with running_lab(tmp_path_factory.mktemp("lab"), world) as lab:
        yield lab


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    """Chromium; for one module only, because other tests of the process cannot use asyncio meanwhile."""
    options = [
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        "--no-sandbox",  # which neither root nor most containers may have; only pages of our own are opened
        "--disable-dev-shm-usage",  # small in containers
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium), args=options)
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def patience() -> None:
    """``expect(...)`` waits minutes, not the five seconds that a busy machine may need to draw a button."""
    expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture
def open_notebook(
    browser: Browser, lab: Lab, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Callable[..., NotebookPage]]:
    """Opens notebooks, each in a page of its own; ends their kernels, and fails the test on faults in the page."""
    context = browser.new_context(
        viewport={"width": 1400, "height": 1000}, device_scale_factor=2 if wanted() else 1, reduced_motion="reduce"
    )
    pages: list[NotebookPage] = []

    def open_one(name: str, stem: str = "", cells: Sequence[str] | None = None, **parameters: object) -> NotebookPage:
        """``stem`` names the copy where one is opened twice; ``cells`` make a notebook of their own with that name."""
        if cells is None:
            lab.copy_notebook(name, parameters, stem or name)
        else:
            lab.write_notebook(cells, stem or name)
        pages.append(NotebookPage(context.new_page(), lab, stem or name))
        return pages[-1].open()

    yield open_one
    failed = request.node.stash.get(_FAILED, False)
    for number, notebook in enumerate(pages):
        if failed:
            path = tmp_path / f"failed-{number}.png"
            notebook.page.screenshot(path=path)
            print(f"The page when it failed: {path}", *notebook.faults, sep="\n")
    context.close()
    lab.end_kernels()
    if not failed:
        for notebook in pages:
            notebook.check_faults()
        left = not_through(request.node, pages)
        assert not left, f"marked whole_notebook, but {left} did not run to its end, or `check()` was not called after"
