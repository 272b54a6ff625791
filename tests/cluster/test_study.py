"""Whole studies by the real command line on a real SLURM."""

import json
import signal
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from mer.cli.runs_list import logs_text, runs_text
from mer.core.executor import SlurmSettings
from mer.runs.cluster import ClusterStudy
from mer.runs.runner import StudyRunner
from mer.runs.study import load_study
from tests.cluster import toy
from tests.cluster.slurm import wait_for

pytestmark = pytest.mark.slow
SLURM = ("--executor", "slurm", "--slurm", "patience=2")
MAKE = ("(run.arrays / 'x.txt').write_text(str(10 * value))", "run.finish({'value': value})")
USE = (
    "from functools import partial\nfrom pathlib import Path\nfrom mer.core.spread import spread\n"
    "from tests.cluster import toy",
    "work = Path('work')\nwork.mkdir(exist_ok=True)\n"
    "calls = [partial(toy.part, work.resolve(), k, wait=wait, fails=fails) for k in range(4)]\n"
    "found = sorted(spread(calls, 1))",
    "made = [int(Path(source, 'arrays', 'x.txt').read_text()) for source in sources]\n"
    "run.finish({'parts': found, 'made': made})",
)
USE_PARAMETERS = "run_dir = None\nvalue: int = 1\nsources: list = []\nwait: str = ''\nfails: int = -1"
PARTS = [0, 10, 20, 30]


def write_study(project, name: str = "s", **parameters: object) -> None:
    """A run that spreads four parts."""
    project.notebook("02_use", *USE, parameters=USE_PARAMETERS)
    project.study(name, [{"run": "use", "notebook": "02_use", "parameters": parameters}])


def write_grid(project, name: str) -> None:
    """Two runs of a grid, and one that uses both and spreads four parts."""
    project.notebook("01_make", *MAKE)
    project.notebook("02_use", *USE, parameters=USE_PARAMETERS)
    steps = [
        {"run": "make", "notebook": "01_make", "grid": {"value": [3, 4]}},
        {"run": "use", "notebook": "02_use", "parameters": {"sources": "@make"}},
    ]
    project.study(name, steps)


def result(project, study: str, run: str) -> dict:
    return json.loads((project.outputs / study / run / "result.json").read_text())


def ledger(project) -> toy.Ledger:
    return toy.Ledger(project.folder / "work")


def submissions(project, study: str = "s") -> dict[str, str]:
    """The last job of each run."""
    record = json.loads((project.outputs / study / ".logs" / "jobs.json").read_text())
    return {run: job["job"] for run, job in record.items()}


def ended(process: subprocess.Popen) -> subprocess.CompletedProcess:
    out, err = process.communicate(timeout=300)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def test_a_study_gives_what_it_gives_on_one_machine_and_its_logs_are_found(project, slurm):
    write_grid(project, "s")
    write_grid(project, "here")
    local = project.mer("study", "here")
    assert local.returncode == 0, local.stderr
    for done in (project.folder / "work").glob("done-*"):
        done.unlink()
    (project.folder / "work" / "ledger.txt").unlink()
    there = project.mer("study", "s", *SLURM)
    assert there.returncode == 0, there.stderr + slurm.told()
    assert there.stdout.strip() == f"Report: {project.outputs / 's' / 'index.html'}"
    for run in ("make-value=3", "make-value=4", "use"):
        one, other = result(project, "here", run), result(project, "s", run)
        same = ("state", "run", "step", "notebook", "summary") + (("hash", "digest") if run != "use" else ())
        assert {key: one[key] for key in same} == {key: other[key] for key in same}
    assert result(project, "s", "use")["summary"] == {"parts": PARTS, "made": [30, 40]}
    jobs = submissions(project)
    array = jobs["make-value=3"].removesuffix("_0")
    assert jobs["make-value=4"] == f"{array}_1" and jobs["use"] != array, "the grid is one array"
    assert ledger(project).counts("begin") == ledger(project).counts("end") == Counter(range(4))

    assert f"Logs of its jobs: {project.outputs / 's' / '.logs'} (mer runs s --logs)" in runs_text("s").text
    lines = logs_text("s").splitlines()
    assert len([line for line in lines if line.startswith("use  part, job ")]) == 4
    (line,) = (line for line in lines if line.startswith(f"use  notebook, job {jobs['use']}  "))
    assert "Recorded in outputs/s/use" in Path(line.split("  ")[-1]).read_text()
    again = ClusterStudy(StudyRunner(load_study("s")), SlurmSettings()).run()
    assert [done.outcome for done in again] == ["up to date"] * 3 and submissions(project) == jobs


def test_an_interrupted_command_leaves_its_jobs_and_the_same_command_waits_for_them(project, slurm):
    write_study(project, wait="go")
    first = project.start("study", "s", *SLURM)
    wait_for(lambda: len(ledger(project).lines("begin")) == 4, slurm.told, 300)
    first.send_signal(signal.SIGINT)
    told = ended(first)
    jobs = submissions(project)
    assert told.returncode == 130 and f"Jobs {jobs['use']} go on on the cluster." in told.stderr
    second = project.start("study", "s", *SLURM)
    while f"use: job {jobs['use']} is under way" not in (line := second.stderr.readline()):
        assert line, "it ended before"
    (project.folder / "work" / "go").touch()
    done = ended(second)
    assert done.returncode == 0, done.stderr
    assert submissions(project) == jobs, "nothing was submitted twice"
    assert result(project, "s", "use")["summary"]["parts"] == PARTS
    assert ledger(project).counts("begin") == ledger(project).counts("end") == Counter(range(4))


def test_a_killed_notebook_goes_on_with_its_parts_while_controller_and_nodes_fail(project, slurm):
    write_study(project, wait="go")
    study = project.start("study", "s", *SLURM)
    wait_for(lambda: len(ledger(project).lines("begin")) == 4, slurm.told, 300)
    first = submissions(project)["use"]
    slurm.run("scancel", first)
    wait_for(lambda: submissions(project)["use"] != first, slurm.told, 300)
    slurm.stop_controller()
    slurm.start_controller()
    wait_for(lambda: set(slurm.nodes().values()) <= {"idle", "mixed", "allocated"}, slurm.told)
    for node in ("n1", "n2"):
        slurm.run("scontrol", "update", f"nodename={node}", "state=drain", "reason=test")
    (project.folder / "work" / "go").touch()
    wait_for(lambda: ledger(project).counts("end") == Counter(range(4)), slurm.told)
    slurm.resume()
    done = ended(study)
    assert done.returncode == 0, done.stderr + slurm.told()
    assert f"use: job {first} was lost (CANCELLED" in done.stderr
    assert result(project, "s", "use")["summary"]["parts"] == PARTS
    assert ledger(project).counts("begin") == ledger(project).counts("end") == Counter(range(4))


def test_an_error_of_a_part_ends_the_study_with_its_words_and_logs(project, slurm):
    write_study(project, fails=2)
    done = project.mer("study", "s", *SLURM)
    assert done.returncode == 1 and "Part 2 has no clips." in done.stderr, done.stderr
    assert "In job " in done.stderr and str(project.outputs / "s" / ".logs" / "use") in done.stderr
    assert f"Its log: {project.outputs / 's' / '.logs' / submissions(project)['use']}_0_log.err" in done.stderr
    error = json.loads((project.outputs / "s" / "use" / "error.json").read_text())
    assert "Part 2 has no clips." in error["message"]
    assert ledger(project).counts("begin")[2] == 1


def test_jobs_are_cancelled_for_good(project, slurm):
    write_study(project, wait="never")
    study = project.start("study", "s", *SLURM)
    wait_for(lambda: len(ledger(project).lines("begin")) == 4, slurm.told, 300)
    wait_for((project.outputs / "s" / ".logs" / "use" / "parts.json").exists)
    told = project.mer("study", "s", *SLURM, "--cancel")
    assert "Cancelled 5 jobs (" in told.stdout, told.stderr
    done = ended(study)
    assert done.returncode == 1 and "was cancelled (job " in done.stderr
    wait_for(lambda: not slurm.jobs(), slurm.told)
    assert project.mer("study", "s", *SLURM, "--cancel").stdout == "No jobs of s are on the cluster.\n"


def test_a_single_notebook_runs_on_the_cluster_chosen_by_the_environment(project, slurm, tmp_path):
    project.notebook("01_make", *MAKE)
    (tmp_path / "gpu.yaml").write_text("partition: gpu\ngpus: 1\npatience: 2\n")
    chosen = {"MER_EXECUTOR": "slurm", "MER_SLURM_CONFIG": str(tmp_path / "gpu.yaml")}
    done = project.mer("run", "01_make", "-p", "value", "6", extra=chosen)
    assert done.returncode == 0, done.stderr
    assert "runs on n2" in done.stderr
    assert result(project, "single", "01_make-value=6")["summary"] == {"value": 6}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("--slurm", "partition=gup"), "no partition 'gup'. Did you mean 'gpu'?"),
        (("--slurm", "partition=cpu", "--slurm", "gpus=1"), "no node of partition 'cpu' has GPUs. Those of all, gpu"),
        (("--slurm", "gpus=9"), "no node of partition 'all' has more than 2 GPUs. Ask for at most 2"),
        (("--slurm", "cpus=5"), "no node of partition 'all' has more than 4 CPUs. Ask for at most 4"),
        (("--slurm", "memory=4"), "no node of partition 'all' has more than 3.9 GB of memory. Ask for at most 3.9"),
        (("--slurm", "extra=--constraint=nowhere"), "SLURM refused the jobs: "),
    ],
)
def test_what_the_cluster_cannot_do_is_told_before_anything_runs(project, slurm, given, words):
    write_study(project)
    done = project.mer("study", "s", "--executor", "slurm", *given)
    assert done.returncode == 2 and words in done.stderr, done.stderr
    assert not (project.outputs / "s" / "use").exists() and not slurm.jobs()


def test_a_dry_run_says_what_is_submitted_and_submits_nothing(project, slurm):
    write_grid(project, "s")
    given = ("--slurm", "partition=gpu", "--slurm", "gpus=2", "--slurm", "minutes=60", "--dry-run")
    done = project.mer("study", "s", "--executor", "slurm", *given)
    asked = "partition gpu, 1 CPU, default memory, 2 GPUs, 60 min"
    assert done.stdout.splitlines() == [
        f"make-value=3  would run: one of a SLURM job array, {asked}",
        f"make-value=4  would run: one of a SLURM job array, {asked}",
        f"use           would run, after make-value=3, make-value=4: a SLURM job, {asked}",
    ]
    assert "not asked" not in done.stderr and not slurm.jobs()
    refused = project.mer("study", "s", "--executor", "slurm", "--slurm", "gpus=3", "--dry-run")
    assert refused.returncode == 2 and "has more than 2 GPUs" in refused.stderr


def test_without_programs_of_slurm_it_says_so(project, slurm):
    write_study(project)
    done = project.mer("study", "s", "--executor", "slurm", extra={"PATH": "/nowhere"})
    assert done.returncode == 2 and "there is no sbatch on PATH" in done.stderr, done.stderr
