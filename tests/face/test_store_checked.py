"""What is looked at when an aligned store is opened: whole, unchanged, of this format."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from mer.core.errors import InputError, MissingPath
from mer.datasets.database import Database
from mer.face import aligned_store
from mer.face import store as store_module
from mer.face.store import AlignedStore, StoreConfig, open_store, store_path

pytestmark = pytest.mark.usefixtures("cache")


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
