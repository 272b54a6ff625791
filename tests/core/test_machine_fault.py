"""Too many open files are recognised in an error of which only the message is known, and said with the limit."""

import subprocess
import sys

from mer.core.machine_fault import open_files_words

CODE = """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
from mer.core.machine_fault import open_files_words
try: held = [open("/dev/null") for _ in range(64)]
except OSError as error: held = str(error)
print(open_files_words(held))
"""


def test_a_real_failure_is_said_with_the_limit_and_the_remedy():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == (
        "A process may have 64 files open here. Raise the limit of open files (ulimit -n), or use fewer processes "
        "(n_jobs).\n"
    ), done.stderr


def test_other_errors_are_none_of_open_files():
    assert open_files_words("[Errno 28] No space left on device") == ""
