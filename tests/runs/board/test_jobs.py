"""Studies started, followed and cancelled from the board: real processes."""

import pytest

from mer.runs.background import cancel_job, is_alive
from mer.runs.board import view
from mer.runs.board.view import run_board
from mer.runs.jobs import find_job
from tests.runs.board_runs import FINISH, cells, press, wait_for

SLOW = "import time\nwhile not Path('go').exists(): time.sleep(0.1)"


@pytest.mark.slow
def test_a_study_is_started_followed_and_cancelled_from_the_board(made):
    made.notebook("02_slow", "from pathlib import Path", SLOW, FINISH)
    made.study("u", [{"run": "slow", "notebook": "02_slow"}])
    shown = run_board("u", live=False)
    press(shown, "Preview study")
    shown.planner.wait(600)
    assert "u: 0 up to date, 1 would run. Would run: slow." in shown.notice.text
    assert cells(shown, "State") == ["would run"]
    press(shown, "Start study")
    assert shown.notice.text.startswith("Started: mer study u (process ")
    job = find_job("u")
    press(shown, "Start study")
    assert "mer study u is running already" in shown.notice.text
    wait_for(lambda: (made.outputs / "u" / "slow" / "record.json").exists())
    assert shown._tick() == view.BUSY_SECONDS
    assert cells(shown, "State") == ["running"]
    assert "Running for" in shown.details.words.value
    again = run_board("u", live=False)  # as after a restart of the kernel
    assert cells(again, "State") == ["running"]
    press(again, "Cancel")
    assert "mer study u was cancelled" in again.notice.text
    assert not is_alive(job)
    assert cells(again, "State") == ["interrupted"]
    assert "Resume goes on from what is finished" in again.details.words.value
    (made.folder / "go").touch()
    press(again, "Resume")
    wait_for(lambda: not is_alive(find_job("u")))
    assert again._tick() in (view.BUSY_SECONDS, view.IDLE_SECONDS)
    assert cells(again, "State") == ["finished"]
    assert again._tick() == view.IDLE_SECONDS
    again.close(), shown.close()


@pytest.mark.slow
def test_a_job_that_failed_at_once_shows_its_last_lines(made):
    made.notebook("02_bad", "raise RuntimeError('no such luck')")
    made.study("u", [{"run": "bad", "notebook": "02_bad"}])
    shown = run_board("u", live=False)
    press(shown, "Start study")
    wait_for(lambda: not is_alive(find_job("u")))
    shown.refresh()
    assert cells(shown, "State") == ["failed"]
    assert "RuntimeError: no such luck" in shown.details.words.value
    cancel_job(find_job("u"), 0)
    shown.close()
