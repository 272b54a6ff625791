"""A user's own corrections in the aligned store: frames shared, truth of moved clips gone, said by the store."""

import os
import pickle

import numpy as np
import pytest

from mer.core.files import read_json, write_json
from mer.datasets.registry import open_database
from mer.face.store import StoreConfig, build_store, open_store
from mer.face.store_clips import with_clips
from mer.manifest.own_corrections import OwnCorrection, remove_own_corrections, save_own_corrections
from mer.motion.prepare import with_apexes

CLIPS = 4


@pytest.fixture(scope="module")
def folder(tiny_database, tmp_path_factory):
    """A copy of a few synthetic clips under a clip table of their own."""
    import shutil

    place = tmp_path_factory.mktemp("few")
    for name in tiny_database.clips["frames"][:CLIPS]:
        shutil.copytree(tiny_database.root / name, place / name)
    about = read_json(tiny_database.root / "database.json")
    del about["generator"]  # a folder of one's own: no seal vouches for it
    write_json(place / "database.json", about)
    tiny_database.clips[:CLIPS].to_csv(place / "clips.csv", index=False)
    return place


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def own(tmp_path, cache, monkeypatch):
    monkeypatch.setenv("MER_CACHE", str(cache))
    monkeypatch.setenv("MER_CORRECTIONS", str(tmp_path / "corrections.csv"))


@pytest.fixture
def row(tiny_database):
    return tiny_database.clips.iloc[1]


def correct(row, column, value, **more):
    key = (row["database"], row["subject"], row["clip"])
    save_own_corrections([OwnCorrection(*key, column, str(value), str(row[column]), **more)])


def built(folder):
    return build_store(open_database(folder), StoreConfig(size=64))


def inode(store, name="frames.npy"):
    return os.stat(store.path / name).st_ino


def test_labels_and_apexes_align_nothing_again(folder, row):
    plain = built(folder)
    assert (plain.corrections(), plain.corrected()) == ((), "")
    other = next(name for name in ("negative", "positive") if name != row["label"])
    correct(row, "label", other, labels="composite", reason="smiles")
    labelled = built(folder)
    correct(row, "apex", row["apex"] + 1)
    moved = built(folder)
    assert len({plain.path, labelled.path, moved.path}) == 3, "what is keyed by a store's name sees the change"
    assert inode(plain) == inode(labelled) == inode(moved)
    assert labelled.clips["label"][1] == other
    assert moved.clips["apex"][1] == row["apex"] + 1
    assert moved.corrected() == "1 clip corrected by the user (corrections.csv)."
    assert [(one.column, one.was, one.reason) for one in labelled.corrections()] == [
        ("label", row["label"], "smiles"),
    ]
    assert built(folder).path == moved.path, "made once"
    assert pickle.loads(pickle.dumps(moved)).corrections() == moved.corrections()
    remove_own_corrections([(row["database"], row["subject"], row["clip"])])
    assert built(folder).path == plain.path and plain.clips.equals(built(folder).clips)


def test_a_note_or_other_reason_makes_no_other_store(folder, row):
    plain = built(folder)
    correct(row, "note", "mine")
    noted = built(folder)
    assert noted.path == plain.path and noted.clips["note"][1] == row["note"]
    assert (noted.corrections(), noted.corrected()) == ((), "")
    correct(row, "apex", row["apex"] + 1, reason="a blink")
    moved = built(folder)
    assert moved.path != plain.path and [one.column for one in moved.corrections()] == ["apex"]
    correct(row, "note", "mine again")
    correct(row, "apex", row["apex"] + 1, reason="no, a nod")
    assert built(folder).path == moved.path and built(folder).clips["note"][1] == row["note"]


def test_the_truth_is_that_of_the_clips_that_were_not_moved(folder, row):
    plain = built(folder)
    correct(row, "apex", row["apex"] + 1)
    moved = built(folder)
    assert np.isnan(moved.displacement[1]).all()
    for clip in (0, 2, 3):
        np.testing.assert_array_equal(moved.displacement[clip], plain.displacement[clip])
        assert np.isfinite(moved.displacement[clip]).any()
    assert np.isfinite(plain.displacement[1]).any() and open_store(moved.path, verify=True)
    correct(row, "label", "", labels="composite")
    assert np.isnan(built(folder).displacement[1]).all()


def test_a_moved_onset_is_aligned_anew_and_has_no_truth(folder, row):
    plain = built(folder)
    correct(row, "onset", row["onset"] + 1)
    moved = built(folder)
    assert inode(moved) != inode(plain) and moved.count[1] == plain.count[1] - 1
    known = [bool(np.isfinite(moved.displacement[clip]).any()) for clip in range(CLIPS)]
    assert known == [True, False, True, True]
    correct(row, "apex", row["onset"] + 1)  # the rendered apex is in the clip: no need to align again
    assert inode(built(folder)) == inode(moved) and np.isnan(built(folder).displacement[1]).all()


def test_an_offset_before_the_rendered_apex(folder, row):
    correct(row, "offset", row["apex"] - 1)
    correct(row, "apex", row["apex"] - 1)
    moved = built(folder)
    assert moved.clips.loc[1, ["apex", "offset"]].tolist() == [row["apex"] - 1] * 2
    assert np.isnan(moved.displacement[1]).all() and np.isfinite(moved.displacement[0]).any()


def test_stores_made_of_it_say_so_too(folder, row):
    correct(row, "apex", row["apex"] + 1)
    moved = built(folder)
    middle = with_apexes(moved, "middle")
    assert middle.path != moved.path and middle.corrected() == moved.corrected()
    assert with_clips(moved, moved.clips.assign(note="x")).corrections() == moved.corrections()
    assert with_apexes(moved, "spotted") is moved, "a corrected apex is an annotated one"
