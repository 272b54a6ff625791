"""An aligned store is built once: its key, builds side by side, builds that do not come to their end."""

import os
import shutil
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mer.core.errors import InputError
from mer.datasets.database import Database
from mer.face.growing_array import GrowingArray
from mer.face.store import AlignedStore, StoreConfig, build_store
from tests.face.conftest import POINTS, FixedDetector

pytestmark = pytest.mark.usefixtures("cache")


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
