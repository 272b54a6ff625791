"""One store's frames under other clip tables."""

import os
import pickle
from dataclasses import replace

import numpy as np
import pytest

from mer.core import sealed
from mer.core.errors import InputError
from mer.core.files import read_json
from mer.core.kept import INDEX
from mer.core.sealed import FILES
from mer.face.store import StoreConfig, build_store, open_store
from mer.face.store_clips import with_clips


@pytest.fixture(scope="module")
def database(tiny_database):
    return replace(tiny_database, clips=tiny_database.clips.iloc[:4].reset_index(drop=True))


@pytest.fixture(scope="module")
def store(database, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MER_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield build_store(database, StoreConfig(size=64))


def relabelled(clips):
    return clips.assign(label=["surprise", "surprise", "negative", ""], note="other")


def test_other_labels_share_the_frames_and_have_their_own_name(store):
    other = with_clips(store, relabelled(store.clips))
    assert other.clips["label"].tolist() == ["surprise", "surprise", "negative", ""]
    assert store.clips["label"].tolist() != other.clips["label"].tolist()
    assert other.path != store.path
    assert os.stat(other.path / "frames.npy").st_ino == os.stat(store.path / "frames.npy").st_ino
    np.testing.assert_array_equal(other.displacement, store.displacement)
    assert open_store(other.path, verify=True).clips.equals(other.clips)
    assert pickle.loads(pickle.dumps(other)).clips.equals(other.clips)  # as it goes to another process


def test_frames_that_are_linked_are_read_when_they_are_opened_not_for_the_seal(store, monkeypatch):
    """The seal says what that of the other store says; a copy, whose bytes nobody has seen, is read for it."""
    read = []
    digest_of = sealed.file_digest
    monkeypatch.setattr(sealed, "file_digest", lambda path: read.append(str(path)) or digest_of(path))
    for how, times in (("linked", 1), ("copied", 2)):
        if how == "copied":
            monkeypatch.setattr(os, "link", lambda *given: (_ for _ in ()).throw(OSError("no hard links")))
        read.clear()
        other = with_clips(store, relabelled(store.clips).assign(note=how))
        assert sum(path.endswith("frames.npy") and str(store.path) + "/" not in path for path in read) == times, how
        assert read_json(other.path / INDEX)[FILES]["frames.npy"] == read_json(store.path / INDEX)[FILES]["frames.npy"]


def test_the_same_table_is_the_same_store(store):
    assert with_clips(store, store.clips.copy()) is store


def test_a_moved_apex_loses_the_truth(store):
    clips = store.clips.copy()
    clips.loc[0, "apex"] += 1
    assert with_clips(store, clips).displacement is None


def test_a_damaged_one_is_made_again(store):
    path = with_clips(store, relabelled(store.clips)).path
    (path / "clips.csv").write_text("nonsense")
    assert with_clips(store, relabelled(store.clips)).clips["note"].tolist() == ["other"] * 4


def test_other_clips_are_refused(store):
    with pytest.raises(InputError, match="other clips"):
        with_clips(store, store.clips.iloc[::-1].reset_index(drop=True))


def test_a_database_with_other_labels_is_not_aligned_again(database, store, monkeypatch):
    monkeypatch.setenv("MER_CACHE", str(store.path.parent.parent))
    other = build_store(replace(database, clips=relabelled(database.clips)), StoreConfig(size=64))
    assert other.clips["label"].tolist() == ["surprise", "surprise", "negative", ""]
    aligned = {path.name.partition("-clips-")[0] for path in store.path.parent.glob("[!.]*")}
    assert aligned == {store.path.name}
    assert other.path.name.startswith(f"{store.path.name}-clips-")
