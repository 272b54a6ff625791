"""The board's widget without a page: what its parts hold after what a person does."""

import asyncio
import json
import shutil
import time

import pytest

from mer.core import live
from mer.runs.background import cancel_job, find_job, is_alive
from mer.runs.board import actions as board_actions
from mer.runs.board import plan as board_plan
from mer.runs.board import view as board
from mer.runs.board.plan import PlannedStep, StudyPlan, plan_studies, plan_study, with_plans
from mer.runs.board.planner import Planner
from mer.runs.board.rows import RunReader
from mer.runs.board.ticker import Ticker
from mer.runs.board.view import run_board
from mer.runs.folder import RunFolder
from tests.runs.board_runs import made_up, scores

FINISH = "run.finish({'value': value})"
SLOW = "import time\nwhile not Path('go').exists(): time.sleep(0.1)"


def wait_for(condition, seconds=600):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)


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


def cells(shown, title):
    return next(column["values"] for column in shown.list.table._columns if column["title"] == title)


def press(shown, name):
    shown.buttons[name].click()
    if shown._worker:
        shown._worker.join(600)


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
    with RunFolder(made.outputs, "s", "b").lock(), RunFolder(made.outputs, "s", "a").lock():
        for name in "ab":
            made_up(made.outputs, "s", name, "interrupted")
        shown.list.state.value = "running"
        shown.list.selection.look_at(1)
        assert [run.run for run in shown.list.chosen] == ["b"]
        shutil.rmtree(made.outputs / "s" / "b")
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


def test_a_single_run_is_checked_in_its_form(shown, monkeypatch):
    form, calls = shown.form, []
    monkeypatch.setattr(board_actions, "start_job", lambda *given: calls.append(given) or FakeJob())
    form.check.click()
    assert "No notebook is chosen" in form.notice.text
    form.notebook.value = "01_make"
    assert "value" in form.known.value and "run_dir" not in form.known.value
    form.values.value = "valeu=1"
    form.start.click()
    assert "Did you mean 'value'" in form.notice.text and form.notice.kind == "error"
    form.values.value = "value"
    form.start.click()
    assert "is not name=value" in form.notice.text
    assert calls == []
    form.values.value = "value=2"
    form.check.click()
    assert form.notice.text == "All parameters are valid. The run would be single / 01_make-value=2."
    form.start.click()
    assert "Started single / x (process 1)" in form.notice.text and len(calls) == 1


class FakeJob:
    label, pid, mark = "x", 1, "m"


@pytest.mark.slow
def test_a_plan_says_what_would_run_and_what_is_out_of_date(made):
    assert made.mer("study", "s").returncode == 0
    plan = plan_study("s")
    assert plan.sentence() == "3 up to date, 0 would run"
    made.notebook("01_make", "x = 1", FINISH)
    heard = []
    plan_studies(["s", "t", "none"], heard.append, lambda: False)
    s, t, none = heard
    assert s.sentence().startswith("0 up to date, 3 would run, about ")
    assert t.sentence() == "0 up to date, 1 would run"
    assert none.problem.startswith("No study 'none'")
    runs = {run.key: run for run in with_plans(RunReader(made.outputs).read(), heard, made.outputs)}
    assert runs["s", "make-value=3"].state == "out of date"
    assert (runs["t", "only"].state, runs["t", "only"].notebook) == ("would run", "01_make")
    assert runs["old", "failed"].state == "failed"
    assert made.mer("study", "s").returncode == 0
    runs = with_plans(RunReader(made.outputs).read(), heard, made.outputs)
    assert {run.state for run in runs if run.study == "s"} == {"finished"}, "newer than the plan"


def test_a_run_that_its_study_names_no_more_says_so(made):
    plan = StudyPlan("s", steps=(PlannedStep("make-value=2", "01_make", "up to date", 1.0),), made=0.0)
    runs = with_plans(RunReader(made.outputs).read(), [plan], made.outputs)
    assert [(run.run, run.note) for run in runs if run.study == "s"] == [
        ("make-value=2", ""),
        ("make-value=1", "its study names it no more"),
    ]


def test_times_of_a_plan_are_said_as_far_as_they_are_known():
    steps = [PlannedStep("a", "n", "up to date", 5.0), PlannedStep("b", "n", "would run", 60.0)]
    assert StudyPlan("s", steps=tuple(steps)).sentence() == "1 up to date, 1 would run, about 1 min 00 s"
    steps.append(PlannedStep("c", "n", "would run, after b", None))
    assert StudyPlan("s", steps=tuple(steps)).sentence() == "1 up to date, 2 would run, at least 1 min 00 s"


def test_the_planner_finds_out_in_the_background_and_says_what_fails(made, monkeypatch):
    news = []
    planner = Planner(lambda plan, problem: news.append((plan and plan.study, problem)))
    planner.ask(["t", "s"])
    planner.ask(["t"])
    planner.wait(600)
    assert {name for name, _ in news} == {"t", "s"}
    assert set(planner.plans) == {"t", "s"}
    monkeypatch.setattr(board.outputs_dir.__globals__["os"], "environ", {"PATH": "/nowhere", "PYTHONHOME": "/nowhere"})
    planner.ask(["s"])
    planner.wait(600)
    assert news[-1][0] is None and "The plan could not be made" in news[-1][1]
    planner.stop()
    planner.ask(["s"])
    assert not planner.busy


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
    assert shown._tick() == board.BUSY_SECONDS
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
    assert again._tick() in (board.BUSY_SECONDS, board.IDLE_SECONDS)
    assert cells(again, "State") == ["finished"]
    assert again._tick() == board.IDLE_SECONDS
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


def test_curves_grow_while_a_run_trains(shown, made):
    folder = made_up(made.outputs, "s", "train", "interrupted", config={"database": "synthetic"})
    live.begin_live(folder, "group-0")
    live.note_live({"step": 25, "total": 3.0, "smooth": 0.1}, 100)
    shown.refresh()
    shown.list.selection.look_at([run.run for run in shown.list.shown].index("train"))
    plot = shown.details.plot
    assert [line["x"] for line in plot.curves["lines"]] == [[25]]
    assert "synthetic faces" in plot.curves["title"]
    assert shown.details.curve.options == ("total", "smooth")
    assert "group-0: step 25 of 100" in shown.details.words.value
    with RunFolder(made.outputs, "s", "train").lock():
        live.note_live({"step": 50, "total": 2.0, "smooth": 0.1}, 100)
        shown.refresh()
    assert [line["x"] for line in plot.curves["lines"]] == [[25, 50]]
    assert "total: group-0: 2 at step 50." in shown.details.said.value
    shown.details.curve.value = "smooth"
    assert [line["y"] for line in plot.curves["lines"]] == [[0.1, 0.1]]
    live.end_live()


def test_curves_come_back_after_others_were_looked_at(shown, made):
    folder = made_up(made.outputs, "s", "train")
    (folder / "group-0.csv").write_text("step,total\n25,3.0\n")
    shown.refresh()
    place = [run.run for run in shown.list.shown].index("train")
    shown.list.selection.look_at(place)
    assert shown.details._curves.layout.display == ""
    shown.list.selection.choose([0, place])
    assert shown.details._curves.layout.display == "none"
    shown.list.selection.choose([place])
    shown.list.selection.look_at(place)
    assert shown.details._curves.layout.display == ""


def test_a_plan_that_says_much_about_errors_holds_nothing_up(project, tmp_path, monkeypatch):
    script = tmp_path / "python"
    script.write_text("#!/bin/sh\nhead -c 300000 /dev/zero | tr '\\0' x >&2\necho >&2\necho the last >&2\nexit 1\n")
    script.chmod(0o755)
    monkeypatch.setattr(board_plan.sys, "executable", str(script))
    news = []
    planner = Planner(lambda plan, problem: news.append(problem))
    planner.ask(["s"])
    planner.wait(120)
    assert news == ["The plan could not be made: the last"]


def test_stopping_the_planner_ends_its_process(project, tmp_path, monkeypatch):
    script = tmp_path / "python"
    script.write_text("#!/bin/sh\nexec sleep 900\n")
    script.chmod(0o755)
    monkeypatch.setattr(board_plan.sys, "executable", str(script))
    news = []
    planner = Planner(lambda plan, problem: news.append(problem))
    planner.ask(["s"])
    wait_for(lambda: planner._process is not None)
    planner.stop()
    planner.wait(120)
    assert (planner.busy, news) == (False, [])
    assert planner._process.poll() is not None


def test_the_ticker_calls_beside_the_loop_and_stops(made):
    calls = []

    async def until_the_third():
        third, loop = asyncio.Event(), asyncio.get_running_loop()

        def tick():
            calls.append(1)
            if len(calls) == 3:
                loop.call_soon_threadsafe(third.set)
            return 0.05

        ticker = Ticker(tick)
        assert ticker.start(0.05)
        await asyncio.wait_for(third.wait(), 600)
        ticker.stop()
        await asyncio.wait_for(asyncio.wait([ticker._task]), 600)
        return ticker.running

    assert not asyncio.run(until_the_third())  # which waits for threads
    count = len(calls)
    assert count >= 3
    time.sleep(0.2)
    assert len(calls) == count
    assert not Ticker(lambda: 1.0).start(1.0), "no loop, no timer"


def test_a_closed_board_looks_no_more(made):
    async def open_and_close():
        shown = run_board(live=True)
        assert shown.ticker.running
        shown.close()
        await asyncio.sleep(0.1)
        return shown

    shown = asyncio.run(open_and_close())
    assert not shown.ticker.running
    shown.planner.wait(600)


def test_a_live_board_closes_the_one_before_it(made):
    async def open_twice():
        first = run_board(live=True)
        still = run_board(live=False)
        running = first.ticker.running
        second = run_board(live=True)
        await asyncio.sleep(0.1)
        found = running, first.ticker.running, first.planner._stopped, second.ticker.running
        second.close(), still.close()
        return first, second, found

    first, second, found = asyncio.run(open_twice())
    assert found == (True, False, True, True)
    first.planner.wait(600), second.planner.wait(600)


def test_a_button_is_about_the_run_that_stood_there_at_the_click(shown, monkeypatch):
    cancelled = []
    monkeypatch.setattr(board, "cancel_run", lambda run: cancelled.append(run.run) or "done")
    monkeypatch.setattr(board.threading, "Thread", Late)
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
