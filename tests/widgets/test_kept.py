from dataclasses import dataclass

import numpy as np
import pandas as pd

from mer.widgets.kept import Kept, size_bytes


@dataclass
class Part:
    values: np.ndarray
    more: dict


def test_the_least_recently_used_goes_first():
    kept = Kept(100)
    for key in "abc":
        kept.get(key, lambda: np.zeros(40, np.uint8))
        kept.get("a", lambda: np.ones(40, np.uint8))
    assert "a" in kept
    assert "b" not in kept
    assert kept.size_bytes == 80
    assert kept.get("a", lambda: np.ones(40, np.uint8)).sum() == 0


def test_what_is_too_large_is_made_but_not_kept():
    kept = Kept(10)
    assert len(kept.get("a", lambda: b"x" * 11)) == 11
    assert kept.size_bytes == 0
    assert "a" not in kept


def test_a_value_is_made_once_and_none_is_kept_after_clearing():
    made, kept = [], Kept(100)
    for _ in range(2):
        kept.get("a", lambda: made.append("a") or b"word")
    assert made == ["a"] and kept.size_bytes == 4
    kept.clear()
    assert "a" not in kept and kept.size_bytes == 0


def test_sizes_by_hand():
    assert size_bytes(np.zeros((2, 3), np.float32)) == 24
    assert size_bytes([Part(np.zeros(5, np.uint8), {"x": np.zeros(2)}), None, "word", 3, b"abc"]) == 24
    assert size_bytes(pd.DataFrame({"x": np.zeros(4)})) >= 32
