"""Limits of a process (``ulimit``): raised where that is allowed, refused with need and limit where it is not."""

import resource
import subprocess
import sys

import pytest

CODE = (
    "import resource\nfrom mer.core.process_limits import check_process_limits\n"
    "try: check_process_limits(); print(*resource.getrlimit(resource.RLIMIT_NOFILE))\n"
    "except ValueError as error: print(error)\n"
)


def checked_under(what: int, soft: int, most: int) -> str:
    """What the check says in a process with these limits: the limits of files afterwards, or the error."""
    begin = [sys.executable, "-c", CODE]
    limits = (soft, most)
    done = subprocess.run(
        begin,
        preexec_fn=lambda: resource.setrlimit(what, limits),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("soft", "most", "then"),
    [(512, 768, "512 768"), (256, 256, "256 256"), (255, 300, "300 300"), (64, 1500, "1024 1500")],
)
def test_a_low_limit_of_files_is_raised_as_far_as_allowed(soft, most, then):
    if -1 < resource.getrlimit(resource.RLIMIT_NOFILE)[1] < most:
        pytest.skip("this system allows fewer files")
    assert checked_under(resource.RLIMIT_NOFILE, soft, most) == then


def test_a_limit_of_files_that_may_not_be_raised_is_refused():
    said = checked_under(resource.RLIMIT_NOFILE, 64, 255)
    assert said.startswith("A process may have 64 files open here (ulimit -n), but a run needs 256. Raise that limit")


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS sets no limit of addresses")
def test_too_few_addresses_are_refused():
    said = checked_under(resource.RLIMIT_AS, 2**30, 2**30)
    assert "may address 1.0 GB of memory here (ulimit -v), but a run needs at least 2.5 GB. Raise" in said
    assert "ulimit" not in checked_under(resource.RLIMIT_AS, 5 * 2**29, 5 * 2**29)
