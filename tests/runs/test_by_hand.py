"""A notebook that is run by hand has its folder for one kernel: real processes."""

import json
import os
import subprocess
import sys

import pytest

from mer.core.errors import InputError
from mer.runs.session import open_run
from tests.at_once import in_time, next_line

#: A kernel: runs the cell twice, says so, and lives until it is told to end.
KERNEL = """
from mer.runs.session import open_run
for _ in range(2):
    run = open_run(None, "01_x", {"seed": 1}, show=False)
(run.folder / "folds").mkdir(exist_ok=True)
print("open", flush=True)
input()
"""


@pytest.fixture
def kernel(tmp_path):
    """A kernel that has the notebook's folder; it does not outlive the test."""
    pipe, environment = subprocess.PIPE, os.environ | {"MER_OUTPUTS": str(tmp_path)}
    command = [sys.executable, "-c", KERNEL]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment, cwd=tmp_path) as process:
        try:
            yield process
        finally:
            process.kill()


def opened(**how):
    """`open_run` of this process, which waits while workers of a killed kernel live."""
    return in_time(lambda: open_run(None, show=False, **how), "the folder of the notebook")


def test_a_second_kernel_is_refused_by_name_and_goes_on_once_the_first_is_gone(tmp_path, monkeypatch, kernel):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MER_OUTPUTS", str(tmp_path))
    assert next_line(kernel, "the first kernel opens its run") == "open", "the same cell run again is no conflict"
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "interactive" / "01_x").rglob("*")}
    with pytest.raises(InputError) as told:
        opened(notebook="01_x", config={"seed": 2})
    for words in (f"process {kernel.pid} since", "Shut that kernel down", "MER_OUTPUTS", "01_x"):
        assert words in str(told.value)
    after = {path: path.stat().st_mtime_ns for path in (tmp_path / "interactive" / "01_x").rglob("*")}
    assert after == before, "nothing of the first one's folder was touched"
    opened(notebook="02_y")  # another notebook
    kernel.kill()
    kernel.wait(120)
    run = opened(notebook="01_x", config={"seed": 2})
    assert json.loads((run.folder / "record.json").read_text())["config"] == {"seed": 2}
