"""Processes whose parent is killed."""

import os
import select
import subprocess
import sys

from mer.core.orphans import end_if_orphan

#: A process that starts another one, tells its number, and waits to be killed; both hold the pipe to the test.
PARENT = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", sys.argv[1], str(os.getpid())])
time.sleep(600)
"""
WATCHES = """
import sys, time
from mer.core.orphans import end_with_parent
end_with_parent(int(sys.argv[1]))
print("watches", flush=True)
time.sleep(600)
"""
#: The same without the watch: it ends where it asks.
ASKS = """
import os, sys, time
from mer.core import orphans
orphans._parent = int(sys.argv[1])
orphans.end_if_orphan()
print("parent lives", flush=True)
while os.getppid() == orphans._parent: time.sleep(0.05)
print("parent ended", flush=True)
orphans.end_if_orphan()
print("went on", flush=True)
"""


def _said(script: str) -> tuple[str, str]:
    """What the child says before its parent is killed, and after that to its own end."""
    with subprocess.Popen([sys.executable, "-c", PARENT, script], stdout=subprocess.PIPE, text=True) as parent:
        before = parent.stdout.readline()
        parent.kill()
        ready, _, _ = select.select([parent.stdout], [], [], 120)  # readable when the child, too, has ended
        assert ready, "the child goes on without its parent"
        return before, parent.stdout.read()


def test_a_process_ends_with_its_parent():
    assert _said(WATCHES) == ("watches\n", "")


def test_one_that_asks_ends_where_it_asks():
    assert _said(ASKS) == ("parent lives\n", "parent ended\n")


def test_a_parent_that_ended_before_the_watch_began_is_noticed():
    command = [sys.executable, "-c", WATCHES, str(os.getpid() + 1)]  # not its parent's number
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (1, "")


def test_a_process_that_watches_nobody_goes_on():
    end_if_orphan()
