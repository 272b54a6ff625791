import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from mer.core.errors import InputError
from mer.datasets.database import Database
from mer.face.aligned_store import AlignedStore, StoreConfig, open_store
from mer.face.canonical import square_points
from mer.face.store import build_store
from mer.face.store_onsets import with_onsets
from mer.manifest.clips import validate_clips
from mer.motion.moved_store import with_moved_key_frames
from tests.face.conftest import FixedDetector
from tests.motion.test_spotting import texture

SIDE = 64
#: Onset, apex and offset, and the first frame on disk.
CLIPS = {"a": (20, 40, 50, 10), "b": (20, 23, 24, 18), "c": (20, 30, 40, 20), "gap": (20, 40, 50, 10)}


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """Every frame of every clip is another picture. Clip gap lacks frame 18."""
    monkeypatch.setenv("MER_CACHE", str(tmp_path / "cache"))
    rows = []
    for seed, (name, (onset, apex, offset, first)) in enumerate(CLIPS.items()):
        (tmp_path / name).mkdir()
        for number in range(first, offset + 5):
            if (name, number) != ("gap", 18):
                image = np.rint(texture(1000 * seed + number, SIDE)).astype(np.uint8)
                cv2.imwrite(str(tmp_path / name / f"img{number}.png"), image)
        row = {"database": "toy", "subject": "006", "clip": name, "frames": name, "fps": 200, "label": "positive"}
        row |= {"onset": onset, "apex": apex, "offset": offset, "apex_source": "annotated"}
        rows.append(row | {"emotion": "", "action_units": "", "note": ""})
    return Database("toy", tmp_path, validate_clips(pd.DataFrame(rows)), synthetic=False, terms="", fingerprint="1")


Build = Callable[..., AlignedStore]


@pytest.fixture
def build(database: Database) -> Build:
    return lambda **settings: build_store(
        database, StoreConfig(size=32, **settings), FixedDetector(square_points(SIDE - 8) + 4)
    )


def test_a_later_apex_by_hand(build: Build) -> None:
    """30 % of 20, 3, 10, 20 frames; clip b has one frame of room."""
    store = build()
    moved = with_moved_key_frames(store, "apex", 0.3, "later")
    assert moved.moves["wanted"].tolist() == [6, 1, 3, 6]
    assert moved.store.clips["apex"].tolist() == [46, 24, 33, 46]
    assert not moved.moves["clamped"].any()
    np.testing.assert_array_equal(moved.store.pair(0)[1], store.frame(0, 46))
    assert set(moved.store.clips["apex_source"]) == {""}
    assert os.path.samefile(moved.store.path / "frames.npy", store.path / "frames.npy")
    far = with_moved_key_frames(store, "apex", 0.9, "later")
    assert far.store.clips["apex"].tolist() == [50, 24, 39, 50]
    assert far.moves["moved"].tolist() == [10, 1, 9, 10]
    assert far.moves["clamped"].tolist() == [True, True, False, True]


def test_an_earlier_apex_stays_behind_the_onset(build: Build) -> None:
    moved = with_moved_key_frames(build(), "apex", 2.0, "earlier")
    assert moved.store.clips["apex"].tolist() == [21] * 4
    assert moved.moves["clamped"].all()


def test_a_later_onset_shares_the_frames_and_stays_before_the_apex(build: Build) -> None:
    store = build()
    moved = with_moved_key_frames(store, "onset", 0.2, "later")
    assert moved.store.clips["onset"].tolist() == [24, 21, 22, 24]
    assert moved.store.count.tolist() == [27, 4, 19, 27]
    assert os.path.samefile(moved.store.path / "frames.npy", store.path / "frames.npy")
    for clip in range(4):
        onset = int(moved.store.clips["onset"][clip])
        np.testing.assert_array_equal(moved.store.pair(clip)[0], store.frame(clip, onset))
        np.testing.assert_array_equal(moved.store.pair(clip)[1], store.pair(clip)[1])
    far = with_moved_key_frames(store, "onset", 3.0, "later")
    assert far.store.clips["onset"].tolist() == [39, 22, 29, 39]
    assert far.moves["clamped"].all()


@pytest.mark.parametrize("channels", [1, 3])
def test_an_earlier_onset_is_read_from_disk_as_far_as_there_is(database: Database, build: Build, channels: int) -> None:
    """Clip a has 10 frames before its onset, b 2, c none; behind the gap of the last one there is frame 19 alone."""
    store = build(channels=channels)
    moved = with_moved_key_frames(store, "onset", 0.3, "earlier", database=database)
    assert moved.moves["wanted"].tolist() == [-6, -1, -3, -6]
    assert moved.moves["moved"].tolist() == [-6, -1, 0, -1]
    assert moved.moves["clamped"].tolist() == [False, False, True, True]
    assert moved.store.clips["onset"].tolist() == [14, 19, 20, 19]
    # The same frames as of a database that is annotated so.
    early = database.clips.assign(onset=pd.array([14, 19, 20, 19], "Int64"))
    other = Database("early", database.root, early, synthetic=False, terms="", fingerprint="2")
    expected = build_store(other, store.config, FixedDetector(square_points(SIDE - 8) + 4))
    np.testing.assert_array_equal(moved.store.count, expected.count)
    np.testing.assert_array_equal(moved.store.start, expected.start)
    difference = np.abs(moved.store.frames.astype(int) - expected.frames.astype(int))
    assert difference.max() <= 1  # transforms are kept in single precision
    np.testing.assert_array_equal(moved.store.boxes, store.boxes)
    np.testing.assert_array_equal(open_store(moved.store.path, verify=True).frames, moved.store.frames)


def test_without_a_database_no_onset_comes_earlier(build: Build) -> None:
    store = build()
    moved = with_moved_key_frames(store, "onset", 0.1, "earlier")
    assert moved.store is store
    assert moved.moves["moved"].tolist() == [0] * 4 and moved.moves["clamped"].all()


def test_both_ways_in_one_store(database: Database, build: Build) -> None:
    store = build()
    seed = next(s for s in range(50) if _signs(store, s) == [-1, 1, 1, -1])
    moved = with_moved_key_frames(store, "onset", 0.1, "either", seed, database)
    assert moved.store.clips["onset"].tolist() == [18, 21, 21, 19]
    for clip in (1, 2):
        onset = int(moved.store.clips["onset"][clip])
        np.testing.assert_array_equal(moved.store.frame(clip, onset), store.frame(clip, onset))
    for clip in range(4):
        np.testing.assert_array_equal(moved.store.pair(clip)[1], store.pair(clip)[1])


def _signs(store: AlignedStore, seed: int) -> list[int]:
    return np.sign(with_moved_key_frames(store, "onset", 0.1, "either", seed).moves["wanted"]).tolist()


def test_sides_depend_on_clip_and_seed_not_on_the_share(build: Build) -> None:
    store = build()
    moves = [with_moved_key_frames(store, "apex", share).moves["wanted"] for share in (0.1, 0.2, 0.3)]
    assert np.sign(moves[0]).tolist() == np.sign(moves[1]).tolist() == np.sign(moves[2]).tolist()
    assert (np.abs(moves[0]) <= np.abs(moves[2])).all()
    sides = {tuple(np.sign(with_moved_key_frames(store, "apex", seed=s).moves["wanted"])) for s in range(8)}
    assert len(sides) > 3


@pytest.mark.parametrize("which", ["onset", "apex"])
def test_a_share_of_nothing_is_the_store_itself(build: Build, database: Database, which: str) -> None:
    store = build()
    assert with_moved_key_frames(store, which, 0.0, database=database).store is store  # type: ignore[arg-type]


@pytest.mark.parametrize(("which", "direction", "share"), [("offset", "later", 0.1), ("apex", "up", 0.1)])
def test_wrong_choices_are_named(build: Build, which: str, direction: str, share: float) -> None:
    with pytest.raises(InputError, match="expected one of onset, apex"):
        with_moved_key_frames(build(), which, share, direction)  # type: ignore[arg-type]


def test_frames_that_do_not_fit_are_refused(build: Build) -> None:
    store = build()
    onsets = store.clips["onset"].to_numpy(np.int64)
    with pytest.raises(InputError, match="Clip 0 begins 2 frames earlier"):
        with_onsets(store, onsets - [2, 0, 0, 0], {0: np.zeros((1, 32, 32, 1), np.uint8)})
    with pytest.raises(InputError, match="apex 23 is outside 24"):
        with_onsets(store, onsets + np.array([0, 4, 0, 0]), {})


def test_a_damaged_frame_before_the_onset_is_named(build: Build, database: Database) -> None:
    store = build()
    (database.root / "a" / "img19.png").write_bytes(b"nothing")
    with pytest.raises(InputError, match=r"toy/006/a.*before the onset.*img19"):
        with_moved_key_frames(store, "onset", 0.1, "earlier", database=database)
