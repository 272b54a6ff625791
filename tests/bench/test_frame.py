import json
import math

import pytest

from mer.bench.frame import (
    Aim,
    Benchmark,
    Check,
    Comparison,
    Measurement,
    Ratio,
    Times,
    from_json,
    series,
    to_json,
)
from mer.core.errors import InputError

AIM = Aim("fast", "time, plain / fast", 2.0, "at least", "×", "set here")


def test_an_aim_is_met_on_its_own_side_and_at_its_value():
    assert AIM.met(2.0) and AIM.met(3.0) and not AIM.met(1.99)
    most = Aim("ms", "time", 45.0, "at most", "ms", "set here")
    assert most.met(45.0) and most.met(1.0) and not most.met(45.1)
    assert not most.met(math.nan) and not AIM.met(math.nan)
    assert most.words() == "at most 45 ms"


def test_a_difference_that_is_no_number_is_not_the_same():
    assert Check("a", 1e-6, 1e-5).holds and Check("a", 0.0, 0.0).holds
    assert not Check("a", 1e-4, 1e-5).holds and not Check("a", math.nan, 1e9).holds


def test_a_series_on_a_line():
    found = series("time", "clips", "s", [1, 2, 4], [5.0, 7.0, 11.0])
    assert found.slope == pytest.approx(2.0) and found.intercept == pytest.approx(3.0) and found.r2 == pytest.approx(1)
    assert series("time", "clips", "s", [1, 10, 100], [2.0, 200.0, 20000.0]).exponent == pytest.approx(2.0)


def test_a_flat_series_is_straight_and_does_not_grow():
    found = series("memory", "clips", "MiB", [100, 1000], [300.0, 300.0])
    assert found.r2 == 1.0 and found.slope == pytest.approx(0) and found.exponent == pytest.approx(0)


def test_a_series_by_hand_that_is_no_line():
    # The line of least squares through (1, 0), (2, 3), (3, 0) is flat at 1, so it explains nothing.
    found = series("time", "clips", "s", [1, 2, 3], [0.0, 3.0, 0.0])
    assert found.slope == pytest.approx(0, abs=1e-9) and found.r2 == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(("sizes", "values"), [([1], [1.0]), ([2, 2], [1.0, 2.0]), ([1, 2], [1.0]), ([0, 1], [1, 2])])
def test_no_line_through_too_little(sizes, values):
    with pytest.raises(InputError, match="2 or more sizes above 0"):
        series("time", "clips", "s", sizes, values)


def test_results_come_back_from_json():
    times = (Times("plain", 4.0, 3.0, 5.0, 7), Times("fast", 2.0, 1.5, 2.5, 7))
    ratios = (Ratio("plain", "fast", 2.0, 1.9, 2.1),)
    results = [
        Comparison("work", times, ratios, Check("fast against plain", 0.0, 1e-6), "fast", "a note"),
        Comparison("work", times, ratios),
        Measurement("peak", 12.5, "MiB"),
        series("time", "clips", "s", [1, 2, 4], [5.0, 7.0, 11.0]),
        Check("a", 0.5, 1.0),
    ]
    assert [from_json(json.loads(json.dumps(to_json(one)))) for one in results] == results
    assert results[0].ms("fast") == 2.0 and results[0].value == 2.0


def test_an_unknown_kind_names_the_nearest():
    with pytest.raises(InputError, match=r"Did you mean 'series'\?"):
        from_json({"kind": "serie"})


def test_an_unknown_aim_names_the_nearest():
    with pytest.raises(InputError, match=r"no aim 'fats'.*Did you mean 'fast'\?"):
        Benchmark("b", "m", "shows", (AIM,)).aim("fats")
