from dataclasses import dataclass

import numpy as np
import pandas as pd

from mer.runs.paper.remembered import Remembered, size_bytes


@dataclass
class Part:
    values: np.ndarray
    more: dict


def test_a_value_is_made_once_and_the_oldest_goes_when_there_is_no_room():
    made = []

    def make(name):
        return lambda: made.append(name) or np.zeros(100, np.uint8)

    kept = Remembered(250)
    for name in "abab":
        kept.get(name, make(name))
    assert made == ["a", "b"] and kept.size_bytes == 200
    kept.get("c", make("c"))
    assert "a" not in kept and "b" in kept and "c" in kept, "a was asked for before b"
    assert len(kept.get("large", lambda: np.zeros(1000, np.uint8))) == 1000
    assert "large" not in kept and "c" in kept and kept.size_bytes == 200


def test_sizes_by_hand():
    assert size_bytes(np.zeros((2, 3), np.float32)) == 24
    assert size_bytes([Part(np.zeros(5, np.uint8), {"x": np.zeros(2)}), None, "word", 3]) == 21
    assert size_bytes(pd.DataFrame({"x": np.zeros(4)})) >= 32
