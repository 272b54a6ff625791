import pytest

from mer.runs.board.plan import PlannedStep, StudyPlan, plan_studies, plan_study, with_plans
from mer.runs.board.rows import RunReader
from mer.runs.folder import RunFolder
from tests.runs.board_runs import FINISH, made_up


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
    assert runs["s", "make-value=3"].because == ("code of notebook 01_make changed",)
    assert runs["t", "only"].because == ()
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


def test_own_runs_come_first_and_planned_ones_last(tmp_path):
    for name, state, started in (
        ("old", "finished", "2026-01-01T00:00:00Z"),
        ("new", "finished", "2026-01-03T00:00:00Z"),
        ("stopped", "interrupted", "2026-01-02T00:00:00Z"),
        ("wrong", "failed", "2026-01-02T12:00:00Z"),
        ("busy", "interrupted", "2026-01-01T00:00:00Z"),
    ):
        made_up(tmp_path, "s", name, state, started=started)
    steps = tuple(PlannedStep(name, "n", "would run", 1.0) for name in ("b", "a", "old"))
    plans = [StudyPlan("aaa", steps=steps, made=0.0), StudyPlan("s", steps=steps, made=0.0)]
    with RunFolder(tmp_path, "s", "busy").lock():
        runs = with_plans(RunReader(tmp_path).read(), plans, tmp_path)
    own = [f"s/{name}" for name in ("busy", "wrong", "stopped", "new", "old")]
    assert ["/".join(run.key) for run in runs] == [*own, "aaa/b", "aaa/a", "aaa/old", "s/b", "s/a"]


def test_what_a_finished_run_waits_for_is_why_it_is_out_of_date(made):
    step = PlannedStep("make-value=1", "n", "would run, after x", 1.0, because=["x, which it uses, would run before"])
    runs = with_plans(RunReader(made.outputs).read(), [StudyPlan("s", steps=(step,), made=1e12)], made.outputs)
    found = next(run for run in runs if run.run == "make-value=1")
    assert (found.state, found.because) == ("out of date", ("x, which it uses, would run before",))


def test_times_of_a_plan_are_said_as_far_as_they_are_known():
    steps = [PlannedStep("a", "n", "up to date", 5.0), PlannedStep("b", "n", "would run", 60.0)]
    assert StudyPlan("s", steps=tuple(steps)).sentence() == "1 up to date, 1 would run, about 1 min 00 s"
    steps.append(PlannedStep("c", "n", "would run, after b", None))
    assert StudyPlan("s", steps=tuple(steps)).sentence() == "1 up to date, 2 would run, at least 1 min 00 s"
