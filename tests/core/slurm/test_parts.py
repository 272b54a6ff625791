"""Parts of a run and the jobs that they are in, on a cluster that is only imagined (a real one: tests/cluster)."""

import pickle
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mer.core.errors import InputError
from mer.core.executor import SlurmSettings
from mer.core.files import read_json, write_json
from mer.core.slurm import jobs as jobs_module
from mer.core.slurm import parts as parts_module
from mer.core.slurm.in_thread import InThread
from mer.core.slurm.jobs import Jobs, Part
from mer.core.slurm.outcome import Raised, outcome_text
from mer.core.slurm.parts import _keyed, _whole, spread_on_cluster
from mer.core.slurm.queue import JobState, Queue, Silent
from mer.core.slurm.tickets import ticket
from mer.core.spread import spread_here


def ten_times(number: int) -> int:
    return 10 * number


def calls(*numbers: int) -> list[partial]:
    return [partial(ten_times, number) for number in numbers]


def logs(tmp_path: Path) -> Path:
    return tmp_path / "study" / ".logs" / "run"


def test_calls_give_their_results_equal_ones_too(cluster):
    assert sorted(spread_on_cluster(calls(3, 1, 3, 2, 3), 2, SlurmSettings(), spread_here)) == [10, 20, 30, 30, 30]
    assert cluster.arrays == 2 and len(cluster.calls) == 3, "groups of at most two, two jobs an array"


def test_jobs_that_were_taken_are_ended_when_a_later_array_is_refused(cluster, tmp_path):
    cluster.refused_from, cluster.runs = 2, False
    with pytest.raises(InputError, match=r"no more\."):
        list(spread_on_cluster(calls(0, 1, 2), 1, SlurmSettings(), spread_here))
    assert cluster.cancelled == ["1_0", "1_1"] and len(cluster.revoked) == 1, "the one that was not taken"
    assert not (logs(tmp_path) / "parts.json").exists()


def test_every_array_is_on_record_before_it_is_submitted_and_with_its_numbers_before_the_next(
    cluster, tmp_path, monkeypatch
):
    cluster.runs = False
    seen: list[list[str]] = []
    names: list[str] = []

    def submitted(calls: Any, settings: Any, folder: Path, name: str, *rest: Any) -> list[str]:
        seen.append(list(read_json(logs(tmp_path) / "parts.json").values()))
        names.append(name)
        if len(seen) == 3:
            raise InputError("stop here")
        return cluster.submitted(calls, settings, folder)

    monkeypatch.setattr(jobs_module, "submitted", submitted)
    with pytest.raises(InputError, match="stop here"):
        list(spread_on_cluster(calls(0, 1, 2, 3, 4), 1, SlurmSettings(), spread_here))
    one, two, three = names
    assert seen == [
        [ticket(one, 0), ticket(one, 1)],
        ["1_0", "1_1", ticket(two, 0), ticket(two, 1)],
        ["1_0", "1_1", "2_0", "2_1", ticket(three, 0)],
    ]


def test_what_a_silent_controller_may_have_taken_is_revoked_and_submitted_under_another_name(cluster, monkeypatch):
    names: list[str] = []
    revoked: list[str] = []

    def submitted(calls: Any, settings: Any, folder: Path, name: str, *rest: Any) -> list[str]:
        names.append(name)
        if len(names) == 1:
            raise Silent
        return cluster.submitted(calls, settings, folder)

    monkeypatch.setattr(jobs_module, "submitted", submitted)
    monkeypatch.setattr(jobs_module, "revoke_in_time", lambda folder, name: revoked.append(name))
    assert list(spread_on_cluster(calls(3), 1, SlurmSettings(), spread_here)) == [30]
    assert revoked == names[:1] and names[0] != names[1]


def test_jobs_that_may_have_been_taken_when_the_notebook_was_interrupted_are_revoked(cluster, tmp_path, monkeypatch):
    def submitted(calls: Any, settings: Any, folder: Path, name: str, *rest: Any) -> list[str]:
        raise KeyboardInterrupt

    monkeypatch.setattr(jobs_module, "submitted", submitted)
    with pytest.raises(KeyboardInterrupt):
        list(spread_on_cluster(calls(3), 1, SlurmSettings(), spread_here))
    assert len(cluster.revoked) == 1 and not (logs(tmp_path) / "parts.json").exists()


@pytest.mark.parametrize(
    ("jobs_of", "said"), [(["1_0", ticket("a", 0)], "End them: scancel 1_0\n"), (["a#0"], "on.\n")]
)
def test_jobs_that_cannot_be_ended_are_told_by_their_numbers(tmp_path, monkeypatch, capsys, jobs_of, said):
    def silent(*given: Any) -> None:
        raise Silent

    jobs = Jobs(SlurmSettings(), tmp_path, "test")
    for job in jobs_of:
        jobs.adopt(Part(int, job), job, JobState("PENDING"))
    monkeypatch.setattr(jobs_module, "revoke", silent)
    assert not parts_module._try_to_cancel(jobs) and capsys.readouterr().err.endswith(said)


def test_a_process_started_again_keeps_the_jobs_of_calls_that_are_still_wanted(cluster, tmp_path):
    """One of a job's two calls is finished on disk meanwhile, so that the caller asks for the other alone."""
    keyed = _keyed(calls(0, 1, 2, 3))
    jobs_of = dict(zip(keyed, ("1_0", "1_0", "1_1", "1_1"), strict=True))
    write_json(logs(tmp_path) / "parts.json", jobs_of)
    for job in ("1_0", "1_1"):
        own = {key: call for key, call in keyed.items() if jobs_of[key] == job}
        cluster.calls[job] = partial(_whole, spread_here, own, 1)
    cluster.finish(logs(tmp_path), ["1_0", "1_1"])
    assert sorted(spread_on_cluster(calls(1, 2, 3), 2, SlurmSettings(), spread_here)) == [10, 20, 30]
    assert cluster.arrays == 0 and not cluster.cancelled


def test_the_last_call_is_not_computed_here_while_a_job_of_an_earlier_start_computes_it(cluster, tmp_path, monkeypatch):
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    (keyed,) = _keyed(calls(5)).items()
    write_json(logs(tmp_path) / "parts.json", {keyed[0]: "1_0"})
    cluster.calls["1_0"] = partial(_whole, spread_here, dict([keyed]), 1)
    cluster.finish(logs(tmp_path), ["1_0"])
    assert list(spread_on_cluster(calls(5), 1, SlurmSettings(), pytest.fail)) == [50]


def test_jobs_of_an_earlier_start_stay_on_record_until_they_are_known(cluster, tmp_path, monkeypatch):
    def refuse(queue: Queue, name: str) -> None:
        raise InputError("squeue: no.")

    write_json(logs(tmp_path) / "parts.json", {"of another call": "1_0"})
    monkeypatch.setattr(Queue, "states", refuse)
    with pytest.raises(InputError, match="squeue: no"):
        list(spread_on_cluster(calls(0, 1), 1, SlurmSettings(), spread_here))
    assert read_json(logs(tmp_path) / "parts.json") == {"of another call": "1_0"}


def test_jobs_whose_numbers_nobody_wrote_down_are_on_record_by_their_numbers(cluster, tmp_path, monkeypatch):
    """So that they are found though the queue forgets what their name was."""
    ((key, call),) = _keyed(calls(5)).items()
    write_json(logs(tmp_path) / "parts.json", {key: ticket("mer-a", 0)})
    cluster.calls["1_0"] = partial(_whole, spread_here, {key: call}, 1)
    cluster.named["mer-a"] = {"1_0": JobState("RUNNING")}
    seen: list[dict[str, str]] = []

    def say(text: str) -> None:
        seen.append(read_json(logs(tmp_path) / "parts.json"))
        cluster.finish(logs(tmp_path), ["1_0"])

    monkeypatch.setattr(parts_module, "_say", say)
    assert list(spread_on_cluster(calls(5), 1, SlurmSettings(), spread_here)) == [50]
    assert seen[0] == {key: "1_0"} and cluster.arrays == 0


def test_what_is_computed_here_does_not_outlive_an_error(cluster, tmp_path, monkeypatch):
    ended: list[int] = []

    def compute(calls: Sequence[Callable[[], Any]], workers: int) -> Iterator[Any]:
        """Stands for a training; while it runs, the other part fails in its job."""
        outcome = Raised("InputError", "", "", InputError("No clips."))
        (logs(tmp_path) / "1_0_0_result.pkl").write_bytes(pickle.dumps(("success", outcome_text(outcome))))
        try:
            while True:
                time.sleep(0.01)
        finally:
            ended.append(1)
        yield

    monkeypatch.setenv("SLURM_JOB_ID", "7")
    cluster.runs, cluster.state = False, "PENDING"
    with pytest.raises(InputError, match=r"No clips\."):
        list(spread_on_cluster(calls(0, 1), 1, SlurmSettings(patience=0), compute))
    assert ended == [1]


def test_a_call_in_a_thread_gives_its_result_or_its_error():
    assert InThread(lambda: 3).result() == 3
    with pytest.raises(ZeroDivisionError):
        InThread(lambda: 1 // 0).result()
