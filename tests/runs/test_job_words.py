"""What is said of jobs, before there are any."""

from pathlib import Path

from mer.core.executor import SlurmSettings
from mer.runs.job_words import asked_words, jobs_words, submitted_plan
from mer.runs.notebook import Notebook
from mer.runs.plan import Done, PlannedRun

NOTEBOOK = Notebook(Path("01_make.ipynb"), {}, (), ())


def run(name: str, *needs: str) -> PlannedRun:
    return PlannedRun(name, name, NOTEBOOK, {}, needs)


def test_what_a_job_asks_for_in_words():
    assert asked_words(SlurmSettings()) == "default partition, 1 CPU, default memory, no GPU, default time limit"
    settings = SlurmSettings("gpu", "lab", gpus=2, cpus=4, memory=7.5, minutes=240, extra="--qos=long")
    assert asked_words(settings) == "partition gpu, account lab, 4 CPUs, 7.5 GB, 2 GPUs, 240 min, --qos=long"
    assert jobs_words(["12"]) == "1 job (12)" and jobs_words(["1_0", "1_1"]) == "2 jobs (1_0, 1_1)"


def test_runs_that_wait_for_the_same_are_one_array():
    runs = [run("old"), run("make-1"), run("make-2"), run("use", "make-1", "make-2"), run("more", "old")]
    would = {"use": "would run, after make-1, make-2"}
    plan = [Done(one.name, would.get(one.name, "would run"), Path(one.name)) for one in runs]
    plan[0] = Done("old", "up to date", Path("old"))
    asked = "partition gpu, 1 CPU, default memory, 1 GPU, 60 min"
    said = submitted_plan(plan, runs, SlurmSettings("gpu", gpus=1, minutes=60))
    assert [done.outcome for done in said] == [
        "up to date",
        f"would run: one of a SLURM job array, {asked}",
        f"would run: one of a SLURM job array, {asked}",
        f"would run, after make-1, make-2: a SLURM job, {asked}",
        f"would run: one of a SLURM job array, {asked}",
    ]
