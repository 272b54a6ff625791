import pytest

from mer.core import paths
from mer.runs.board import plan
from mer.runs.board.planner import Planner
from tests.runs.board_runs import wait_for


@pytest.fixture
def python_is(tmp_path, monkeypatch):
    """Has the planner start a shell script, given its commands, in place of Python."""

    def put(commands):
        script = tmp_path / "python"
        script.write_text(f"#!/bin/sh\n{commands}\n")
        script.chmod(0o755)
        monkeypatch.setattr(plan.sys, "executable", str(script))

    return put


def test_the_planner_finds_out_in_the_background_and_says_what_fails(made, monkeypatch):
    news = []
    planner = Planner(lambda plan, problem: news.append((plan and plan.study, problem)))
    planner.ask(["t", "s"])
    planner.ask(["t"])
    planner.wait(600)
    assert {name for name, _ in news} == {"t", "s"}
    assert set(planner.plans) == {"t", "s"}
    monkeypatch.setattr(paths.os, "environ", {"PATH": "/nowhere", "PYTHONHOME": "/nowhere"})
    planner.ask(["s"])
    planner.wait(600)
    assert news[-1][0] is None and "The plan could not be made" in news[-1][1]
    planner.stop()
    planner.ask(["s"])
    assert not planner.busy


def test_a_plan_that_says_much_about_errors_holds_nothing_up(project, python_is):
    python_is("head -c 300000 /dev/zero | tr '\\0' x >&2; echo >&2; echo the last >&2; exit 1")
    news = []
    planner = Planner(lambda plan, problem: news.append(problem))
    planner.ask(["s"])
    planner.wait(120)
    assert news == ["The plan could not be made: the last"]


def test_stopping_the_planner_ends_its_process(project, python_is):
    python_is("exec sleep 900")
    news = []
    planner = Planner(lambda plan, problem: news.append(problem))
    planner.ask(["s"])
    wait_for(lambda: planner._process is not None)
    planner.stop()
    planner.wait(120)
    assert (planner.busy, news) == (False, [])
    assert planner._process.poll() is not None


def test_when_all_is_known_it_says_so_and_is_no_longer_busy(made):
    said = []
    planner = Planner(lambda plan, problem: said.append((plan.study, planner.busy)), lambda: said.append(planner.busy))
    planner.ask(["t", "s"])
    planner.wait(600)
    assert said == [("t", True), ("s", True), False]
