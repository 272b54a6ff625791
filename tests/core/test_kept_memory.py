"""What the C library does with freed memory, told by page faults in a process of its own."""

import subprocess
import sys

import pytest

#: Megabytes a block: above all thresholds, so that it is mapped anew outside; below; and below, but never seen before.
MAPPED, SMALL, NEW = 40, 2, 16

#: Page faults of taking and freeing blocks, before, inside and after, and how much of what was freed stays in memory.
SCRIPT = f"""
import ctypes, os, resource
from mer.core.kept_memory import freed_memory_kept

ctypes.CDLL(None).prctl(41, 1, 0, 0, 0)  # no huge pages: they would count as one

def take(megabytes):
    return b"x" * (megabytes * 2**20)  # written to, so that the system has to give every page

def faults(megabytes, times):
    take(megabytes)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(times):
        take(megabytes)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 2**20

def both():
    return faults({SMALL}, 30), faults({MAPPED}, 3)

found = [*both()]
with freed_memory_kept():
    found += both()
    blocks = [take({SMALL}) for _ in range(100)]
    most = resident()
    del blocks
    inside = resident()
found += [most - inside, most - resident(), *both(), faults({NEW}, 10)]
print(*found)
"""

PAGES = 256  # of a megabyte


def _measured(**set_by_user):
    environment = {"PATH": "/usr/bin", "OMP_NUM_THREADS": "1", **set_by_user}
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, env=environment, check=True)
    values = list(map(int, done.stdout.split()))
    return values[0:2], values[2:4], values[4:6], values[6:8], values[8]


linux = pytest.mark.skipif(sys.platform != "linux", reason="only glibc can be told")


@linux
def test_memory_is_kept_inside_and_afterwards_all_is_as_it_was():
    before, inside, (freed_inside, freed_after), after, new = _measured()
    assert before[1] >= 3 * MAPPED * PAGES, "blocks this large are mapped anew each time"
    assert inside[1] < MAPPED * PAGES / 10 and inside[0] < SMALL * PAGES
    assert after[1] >= 3 * MAPPED * PAGES, "again"
    assert before[0] < 3 * SMALL * PAGES, "glibc keeps the smaller ones by itself"
    assert after[0] < 3 * SMALL * PAGES and new < 3 * NEW * PAGES, "and still does"
    assert freed_inside < 20 and freed_after > 180, "of 200 MB"


@linux
@pytest.mark.parametrize(
    "option",
    [{"MALLOC_MMAP_THRESHOLD_": str(2**17)}, {"GLIBC_TUNABLES": f"glibc.malloc.mmap_threshold={2**17}"}],
    ids=lambda option: next(iter(option)),
)
def test_what_a_user_set_stands(option):
    before, inside, _, after, _ = _measured(**option)
    for small, mapped in (before, inside, after):
        assert small >= 30 * SMALL * PAGES and mapped >= 3 * MAPPED * PAGES
