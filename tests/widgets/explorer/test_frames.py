import numpy as np
import pytest

from mer.core.errors import InputError, MissingPath
from mer.widgets.explorer.frames import ClipFrames
from tests.widgets.explorer_store import blob, make_database


@pytest.fixture
def database(tmp_path, store):
    return make_database(tmp_path / "raw", store)


def test_without_a_database_only_stored_frames_are_there(store):
    frames = ClipFrames(store)
    assert frames.span(1) == (3, 9)
    np.testing.assert_array_equal(frames.frame(1, 4)[:, :, 0], blob(4))
    with pytest.raises(InputError, match="Give the database"):
        frames.frame(1, 10)


@pytest.mark.parametrize("clip", [0, 1], ids=["video", "images"])
def test_frames_outside_are_read_from_the_raw_files(store, database, clip):
    frames = ClipFrames(store, database)
    assert frames.span(clip) == (0, 29)
    for number in (0, 2, 19, 29):
        assert np.abs(frames.frame(clip, number)[:, :, 0].astype(int) - blob(number)).mean() < 3  # the video is lossy


def test_a_raw_frame_is_decoded_once(store, database, monkeypatch):
    frames = ClipFrames(store, database)
    first = frames.frame(1, 20)
    monkeypatch.setattr(type(database), "source", lambda *_: pytest.fail("read again"))
    assert frames.frame(1, 20) is first


def test_a_missing_frame_and_a_broken_video_are_named(store, database):
    (database.root / "synthetic-casme2" / "b" / "img12.png").unlink()
    with pytest.raises(MissingPath, match="no frame 12"):
        ClipFrames(store, database).frame(1, 12)
    path = database.root / "synthetic-casme2" / "a.avi"
    path.write_bytes(path.read_bytes()[:4000])
    with pytest.raises(InputError, match=r"a\.avi|no frame 19"):
        ClipFrames(store, database).frame(0, 19)


def test_a_broken_image_is_named(store, database):
    (database.root / "synthetic-casme2" / "b" / "img12.png").write_bytes(b"no image")
    with pytest.raises(InputError, match="img12"):
        ClipFrames(store, database).frame(1, 12)


def test_a_deleted_store_is_said_before_it_is_read(store):
    frames = ClipFrames(store)
    (store.path / "frames.npy").unlink()
    with pytest.raises(MissingPath, match="deleted or changed"):
        frames.frame(0, 12)


def test_a_store_cut_short_is_not_read(store):
    frames = ClipFrames(store)
    path = store.path / "frames.npy"
    path.write_bytes(path.read_bytes()[:-5000])
    with pytest.raises(MissingPath, match="deleted or changed"):
        frames.frame(0, 12)
