"""The index of a finished part, which others believe."""

import json
import subprocess
import sys

from tests.at_once import in_time, next_line

#: A process that has a worker and tells its number; both hold the pipe to the test.
PARENT = """
import os, subprocess, sys, time
subprocess.Popen([sys.executable, "-c", sys.argv[1], str(os.getpid()), sys.argv[2]])
time.sleep(600)
"""
#: A worker that finishes a part while its parent lives, and another one when that was killed. It does not watch, as it
#: would not in the moment between two looks.
WORKER = """
import os, sys, time
from pathlib import Path
from mer.core import orphans
from mer.training.finished import finish
orphans._parent, folder = int(sys.argv[1]), Path(sys.argv[2])
finish(folder, "before.json", "key", {}, ["weights"])
print("finished one", flush=True)
while os.getppid() == orphans._parent: time.sleep(0.02)
print("parent ended", flush=True)
finish(folder, "after.json", "key", {}, ["weights"])
print("finished another", flush=True)
"""


def test_a_worker_of_a_killed_run_finishes_no_part(tmp_path):
    (tmp_path / "weights").write_bytes(b"made")
    command = [sys.executable, "-c", PARENT, WORKER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        try:
            assert next_line(parent, "the worker finishes a part") == "finished one"
            parent.kill()
            assert next_line(parent, "the worker sees that its parent ended") == "parent ended"
            assert in_time(parent.stdout.read, "the worker's end") == ""
        finally:
            parent.kill()
    assert json.loads((tmp_path / "before.json").read_text())["key"] == "key"
    assert not (tmp_path / "after.json").exists(), "by then the folder may be another run's"
