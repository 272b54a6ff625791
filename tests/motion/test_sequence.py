from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from mer.core.errors import InputError
from mer.motion.sequence import clip_sequence, each_sequence, sequences
from mer.motion.tim import interpolate

COUNTS = (7, 1, 12)


@pytest.fixture
def store(tmp_path: Path) -> Any:
    """What `sequences` reads of a store: three clips of 7, 1 and 12 frames, one after the other, memory-mapped."""
    frames = np.random.default_rng(0).integers(0, 256, (sum(COUNTS), 6, 5, 1), dtype=np.uint8)
    np.save(tmp_path / "frames.npy", frames)

    class Store(SimpleNamespace):
        def __len__(self) -> int:
            return len(COUNTS)

    return Store(
        frames=np.load(tmp_path / "frames.npy", mmap_mode="r"), start=np.array([0, 7, 8]), count=np.array(COUNTS)
    )


def test_each_sequence_runs_from_its_onset_to_its_offset(store: Any) -> None:
    made = sequences(store, np.array([2, 0, 1]), 10)
    assert made.dtype == np.uint8
    assert made.shape == (3, 10, 6, 5, 1)
    np.testing.assert_array_equal(made[:, 0], store.frames[[8, 0, 7]])
    np.testing.assert_array_equal(made[:, -1], store.frames[[19, 6, 7]])
    np.testing.assert_array_equal(made[1], interpolate(store.frames[:7], 10))
    np.testing.assert_array_equal(made[2], np.repeat(store.frames[7:8], 10, axis=0))  # a single frame is repeated


def test_a_clip_of_the_wanted_length_is_unchanged(store: Any) -> None:
    np.testing.assert_array_equal(clip_sequence(store.frames[8:], 12), store.frames[8:])


def test_no_clip_is_no_sequence(store: Any) -> None:
    assert sequences(store, np.array([], np.int64), 4).shape == (0, 4, 6, 5, 1)


def test_wrong_input_is_refused(store: Any) -> None:
    with pytest.raises(InputError, match="clips 0 to 2; asked for 0 to 3"):
        sequences(store, np.array([0, 3]), 4)
    with pytest.raises(InputError, match="asked for -1 to 0"):
        sequences(store, np.array([-1, 0]), 4)
    with pytest.raises(InputError, match="found bool"):
        sequences(store, np.array([True, False, True]), 4)
    with pytest.raises(InputError, match="asked for 0"):
        sequences(store, np.array([0]), 0)
    with pytest.raises(InputError, match="found \\(7, 6, 5\\)"):
        clip_sequence(np.zeros((7, 6, 5), np.uint8))


def test_one_after_the_other_they_are_the_same(store: Any) -> None:
    rows = np.array([2, 0, 1])
    np.testing.assert_array_equal(np.stack(list(each_sequence(store, rows, 4))), sequences(store, rows, 4))
