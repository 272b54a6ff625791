"""A store is a cache: whatever happens to its files is noticed, named, and mended by itself."""

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mer.core.errors import InputError
from mer.core.files import write_json
from mer.core.machine_fault import MachineFault
from mer.core.sealed import _seal_of
from mer.datasets.database import Database
from mer.face.store import AlignedStore, StoreConfig, build_store, open_store
from mer.face.store_clips import with_clips
from tests.damage import DAMAGES, contents
from tests.face.conftest import POINTS, FixedDetector, MakeDatabase, noise
from tests.face.test_store_built_once import BUILD_ALONE, save
from tests.limits import PROJECT

FILES = ["boxes.npy", "clips.csv", "eyes.npy", "failures.zip", "frames.npy", "index.json", "landmarks.npy", "pose.npy"]
FILES += ["rows.npy", "skipped.csv", "transforms.npy"]

pytestmark = [pytest.mark.usefixtures("cache"), pytest.mark.filterwarnings("ignore:.*left out")]


class OneFace(FixedDetector):
    """Sees a face in all but black frames."""

    def detect(self, image: np.ndarray) -> list[np.ndarray]:
        return super().detect(image) if image.any() else []


@pytest.fixture
def build(make_database: MakeDatabase, cache: Path):
    database = make_database({"a": noise(0, 5), "b": noise(1, 3), "none": [np.zeros((80, 80, 3), np.uint8)] * 3})
    return lambda: build_store(database, StoreConfig(size=32), OneFace(POINTS), workers=1)


@pytest.fixture
def relabelled(build):
    def make() -> AlignedStore:
        store = build()
        return with_clips(store, store.clips.assign(label="negative"))

    return make


@pytest.mark.parametrize("name", FILES)
def test_whatever_happens_to_a_file_it_is_built_again(build, capsys, tmp_path: Path, name: str) -> None:
    store = build()
    before = contents(store.path)
    assert sorted(before) == FILES
    for how, damage in DAMAGES.items():
        copy = tmp_path / how / store.path.name
        shutil.copytree(store.path, copy)
        assert open_store(copy).frames.shape == store.frames.shape
        damage(copy / name)
        with pytest.raises(InputError, match=rf"{name}.*Delete the folder"):
            open_store(copy)
    damage(store.path / name)
    assert build().path == store.path
    said = capsys.readouterr().err
    assert said.count("Building it again.") == 1 and name in said
    assert contents(store.path) == before


@pytest.mark.parametrize("name", FILES)
def test_a_derived_store_and_its_parent_are_mended_together(relabelled, capsys, name: str) -> None:
    """They share files by hard links: what is written into one stands in the other."""
    store = relabelled()
    parent = store.path.with_name(store.path.name.partition("-clips-")[0])
    before = contents(store.path), contents(parent)
    data = bytearray(before[0][name])
    data[len(data) // 2] ^= 1
    shared = os.path.samefile(store.path / name, parent / name)
    with open(store.path / name, "r+b") as stream:
        stream.write(data)
    relabelled()
    assert (contents(store.path), contents(parent)) == before
    assert capsys.readouterr().err.count("Building it again.") == 1 + shared


def test_a_parent_that_was_damaged_since_is_not_vouched_for(build) -> None:
    store = build()
    DAMAGES["middle byte"](store.path / "landmarks.npy")
    with pytest.raises(InputError, match=r"landmarks.npy is damaged.*Run again"):
        with_clips(store, store.clips.assign(label="negative"))
    assert len(with_clips(build(), store.clips.assign(label="negative"))) == 2


def test_a_store_in_the_place_of_another_is_noticed(build, relabelled, capsys) -> None:
    one, other = build().path, relabelled().path
    before = contents(one), contents(other)
    aside = one.with_name("aside")
    for source, target in ((one, aside), (other, one), (aside, other)):
        source.rename(target)
    with pytest.raises(InputError, match=f"key '{other.name}', expected '{one.name}'"):
        open_store(one)
    relabelled()
    assert (contents(one), contents(other)) == before
    assert capsys.readouterr().err.count("Building it again.") == 2


@pytest.mark.parametrize("name", ["synthetic", "terms", "files", "config", "key"])
def test_an_index_that_somebody_changed_is_noticed(build, capsys, name: str) -> None:
    store = build()
    index = json.loads((store.path / "index.json").read_text())
    for other in ([], None, not index[name]):
        write_json(store.path / "index.json", index | {name: other})
        with pytest.raises(InputError, match=r"index\.json"):
            open_store(store.path)
    assert build().terms == store.terms and "Building it again" in capsys.readouterr().err


@pytest.mark.parametrize("change", [{"config": []}, {"config": {"size": "x"}}, {"database": None, "files": {}}, None])
def test_an_index_of_something_else_is_no_raw_error(build, change) -> None:
    """Its seal was computed anew."""
    store = build()
    index = json.loads((store.path / "index.json").read_text())
    del index["seal"]
    if change is None:
        del index["config"]
        change = {}
    index |= change
    for name in (store.path).iterdir():
        if "files" in change and name.name != "index.json":
            name.unlink()
    write_json(store.path / "index.json", index | {"seal": _seal_of(index)})
    with pytest.raises(InputError, match="Delete the folder"):
        open_store(store.path)


def test_too_many_open_files_end_a_build_and_damage_nothing(database: Database, tmp_path: Path) -> None:
    """Neither is a clip left out as damaged data, nor a whole store built again."""
    save(database, tmp_path)
    start = """
import os, resource, sys
from mer.core import machine_fault
import mer.face.store, mer.face.store_write, mer.datasets.frames, tests.face.conftest, cv2
from mer.datasets import image_bytes
real = image_bytes.np.fromfile
held = []
def few(path, **options):
    while True:
        try:
            held.append(os.open(os.devnull, os.O_RDONLY))
        except OSError:
            break
    try:
        return real(path, **options)
    finally:
        while held:
            os.close(held.pop())
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
if sys.argv[2] == "few":
    image_bytes.np.fromfile = few
"""
    command = [sys.executable, "-c", start + BUILD_ALONE, str(tmp_path)]
    ended = subprocess.run([*command, "few"], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "MachineFault: " in ended.stderr.splitlines()[-1] and "Too many open files" in ended.stderr
    assert not [path for path in (tmp_path / "cache" / "stores").iterdir() if not path.name.endswith(".lock")]
    done = subprocess.run([*command, "many"], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "3 clips", done.stderr


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENOMEM, errno.EIO])
def test_a_failing_machine_is_no_damaged_clip(database: Database, number: int, monkeypatch) -> None:
    real, read = np.fromfile, []

    def failing(path, **options):
        read.append(path)
        if len(read) == 7:
            raise OSError(number, os.strerror(number))
        return real(path, **options)

    with monkeypatch.context() as patch:
        patch.setattr("mer.datasets.image_bytes.np.fromfile", failing)
        with pytest.raises(MachineFault, match=rf"img.*png cannot be read: {os.strerror(number)}"):
            build_store(database, StoreConfig(size=32), FixedDetector(POINTS), workers=1, allow_missing=True)
    assert len(build_store(database, StoreConfig(size=32), FixedDetector(POINTS), allow_missing=True)) == 3
