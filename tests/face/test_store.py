import os
import pickle
import shutil
import threading
import time
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from mer.core.errors import InputError, MissingPath
from mer.core.problems import ProblemsFound
from mer.datasets.database import Database
from mer.face import aligned_store, store_check
from mer.face import store as store_module
from mer.face.align import face_transform, warp_image
from mer.face.canonical import square_points
from mer.face.growing_array import GrowingArray
from mer.face.landmarks import LandmarkDetector
from mer.face.pose import eye_distance, head_pose
from mer.face.regions import region_boxes
from mer.face.store import AlignedStore, StoreConfig, build_store, open_store, store_path
from tests.face.conftest import FixedDetector, MakeDatabase

#: Where the fixed detector sees the face in frames of 80 pixels: the canonical square, moved by 8.
POINTS = square_points(65) + 8


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def noise(seed: int, frames: int = 5, side: int = 80) -> list[np.ndarray]:
    return list(np.random.default_rng(seed).integers(0, 256, (frames, side, side, 3), dtype=np.uint8))


@pytest.fixture
def detector() -> FixedDetector:
    return FixedDetector(POINTS)


@pytest.fixture
def database(make_database: MakeDatabase) -> Database:
    return make_database({"a": noise(0, 5), "b": noise(1, 3), "c": noise(2, 4)})


@pytest.fixture
def store(database: Database, detector: FixedDetector) -> AlignedStore:
    return build_store(database, StoreConfig(size=65, channels=3), detector)


class TestContent:
    def test_frames_are_the_aligned_frames_in_order(self, store: AlignedStore) -> None:
        assert store.frames.shape == (12, 65, 65, 3)
        assert store.frames.dtype == np.uint8
        assert isinstance(store.frames, np.memmap)
        assert store.start.tolist() == [0, 5, 8]
        assert store.count.tolist() == [5, 3, 4]
        matrix = face_transform(POINTS, 65)
        for clip, length in enumerate([5, 3, 4]):
            for k, frame in enumerate(noise(clip, length)):
                np.testing.assert_array_equal(store.frame(clip, 7 + k), warp_image(frame, matrix, 65))

    def test_one_pixel_is_where_the_shift_puts_it(self, store: AlignedStore) -> None:
        np.testing.assert_array_equal(store.frame(0, 7), noise(0)[0][8:73, 8:73])

    def test_geometry(self, store: AlignedStore) -> None:
        assert store.landmarks.shape == (3, 68, 2)
        np.testing.assert_allclose(store.landmarks[1], square_points(65), atol=1e-3)
        np.testing.assert_allclose(store.transforms[2], [[1, 0, -8], [0, 1, -8]], atol=1e-3)
        np.testing.assert_array_equal(store.boxes[0], region_boxes(store.landmarks[0], 65))
        np.testing.assert_allclose(store.eye_distance, [eye_distance(POINTS)] * 3, rtol=1e-5)
        np.testing.assert_allclose(store.pose, [head_pose(POINTS)] * 3, rtol=1e-4)
        assert store.landmarks.dtype == store.transforms.dtype == store.boxes.dtype == np.float32

    def test_table_and_provenance(self, store: AlignedStore, database: Database) -> None:
        pd.testing.assert_frame_equal(store.clips, database.clips)
        assert list(store.skipped.columns) == ["database", "subject", "clip", "kind", "reason"]
        assert len(store.skipped) == 0
        assert len(store) == 3
        assert (store.database_name, store.synthetic, store.terms) == ("photo", False, "public domain")
        assert store.config == StoreConfig(size=65, channels=3, detector="fixed")
        assert store.displacement is None

    def test_pairs(self, store: AlignedStore) -> None:
        onset, apex = store.pairs()
        assert onset.shape == apex.shape == (3, 3, 65, 65)
        assert onset.dtype == np.float32
        for clip, length in enumerate([5, 3, 4]):
            first, second = store.pair(clip)
            np.testing.assert_array_equal(second, store.frame(clip, 7 + length // 2))
            np.testing.assert_allclose(onset[clip].transpose(1, 2, 0) * 255, first, atol=1e-3)
            np.testing.assert_allclose(apex[clip].transpose(1, 2, 0) * 255, second, atol=1e-3)

    def test_grey_is_one_channel(self, database: Database, detector: FixedDetector) -> None:
        grey = build_store(database, StoreConfig(size=65), detector)
        assert grey.frames.shape == (12, 65, 65, 1)
        expected = noise(0)[0][8:73, 8:73].astype(float) @ [0.299, 0.587, 0.114]
        np.testing.assert_allclose(grey.frame(0, 7)[..., 0], expected, atol=1)

    def test_a_frame_outside_the_clip_is_refused(self, store: AlignedStore) -> None:
        with pytest.raises(InputError, match="frames 7 to 9; 10"):
            store.frame(1, 10)

    def test_true_displacement_is_carried_over(self, make_database: MakeDatabase, detector: FixedDetector) -> None:
        database = make_database({"a": noise(0), "b": noise(1)})
        truth = np.full((2, 80, 80), np.nan, np.float16)
        truth[0, 20:60, 20:60] = 2
        truth[1, 20:60, 20:60] = -1
        np.save(database.root / "a" / "displacement.npy", truth)
        store = build_store(replace(database, synthetic=True), StoreConfig(size=65), detector)
        assert store.displacement is not None
        assert store.displacement.shape == (2, 2, 65, 65)
        assert store.displacement.dtype == np.float16
        np.testing.assert_allclose(store.displacement[0, :, 30, 30], [2 * 2 / 64, -1 * 2 / 64], rtol=2e-3)
        assert np.isnan(store.displacement[0, :, 5, 5]).all()
        assert np.isnan(store.displacement[1]).all()


class TestSources:
    """A clip need not be a folder of images."""

    def test_a_video(self, make_database: MakeDatabase, detector: FixedDetector) -> None:
        database = make_database({"a": noise(0, 3)})
        path = database.root / "clip mit Lücke.avi"
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (80, 80))
        for k in range(12):
            writer.write(cv2.GaussianBlur(noise(k, 1)[0], (0, 0), 3))
        writer.release()
        clips = database.clips.assign(frames=path.name, onset=3, apex=5, offset=9)
        store = build_store(replace(database, clips=clips), StoreConfig(size=65, channels=3), detector)
        assert store.count.tolist() == [7]
        video = cv2.VideoCapture(str(path))
        decoded = [cv2.cvtColor(video.read()[1], cv2.COLOR_BGR2RGB) for _ in range(12)]
        matrix = face_transform(POINTS, 65)
        for number in range(3, 10):
            np.testing.assert_array_equal(store.frame(0, number), warp_image(decoded[number], matrix, 65))

    def test_a_pair_of_images(self, make_database: MakeDatabase, detector: FixedDetector) -> None:
        database = make_database({"a": noise(0, 3)})
        clips = database.clips.assign(frames="a/img008.png|a/img009.png", onset=0, apex=1, offset=1)
        store = build_store(replace(database, clips=clips), StoreConfig(size=65, channels=3), detector)
        matrix = face_transform(POINTS, 65)
        for found, expected in zip(store.pair(0), noise(0, 3)[1:], strict=True):
            np.testing.assert_array_equal(found, warp_image(expected, matrix, 65))


class TestSkipped:
    def test_every_reason_is_recorded(self, make_database: MakeDatabase, detector: FixedDetector) -> None:
        names = ["good", "gone", "unreadable", "resized", "last"]
        database = make_database({name: noise(i) for i, name in enumerate(names)})
        shutil.rmtree(database.root / "gone")
        (database.root / "unreadable" / "img009.png").write_bytes(b"not an image")
        cv2.imwrite(str(database.root / "resized" / "img008.png"), np.zeros((40, 30, 3), np.uint8))
        with pytest.warns(UserWarning, match="3 of 5 clips of photo"):
            store = build_store(database, StoreConfig(size=65), detector, allow_missing=True)
        assert store.clips["clip"].tolist() == ["good", "last"]
        assert store.start.tolist() == [0, 5]
        reasons = dict(zip(store.skipped["clip"], store.skipped["reason"], strict=True))
        assert list(reasons) == ["gone", "unreadable", "resized"]
        assert "does not exist" in reasons["gone"]
        assert "img009.png is not a readable image" in reasons["unreadable"]
        assert "Frame 8 has 30 x 40 pixels, the onset frame 80 x 80" in reasons["resized"]
        assert store.skipped["kind"].tolist() == ["data"] * 3
        assert not any(str(database.root) in reason for reason in reasons.values())
        expected = noise(4)[4][8:73, 8:73].astype(float) @ [0.299, 0.587, 0.114]
        np.testing.assert_allclose(store.frame(1, 11)[..., 0], expected, atol=1)  # rows did not slip

    def test_a_clip_without_apex_is_refused_at_once(self, make_database: MakeDatabase, detector: FixedDetector) -> None:
        database = make_database({"a": noise(0)})
        clips = database.clips.assign(apex=pd.array([pd.NA], "Int64"))
        with pytest.raises(InputError, match="no apex"):
            build_store(replace(database, clips=clips), StoreConfig(size=65), detector)
        assert detector.calls == 0

    def test_faulty_data_stop_the_build_with_all_of_them_named(
        self, make_database: MakeDatabase, detector: FixedDetector
    ) -> None:
        database = make_database({name: noise(i) for i, name in enumerate("abc")})
        for name in "ac":
            (database.root / name / "img009.png").write_bytes(b"not an image")
        with pytest.warns(UserWarning, match="2 of 3"), pytest.raises(ProblemsFound, match="allow-missing") as found:
            build_store(database, StoreConfig(size=65), detector)
        assert [problem.clip[2] for problem in found.value.problems if problem.clip] == ["a", "c"]
        assert "img009.png" in found.value.problems[0].what
        with pytest.raises(ProblemsFound, match="2 of 3"):  # also when the store is there already
            build_store(database, StoreConfig(size=65), detector)
        calls = detector.calls
        store = build_store(database, StoreConfig(size=65), detector, allow_missing=True)
        assert detector.calls == calls
        assert store.clips["clip"].tolist() == ["b"]

    def test_photographs(
        self, make_database: MakeDatabase, face_crop: np.ndarray, astronaut: np.ndarray, facemesh: LandmarkDetector
    ) -> None:
        """No face, two faces and a cut face are left out with the reason; the whole face stays."""
        database = make_database(
            {
                "whole": [face_crop] * 3,
                "noise": noise(0, 3, 176),
                "two": [np.concatenate([face_crop, face_crop], axis=1)] * 3,
                "cut": [np.ascontiguousarray(astronaut[:, 200:])] * 3,
            }
        )
        with pytest.warns(UserWarning, match="3 of 4 clips"):
            store = build_store(database, StoreConfig(), facemesh)
        assert store.clips["clip"].tolist() == ["whole"]
        assert store.skipped["reason"].str.split().str[:2].str.join(" ").tolist() == ["No face", "2 faces", "The face"]
        assert store.skipped["kind"].tolist() == ["face"] * 3
        assert [picture.shape for picture in store.failures().values()] == [(160, 160, 3), (80, 160, 3), (160, 98, 3)]
        assert store.skipped["subject"].tolist() == ["006"] * 3  # text, not the number 6

    def test_nothing_aligned_is_an_error_and_leaves_nothing(self, database: Database, cache: Path) -> None:
        with pytest.raises(InputError, match=r"None of the 3 clips of photo.*No face found"):
            build_store(database, StoreConfig(), FixedDetector())
        assert list((cache / "stores").iterdir()) == []


class TestBuiltOnce:
    def test_a_second_call_opens_it(self, database: Database, store: AlignedStore) -> None:
        detector = FixedDetector(POINTS)
        again = build_store(database, StoreConfig(size=65, channels=3), detector)
        assert detector.calls == 0
        assert again.path == store.path

    def test_the_key_follows_the_input(self, database: Database, store: AlignedStore) -> None:
        detector = FixedDetector(POINTS)
        other = FixedDetector(POINTS)
        other.name = "other"
        config = StoreConfig(size=65, channels=3)
        fewer = database.clips.drop(index=2).reset_index(drop=True)
        paths = {
            store.path,
            build_store(replace(database, fingerprint="2"), config, detector).path,
            build_store(replace(database, clips=fewer), config, detector).path,
            build_store(database, StoreConfig(size=64, channels=3), detector).path,
            build_store(database, StoreConfig(size=65, channels=1), detector).path,
            build_store(database, config, other).path,
        }
        assert len(paths) == 6

    def test_points_from_a_file_key_the_store_by_their_content(self, database: Database, tmp_path: Path) -> None:
        paths = []
        for k, shift in enumerate((0, 0, 1)):
            folder = tmp_path / f"points{k}" / "006"
            folder.mkdir(parents=True)
            for name in "abc":
                np.save(folder / f"{name}.npy", POINTS + shift)
            paths.append(build_store(database, StoreConfig(size=65, detector=f"points:{folder.parent}")).path)
        assert paths[0] == paths[1] != paths[2]

    def test_a_moved_database_has_the_same_key(self, database: Database, store: AlignedStore, tmp_path: Path) -> None:
        shutil.move(database.root, tmp_path / "elsewhere")
        moved = build_store(
            replace(database, root=tmp_path / "elsewhere"), StoreConfig(size=65, channels=3), FixedDetector(POINTS)
        )
        assert moved.path == store.path

    def test_same_bytes_for_any_number_of_workers(
        self, database: Database, detector: FixedDetector, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        content = []
        for workers in (1, 3):
            monkeypatch.setenv("MER_CACHE", str(tmp_path / f"workers{workers}"))
            path = build_store(database, StoreConfig(size=65), detector, workers).path
            content.append({file.name: file.read_bytes() for file in path.iterdir()})
        assert content[0] == content[1]

    def test_two_builds_at_once(self, database: Database, cache: Path) -> None:
        barrier = threading.Barrier(2)

        class Together(FixedDetector):
            def detect(self, image: np.ndarray) -> list[np.ndarray]:
                if self.calls == 0:
                    barrier.wait(timeout=20)  # both builds are under way before either ends
                return super().detect(image)

        results: list[AlignedStore] = []

        def build() -> None:
            results.append(build_store(database, StoreConfig(size=65), Together(POINTS)))

        threads = [threading.Thread(target=build) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(results) == 2
        assert results[0].path == results[1].path
        np.testing.assert_array_equal(results[0].frames, results[1].frames)
        assert [entry.name for entry in (cache / "stores").iterdir()] == [results[0].path.name]

    def test_an_interrupted_build_leaves_nothing_that_looks_finished(
        self, database: Database, cache: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Interrupting(FixedDetector):
            def detect(self, image: np.ndarray) -> list[np.ndarray]:
                if self.calls == 2:
                    raise KeyboardInterrupt
                return super().detect(image)

        with pytest.raises(KeyboardInterrupt):
            build_store(database, StoreConfig(size=65), Interrupting(POINTS))
        assert list((cache / "stores").iterdir()) == []

    def test_a_full_disk_names_the_place(
        self, database: Database, cache: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(self: GrowingArray, rows: np.ndarray) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(GrowingArray, "append", full)
        with pytest.raises(InputError, match=r"stores/photo-.*No space left.*MER_CACHE"):
            build_store(database, StoreConfig(size=65), FixedDetector(POINTS))
        assert list((cache / "stores").iterdir()) == []

    def test_only_abandoned_builds_are_removed(self, database: Database, store: AlignedStore) -> None:
        old, fresh = (store.path.parent / f".{store.path.name}.{name}.part" for name in ("old", "fresh"))
        for folder in (old, fresh):
            folder.mkdir()
            (folder / "frames.npy").write_bytes(b"half")
        for entry in (old / "frames.npy", old):
            os.utime(entry, (time.time() - 3 * 86400,) * 2)
        shutil.rmtree(store.path)
        build_store(database, StoreConfig(size=65, channels=3), FixedDetector(POINTS))
        assert not old.exists()
        assert fresh.exists()


class TestChecked:
    def test_missing_folder(self, tmp_path: Path) -> None:
        with pytest.raises(MissingPath, match="does not exist"):
            open_store(tmp_path / "nothing")

    def test_unfinished(self, store: AlignedStore) -> None:
        (store.path / "index.json").unlink()
        with pytest.raises(InputError, match=r"not a finished aligned store.*Delete"):
            open_store(store.path)

    @pytest.mark.parametrize("name", ["frames.npy", "boxes.npy", "rows.npy", "clips.csv", "skipped.csv"])
    def test_a_changed_byte_is_noticed(self, store: AlignedStore, name: str) -> None:
        data = bytearray((store.path / name).read_bytes())
        data[-3] ^= 1
        (store.path / name).write_bytes(data)
        with pytest.raises(InputError, match=rf"{name} is damaged.*Delete the folder"):
            open_store(store.path)

    def test_a_shortened_file_is_noticed(self, store: AlignedStore) -> None:
        with open(store.path / "frames.npy", "r+b") as stream:
            stream.truncate(5000)
        with pytest.raises(InputError, match=r"frames.npy is damaged: 5000 bytes, expected"):
            open_store(store.path)

    def test_a_missing_file_is_noticed(self, store: AlignedStore) -> None:
        (store.path / "landmarks.npy").unlink()
        with pytest.raises(InputError, match=r"landmarks.npy is missing"):
            open_store(store.path)

    def test_the_middle_of_a_large_file_needs_a_full_check(
        self, database: Database, detector: FixedDetector, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(store_check, "SAMPLE_BYTES", 1000)
        store = build_store(database, StoreConfig(size=65), detector)
        with open(store.path / "frames.npy", "r+b") as stream:
            stream.seek(20000)
            byte = stream.read(1)
            stream.seek(20000)
            stream.write(bytes([byte[0] ^ 1]))
        open_store(store.path)
        with pytest.raises(InputError, match=r"frames.npy is damaged"):
            open_store(store.path, verify=True)

    def test_another_format_is_refused(self, store: AlignedStore, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(aligned_store, "FORMAT", aligned_store.FORMAT + 1)
        with pytest.raises(InputError, match="format"):
            open_store(store.path)

    def test_another_rule_on_faces_makes_another_store(
        self, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = store_path(database, StoreConfig())
        assert store_path(database, StoreConfig()) == before
        monkeypatch.setattr(store_module, "FACE_RULE", store_module.FACE_RULE + 1)
        assert store_path(database, StoreConfig()) != before

    def test_travels_to_a_process_as_a_path(self, store: AlignedStore) -> None:
        data = pickle.dumps(store)
        assert len(data) < 5000
        np.testing.assert_array_equal(pickle.loads(data).frames, store.frames)


@pytest.mark.parametrize(("values", "message"), [({"size": 8}, "16 to 1024"), ({"channels": 2}, "1 .grey. or 3")])
def test_configuration_is_checked(values: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        StoreConfig(**values)


class TestMended:
    def test_a_file_mended_without_another_size_is_seen(
        self, make_database: MakeDatabase, detector: FixedDetector
    ) -> None:
        """Names and sizes of the files stay, so the store keeps its name; its faults must not stay with it."""
        database = make_database({name: noise(i) for i, name in enumerate("ab")})
        path = database.root / "a" / "img009.png"
        whole = path.read_bytes()
        path.write_bytes(b"X" * len(whole))
        with pytest.warns(UserWarning, match="1 of 2"), pytest.raises(ProblemsFound):
            build_store(database, StoreConfig(size=65), detector)
        path.write_bytes(whole)
        store = build_store(database, StoreConfig(size=65), detector)
        assert store.clips["clip"].tolist() == ["a", "b"]
        assert store.skipped.empty
