import os

import numpy as np
import pytest

from mer.bench.fresh import in_fresh_process, in_this_process, measured
from mer.core.errors import InputError

MIB = 1 << 20


def hold(mib):
    """Called in a process of its own: what is measured holds so many MiB for a moment."""
    return lambda: int(np.ones(mib * MIB, np.uint8).sum()) // MIB


def tell(name):
    return lambda: os.environ.get(name)


def fail():
    raise ValueError("as it must")


def test_memory_that_a_call_holds_is_seen_and_that_of_this_process_is_not():
    ours = np.ones(300 * MIB, np.uint8)
    small, again = in_fresh_process(f"{__name__}:hold", {"mib": 2}, repeats=2)
    (large,) = in_fresh_process(f"{__name__}:hold", {"mib": 200})
    assert small.returned == again.returned == 2 and large.returned == 200
    assert 150 < (large.anonymous_mb - large.before_mb) < 260
    assert small.anonymous_mb - small.before_mb < 50 and small.resident_mb < 290
    assert large.seconds > 0 and large.processor >= 0 and len(ours)


def test_variables_reach_the_process_and_come_back_as_they_were():
    (cost,) = in_fresh_process(f"{__name__}:tell", {"name": "MER_BENCH_TEST"}, {"MER_BENCH_TEST": "there"})
    assert cost.returned == "there"
    (cost,) = in_this_process(f"{__name__}:tell", {"name": "MER_BENCH_TEST"}, {"MER_BENCH_TEST": "here"})
    assert cost.returned == "here" and "MER_BENCH_TEST" not in os.environ


def test_a_process_that_fails_says_why():
    with pytest.raises(InputError, match=r"(?s)failed in a process of its own.*as it must"):
        in_fresh_process(f"{__name__}:fail", {})


def test_what_the_call_returns_is_kept():
    assert measured(lambda: [1, 2]).returned == [1, 2]
