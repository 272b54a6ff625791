"""What a cluster says of itself, from programs that stand for those of SLURM (the real ones: tests/cluster)."""

import os

import pytest

from mer.core.errors import InputError
from mer.core.executor import SlurmSettings
from mer.core.slurm import queue
from mer.core.slurm.jobs import Jobs, Part
from mer.core.slurm.queue import (
    GONE,
    JobState,
    Queue,
    Silent,
    ask,
    is_silence,
    most_in_an_array,
    outer_environment,
    own_jobs,
    plain,
)

SILENCE = "slurm_load_jobs error: Unable to contact slurm controller (connect failure)"


def test_states_are_told_apart_by_job(program):
    program("squeue", "12_0|RUNNING|n1|None\n12_1|PENDING||Resources\n7|NODE_FAIL|n2|NodeDown")
    found = Queue().states()
    assert found == {
        "12_0": JobState("RUNNING", "", "n1"),
        "12_1": JobState("PENDING", "Resources"),
        "7": JobState("NODE_FAIL", "NodeDown", "n2"),
    }
    assert [state.ended for state in found.values()] == [False, False, True] and JobState(GONE).ended


def test_only_jobs_that_were_submitted_from_the_folder_are_its_own(program, tmp_path):
    here, link, copy = tmp_path / "a|b", tmp_path / "link", tmp_path / "copy"
    here.mkdir()
    copy.mkdir()
    link.symlink_to(here)
    scripts = {"1_0": here, "2": link, "3": copy, "4": tmp_path / "gone"}
    lines = [f"{job}|RUNNING|n1|None|{folder}/.submission_file_1.sh" for job, folder in scripts.items()]
    program("squeue", "\n".join([*lines, "5|RUNNING|n1|None|(null)", "6|RUNNING|n1|None|", "7|RUNNING|n1|None"]))
    jobs = [*scripts, "5", "6", "7", "8"]
    assert [*Queue().alive(jobs, here)] == ["1_0", "2"] and [*Queue().alive(jobs, copy)] == ["3"]
    assert [*Queue().under_way(jobs)] == jobs[:-1]
    program("squeue", f"1|{here}/job.sh\n1|{here}/job.sh\n2|{copy}/job.sh\n3|(null)\n4")
    assert own_jobs("mer-s", here) == ["1"] and own_jobs("mer-s", copy) == ["2"]


@pytest.mark.parametrize("fault", [SILENCE, "squeue: error: what nobody has seen before"])
def test_a_controller_that_does_not_answer_says_nothing_of_any_job(program, tmp_path, fault):
    program("squeue", fault, fails=True)
    jobs = Jobs(SlurmSettings(patience=0, retries=0), tmp_path, "test")
    part = Part(int, "part 1 of 1")
    jobs.adopt(part, "12_0", JobState("RUNNING"))
    assert jobs.queue.states() is None
    assert jobs.poll() == [] and part.state == JobState("RUNNING"), "not lost"
    program("squeue", "13|RUNNING|n1|None")
    jobs._asked = float("-inf")
    ((lost, outcome),) = jobs.poll()
    assert lost is part and outcome.state == JobState(GONE) and outcome.times == 1


def test_a_long_silence_is_told_once_and_its_end(program, monkeypatch):
    told: list[str] = []
    clock = iter(range(0, 1000, 20))
    monkeypatch.setattr(queue.time, "monotonic", lambda: next(clock))
    program("squeue", SILENCE, fails=True)
    asked = Queue(told.append)
    assert [asked.states() for _ in range(4)] == [None] * 4
    assert len(told) == 1 and "does not answer" in told[0]
    program("squeue", "")
    assert asked.states() == {} and told[1:] == ["The SLURM controller answers again."]


def test_a_squeue_that_refuses_again_and_again_is_told_in_its_words(program, monkeypatch):
    clock = iter(range(0, 1000, 20))
    monkeypatch.setattr(queue.time, "monotonic", lambda: next(clock))
    program("squeue", "squeue: error: Protocol authentication error", fails=True)
    asked = Queue()
    assert [asked.states() for _ in range(5)] == [None] * 5
    program("squeue", "")
    assert asked.states() == {}, "one answer, and it begins anew"
    program("squeue", "squeue: error: Protocol authentication error", fails=True)
    assert [asked.states() for _ in range(6)] == [None] * 6
    with pytest.raises(InputError, match=r"any more\. squeue: Protocol authentication error"):
        asked.states()


def test_a_job_of_a_job_takes_the_way_to_the_cluster_and_nothing_else(monkeypatch):
    kept = {"SLURM_CONF": "/etc/slurm.conf", "SLURM_JWT": "key", "SLURM_CLUSTERS": "near"}
    before = kept | {"SLURM_CPUS_PER_TASK": "4", "SUBMITIT_EXECUTOR": "slurm", "MER_JOB": "1"}
    for name, value in before.items():
        monkeypatch.setenv(name, value)
    with outer_environment():
        assert {name: os.environ[name] for name in before if name in os.environ} == kept
    assert {name: os.environ[name] for name in before} == before


@pytest.mark.parametrize(
    ("said", "most"), [("MaxArraySize            = 101", 101), ("MaxArraySize = 100000", 1000), ("", 1000)]
)
def test_an_array_is_as_long_as_the_cluster_takes(program, said, most):
    program("scontrol", f"Configuration data as of now\nMaxArraySize2 = 3\n{said}\nMaxJobCount = 10000")
    assert most_in_an_array() == most


def test_refusals_and_silence_are_told_apart(program):
    program("sinfo", SILENCE, fails=True)
    with pytest.raises(Silent):
        ask(["sinfo"])
    program("sinfo", "sinfo: error: Invalid user", fails=True)
    with pytest.raises(InputError, match="Invalid user"):
        ask(["sinfo"])
    assert is_silence("sbatch: error: Batch job submission failed: Socket timed out on send/recv operation")
    assert not is_silence("sbatch: error: Batch job submission failed: Invalid partition name specified")


def test_what_a_program_says_comes_in_one_line_and_once():
    said = "sbatch: error: No such partition\nsbatch: error: No such partition\nsbatch: fatal: The end"
    assert plain(said) == "No such partition; The end"
