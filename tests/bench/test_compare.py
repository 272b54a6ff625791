import math

import numpy as np
import pandas as pd
import pytest
import torch

from mer.bench.compare import compare, compare_all, comparison, largest_difference, same_numbers
from mer.bench.frame import Check
from mer.bench.options import Options
from mer.core.errors import InputError

QUICK = Options(quick=True)


def times_of(**seconds):
    rows = [("work", name, turn, one) for name, many in seconds.items() for turn, one in enumerate(many)]
    return pd.DataFrame(rows, columns=["stage", "variant", "round", "seconds"])


def test_medians_and_ratios_by_hand():
    found = comparison(times_of(plain=[4, 6, 8], fast=[1, 3, 2]), [], None)
    assert [(one.variant, one.ms, one.rounds) for one in found.times] == [("plain", 6000, 3), ("fast", 2000, 3)]
    # Of the rounds' own ratios 4, 2, 4: not of the medians, which is 3.
    assert (found.ratios[0].over, found.ratios[0].under, found.ratios[0].ratio) == ("plain", "fast", 4.0)


def test_other_ratios_on_request():
    found = comparison(times_of(a=[1, 1], b=[2, 2], c=[4, 4]), [("c", "b"), ("a", "b")], None)
    assert [one.ratio for one in found.ratios] == [2.0, 0.5]


def test_a_fast_path_with_a_wrong_number_is_found():
    right, wrong = torch.arange(4.0), torch.tensor([0, 1, 2, 3.01])
    found = compare("work", {"plain": lambda: right, "fast": lambda: wrong}, QUICK, rounds=5, tolerance=1e-3)
    assert not found.check.holds and found.check.largest == pytest.approx(0.01, abs=1e-6)
    assert found.times[0].rounds == 2, "quick"
    found = compare("work", {"plain": lambda: right, "fast": lambda: wrong}, QUICK, rounds=5, tolerance=0.1)
    assert found.check.holds


def test_the_worst_of_several_variants_counts():
    found = same_numbers({"plain": 1.0, "a": 1.0, "b": 1.5}, 0.1)
    assert found.largest == 0.5 and found.what == "a, b against plain"


def test_every_round_runs_every_variant_and_the_first_takes_turns():
    seen = []
    variants = {name: lambda n=name: seen.append(n) for name in ("plain", "fast")}
    check = Check("none", 0.0, 0.0)
    compare_all({"s": variants}, Options(rounds=2), rounds=9, checks={"s": check}, warm_up=0)
    assert seen == ["plain", "fast", "fast", "plain"]


@pytest.mark.parametrize(
    ("variants", "how", "words"),
    [
        ({"plain": lambda: 1}, {"tolerance": 0.0}, "two or more"),
        ({"plain": lambda: 1, "fast": lambda: 1}, {}, "Give a tolerance"),
        ({"plain": lambda: 1, "fast": lambda: 1}, {"tolerance": 0.0, "checks": {}}, "Give a tolerance"),
        ({"plain": lambda: 1, "fast": lambda: 1}, {"checks": {}}, "No check for"),
    ],
)
def test_no_comparison_without_a_check(variants, how, words):
    with pytest.raises(InputError, match=words):
        compare_all({"s": variants}, QUICK, rounds=1, **how)


@pytest.mark.parametrize(
    ("first", "second", "largest"),
    [
        (np.float32(1), 1.5, 0.5),
        ([1, [2, 3]], (1, (2, 3.25)), 0.25),
        ({"a": torch.ones(2), "b": None}, {"a": np.ones(2), "b": None}, 0.0),
        ({"a": 1}, {"b": 1}, math.inf),
        ([1, 2], [1, 2, 3], math.inf),
        (np.ones((2, 1)), np.ones((1, 2)), math.inf),
        ("word", "word", 0.0),
        ("word", "other", math.inf),
        (None, 1.0, math.inf),
        ([math.nan, 1.0], [math.nan, 2.0], 1.0),
        ([math.nan], [1.0], math.inf),
        ([math.inf], [math.inf], 0.0),
        ([math.inf], [1.0], math.inf),
        (torch.ones(1, dtype=torch.bfloat16), torch.zeros(1), 1.0),
        (1j, 0.0, 1.0),
        ([], [], 0.0),
        (np.uint8([0]), np.uint8([255]), 255.0),
        (pd.DataFrame({"a": [1.0], "b": ["x"]}), pd.DataFrame({"a": [3.0], "b": ["x"]}), 2.0),
        (pd.DataFrame({"a": ["x"]}), pd.DataFrame({"a": ["y"]}), math.inf),
    ],
)
def test_largest_difference(first, second, largest):
    assert largest_difference(first, second) == largest
    assert largest_difference(second, first) == largest
