import numpy as np

from mer.widgets.kept import Kept


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
