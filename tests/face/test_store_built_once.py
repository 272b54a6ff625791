"""An aligned store is built once: its key, builds side by side, builds that do not come to their end."""

import pickle
import re
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mer.core.errors import InputError
from mer.datasets.database import Database
from mer.face.growing_array import GrowingArray
from mer.face.store import AlignedStore, StoreConfig, build_store
from tests.at_once import Processes
from tests.face.conftest import POINTS, FixedDetector, MakeDatabase, noise
from tests.limits import full_disk


def shown(folder: Path) -> list[str]:
    """What is not hidden, as locks are, nor half made."""
    assert not list(folder.glob("*.part")) and not list(folder.glob(".*.part"))
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


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
        assert not shown(cache / "stores")

    def test_a_full_disk_names_the_place(
        self, database: Database, cache: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(self: GrowingArray, rows: np.ndarray) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(GrowingArray, "append", full)
        with pytest.raises(InputError, match=r"stores/photo-.*No space left.*MER_CACHE"):
            build_store(database, StoreConfig(size=65), FixedDetector(POINTS))
        assert not shown(cache / "stores")

    def test_no_room_for_it_is_said_before_the_first_frame(self, database: Database, tmp_path: Path) -> None:
        save(database, tmp_path)
        (tmp_path / "cache").mkdir()
        with full_disk(tmp_path / "cache", 1 << 20) as disk:
            taken = disk.fill(leave=40_000)
            done = disk.run([sys.executable, "-c", BUILD_ALONE, str(tmp_path)])
            assert re.search(r"InputError: photo-\w+ needs 51 kB in .*/stores, but only .* kB are free", done.stderr)
            assert "face looked for" not in done.stdout
            taken.unlink()
            done = disk.run([sys.executable, "-c", BUILD_ALONE, str(tmp_path)])
            assert done.stdout.splitlines()[-1] == "3 clips", done.stderr


BUILD = """
import os, pickle
from mer.face.store import StoreConfig, build_store
from tests.face.conftest import POINTS, FixedDetector

os.environ["MER_CACHE"] = str(FOLDER / "cache")
database = pickle.loads((FOLDER / "database.pkl").read_bytes())

class Counted(FixedDetector):
    def detect(self, image):
        note("face")
        if (FOLDER / "hold").exists():
            wait_for("let go")
        return super().detect(image)

meet()
store = build_store(database, StoreConfig(size=65), Counted(POINTS), workers=1)
print(store.path.name, int(store.frames.sum()))
"""

BUILD_ALONE = """
import os, pickle, sys
from pathlib import Path
from mer.face.store import StoreConfig, build_store
from tests.face.conftest import POINTS, FixedDetector

class Said(FixedDetector):
    def detect(self, image):
        print("face looked for")
        return super().detect(image)

folder = Path(sys.argv[1])
os.environ["MER_CACHE"] = str(folder / "cache")
database = pickle.loads((folder / "database.pkl").read_bytes())
print(len(build_store(database, StoreConfig(size=65), Said(POINTS), workers=1)), "clips")
"""


def save(database: Database, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "database.pkl").write_bytes(pickle.dumps(database))


class TestTwoProcesses:
    def test_the_work_is_done_once(self, database: Database, tmp_path: Path) -> None:
        save(database, tmp_path)
        with Processes(tmp_path, BUILD) as both:
            both.start()
            first, second = both.results()
        assert first == second
        assert both.work() == ["face"] * 3
        assert len(shown(tmp_path / "cache" / "stores")) == 1

    def test_one_that_is_killed_leaves_its_work_to_the_other(self, database: Database, tmp_path: Path) -> None:
        save(database, tmp_path)
        (tmp_path / "hold").touch()
        with Processes(tmp_path, BUILD) as both:
            both.start()
            both.wait(lambda: bool(both.work()))
            (worker,) = {int(line.split()[0]) for line in (tmp_path / "work.txt").read_text().splitlines()}
            killed = next(one for one in both.all if one.pid == worker)
            both.all.remove(killed)
            killed.kill()
            killed.communicate()
            both.go("let go")
            assert both.results()[0].startswith("photo-")
        assert both.work() == ["face"] * 4
        assert len(shown(tmp_path / "cache" / "stores")) == 1

    def test_readers_of_a_store_that_is_replaced_read_on(
        self, make_database: MakeDatabase, tmp_path: Path, cache: Path
    ) -> None:
        """A clip that could not be read was mended; whoever has the store open keeps it."""
        database = make_database({"a": noise(0), "b": noise(1)})
        file = tmp_path / "frames" / "b" / "img009.png"
        whole = file.read_bytes()
        file.write_bytes(whole[:100])
        with pytest.warns(UserWarning, match="left out"):
            before = build_store(database, StoreConfig(size=65), FixedDetector(POINTS), allow_missing=True)
        frames = before.frames.copy()
        assert len(before) == 1
        file.write_bytes(whole)
        after = build_store(database, StoreConfig(size=65), FixedDetector(POINTS))
        assert len(after) == 2 and after.path == before.path
        np.testing.assert_array_equal(before.frames, frames)
        np.testing.assert_array_equal(after.frames[: len(frames)], frames)
