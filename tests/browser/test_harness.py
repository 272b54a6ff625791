"""The harness itself: what it must find, it finds, and what is well it lets pass."""

import io

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.pictures import small_png

BUTTON = """
import anywidget, ipywidgets, time, traitlets
class Slow(anywidget.AnyWidget):
    _esm = '''export default { render({ model, el }) {
        const button = document.createElement("button");
        const show = () => { button.textContent = `pressed ${model.get("answered")}`; };
        button.onclick = () => { model.set("asked", model.get("asked") + 1); model.save_changes(); };
        model.on("change:answered", show); show(); el.append(button);
    } }'''
    asked = traitlets.Int(0).tag(sync=True)
    answered = traitlets.Int(0).tag(sync=True)
view = Slow()
def answer(change):
    time.sleep(0.5)
    view.answered = change["new"]
view.observe(answer, "asked")
view
"""


def test_the_first_notebook_is_opened_with_the_world_it_is_given(open_notebook, world):
    notebook = open_notebook("01_explore", **world.data).run_all()
    expect(notebook.output("prepared_store(data)")).to_contain_text("aligned clips")
    assert notebook.kernel("print(data.size)") == str(world.data["size"])
    notebook.check_cells()
    notebook.check_widgets()


def test_settle_waits_for_a_slow_answer_and_the_kernel_outlives_a_reload(open_notebook, lab):
    notebook = open_notebook("made_up", cells=[BUTTON, "print('second')"]).run_all()
    button = notebook.output("import anywidget").get_by_role("button")
    button.click()
    assert notebook.settle() and button.inner_text() == "pressed 1"
    assert notebook.output(-1).inner_text().strip() == "second"
    notebook.save()
    notebook.reload()
    expect(button).to_have_text("pressed 1")
    notebook.check()
    notebook.kernel("view.answered = 7")
    assert notebook.settle() and button.inner_text() == "pressed 7"
    assert notebook.kernel("print(view.asked)") == "1"
    assert (lab.project / "notebooks" / "made_up.ipynb").is_file()


def test_a_failed_cell_is_told_with_its_source_and_traceback(open_notebook):
    notebook = open_notebook("made_up", cells=["first = 1", "first / 0", "print('never')"])
    with pytest.raises(AssertionError, match=r"(?s)1 cell\(s\) of made_up failed:\nfirst / 0\n.*ZeroDivisionError"):
        notebook.run_all()


def test_a_cell_that_does_not_end_is_named(open_notebook):
    notebook = open_notebook("made_up", cells=["import time", "time.sleep(30)"])
    with pytest.raises(AssertionError, match=r"(?s)not through after 1 s, but in the cell:\ntime\.sleep\(30\)"):
        notebook.run_all(seconds=1)


def test_broken_widgets_console_errors_and_requests_to_others_are_faults(open_notebook):
    broken = (
        "import anywidget\nclass Bad(anywidget.AnyWidget):\n    _esm = 'export default { render() { missing(); } }'\n"
    )
    others = 'from IPython.display import HTML\nHTML(\'<img alt="nothing" src="http://example.invalid/x.png">\')'
    notebook = open_notebook("made_up", cells=[broken + "Bad()", others]).run_all()
    with pytest.raises(AssertionError, match="missing is not defined"):
        notebook.check_faults()
    assert any("asked another machine: http://example.invalid/x.png" in fault for fault in notebook.faults)
    notebook.faults.clear()


def test_what_axe_finds_serious_is_a_fault_and_nothing_else(open_notebook):
    show = "from IPython.display import HTML\n"
    notebook = open_notebook(
        "made_up", cells=[show + "HTML('<button></button>')", show + "HTML('<button>words</button>')"]
    ).run_all()
    with pytest.raises(AssertionError, match=r"(?s)1 accessibility fault\(s\) in made_up:\nbutton-name \(critical\)"):
        notebook.check()
    notebook.check_accessible(".jp-Cell-outputArea:has(button:not(:empty))")


def test_a_picture_holds_all_of_a_view_that_is_higher_than_the_window(open_notebook, tmp_path, monkeypatch):
    from PIL import Image

    bands = "".join(f'<div style="height: 500px; background: {colour}"></div>' for colour in ("red", "lime", "blue"))
    notebook = open_notebook("made_up", cells=[f"from IPython.display import HTML\nHTML({bands!r})", "1"]).run_all()
    monkeypatch.setenv("MER_PICTURES", str(tmp_path))
    window = notebook.page.viewport_size
    path = notebook.picture(notebook.output("HTML(").locator(".jp-RenderedHTML"), "bands")
    picture = Image.open(path).convert("RGB")
    middle = [picture.getpixel((picture.width // 2, share * picture.height // 6)) for share in (1, 3, 5)]
    assert middle == [(255, 0, 0), (0, 255, 0), (0, 0, 255)]
    assert notebook.page.viewport_size == window


def test_pictures_have_no_path_of_this_machine_and_the_page_keeps_it(open_notebook, lab, monkeypatch):
    cells = ["import ipywidgets", "import os; ipywidgets.Text(os.environ['MER_OUTPUTS'] + '/demo')"]
    notebook = open_notebook("made_up", cells=cells).run_all()
    field = notebook.output("MER_OUTPUTS").get_by_role("textbox")
    seen = []
    monkeypatch.setattr(
        "tests.browser.notebook_page.save_picture", lambda where, name: seen.append(where.input_value())
    )
    notebook.picture(field, "field")
    assert seen == ["outputs/demo"] and field.input_value() == str(lab.outputs / "demo")


def test_pictures_are_made_small_enough():
    from PIL import Image

    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (200, 300, 3), dtype=np.uint8))
    stream = io.BytesIO()
    noise.save(stream, "PNG")
    assert len(stream.getvalue()) > 40_000
    small = small_png(stream.getvalue(), 40_000)
    assert len(small) <= 40_000 and Image.open(io.BytesIO(small)).width > 100
    assert small_png(small, 40_000) == small


def test_pictures_keep_the_colours_of_small_marks():
    from PIL import Image

    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (200, 300, 1)).repeat(3, axis=2) + rng.integers(0, 4, (200, 300, 3))
    colours = rng.integers(0, 256, (40, 3))
    for k, colour in enumerate(colours):
        picture[100:104, 7 * k : 7 * k + 4] = colour
    stream = io.BytesIO()
    Image.fromarray(picture.clip(0, 255).astype(np.uint8)).save(stream, "PNG")
    size = len(stream.getvalue())
    small = np.asarray(Image.open(io.BytesIO(small_png(stream.getvalue(), size - 1))).convert("RGB"))
    assert np.abs(small[102, 2 : 7 * 40 : 7].astype(int) - colours).max() <= 24
