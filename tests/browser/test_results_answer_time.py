import pytest

from tests.browser.answer_time import PICTURES, YARDSTICK, expect_answers_within

CELL = """import tempfile
from pathlib import Path
from mer.widgets.results.view import explore_results
from tests.widgets.large_run import large_run
explore_results(*large_run(Path(tempfile.mkdtemp()), {count}))"""

PLANE = '(view.querySelector(".js-plotly-plot")._fullData[0].selectedpoints ?? []).slice(0, 9)'
STRIP = '[...view.querySelectorAll(".mer-clip-strip img")].map((image) => image.src.slice(-40))'
MARKED = 'view.querySelectorAll(".mer-cell-grid .marked")'
MARKS = f"[...{MARKED}].map((mark) => mark.parentElement.dataset.at + mark.textContent)"
CELLS = [f'.mer-cell-grid [data-at="{row},{column}"]' for row in (1, 2, 3) for column in (1, 2, 3)]


@pytest.mark.parametrize(("count", "limit_ms"), [(442, 200), (10_000, 500)])
def test_a_click_in_one_view_changes_the_others_at_once(open_notebook, count, limit_ms):
    """A row of the table, then a cell of the matrix: until the slowest of the views that follow has followed."""
    notebook = open_notebook("results_times", cells=[CELL.format(count=count), YARDSTICK]).run_all()
    view = notebook.output(0)
    rows = [f'.mer-table-body [data-row="{row}"]' for row in range(1, 9)]
    expect_answers_within(
        limit_ms,
        notebook,
        view,
        rows,
        {"plane": PLANE, "clip": PICTURES, "strip": STRIP},
        f"{count} clips, a row",
    )
    expect_answers_within(
        limit_ms, notebook, view, CELLS, {"plane": PLANE, "strip": STRIP, "matrix": MARKS}, f"{count} clips, a cell"
    )
