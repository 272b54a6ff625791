import pytest

from tests.browser.answer_time import PICTURE, YARDSTICK, expect_answers_within

CELL = """import tempfile
from pathlib import Path
from mer.widgets.explorer.view import explore_samples
from tests.widgets.explorer_store import make_large
folder = Path(tempfile.mkdtemp())
explore_samples(make_large(folder / "store", {count}, length=66), corrections=folder / "own.csv")"""


@pytest.mark.parametrize(("count", "limit_ms"), [(442, 200), (10_000, 500)])
def test_a_click_on_a_row_changes_the_picture_at_once(open_notebook, count, limit_ms):
    """Clips of 66 frames, as in CASME II."""
    notebook = open_notebook("explorer_times", cells=[CELL.format(count=count), YARDSTICK]).run_all()
    rows = [f'.mer-table-body [data-row="{row}"]' for row in range(1, 10)]
    expect_answers_within(limit_ms, notebook, notebook.output(0), rows, {"picture": PICTURE}, f"{count} clips, a row")
