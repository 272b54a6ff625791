"""A database opened for reading."""

from dataclasses import replace

import cv2
import numpy as np
import pandas as pd
import pytest

from mer.core.errors import InputError, MissingPath
from mer.datasets.database import Database
from mer.manifest.clips import COLUMNS, validate_clips


@pytest.fixture
def database(tmp_path):
    """One clip, frames 3..5 of a folder that holds 1..6; frame n has the grey value 10 n."""
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    for number in range(1, 7):
        cv2.imwrite(str(folder / f"img{number}.png"), np.full((4, 5, 3), 10 * number, np.uint8))
    row = ("own", "006", "x", "a/b", 3, 4, 5, 200, "", "", "", "annotated", "")
    clips = validate_clips(pd.DataFrame([row], columns=COLUMNS))
    return Database("own", tmp_path, clips, synthetic=False, terms="", fingerprint="1")


def test_frames_from_onset_to_offset(database):
    row = database.clips.iloc[0]
    assert [frame.mean() for frame in database.frames(row)] == [30, 40, 50]
    assert [frame.mean() for frame in database.frames(row, [2, 6])] == [20, 60]
    assert database.frame(row, 4).mean() == 40
    assert database.source(row).numbers == (1, 2, 3, 4, 5, 6)


def test_missing_frames_are_counted_and_the_clip_named(database):
    for number in (4, 5):
        (database.root / "a" / "b" / f"img{number}.png").unlink()
    with pytest.raises(
        MissingPath, match=r"own/006/x: 2 frame\(s\) of 3\.\.5 are not in .*first missing: 4; it has images 1 to 6"
    ):
        database.frames(database.clips.iloc[0])  # before a frame is asked for


def test_frames_that_are_not_asked_for_may_be_missing(database):
    for number in (2, 4, 6):
        (database.root / "a" / "b" / f"img{number}.png").unlink()
    row = database.clips.iloc[0]
    assert [frame.mean() for frame in database.frames(row, [3, 5])] == [30, 50]
    with pytest.raises(MissingPath, match=r"1 frame\(s\) of 3\.\.6 .*first missing: 6"):
        database.frames(row, [3, 6])


def test_in_a_release_with_gaps_frames_of_the_clip_alone_stand_in(database):
    for number in (3, 5):
        (database.root / "a" / "b" / f"img{number}.png").unlink()
    row = database.clips.iloc[0]
    database = replace(database, gaps=frozenset({"own"}))
    assert [frame.mean() for frame in database.frames(row)] == [40, 40, 40]  # frame 2 is before the onset
    assert [frame.mean() for frame in database.frames(row, [2, 3, 6])] == [20, 40, 60]
    assert database.frame(row, 5).mean() == 40
    for outside in (0, 7):
        with pytest.raises(MissingPath, match=f"first missing: {outside}"):
            database.frame(row, outside)
    (database.root / "a" / "b" / "img4.png").unlink()
    with pytest.raises(MissingPath, match=r"3 frame\(s\) of 3\.\.5"):
        database.frames(row)


def test_a_mistyped_offset_costs_neither_time_nor_memory(database):
    clips = database.clips.assign(offset=10**15)
    with pytest.raises(MissingPath, match="999999999999994 frame"):
        database.frames(clips.iloc[0])


def test_true_displacement_is_none_where_nobody_knows_it(database):
    row = database.clips.iloc[0]
    database = replace(database, synthetic=True)
    assert database.true_displacement(row) is None
    field = np.random.default_rng(0).normal(size=(2, 4, 5))
    np.save(database.root / "a" / "b" / "displacement.npy", field)
    read = database.true_displacement(row)
    assert read.dtype == np.float32
    np.testing.assert_allclose(read, field, rtol=1e-6)
    # a file of that name beside real faces says nothing
    assert replace(database, synthetic=False).true_displacement(row) is None


@pytest.mark.parametrize("content", [b"", b"junk", b"PK\x03\x04 and no archive"])
def test_a_broken_displacement_is_named(database, content):
    (database.root / "a" / "b" / "displacement.npy").write_bytes(content)
    with pytest.raises(InputError, match=r"displacement\.npy is not a NumPy array"):
        replace(database, synthetic=True).true_displacement(database.clips.iloc[0])
