"""Jobs in the background: real processes, real signals."""

import json
import os
import subprocess
import sys
from dataclasses import asdict, replace

import psutil
import pytest

from mer.core.errors import InputError
from mer.runs import background
from mer.runs.background import cancel_job, is_alive, members, start_job
from mer.runs.folder import RunFolder
from mer.runs.jobs import Job, find_job, find_jobs, job_file, log_tail
from tests.runs.board_runs import FINISH, wait_for

#: Two workers of joblib, as training has them, that compute for minutes; the run's folder tells their numbers.
WORKERS = """
import os, time
from pathlib import Path
from joblib import Parallel, delayed

def work(k):
    Path(run.folder, f'{k}.pid').write_text(str(os.getpid()))
    while not Path('go').exists(): time.sleep(0.1)

Path(run.folder, 'kernel.pid').write_text(str(os.getpid()))
Parallel(n_jobs=2)(delayed(work)(k) for k in range(2))
"""


def state(project, run, study="s"):
    return RunFolder(project.outputs, study, run).state()


def pids(project, run, study="s"):
    """Numbers of kernel and workers, once all three are known."""
    found = [path.read_text() for path in (project.outputs / study / run).glob("*.pid")]
    return [int(text) for text in found if text] if len(found) == 3 and all(found) else []


def runs_still(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def study(project):
    project.notebook("01_make", FINISH)
    project.notebook("02_slow", WORKERS, FINISH)
    project.study("s", [{"run": "make", "notebook": "01_make"}, {"run": "slow", "notebook": "02_slow"}])
    yield project
    for job in find_jobs(project.outputs):
        cancel_job(job, 0, project.outputs)


def test_a_study_is_started_cancelled_without_remains_and_resumed(study):
    job = start_job("s", "study", ["study", "s"])
    assert is_alive(job)
    assert job.command == "mer study s"
    assert os.getsid(job.pid) == job.pid, "its own session: what ends the notebook's kernel does not end it"
    with pytest.raises(InputError, match=rf"mer study s is running already, since .* \(process {job.pid}\)"):
        start_job("s", "study", ["study", "s"])
    wait_for(lambda: pids(study, "slow"))
    family = [job.pid, *pids(study, "slow")]
    assert all(runs_still(pid) for pid in family)
    assert (state(study, "make"), state(study, "slow")) == ("finished", "running")
    assert len(members(job)) >= 4

    assert cancel_job(job) is True
    assert not any(runs_still(pid) for pid in family)
    assert members(job) == []
    assert not is_alive(job)
    assert state(study, "slow") == "interrupted"
    assert "the same command goes on from here" in log_tail(job)
    assert find_job("s").cancelled
    assert cancel_job(job) is False, "a second time there is nothing to do"

    (study.folder / "go").touch()
    again = start_job("s", "study", ["study", "s"])
    assert again.mark != job.mark
    wait_for(lambda: not is_alive(again))
    assert (state(study, "make"), state(study, "slow")) == ("finished", "finished")
    assert "make: up to date" in log_tail(again)
    assert not find_job("s").cancelled


def test_what_outlives_a_killed_job_is_found_by_its_mark(study):
    """SIGKILL on the process, as the system does it when memory runs out: its workers compute on."""
    job = start_job("s", "study", ["study", "s"])
    wait_for(lambda: pids(study, "slow"))
    workers = pids(study, "slow")
    psutil.Process(job.pid).kill()
    wait_for(lambda: not is_alive(job))
    cancel_job(job)
    assert not any(runs_still(pid) for pid in workers)


def test_what_does_not_listen_is_ended_by_force(project):
    deaf = (
        "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('deaf', flush=True)\n"
        "while True: time.sleep(0.1)"
    )
    mark = {"MER_JOB": "deaf"}
    process = subprocess.Popen([sys.executable, "-c", deaf], env=os.environ | mark, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"deaf\n"
    created = psutil.Process(process.pid).create_time()
    job = Job("s", "study", ("study", "s"), process.pid, created, "now", "deaf", "")
    assert is_alive(job)
    (project.outputs / "s" / ".background").mkdir(parents=True)
    assert cancel_job(job, patience=0.5) is True
    assert not runs_still(process.pid)
    process.stdout.close()
    process.wait()


def test_a_job_that_cannot_be_put_on_record_is_ended(project, monkeypatch):
    def full(job, outputs):
        started.append(job.pid)
        raise OSError(28, "No space left on device")

    started = []
    monkeypatch.setattr(background, "write_job", full)
    with pytest.raises(InputError, match=r"was not started, for it cannot be put on record: .*No space left"):
        start_job("s", "study", ["study", "s"])
    assert len(started) == 1 and not runs_still(started[0])
    assert find_job("s") is None


def test_cancelling_leaves_the_record_of_a_later_job_alone(project):
    job = Job("s", "study", ("study", "s"), 1, 0.0, "now", "earlier", "")
    path = job_file(project.outputs, "s", "study")
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(asdict(replace(job, mark="later"))))
    background._note_cancelled(job, project.outputs)
    assert (find_job("s").mark, find_job("s").cancelled) == ("later", "")
    background._note_cancelled(replace(job, mark="later"), project.outputs)
    assert find_job("s").cancelled


def test_a_process_that_merely_has_the_number_is_not_touched(project):
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    created = psutil.Process(bystander.pid).create_time()
    job = Job("s", "study", ("study", "s"), bystander.pid, created, "now", "another", "")
    assert not is_alive(job), "the same number and time, but without the mark"
    assert cancel_job(job) is False
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()
    own = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], env=os.environ | {"MER_JOB": "m"})
    job = replace(job, pid=own.pid, mark="m", created=created - 100)
    assert not is_alive(job), "the mark, but another start"
    own.kill()
    own.wait()


def test_another_process_finds_the_job_and_cancels_it(study):
    """As a kernel does that was restarted."""
    job = start_job("s", "study", ["study", "s"])
    wait_for(lambda: pids(study, "slow"))
    family = [job.pid, *pids(study, "slow")]
    code = (
        "from mer.runs.background import *\nfrom mer.runs.jobs import find_job\n"
        "job = find_job('s')\nassert is_alive(job)\n"
        "try: start_job('s', 'study', ['study', 's'])\n"
        "except ValueError as error: print(error)\n"
        "assert cancel_job(job)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=study.folder, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    assert "is running already" in done.stdout
    assert not any(runs_still(pid) for pid in family)
    assert state(study, "slow") == "interrupted"


def test_a_single_run_has_a_job_of_its_own(study):
    job = start_job("single", "01_make-value=2", ["run", "01_make", "-p", "value", "2"])
    wait_for(lambda: not is_alive(job))
    assert state(study, "01_make-value=2", "single") == "finished"
    assert [found.label for found in find_jobs()] == ["01_make-value=2"]
    assert "Result:" in log_tail(job)


def test_what_a_job_says_before_it_ends_early_is_kept(study):
    job = start_job("s", "study", ["study", "no-such-study"])
    wait_for(lambda: not is_alive(job))
    assert "No study 'no-such-study'" in log_tail(job)
    assert len(list((study.outputs / "s" / ".logs").glob("*.log"))) == 1


def test_outputs_that_cannot_be_written_are_named(project):
    project.outputs.write_text("a file where the folder should be")
    with pytest.raises(InputError, match="MER_OUTPUTS"):
        start_job("s", "study", ["study", "s"])
