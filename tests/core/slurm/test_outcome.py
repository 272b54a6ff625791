"""Results of jobs: handed on exactly, and never executed."""

import os
import pickle
from pathlib import Path
from typing import Any

import cloudpickle
import pytest

from mer.core.errors import InputError, MissingPath
from mer.core.executor import SlurmSettings
from mer.core.slurm.jobs import Jobs, Part
from mer.core.slurm.outcome import Failed, Raised, outcome_text, raised, read_outcome
from mer.core.slurm.queue import JobState
from mer.core.slurm.submit import _TAKE


class Trap:
    """Makes a file when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return os.mknod, (str(self.mark),)


def left(folder: Path, outcome: Any) -> Path:
    path = folder / "2_0_0_result.pkl"
    path.write_bytes(cloudpickle.dumps(("success", outcome)))
    return path


@pytest.mark.parametrize(
    "value",
    [
        *(None, 3, 0.1, True, "é\n", ["d/006"], {"ab-2": ["x"], "cd": None}, {"executed": True, "seconds": 1.5}),
        *(Failed("A cell raised."), Raised("OSError", "m", "t"), Raised("InputError", "m", "t", InputError("None."))),
    ],
)
def test_what_a_call_came_to_is_handed_on(tmp_path: Path, value: Any) -> None:
    found = read_outcome(left(tmp_path, outcome_text(value)))
    assert repr(found) == repr(value) and type(found) is type(value)


def test_an_error_is_handed_on_as_what_it_is(tmp_path: Path) -> None:
    class Own(MissingPath):
        pass

    try:
        raise Own("No such folder.")
    except Own as error:
        text = outcome_text(raised(error))
    found = read_outcome(left(tmp_path, text))
    assert type(found.error) is MissingPath and str(found.error) == "No such folder."
    assert found.kind == "Own" and "Traceback" in found.trace


@pytest.mark.parametrize("value", [object(), (1, 2), {1: 2}, [float("nan")], b"x"])
def test_what_would_come_out_as_something_else_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        outcome_text(value)


def test_submitits_own_words_of_an_error_are_read(tmp_path: Path) -> None:
    path = tmp_path / "r.pkl"
    path.write_bytes(pickle.dumps(("error", "Traceback\nOSError: gone")))
    assert read_outcome(path) == Raised("Error", "OSError: gone", "Traceback\nOSError: gone")


@pytest.mark.parametrize("inside", [False, True])
def test_nothing_in_a_file_is_executed(tmp_path: Path, inside: bool) -> None:
    mark = tmp_path / "mark"
    data = pickle.dumps(("success", Trap(mark)) if inside else Trap(mark))
    pickle.loads(data)
    assert mark.exists(), "the trap does work"
    mark.unlink()
    path = tmp_path / "2_0_0_result.pkl"
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"no result of a job.*asks for posix\.mknod"):
        read_outcome(path)
    assert not mark.exists()


@pytest.mark.parametrize("data", [b"", b"\x80", b"\x80\x04\x95", b"N.", b"(lp0\n.", pickle.dumps(("success", "{"))])
def test_a_damaged_file_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "r.pkl"
    path.write_bytes(data)
    with pytest.raises(InputError, match="no result of a job of this suite"):
        read_outcome(path)


def test_a_job_goes_on_beside_a_file_that_somebody_else_left_for_it(tmp_path: Path, cluster: Any) -> None:
    mark, said = tmp_path / "mark", []
    cluster.calls["2_0"] = int
    jobs = Jobs(SlurmSettings(), tmp_path, "test", say=said.append)
    jobs.adopt(part := Part(int, "part 1 of 1"), "2_0", JobState("RUNNING"))
    path = left(tmp_path, Trap(mark))
    assert jobs.poll() == [] and jobs.parts == [part]
    assert not path.exists() and not mark.exists() and "asks for posix.mknod" in said[0]
    left(tmp_path, outcome_text(30))
    assert jobs.poll() == [(part, 30)]


def test_a_job_runs_what_was_sent_also_where_something_else_had_its_name(tmp_path: Path) -> None:
    (tmp_path / "sent.pkl").write_text("ours")
    (tmp_path / "7_1_submitted.pkl").write_text("theirs")
    take = _TAKE.format(sent=tmp_path / "sent.pkl", folder=tmp_path)
    assert os.system(f"SLURM_ARRAY_JOB_ID=7 SLURM_ARRAY_TASK_ID=1; {take}") == 0
    assert (tmp_path / "7_1_submitted.pkl").read_text() == "ours"
