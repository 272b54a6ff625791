"""Commands under a limit of memory: what works is not refused, and whatever ends them is said in words."""

import resource
import signal
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems set no limit of addresses")
MB = 2**20


def under(what: int, limit: int, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A piece of Python in a process with a limit."""

    def begin() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # tests that run in the background may have it ignored
        resource.setrlimit(what, (limit, limit))

    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        preexec_fn=begin,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def mer(what: int, limit: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    return under(what, limit, "from mer.cli.main import main; main()", *arguments)


@pytest.mark.parametrize("megabytes", [60, 150, 300, 450])
def test_a_command_without_memory_for_its_libraries_says_what_there_is(megabytes):
    done = mer(resource.RLIMIT_AS, megabytes * MB, "choices")  # it loads torch, which takes 500 MB
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
    said = done.stderr.strip().splitlines()[-1]
    assert said.startswith("Error: The memory did not suffice")
    assert f"a process may address (ulimit -v) {megabytes / 1024:.1f} GB." in said
    assert "Raise that limit (ulimit -v unlimited): on a CPU 2.5 GB suffice" in said


def test_a_command_that_needs_little_is_not_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("MER_OUTPUTS", str(tmp_path))
    done = mer(resource.RLIMIT_AS, 1000 * MB, "runs")
    assert done.returncode == 0 and done.stderr == ""


WATCHED = "import os, signal, sys\nfrom mer.cli.own_process import watched\n"


@pytest.mark.parametrize("end", ["os.abort()", "os._exit(1)", "os.kill(os.getpid(), signal.SIGKILL)"])
def test_a_library_that_ends_the_process(end):
    done = under(resource.RLIMIT_AS, 2048 * MB, f"{WATCHED}watched(lambda: {end})")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: The memory did not suffice: a process may address (ulimit -v) 2.0 GB.")


@pytest.mark.parametrize(
    ("work", "status", "said"),
    [
        ("sys.exit(3)", 3, ""),
        ("print('done')", 0, ""),
        ("1 / 0", 1, "ZeroDivisionError"),
        ("os.kill(os.getppid(), signal.SIGTERM) or signal.pause()", 143, ""),
        ("os.kill(os.getppid(), signal.SIGINT) or signal.pause()", 130, "KeyboardInterrupt"),
    ],
)
def test_other_ends_stay_as_they_are(work, status, said):
    done = under(resource.RLIMIT_AS, 2048 * MB, f"{WATCHED}watched(lambda: {work})")
    assert done.returncode == status and said in done.stderr and "memory" not in done.stderr
    assert done.stdout == ("done\n" if "done" in work else "")


def test_the_limit_of_data_is_named():
    done = mer(resource.RLIMIT_DATA, 120 * MB, "choices")
    assert done.returncode == 1 and "the data of a process may take (ulimit -d) 0.1 GB." in done.stderr
    assert "Raise that limit (ulimit -d unlimited)" in done.stderr


def test_an_output_that_is_closed_is_as_without_a_limit(tmp_path, monkeypatch):
    monkeypatch.setenv("MER_OUTPUTS", str(tmp_path))
    said = [
        subprocess.run(
            ["sh", "-c", f'{limit} exec "$0" -m mer runs >&-', sys.executable],
            capture_output=True,
            timeout=120,
            check=False,
        )
        for limit in ("", "ulimit -v 1000000;")
    ]
    assert said[0].returncode == said[1].returncode and said[0].stderr == said[1].stderr


ONCE_AT_THE_LIMIT = """
import mmap
from mer.cli.main import main
@main.command()
def take():
    for size in range(2000, 0, -20):
        try:
            mmap.mmap(-1, size << 20).close()
        except OSError:
            continue
        break
    raise {}
main()
"""


@pytest.mark.parametrize(
    ("error", "status", "traceback", "words"),
    [
        ("KeyboardInterrupt", 130, False, False),
        ("RuntimeError('no thread')", 1, False, True),
        ("KeyError('a fault')", 1, True, True),
    ],
)
def test_what_happens_at_the_limit_may_have_another_reason(error, status, traceback, words):
    done = under(resource.RLIMIT_AS, 2048 * MB, ONCE_AT_THE_LIMIT.format(error), "take")
    assert done.returncode == status
    assert ("Traceback" in done.stderr) is traceback and ("The memory did not suffice" in done.stderr) is words


def test_without_a_limit_there_is_no_second_process():
    done = under(resource.RLIMIT_NOFILE, 256, f"{WATCHED}parent = os.getpid()\nprint(watched(os.getpid) == parent)")
    assert done.stdout == "True\n"


def test_too_few_files_are_said():
    take = "import os; from mer.cli.main import main\n@main.command()\ndef take():\n    while True: os.dup(0)\nmain()"
    done = under(resource.RLIMIT_NOFILE, 64, take, "take")
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
    said = "A process may have 64 files open here. Raise the limit of open files (ulimit -n)"
    assert done.stderr.startswith(f"Error: {said}")
