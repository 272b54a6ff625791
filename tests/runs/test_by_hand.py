"""A notebook that is run by hand has its folder for one kernel: real processes."""

import json
import os
import subprocess
import sys

import pytest

from mer.core.errors import InputError
from mer.runs.session import open_run

#: A kernel: runs the cell twice, says so, and lives until it is told to end.
KERNEL = """
from mer.runs.session import open_run
for _ in range(2):
    run = open_run(None, "01_x", {"seed": 1}, show=False)
(run.folder / "folds").mkdir(exist_ok=True)
print("open", flush=True)
input()
"""


def kernel(folder):
    environment = os.environ | {"MER_OUTPUTS": str(folder)}
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, "-c", KERNEL], stdin=pipe, stdout=pipe, text=True, env=environment, cwd=folder
    )


def test_a_second_kernel_is_refused_by_name_and_goes_on_once_the_first_is_gone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MER_OUTPUTS", str(tmp_path))
    with kernel(tmp_path) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "open\n", "the same cell run again is no conflict"
        before = {path: path.stat().st_mtime_ns for path in (tmp_path / "interactive" / "01_x").rglob("*")}
        with pytest.raises(InputError) as told:
            open_run(None, "01_x", {"seed": 2}, show=False)
        for words in (f"process {first.pid} since", "Shut that kernel down", "MER_OUTPUTS", "01_x"):
            assert words in str(told.value)
        after = {path: path.stat().st_mtime_ns for path in (tmp_path / "interactive" / "01_x").rglob("*")}
        assert after == before, "nothing of the first one's folder was touched"
        open_run(None, "02_y", show=False)  # another notebook
        first.kill()
    run = open_run(None, "01_x", {"seed": 2}, show=False)
    assert json.loads((run.folder / "record.json").read_text())["config"] == {"seed": 2}
