"""The board's widget without a page: what its parts hold after what a person does."""

import json
import shutil
import time
from contextlib import ExitStack

from mer.runs.board import view
from mer.runs.board.plan import PlannedStep, StudyPlan
from mer.runs.board.view import run_board
from mer.runs.folder import RunFolder
from tests.runs.board_runs import cells, made_up, press, scores


def test_all_runs_are_shown_and_filtered(shown):
    assert shown.notice.text == ""
    assert cells(shown, "Study") == ["old", "s", "s"]
    assert "3 runs: 2 finished, 1 failed" in shown.list.count.value
    assert [name for name, _ in shown.list.study.options] == ["all studies", "old", "s", "t"]
    shown.list.study.value = "s"
    assert cells(shown, "value") == ["1", "2"], "the parameter that differs"
    assert cells(shown, "UF1 [95 %]") == ["0.100 [0.000, 0.200]", "0.200 [0.100, 0.300]"]
    shown.list.state.value = "failed"
    assert cells(shown, "Run") == []
    assert "no run fits" in shown.list.count.value
    assert "No run is looked at" in shown.details.words.value
    shown.list.study.value = "old"
    assert cells(shown, "Run") == ["failed"]
    assert "no such luck" in shown.details.words.value


def test_planned_runs_are_counted_apart(shown, made):
    shown.planner.plans["t"] = StudyPlan("t", steps=(PlannedStep("only", "01_make", "would run", 1.0),))
    shown.refresh()
    assert "3 runs: 2 finished, 1 failed; 1 planned" in shown.list.count.value
    assert cells(shown, "Run")[-1] == "only"
    shown.list.study.value = "t"
    assert "no run yet; 1 planned" in shown.list.count.value
    shown.list.study.value = "old"
    assert "1 run: 1 failed<" in shown.list.count.value


def test_a_message_goes_when_it_no_longer_applies(shown):
    for kind in ("error", "warning", "info"):
        shown.notice.say("about what was shown before", kind)
        shown.list.state.value = "failed" if shown.list.state.value != "failed" else "finished"
        assert shown.notice.text == ""
    shown.list.state.value = ""
    shown.notice.say("2 runs are chosen. Choose one in the table.", "error")
    shown.list.selection.look_at(1)
    assert shown.notice.text == ""


def test_two_chosen_runs_are_laid_side_by_side(shown):
    shown.list.selection.choose([1, 2])
    assert "Two runs" in shown.details.words.value
    assert "make-value=1" in shown.details.words.value
    shown.list.selection.choose([0, 1, 2])
    assert "3 runs are chosen" in shown.details.words.value
    shown.list.selection.choose([2])
    shown.list.selection.look_at(2)
    assert "s / make-value=2" in shown.details.words.value


def test_what_is_chosen_stays_chosen_when_rows_move(shown, made):
    shown.list.selection.choose([1, 2])
    made_up(made.outputs, "a-first", "run")
    shown.refresh()
    assert [run.key for run in shown.list.chosen] == [("s", "make-value=1"), ("s", "make-value=2")]
    shutil.rmtree(made.outputs / "old")
    shown.refresh()
    assert [run.key for run in shown.list.chosen] == [("s", "make-value=1"), ("s", "make-value=2")]
    shutil.rmtree(made.outputs / "s" / "make-value=2")
    shown.refresh()
    assert [run.run for run in shown.list.shown] == ["run", "make-value=1"]
    shutil.rmtree(made.outputs)
    shown.refresh()
    assert shown.list.shown == []
    assert shown.notice.text == ""


def test_no_other_run_is_looked_at_when_the_one_looked_at_leaves_the_table(shown, made):
    with ExitStack() as b_runs, RunFolder(made.outputs, "s", "a").lock():
        b_runs.enter_context(RunFolder(made.outputs, "s", "b").lock())
        for name in "ab":
            made_up(made.outputs, "s", name, "interrupted")
        shown.list.state.value = "running"
        shown.list.selection.look_at(1)
        assert [run.run for run in shown.list.chosen] == ["b"]
        shutil.rmtree(made.outputs / "s" / "b")
        b_runs.close()
        shown.refresh()
        assert [run.run for run in shown.list.shown] == ["a"]
        assert shown.list.chosen == []
        assert "No run is looked at" in shown.details.words.value
        press(shown, "Cancel")
        assert "0 runs are chosen" in shown.notice.text
    shown.refresh()
    with RunFolder(made.outputs, "s", "a").lock():
        shown.refresh()
        assert (len(shown.list.shown), shown.list.chosen) == (1, []), "nor one that comes later"
    shown.list.state.value = "finished"
    assert len(shown.list.chosen) == 1, "a person who sets a filter sees the first"


def test_an_unknown_study_is_said_in_place(made):
    made_board = run_board("tt", live=False)
    assert made_board.notice.kind == "error"
    assert "No study 'tt'" in made_board.notice.text
    assert "Did you mean 't'" in made_board.notice.text
    assert len(made_board.list.shown) == 3


def test_wrong_wishes_are_said_in_place(shown):
    press(shown, "Start study")
    assert (shown.notice.kind, shown.notice.text[:19]) == ("error", "No study is chosen.")
    shown.list.selection.look_at(1)
    press(shown, "Resume")
    assert "make-value=1 is finished; there is nothing to resume" in shown.notice.text
    press(shown, "Cancel")
    assert "s / make-value=1 is not running" in shown.notice.text
    shown.list.selection.choose([0, 1])
    press(shown, "Resume")
    assert "2 runs are chosen. Choose one" in shown.notice.text
    shown.notice.say("stays", "error")
    shown._look()
    assert shown.notice.text == "stays", "a look by itself takes no message away"


def test_a_button_is_about_the_run_that_stood_there_at_the_click(shown, monkeypatch):
    cancelled = []
    monkeypatch.setattr(view, "cancel_run", lambda run: cancelled.append(run.run) or "done")
    monkeypatch.setattr(view.threading, "Thread", Late)
    shown.list.selection.look_at(1)
    shown.buttons["Cancel"].click()
    shown.list.selection.look_at(2)
    shown._worker.begin()
    assert cancelled == ["make-value=1"]


class Late:
    """A thread that begins when it is told to."""

    def __init__(self, target, args, daemon):
        self.begin = lambda: target(*args)

    def start(self):
        pass


def test_300_runs_are_shown_within_200_ms(made):
    for k in range(300):
        summary, state = scores(0.8), ("finished", "failed", "interrupted")[k % 10 % 3]
        made_up(made.outputs, "s" if k % 2 else "t", f"r{k}", state, summary=summary, parameters={"value": k})
    shown = run_board(live=False)
    assert len(shown.list.shown) == 303
    assert min(_seconds(shown.refresh) for _ in range(3)) < 0.2
    assert min(_seconds(lambda row=row: shown.list.selection.look_at(row)) for row in (3, 4, 5)) < 0.2

    def filtered():
        shown.list.study.value = "s" if shown.list.study.value != "s" else ""

    assert min(_seconds(filtered) for _ in range(6)) < 0.2
    shown.close()


def _seconds(action):
    began = time.process_time()  # of this process: others of a busy machine do not count
    action()
    return time.process_time() - began


def test_the_shown_table_is_plain_data(shown):
    json.dumps(shown.list.table._columns)
