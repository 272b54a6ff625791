"""Parts of a run as a job array on a real SLURM: none lost, none finished twice, whatever happens to the cluster."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

import tests
from mer.core.errors import InputError
from mer.core.slurm.parts import PartFailed
from mer.core.spread import spread
from tests.cluster.slurm import wait_for

ONCE = Counter(range(4))


class Spread(threading.Thread):
    """`spread` in the background, so that a test can disturb the cluster meanwhile."""

    def __init__(self, calls: list, workers: int = 1) -> None:
        super().__init__(daemon=True)
        self.calls, self.workers = calls, workers
        self.found: list[int] = []
        self.error: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self.found.extend(spread(self.calls, self.workers))
        except BaseException as error:  # a test looks at it
            self.error = error

    def results(self) -> list[int]:
        """Wait for the end."""
        self.join(300)
        assert not self.is_alive(), "not at an end"
        if self.error:
            raise self.error
        return sorted(self.found)


def test_an_array_gives_every_result_once(parts, slurm):
    assert sorted(spread(parts.calls(6), 1)) == [0, 10, 20, 30, 40, 50]
    assert parts.ledger.counts("begin") == parts.ledger.counts("end") == Counter(range(6))
    assert len({job for _, _, job, _ in parts.ledger.lines("begin")}) == 1, "one array"
    assert len({process for _, process, _, _ in parts.ledger.lines("begin")}) == 6
    left = {path.suffix for path in parts.logs.iterdir()}
    assert left <= {".err", ".out", ".sh"}, "logs and scripts stay, what was sent does not"


def test_a_job_with_several_processors_computes_as_many_parts(parts, monkeypatch):
    monkeypatch.setenv("MER_SLURM", '{"patience": 1, "cpus": 2}')
    assert sorted(spread(parts.calls(5), 2)) == [0, 10, 20, 30, 40]
    begun = parts.ledger.lines("begin")
    assert len(begun) == 5 and len(list(parts.logs.glob("*_log.err"))) == 3, "5 parts in groups of at most 2"


def test_killed_jobs_are_run_again_and_finished_parts_are_not(parts, slurm):
    spreading = Spread(parts.calls(4, wait="go"))
    begun = wait_for(lambda: parts.ledger.lines("begin") if len(parts.ledger.lines("begin")) == 4 else None, slurm.told)
    process = next(int(process) for number, process, _, _ in begun if number == "1")
    array = begun[0][2]
    (parts.folder / "done-3").touch()  # finished on disk when its job is killed
    slurm.run("scancel", f"{array}_0", f"{array}_3")
    os.kill(process, signal.SIGKILL)
    wait_for(lambda: parts.ledger.counts("begin")[0] == 2 and parts.ledger.counts("begin")[1] == 2, slurm.told)
    (parts.folder / "go").touch()
    assert spreading.results() == [0, 10, 20, 30]
    assert parts.ledger.counts("begin") == Counter({0: 2, 1: 2, 2: 1, 3: 1})
    assert parts.ledger.counts("end") == Counter({0: 1, 1: 1, 2: 1}) and parts.ledger.counts("kept") == {3: 1}


def test_an_error_ends_the_others_at_once_with_its_words_and_its_log(parts, slurm):
    with pytest.raises(
        InputError, match=r"^Part 1 has no clips\.\n  In job \d+_1; its log: .*_1_0_log\.err$"
    ) as raised:
        list(spread(parts.calls(4, wait="never", fails=1), 1))
    assert parts.ledger.counts("begin")[1] == 1, "an error is not tried again"
    wait_for(lambda: not slurm.jobs(), slurm.told)
    assert "InputError: Part 1 has no clips" in Path(str(raised.value).rpartition("its log: ")[2]).read_text()


def test_an_unexpected_error_comes_with_its_traceback(parts):
    with pytest.raises(PartFailed, match=r"(?s)ZeroDivisionError: what nobody expected.*in part.*its log: "):
        list(spread(parts.calls(2, fails=101), 1))


def test_a_part_that_is_lost_too_often_is_told(parts, slurm, monkeypatch):
    monkeypatch.setenv("MER_SLURM", '{"patience": 1, "retries": 1}')
    spreading = Spread(parts.calls(2, wait="go"))
    for times in (1, 2):
        wait_for(lambda times=times: parts.ledger.counts("begin")[0] == times, slurm.told)
        os.kill(int([row for row in parts.ledger.lines("begin") if row[0] == "0"][-1][1]), signal.SIGKILL)
    with pytest.raises(InputError, match=r"Part 1 of 2 was lost 2 times, last in job \d+: .*retries.*Its log: "):
        spreading.results()


def test_nodes_that_are_drained_and_resumed_lose_nothing(parts, slurm):
    spreading = Spread(parts.calls(12, wait="go"))  # 8 processors
    wait_for(lambda: len(parts.ledger.lines("begin")) == 8, slurm.told)
    for node in ("n1", "n2"):
        slurm.run("scontrol", "update", f"nodename={node}", "state=drain", "reason=test")
    (parts.folder / "go").touch()
    wait_for(lambda: slurm.nodes() == {"n1": "drained", "n2": "drained"}, slurm.told)
    assert len(parts.ledger.lines("end")) == 8 and len(slurm.jobs("PENDING")) == 4
    slurm.resume()
    assert spreading.results() == [10 * number for number in range(12)]
    assert parts.ledger.counts("begin") == parts.ledger.counts("end") == Counter(range(12))


@pytest.mark.parametrize("requeue", [True, False])
def test_a_node_that_is_lost_loses_only_what_it_had_not_finished(parts, slurm, monkeypatch, requeue):
    """SLURM may put its jobs back into the queue itself, after two minutes, or leave that to us."""
    extra = "--requeue" if requeue else "--no-requeue"
    monkeypatch.setenv("MER_SLURM", json.dumps({"patience": 1, "extra": extra}))
    spreading = Spread(parts.calls(4, wait="go"))
    begun = wait_for(lambda: parts.ledger.lines("begin") if len(parts.ledger.lines("begin")) == 4 else None, slurm.told)
    node = begun[0][3]
    on_it = {int(number) for number, _, _, where in begun if where == node}
    slurm.run("scontrol", "update", f"nodename={node}", "state=down", "reason=test")
    slurm.resume()
    for job in slurm.jobs("PENDING") if requeue else ():
        slurm.run("scontrol", "update", f"jobid={job['id']}", "starttime=now")
    wait_for(lambda: len(parts.ledger.lines("begin")) == 4 + len(on_it), slurm.told)
    (parts.folder / "go").touch()
    assert spreading.results() == [0, 10, 20, 30]
    assert parts.ledger.counts("end") == ONCE
    assert parts.ledger.counts("begin") == ONCE + Counter(on_it)


def test_a_controller_that_is_restarted_is_waited_for(parts, slurm):
    spreading = Spread(parts.calls(4, wait="go"))
    wait_for(lambda: len(parts.ledger.lines("begin")) == 4, slurm.told)
    slurm.stop_controller()
    (parts.folder / "go").touch()
    wait_for(lambda: parts.ledger.counts("end") == ONCE, slurm.told)
    slurm.start_controller()
    assert spreading.results() == [0, 10, 20, 30]
    assert parts.ledger.counts("begin") == parts.ledger.counts("end") == ONCE


def test_parts_are_submitted_when_the_controller_answers_again(parts, slurm, monkeypatch):
    monkeypatch.setattr("mer.core.slurm.parts.check_cluster", lambda *given: slurm.stop_controller())  # just after it
    spreading = Spread(parts.calls(4))
    wait_for(lambda: list(parts.logs.glob("sent-*.pkl")), slurm.told)
    slurm.start_controller()
    assert spreading.results() == [0, 10, 20, 30]
    assert parts.ledger.counts("begin") == parts.ledger.counts("end") == ONCE


def kernel(parts, *arguments: str) -> subprocess.Popen:
    """Spreads four parts in a process of its own, as a notebook's kernel does, and prints the results."""
    code = (
        "import sys; from functools import partial; from pathlib import Path; from mer.core.spread import spread; "
        "from tests.cluster import toy; folder, wait = Path(sys.argv[1]), sys.argv[2]; "
        "print(sorted(spread([partial(toy.part, folder, k, wait=wait) for k in range(4)], 1)))"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code, str(parts.folder), *arguments],
        cwd=Path(tests.__file__).parents[1],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(("wait", "begins"), [("go", 1), ("elsewhere", 2)])
def test_a_process_started_again_finds_its_jobs_or_ends_those_that_compute_something_else(parts, slurm, wait, begins):
    first = kernel(parts, "go")
    wait_for(lambda: len(parts.ledger.lines("begin")) == 4, slurm.told)
    wait_for((parts.logs / "parts.json").exists)
    first.kill()
    first.wait()
    second = kernel(parts, wait)
    if begins == 1:
        assert second.stderr.readline() == "Waiting for 4 jobs of an earlier start.\n"
    if begins == 2:
        wait_for(lambda: len(parts.ledger.lines("begin")) == 8, slurm.told)
        assert len(slurm.jobs()) == 4, "those of the first are gone"
    (parts.folder / wait).touch()
    out, _ = second.communicate(timeout=300)
    assert out.strip() == "[0, 10, 20, 30]"
    assert parts.ledger.counts("begin") == Counter(dict.fromkeys(range(4), begins))
    assert parts.ledger.counts("end") == ONCE


def test_a_notebook_in_a_job_computes_what_finds_no_place(parts, slurm, monkeypatch):
    """Else a cluster that is full of notebooks that wait for their parts would never come to an end."""
    monkeypatch.setenv("SLURM_JOB_ID", "12345")  # as in a job
    slurm.run("scontrol", "update", "partitionname=all", "state=down")
    try:
        assert sorted(spread(parts.calls(4), 1)) == [0, 10, 20, 30]
    finally:
        slurm.run("scontrol", "update", "partitionname=all", "state=up")
    assert {process for _, process, _, _ in parts.ledger.lines("begin")} == {str(os.getpid())}
    assert parts.ledger.counts("begin") == parts.ledger.counts("end") == ONCE
    assert not slurm.jobs()


def test_gpus_are_asked_for_and_counted(parts, slurm, monkeypatch):
    monkeypatch.setenv("MER_SLURM", '{"patience": 1, "gpus": 1, "partition": "gpu"}')
    spreading = Spread(parts.calls(4, wait="go"))
    wait_for(lambda: len(parts.ledger.lines("begin")) == 2, slurm.told)
    wait_for(lambda: "Resources" in {job["reason"] for job in slurm.jobs("PENDING")}, slurm.told)
    assert len(slurm.jobs("PENDING")) == 2, "the node has two GPUs"
    assert {job["gpus"] for job in slurm.jobs()} == {"gres:gpu:1"}
    assert {node for *_, node in parts.ledger.lines("begin")} == {"n2"}
    assert len(parts.ledger.lines("gpu-0")) == len(parts.ledger.lines("gpu-1")) == 1, "each sees its own"
    (parts.folder / "go").touch()
    assert spreading.results() == [0, 10, 20, 30]


def test_what_the_cluster_refuses_is_told_in_its_words(parts, monkeypatch, capfd):
    monkeypatch.setenv("MER_SLURM", '{"extra": "--constraint=nowhere"}')
    with pytest.raises(InputError, match=r"SLURM refused the jobs: [^:]*: Invalid feature specification\. .*--slurm"):
        list(spread(parts.calls(2), 1))
    assert not capfd.readouterr().err, "in one error, not in lines of sbatch"
