"""What is written beside the happy case: every frame read once, flat memory, kinds of faults, pictures of failures."""

import io
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from mer.core.errors import InputError
from mer.core.problems import Problem
from mer.datasets.database import Database
from mer.face import clip_stream
from mer.face.align import face_transform, warp_image
from mer.face.canonical import square_points
from mer.face.failures import FailureWriter, read_failures
from mer.face.growing_array import GrowingArray
from mer.face.landmarks import CutFace, FaceFinder
from mer.face.pose import eye_distance, head_pose
from mer.face.store_write import write_arrays
from tests.face.conftest import POINTS, FixedDetector, MakeDatabase


class CountingDatabase(Database):
    """Frames from memory, made when they are asked for; counts how often and how many are alive at once."""

    def __init__(self, lengths: Sequence[int], side: int = 80) -> None:
        texts = dict.fromkeys(("emotion", "action_units", "note"), "") | {"label": "positive", "apex_source": "middle"}
        rows = [
            {"database": "made", "subject": "01", "clip": f"c{k}", "frames": f"c{k}", "fps": 100.0, "onset": 1}
            | {"apex": 1 + length // 2, "offset": length}
            | texts
            for k, length in enumerate(lengths)
        ]
        super().__init__("made", Path("/nowhere"), pd.DataFrame(rows), True, "none", "1")
        object.__setattr__(self, "side", side)
        object.__setattr__(self, "reads", Counter())
        object.__setattr__(self, "on_read", lambda clip, number: None)

    def image(self, clip: str, number: int) -> np.ndarray:
        seed = int(clip[1:]) * 100_000 + number
        return np.random.default_rng(seed).integers(0, 256, (self.side, self.side, 3), dtype=np.uint8)

    def frames(self, row: pd.Series, numbers: Sequence[int] | None = None) -> Iterator[np.ndarray]:
        assert numbers is None
        for number in range(row["onset"], row["offset"] + 1):
            self.reads[row["clip"], number] += 1
            self.on_read(row["clip"], number)
            yield self.image(row["clip"], number)

    def true_displacement(self, row: pd.Series) -> None:
        return None


def write(folder: Path, database: Database, finder: FaceFinder | None = None, workers: int = 2) -> Path:
    folder.mkdir(exist_ok=True)
    write_arrays(folder, database, 65, 1, finder or FixedDetector(POINTS), workers)
    return folder


@pytest.mark.parametrize("block_bytes", [1, 65 * 65 * 3, 4 << 20])
def test_every_frame_is_read_once_whatever_the_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block_bytes: int
) -> None:
    monkeypatch.setattr(clip_stream, "BLOCK_BYTES", block_bytes)
    monkeypatch.setattr(clip_stream, "QUEUED_BYTES", 2 * block_bytes)
    database = CountingDatabase([1, 7, 3])
    frames = np.load(write(tmp_path / "s", database) / "frames.npy")
    assert frames.shape == (11, 65, 65, 1)
    assert set(database.reads.values()) == {1}
    assert len(database.reads) == 11
    matrix = face_transform(POINTS, 65)
    expected = warp_image(database.image("c1", 7), matrix, 65).astype(float) @ [0.299, 0.587, 0.114]
    np.testing.assert_allclose(frames[7, ..., 0], expected, atol=1.01)


def test_a_long_clip_is_not_held_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the file is slow to take frames, reading waits: the frames that are read and not written stay few."""
    frame = 65 * 65
    monkeypatch.setattr(clip_stream, "BLOCK_BYTES", 5 * frame)
    monkeypatch.setattr(clip_stream, "QUEUED_BYTES", 15 * frame)
    database = CountingDatabase([300])
    ahead: list[int] = []
    append = GrowingArray.append

    def slow(self: GrowingArray, rows: np.ndarray) -> None:
        if self.row_shape == (65, 65, 1):
            time.sleep(0.005)
            ahead.append(len(database.reads) - self.rows)
        append(self, rows)

    monkeypatch.setattr(GrowingArray, "append", slow)
    write(tmp_path / "s", database)
    assert len(database.reads) == 300
    assert 15 <= max(ahead) <= 15 + 3 * 5  # queued, being written, being made, waiting to be queued


def test_a_clip_that_breaks_late_leaves_no_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clip_stream, "BLOCK_BYTES", 1)
    database = CountingDatabase([4, 6, 5])

    def fault(clip: str, number: int) -> None:
        if (clip, number) == ("c1", 6):
            raise InputError("/nowhere/c1/6.png is not a readable image")

    object.__setattr__(database, "on_read", fault)
    with pytest.warns(UserWarning, match=r"1 of 3 clips of made .*\(1 because of their data, 0 because of the face"):
        folder = write(tmp_path / "s", database)
    assert np.load(folder / "rows.npy").tolist() == [[0, 4], [4, 5]]
    frames = np.load(folder / "frames.npy")
    assert len(frames) == 9
    alone = np.load(write(tmp_path / "alone", CountingDatabase([4, 6, 5])) / "frames.npy")
    np.testing.assert_array_equal(frames, alone[[0, 1, 2, 3, 10, 11, 12, 13, 14]])
    skipped = pd.read_csv(folder / "skipped.csv", dtype=str)
    assert skipped.values.tolist() == [["made", "01", "c1", "data", "c1/6.png is not a readable image"]]


def test_a_true_displacement_of_another_size_is_faulty_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = CountingDatabase([2, 2])
    truth = {"c0": np.zeros((2, 80, 80), np.float32), "c1": np.zeros((2, 40, 80), np.float32)}
    monkeypatch.setattr(CountingDatabase, "true_displacement", lambda self, row: truth[row["clip"]])
    with pytest.warns(UserWarning, match=r"shape \(2, 40, 80\), expected \(2, 80, 80\)"):
        folder = write(tmp_path / "s", database)
    assert np.load(folder / "displacement.npy").shape == (1, 2, 65, 65)
    assert len(np.load(folder / "frames.npy")) == 2


def test_eye_distance_and_pose_are_those_of_the_raw_frame(tmp_path: Path) -> None:
    points = np.float32(1.5) * POINTS + [3, -2]
    folder = write(tmp_path / "s", CountingDatabase([2, 2], side=120), FixedDetector(points))
    eyes, pose = np.load(folder / "eyes.npy"), np.load(folder / "pose.npy")
    assert eyes.dtype == pose.dtype == np.float32
    np.testing.assert_allclose(eyes, [1.5 * eye_distance(square_points(65))] * 2, rtol=1e-4)
    np.testing.assert_allclose(pose, [head_pose(points)] * 2)


class TestKinds:
    """What is wrong with a face is told from what is wrong with the data."""

    class Finder(FixedDetector):
        """Finds no face in the first image it is given, two in the second, then one."""

        def detect(self, image: np.ndarray) -> list[np.ndarray]:
            faces = super().detect(image)
            return [[], faces * 2][self.calls - 1] if self.calls < 3 else faces

    def test_faces(self, make_database: MakeDatabase, tmp_path: Path) -> None:
        clips = {name: [np.full((240, 320, 3), [200, 60 + 40 * k, 30], np.uint8)] * 3 for k, name in enumerate("abc")}
        with pytest.warns(UserWarning, match="2 of 3"):
            folder = write(tmp_path / "s", make_database(clips), self.Finder(POINTS))
        skipped = pd.read_csv(folder / "skipped.csv", dtype=str)
        assert skipped[["clip", "kind"]].values.tolist() == [["a", "face"], ["b", "face"]]
        pictures = read_failures(folder)
        assert list(pictures) == ["photo/006/a", "photo/006/b"]
        assert pictures["photo/006/b"].shape == (120, 160, 3)
        np.testing.assert_allclose(pictures["photo/006/b"][60, 80], [200, 100, 30], atol=3)  # red stays red

    def test_clips_left_out_at_opening_are_entered(self, tmp_path: Path) -> None:
        key = ("made", "02", "c9")
        left_out = (
            Problem("codes.xlsx", "7", "onset 5 is after offset 3.", "Correct the row.", key),
            Problem("/nowhere/c9", "", "no image.", "Copy it.", key),
            Problem("readme", "", "of no clip", "", None),
        )
        database = CountingDatabase([3])
        object.__setattr__(database, "left_out", left_out)
        with pytest.warns(UserWarning, match="1 of 2 clips"):
            folder = write(tmp_path / "s", database)
        skipped = pd.read_csv(folder / "skipped.csv", dtype=str)
        reason = "codes.xlsx, row 7: onset 5 is after offset 3. Correct the row. c9: no image. Copy it."
        assert skipped.values.tolist() == [[*key, "data", reason]]

    @pytest.mark.parametrize("content", [b"", b"no picture"])
    def test_a_damaged_picture_is_named(self, tmp_path: Path, content: bytes) -> None:
        with zipfile.ZipFile(tmp_path / "failures.zip", "w") as archive:
            archive.writestr("photo/006/a.jpg", content)
        with pytest.raises(InputError, match="is damaged: a picture cannot be decoded"):
            read_failures(tmp_path)

    def test_no_failures_no_archive(self, tmp_path: Path) -> None:
        folder = write(tmp_path / "s", CountingDatabase([2]))
        assert read_failures(folder) == {}
        assert not (folder / "failures.zip").exists()
        assert (folder / "skipped.csv").read_text() == "database,subject,clip,kind,reason\n"

    def test_no_clips_at_all(self, tmp_path: Path) -> None:
        database = CountingDatabase([2])
        with pytest.raises(InputError, match="no clips to align"):
            write(tmp_path / "s", replace_clips(database, 0))


def replace_clips(database: CountingDatabase, count: int) -> CountingDatabase:
    object.__setattr__(database, "clips", database.clips.iloc[:count])
    return database


class TestEnding:
    def test_an_error_of_the_file_ends_the_workers(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Workers that wait for room, or have not begun, do not keep the build from ending."""
        monkeypatch.setattr(clip_stream, "BLOCK_BYTES", 1)
        monkeypatch.setattr(clip_stream, "QUEUED_BYTES", 2)

        def full(self: GrowingArray, rows: np.ndarray) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(GrowingArray, "append", full)
        database = CountingDatabase([400] * 8)
        before = threading.active_count()
        with pytest.raises(OSError, match="No space"):
            write(tmp_path / "s", database)
        assert threading.active_count() == before
        assert len(database.reads) < 200  # and what nobody takes is not read

    def test_a_bug_in_a_worker_is_not_taken_for_a_clip_that_is_missing(self, tmp_path: Path) -> None:
        database = CountingDatabase([3, 3])

        def bug(clip: str, number: int) -> None:
            if number == 2:
                raise ZeroDivisionError

        object.__setattr__(database, "on_read", bug)
        with pytest.raises(ZeroDivisionError):
            write(tmp_path / "s", database)

    def test_opencv_gets_its_threads_back(self, tmp_path: Path) -> None:
        before = cv2.getNumThreads()
        cv2.setNumThreads(2)
        seen: list[int] = []
        database = CountingDatabase([3])
        object.__setattr__(database, "on_read", lambda clip, number: seen.append(cv2.getNumThreads()))
        try:
            write(tmp_path / "s", database)
            assert cv2.getNumThreads() == 2
        finally:
            cv2.setNumThreads(before)
        assert set(seen) == {1}


class TestKnownPoints:
    """Landmarks known by clip stand in for a detector."""

    class Known:
        name = "points:abc"

        def __init__(self, points: np.ndarray) -> None:
            self._points = points
            self.asked: list[str] = []

        def points(self, row: pd.Series) -> np.ndarray:
            self.asked.append(row["clip"])
            return self._points

    def test_they_place_the_clip(self, tmp_path: Path) -> None:
        known = self.Known(POINTS)
        folder = write(tmp_path / "s", CountingDatabase([2, 3]), known)
        assert known.asked == ["c0", "c1"]
        reference = write(tmp_path / "t", CountingDatabase([2, 3]))
        assert (folder / "frames.npy").read_bytes() == (reference / "frames.npy").read_bytes()

    def test_points_outside_the_frame_are_a_cut_face(self) -> None:
        row = CountingDatabase([2]).clips.iloc[0]
        with pytest.raises(CutFace, match=r"of 68 landmarks lie outside the image of 60 x 80"):
            clip_stream.place_clip(row, np.zeros((80, 60, 3), np.uint8), 65, self.Known(POINTS))


def test_same_pictures_same_bytes(tmp_path: Path) -> None:
    content = []
    for name in "ab":
        with FailureWriter(tmp_path / name) as writer:
            writer.add("d/s/c", np.full((400, 100, 3), 90, np.uint8))
        content.append((tmp_path / name).read_bytes())
    assert content[0] == content[1]
    with zipfile.ZipFile(io.BytesIO(content[0])) as archive:
        assert archive.namelist() == ["d/s/c.jpg"]
        assert archive.infolist()[0].date_time[0] == 1980  # no time of writing in it


def test_a_damaged_archive_is_named(tmp_path: Path) -> None:
    (tmp_path / "failures.zip").write_bytes(b"not a zip")
    with pytest.raises(InputError, match=r"failures.zip is damaged.*Delete the folder"):
        read_failures(tmp_path)


def test_the_clip_table_is_not_changed(tmp_path: Path) -> None:
    database = CountingDatabase([3, 2])
    before = database.clips.copy()
    write(tmp_path / "s", database)
    pd.testing.assert_frame_equal(database.clips, before)
