"""Want of memory is recognised, by real errors, and said with what there is."""

import resource
import subprocess
import sys

import pytest

from mer.core import memory
from mer.core.memory import limit_words, memory_words, memory_words_of, training_processes

#: Under a limit of 6 GB of addresses each of these asks for 10 TB.
ASKED = {
    "numpy": "import numpy; numpy.ones(10 * 2**40, numpy.uint8)",
    "torch": "import torch; torch.ones(10 * 2**40, dtype=torch.uint8)",
    "python": "bytearray(10 * 2**40)",
}


@pytest.mark.parametrize("who", ASKED)
def test_a_real_failure_is_said_with_the_limit_and_the_remedy(who):
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (6 * 2**30, 6 * 2**30))\n"
        "from mer.core.memory import memory_words\n"
        f"try: {ASKED[who].partition(';')[0] if ';' in ASKED[who] else 'pass'}\n"
        "except ImportError: raise\n"
        f"try: {ASKED[who].rpartition(';')[2].strip()}\n"
        "except Exception as error: print(memory_words(ValueError('x')) + memory_words(error))\n"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert "a process may address (ulimit -v) 6.0 GB. Work with fewer workers (`n_jobs`)" in said.stdout, said
    assert said.stdout.startswith("The memory did not suffice: at most 0.")


def test_other_errors_are_none_of_memory():
    assert memory_words(ValueError("class 3 is out of range")) == ""
    assert memory_words_of("OSError", "No space left on device") == ""


def test_a_library_that_finds_no_room_and_a_kernel_that_can_say_nothing():
    said = memory_words_of("ImportError", "libtorch_cpu.so: failed to map segment from shared object")
    assert said.startswith("The memory did not suffice")
    assert memory_words_of("CellExecutionError", "\n\n") == said
    assert memory_words_of("CellExecutionError", "KeyError: 'onset'") == ""


def test_what_an_error_was_raised_from_counts():
    try:
        try:
            raise MemoryError
        except MemoryError as error:
            raise ValueError("A fold failed.") from error
    except ValueError as error:
        assert memory_words(error).startswith("The memory did not suffice")


def test_killed_workers_and_gpus_have_words_of_their_own():
    assert "killed by the system has usually run out of memory" in memory_words_of("TerminatedWorkerError", "")
    said = memory_words_of("OutOfMemoryError", "CUDA out of memory. Tried to allocate 2.00 GiB")
    assert said.startswith("The GPU's memory did not suffice.") and "batches" in said


def test_the_smallest_limit_is_said(monkeypatch):
    monkeypatch.setattr(resource, "getrlimit", lambda what: (2**30 // 2, 2**40))
    assert limit_words() == "a process may address (ulimit -v) 0.5 GB"


def test_no_more_processes_train_than_can_have_memory(monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "_GROUP", tmp_path / "cgroup")
    monkeypatch.setattr(memory, "_GROUPS", tmp_path)
    assert training_processes(2) == 2, "in no group"
    (tmp_path / "cgroup").write_text("0::/jobs/7\n")
    (tmp_path / "jobs" / "7").mkdir(parents=True)
    group = tmp_path / "jobs" / "memory.max"  # of the group around this process's own
    (tmp_path / "jobs" / "7" / "memory.max").write_text("max\n")
    assert training_processes(2) == 2
    group.write_text(f"{2**30}\n")  # four times 250 MiB, and who starts them has one
    assert [training_processes(most) for most in (1, 2, 3, 64)] == [1, 2, 3, 3]
    group.write_text(f"{2**20}\n")
    assert training_processes(64) == 1
    (tmp_path / "cgroup").write_text("5:cpu,memory:/a\n")  # of version 1
    (tmp_path / "memory" / "a").mkdir(parents=True)
    (tmp_path / "memory" / "a" / "memory.limit_in_bytes").write_text(f"{2**30}\n")
    assert training_processes(64) == 3


def test_a_training_process_has_no_less_than_is_said():
    code = (
        "import re, torch, mer.training.loso\ntorch.set_num_threads(1)\nlayer = torch.nn.Conv2d(3, 8, 3)\n"
        "step = torch.optim.Adam(layer.parameters())\nlayer(torch.ones(4, 3, 48, 48)).sum().backward()\nstep.step()\n"
        "found = re.findall(r'(?:RssAnon|VmSwap):\\s*(\\d+)', open('/proc/self/status').read())\n"
        "print(sum(map(int, found)))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert int(said.stdout) * 2**10 > 0.8 * memory.TRAINING, "nor much less with another Python"
