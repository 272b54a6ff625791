import subprocess
import sys

import pytest

#: Page faults of taking and freeing 2 MB thirty times, before, inside and after, in a process of its own.
SCRIPT = """
import resource
import numpy as np
from mer.core.kept_memory import freed_memory_kept

def faults():
    np.ones(2**18)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(30):
        np.ones(2**18)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

found = [faults()]
with freed_memory_kept():
    found.append(faults())
found.append(faults())
print(*found)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc can be told")
def test_memory_is_taken_from_the_system_once_inside_and_anew_outside():
    # The threshold as it is at the start: glibc raises it by itself once a large block was freed.
    environment = {"PATH": "/usr/bin", "MALLOC_MMAP_THRESHOLD_": str(128 * 1024), "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, env=environment, check=True)
    before, inside, after = map(int, done.stdout.split())
    assert before > 1000, "2 MB are 512 pages"
    assert inside < before / 20
    assert after > before / 2
