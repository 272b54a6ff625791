"""The linked views of a run, as a person uses them: what is chosen in one is chosen in all."""

import re

import pytest
from playwright.sync_api import expect


class Views:
    """The views of one run in the page, and what each shows as chosen."""

    def __init__(self, notebook):
        self.notebook = notebook
        self.all = notebook.output("explore_results(")
        self.matrix = self.all.get_by_role("grid", name="Confusion matrix")
        self.table = self.all.get_by_role("grid", name="Test clips of the run")
        self.area = self.all.locator(".nsewdrag").first  # where plotly takes the mouse
        expect(self.area).to_be_visible()

    def rows(self):
        """Chosen rows, once all views have followed."""
        self.notebook.settle()
        return eval(self.notebook.kernel("print(tuple(map(int, view.selection.rows)))"))

    def lasso(self, left, right):
        """Draw around the part of the plane between two fractions of its width."""
        box = self.area.bounding_box()
        corners = [(left, 0.02), (right, 0.02), (right, 0.98), (left, 0.98), (left, 0.02)]
        points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in corners]
        mouse = self.notebook.page.mouse
        mouse.move(*points[0])
        mouse.down()
        for point in points[1:]:
            mouse.move(*point, steps=8)
        mouse.up()

    def expect_chosen(self, count, total):
        """Every view says that so many clips are chosen."""
        self.notebook.settle()
        plot = self.all.locator(".js-plotly-plot").first
        drawn = plot.evaluate("drawn => drawn._fullData[0].selectedpoints && [...drawn._fullData[0].selectedpoints]")
        assert len(drawn or ()) == count
        expect(plot.locator(".selectionlayer path")).to_have_count(0)  # no outline of an older lasso
        if not count:
            expect(self.all.get_by_text("Nothing chosen: all clips are shown")).to_be_visible()
            expect(self.matrix.locator(".cell.chosen")).to_have_count(0)
            expect(self.all.get_by_text(re.compile(rf"Clips 1 to \d+ of {total}:"))).to_be_visible()
            return
        expect(self.all.get_by_text(f"{count} of {total} clips chosen", exact=True)).to_be_visible()
        expect(self.all.get_by_text(re.compile(rf"rows, {count} chosen"))).to_be_visible()
        expect(self.all.get_by_text(re.compile(rf"Clips 1 to \d+ of {count}:"))).to_be_visible()
        marks = self.matrix.locator(".marked").all_inner_texts()
        assert sum(int(mark.removeprefix("✓ ")) for mark in marks) == count


@pytest.mark.picture
@pytest.mark.whole_notebook("13_results")
def test_a_selection_in_one_view_is_a_selection_in_all(open_notebook, world, lab):
    notebook = open_notebook("13_results", **world.data, explained=2).run_all(seconds=900)
    views = Views(notebook)
    total = int(notebook.kernel("print(len(results.predictions))"))
    views.expect_chosen(0, total)

    views.area.scroll_into_view_if_needed()
    views.lasso(0.02, 0.7)
    expect(views.all.get_by_text("clips chosen")).to_be_visible()
    by_lasso = views.rows()
    assert 0 < len(by_lasso) <= total
    views.expect_chosen(len(by_lasso), total)

    views.all.get_by_role("button", name="Clear selection").click()
    assert views.rows() == ()
    views.expect_chosen(0, total)

    cell = views.matrix.get_by_role("button", name=re.compile(r"^true class .*: [1-9]\d* clips")).first
    count = int(re.search(r": (\d+) clips", cell.get_attribute("aria-label")).group(1))
    cell.click()
    views.expect_chosen(count, total)
    expect(cell).to_have_attribute("aria-pressed", "true")

    # by keyboard alone: along the row to its head, which chooses the whole row
    for _ in range(3):
        notebook.page.keyboard.press("ArrowLeft")
    notebook.page.keyboard.press("Enter")
    in_row = views.rows()
    head = notebook.page.evaluate("() => document.activeElement.getAttribute('aria-label')")
    name = head.removeprefix("all with true class ")
    assert len(in_row) == int(notebook.kernel(f"print((results.predictions['label'] == {name!r}).sum())"))
    views.expect_chosen(len(in_row), total)

    views.all.get_by_role("button", name="Clear selection").click()
    views.expect_chosen(0, total)  # the table is drawn anew: a click before that would meet a row that goes away
    row = views.table.get_by_role("row").nth(3)
    row.click()
    views.expect_chosen(1, total)
    (chosen,) = views.rows()
    clip = notebook.kernel(f"print(results.name({chosen}))")
    expect(views.all.get_by_text(clip).last).to_be_visible()
    views.table.focus()
    notebook.page.keyboard.press("ArrowDown")
    notebook.settle()
    looked = int(notebook.kernel("print(view.selection.focus)"))
    assert looked != chosen
    expect(views.all.get_by_role("img", name=re.compile("^Onset frame of"))).to_be_visible()
    for legend in ("^Colour wheel of directions", "^Colour bar from dark"):
        expect(views.all.get_by_role("img", name=re.compile(legend))).to_be_visible()
    notebook.page.keyboard.press(" ")  # adds the row that the arrow led to
    assert views.rows() == tuple(sorted((chosen, looked)))
    views.expect_chosen(2, total)
    notebook.page.keyboard.press("Escape")
    views.expect_chosen(0, total)

    # the strip by keyboard: one of its pictures is in the tab order, arrows walk, Enter looks
    strip = views.all.get_by_role("list", name=re.compile("^Pictures of the chosen clips"))
    pictures = strip.get_by_role("button")
    assert strip.locator("[tabindex='0']").count() == 1
    views.all.get_by_role("button", name="later ›").focus()
    notebook.page.keyboard.press("Tab")
    assert notebook.page.evaluate("() => document.activeElement.tabIndex") == 0
    notebook.page.keyboard.press("Home")
    notebook.page.keyboard.press("ArrowRight")
    expect(pictures.nth(1)).to_be_focused()
    assert pictures.nth(1).evaluate("button => getComputedStyle(button).outlineStyle") == "solid"
    notebook.page.keyboard.press("Enter")
    expect(pictures.nth(1)).to_have_attribute("aria-pressed", "true")
    looked = int(notebook.kernel("print(view.selection.focus)"))
    words = notebook.kernel(f"print(' → '.join(results.words({looked})['classes']))")
    expect(pictures.nth(1)).to_contain_text(words)
    row.click()
    views.expect_chosen(1, total)

    views.all.get_by_label("Colour by").select_option("right or wrong")
    notebook.settle()
    expect(views.all.locator(".legendtext", has_text="right")).to_have_count(1)
    views.expect_chosen(1, total)

    views.all.get_by_role("button", name="Explain this clip").click()
    expect(views.all.get_by_text(re.compile(r"convergence delta [+-]\d"))).to_be_visible()
    for title in ("Fusion, at the classifier", "Fusion, at the local modules", "Occlusion"):
        expect(views.all.get_by_role("table", name=re.compile(title))).to_be_visible()
    expect(views.all.get_by_text(re.compile(r"^Sum [+-][\d.]+, delta")).first).to_be_visible()
    looked = int(notebook.kernel("print(view.selection.focus)"))
    explained = notebook.kernel(f"print(results.predictions['predicted'][{looked}])")
    other = notebook.kernel(f"print(next(name for name in results.classes if name != {explained!r}))")
    views.all.get_by_label("Class to explain").select_option(other)
    expect(views.all.get_by_text(re.compile(r"convergence delta [+-]\d"))).to_be_hidden()

    notebook.check()
    views.all.get_by_role("button", name="Choose the wrong").click()
    expect(views.all.get_by_text("only wrong clips are chosen")).to_be_visible()
    expect(views.all.get_by_role("cell", name="n/a")).to_have_count(2)
    views.all.get_by_label("Colour by").select_option("true class")
    views.all.get_by_label("Class to explain").select_option("predicted class")
    views.all.get_by_role("button", name="Explain this clip").click()
    expect(views.all.get_by_text(re.compile(r"convergence delta [+-]\d"))).to_be_visible()
    notebook.page.set_viewport_size({"width": 1450, "height": 2300})  # all of it at once
    notebook.picture(views.all, "results")

    # the run is deleted while it is looked at: said in place, and the views stay usable
    gone = lab.outputs / "demo" / "gone"
    (lab.outputs / "demo" / "train").rename(gone)
    try:
        notebook.kernel("view.results.arrays.kept.clear()")
        views.all.get_by_role("button", name="Choose the right").click()
        # several views may say it, and one may say it later than another
        expect(views.all.get_by_role("alert").filter(has_text="deleted or moved").first).to_be_visible()
        right = int(notebook.kernel("print(results.right.sum())"))
        assert len(views.rows()) == right
        views.all.get_by_role("button", name="Explain this clip").click()
        expect(views.all.get_by_role("alert").filter(has_text=re.compile("Weights|deleted")).last).to_be_visible()
    finally:
        gone.rename(lab.outputs / "demo" / "train")
    notebook.check()
