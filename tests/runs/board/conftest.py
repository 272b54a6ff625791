"""A project with runs of all kinds, and the board on it."""

import pytest

from mer.runs.board.view import run_board
from tests.runs.board_runs import FINISH, made_up, scores


@pytest.fixture
def made(project):
    """Two studies: ``s`` with a grid, half of it run, and ``t``; and one that ran and is no longer known."""
    project.notebook("01_make", FINISH)
    project.study("s", [{"run": "make", "notebook": "01_make", "grid": {"value": [1, 2, 3]}, "minutes": 2}])
    project.study("t", [{"run": "only", "notebook": "01_make"}])
    for k in (1, 2):
        made_up(project.outputs, "s", f"make-value={k}", summary=scores(k / 10), parameters={"value": k})
    made_up(project.outputs, "old", "failed", "failed", error="Cell 3 raised ValueError: no such luck")
    return project


@pytest.fixture
def shown(made):
    made_board = run_board(live=False)
    yield made_board
    made_board.close()
