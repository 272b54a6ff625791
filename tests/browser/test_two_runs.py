"""Two runs side by side: a cell chooses the clips that one gets right and the other wrong."""

import re

import pytest
from playwright.sync_api import expect


@pytest.mark.picture
def test_clips_that_one_run_alone_gets_right(open_notebook, world):
    notebook = open_notebook("13_results", **world.data, explained=1).run_all(seconds=900)
    view = notebook.output("TwoRuns(")
    matrix = view.get_by_role("grid", name=re.compile("^Right and wrong of"))
    expect(view.get_by_text(re.compile("McNemar's exact test p"))).to_be_visible()

    cell = matrix.get_by_role("button", name=re.compile(r"right, .* wrong: ")).first
    other = matrix.get_by_role("button", name=re.compile(r"wrong, .* right: ")).first
    for one, place in ((cell, (0, 1)), (other, (1, 0))):
        expected = int(notebook.kernel(f"print(pair.data.agreement.counts{list(place)})"))
        one.click()
        notebook.settle()
        rows = eval(notebook.kernel("print(tuple(map(int, pair.selection.rows)))"))
        if not expected:  # a tiny study may have no such clip
            expect(view.get_by_text("No clip is of this kind")).to_be_visible()
            continue
        assert len(rows) == expected
        expect(view.get_by_text(re.compile(rf"^{expected} of \d+ common clips chosen"))).to_be_visible()
        expect(view.get_by_text(re.compile(rf"rows, {expected} chosen"))).to_be_visible()
        wanted = ("✓ right", "✗ wrong") if place == (0, 1) else ("✗ wrong", "✓ right")
        verdicts = view.get_by_text(re.compile(r"predicts .*\((✓|✗)")).all_inner_texts()
        assert all(word in verdict for word, verdict in zip(wanted, verdicts, strict=True))

    # by keyboard: from the cell to a head and back
    cell.focus()
    notebook.page.keyboard.press("ArrowUp")
    notebook.page.keyboard.press("Enter")
    notebook.settle()
    assert notebook.kernel("print((pair.data.agreement.cell[list(pair.selection.rows)] % 2 == 1).all())") == "True"
    view.get_by_role("button", name="Clear selection").click()
    expect(view.get_by_text("Nothing chosen: all are shown")).to_be_visible()

    table = view.get_by_role("grid", name="Clips of both runs")
    expect(table.get_by_role("columnheader", name="B p(true)")).to_be_in_viewport(ratio=1)
    assert table.evaluate("grid => grid.scrollWidth <= grid.clientWidth")  # nothing is cut
    table.get_by_role("row").nth(2).click()
    notebook.settle()
    assert notebook.kernel("print(pair.selection.rows == (pair.selection.focus,))") == "True"
    expect(view.get_by_role("img", name=re.compile("^Apex frame of")).first).to_be_visible()
    notebook.check()
    cell.click()
    notebook.page.set_viewport_size({"width": 1450, "height": 1500})  # all of it at once
    notebook.picture(view, "two-runs")
