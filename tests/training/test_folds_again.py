"""Folds of a run that is started again: what is whole stands, what is damaged or of another run is not used."""

import errno
import json
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from mer.core.errors import InputError
from mer.core.work_lock import alone_in, working_folders
from mer.training.folds import FoldResult, _finish, collect_folds, fold_folder, run_folds

NAMES = ["d/0", "d/1", "d/2", "d/3"]
KEYS = {name: f"key of {name}" for name in NAMES}
CLIPS = pd.DataFrame({"clip": list("wxyz")})
FILES = ("weights.safetensors", "history.csv", "arrays.npz", "fold.json")


def result(fold: str, value: float = 0.5) -> FoldResult:
    row = int(fold[-1]) % len(CLIPS)
    arrays = {"probabilities": np.full((1, 3), value + row, np.float32)}
    history = pd.DataFrame({"step": [1], "loss": [value + row]})
    return FoldResult({"w": torch.tensor([value + row])}, {"held_out": [fold]}, history, np.array([row]), arrays)


def train(folds, asked, dies_after=None, value=0.5):
    asked.append(tuple(folds))
    for number, fold in enumerate(folds):
        if number == dies_after:
            raise KeyboardInterrupt
        yield result(fold, value)


def made(folder: Path, keys=KEYS, value=0.5, asked=None, together=1) -> list:
    """Folds of a run; which were trained."""
    asked = [] if asked is None else asked
    run_folds(folder, keys, partial(train, asked=asked, value=value), 1, together)
    return [fold for part in asked for fold in part]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.glob("folds/*/[!.]*"))}


def collected(folder: Path, keys=KEYS) -> list[float]:
    return collect_folds(folder, keys, CLIPS, np.arange(4), NAMES).arrays["probabilities"][:, 0].tolist()


def test_folds_finished_by_a_killed_call_are_not_trained_again(tmp_path):
    keys = {"a/1": "x", "a/2": "y", "a/3": "z"}
    asked: list[tuple[str, ...]] = []
    with pytest.raises(KeyboardInterrupt):
        _finish(tmp_path, tuple(keys), keys, partial(train, asked=asked, dies_after=2))
    first = (fold_folder(tmp_path, "a/1") / "fold.json").stat().st_mtime_ns
    again = partial(_finish, tmp_path, tuple(keys), keys, partial(train, asked=asked))
    assert again() == 3 and asked == [("a/1", "a/2", "a/3"), ("a/3",)]
    assert again() == 3 and len(asked) == 2, "nothing is asked for when all is finished"
    assert (fold_folder(tmp_path, "a/1") / "fold.json").stat().st_mtime_ns == first


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Two runs with the same folds, trained to other values."""
    folder = tmp_path_factory.mktemp("whole")
    made(folder / "run")
    made(folder / "other", {name: f"other {name}" for name in NAMES}, value=0.7)
    return folder


def _flipped(path: Path, place: float) -> None:
    content = bytearray(path.read_bytes())
    content[int(place * (len(content) - 1))] ^= 1
    path.write_bytes(content)


def _forged(path: Path) -> None:
    """Another value under the old seal."""
    content = json.loads(path.with_name("fold.json").read_text())
    content["clips"] += 1
    path.with_name("fold.json").write_text(json.dumps(content))


DAMAGES = {
    "deleted": lambda path: path.unlink(),
    "emptied": lambda path: path.write_bytes(b""),
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:-2]),
    "flipped first": partial(_flipped, place=0),
    "flipped middle": partial(_flipped, place=0.5),
    "of another fold": lambda path: shutil.copy(path.parents[1] / "d__3" / path.name, path),
    "of another run": lambda path: shutil.copy(path.parents[3] / "other/folds/d__1" / path.name, path),
    "a folder": lambda path: (path.unlink(), path.mkdir(), (path / "x").touch()),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", FILES)
def test_whatever_happens_to_a_file_that_fold_alone_is_trained_again(whole, tmp_path, capsys, name, damage):
    shutil.copytree(whole, tmp_path, dirs_exist_ok=True)
    folder = tmp_path / "run"
    before = contents(folder)
    DAMAGES[damage](folder / "folds" / "d__1" / name)
    with pytest.raises(InputError, match="d__1"):
        collected(folder)
    if damage == "a folder":
        with pytest.raises(InputError, match=rf"Cannot write .*{name}"):
            made(folder)
        shutil.rmtree(folder / "folds" / "d__1" / name)
    assert made(folder) == ["d/1"]
    said = capsys.readouterr().out
    if name == "fold.json" and damage in (
        "deleted",
        "of another fold",
        "of another run",
        "a folder",
    ):  # as if it had not been finished
        assert "d/1" not in said or damage == "a folder"
    else:
        assert "Fold d/1 is trained again: " in said and "d__1" in said and ("missing" in said or "damaged" in said)
    assert contents(folder) == before and collected(folder) == [0.5, 1.5, 2.5, 3.5]
    assert made(folder) == [] and not capsys.readouterr().out


def test_an_index_that_was_altered_does_not_vouch(whole, tmp_path, capsys):
    shutil.copytree(whole / "run", tmp_path / "run")
    _forged(tmp_path / "run" / "folds" / "d__2" / "arrays.npz")
    assert made(tmp_path / "run") == ["d/2"]
    assert "does not match its own seal" in capsys.readouterr().out


def test_a_disk_that_fails_is_no_damaged_fold(whole, tmp_path, monkeypatch):
    folder = Path(shutil.copytree(whole / "run", tmp_path / "run"))
    before = contents(folder)

    def fails(path):
        raise OSError(errno.EIO, "Input/output error", str(path))

    with monkeypatch.context() as patch:
        patch.setattr("mer.core.sealed.file_digest", fails)
        with pytest.raises(InputError, match="Input/output error"):
            made(folder)
    assert contents(folder) == before and made(folder) == []


def test_folds_of_an_older_version_are_trained_again_and_it_is_said(whole, tmp_path, capsys):
    shutil.copytree(whole / "run", tmp_path / "run")
    index = tmp_path / "run" / "folds" / "d__0" / "fold.json"
    index.write_text(json.dumps({"key": KEYS["d/0"], "fold": "d/0", "clips": 1}))
    with pytest.raises(InputError, match="older version of this suite"):
        collected(tmp_path / "run")
    assert made(tmp_path / "run") == ["d/0"]
    assert "Fold d/0 is trained again: " in (said := capsys.readouterr().out) and "older version" in said


def test_folds_of_other_settings_are_named_and_trained_again_without_a_word(whole, tmp_path, capsys):
    shutil.copytree(whole / "run", tmp_path / "run")
    now = {name: f"other {name}" for name in NAMES}
    with pytest.raises(InputError, match=r"d__0/fold\.json is not of this run: it was trained with other settings"):
        collected(tmp_path / "run", now)
    assert made(tmp_path / "run", now, value=0.7) == NAMES and not capsys.readouterr().out
    assert contents(tmp_path / "run") == contents(whole / "other")
    with pytest.raises(InputError, match="not of this run"):
        collected(tmp_path / "run")


def test_stacks_are_the_same_folds_whichever_are_finished(tmp_path):
    asked: list[tuple[str, ...]] = []
    run_folds(tmp_path, {name: KEYS[name] for name in ["d/1"]}, partial(train, asked=[]), 1)
    made(tmp_path, asked=asked, together=2)
    assert asked == [("d/0",), ("d/2", "d/3")]


def test_folds_are_trained_by_who_works_in_the_folder(tmp_path):
    seen = []

    def looking(folds):
        seen.append(working_folders())
        return map(result, folds)

    run_folds(tmp_path / "run", KEYS, looking, 1, 4)
    assert seen == [(tmp_path / "run",)] and working_folders() == ()


#: Two workers of a run that tell when they have a fold to write, and write it when the file `go` is there.
RUN = """
import sys, time
from functools import partial
from pathlib import Path
from mer.training.folds import run_folds
from tests.training.test_folds_again import NAMES, result

def train(names, folder, value):
    for name in names:
        print("has", name, flush=True)
        end = time.monotonic() + 20
        while not (folder.parent / "go").exists() and time.monotonic() < end: time.sleep(0.02)
        yield result(name, value)

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    run_folds(folder, {name: "old" for name in NAMES}, partial(train, folder=folder, value=9.0), 2)
"""


def test_workers_of_a_killed_run_write_nothing_into_the_next_one(tmp_path):
    folder = tmp_path / "run"
    with subprocess.Popen([sys.executable, "-c", RUN, str(folder)], stdout=subprocess.PIPE, text=True) as killed:
        assert {killed.stdout.readline().split()[0] for _ in range(2)} == {"has"}
        killed.kill()
        killed.wait()
        with alone_in(folder):
            shutil.rmtree(folder, ignore_errors=True)
        (tmp_path / "go").touch()
        assert made(folder) == NAMES
        killed.stdout.read()  # until the workers have ended too, which hold the pipe
    assert collected(folder) == [0.5, 1.5, 2.5, 3.5] and made(folder) == []
