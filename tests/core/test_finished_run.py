"""A finished run vouches for its files: whatever happens to one of them is found by whoever opens it."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from mer.core import finished_run_digest
from mer.core.archive import read_npz
from mer.core.errors import InputError
from mer.core.files import write_json
from mer.core.finished_run import RESULT, check_run, checked, fault, folder_result_digest, seal_run
from mer.core.finished_run_files import foreign_files
from mer.core.made_again import made_again
from mer.core.sealed import SEAL, Damaged, OtherFormat
from mer.evaluation.predictions import read_predictions
from tests.made_up_runs import made_up_predictions, made_up_run

CLASSES = ("negative", "positive", "surprise")
ABOUT = {"state": "finished", "hash": "h", "study": "demo", "run": "train", "summary": {"uf1": 0.5}, "seconds": 3.0}
FILES = ("predictions.csv", "arrays/clips.npz", "folds/a/weights.safetensors", "history.csv", "tables/scores.csv")
LARGE = "folds/a/weights.safetensors"


def run_of(outputs: Path, seed: int = 0, name: str = "train") -> Path:
    """A run's folder with predictions, arrays, history, weights larger than what is read each time, and its record."""
    folder = made_up_run(outputs / "demo" / name, made_up_predictions(CLASSES, 1, seed))
    rng = np.random.default_rng(seed)
    for part in ("arrays", "folds/a", "tables", "figures"):
        (folder / part).mkdir(parents=True)
    np.savez(folder / "arrays" / "clips.npz", onset=rng.integers(0, 255, (4, 8, 8), np.uint8))
    (folder / LARGE).write_bytes(rng.bytes(1_200_000))
    (folder / "history.csv").write_text(f"epoch,loss\n0,{seed}.5\n")
    (folder / "tables" / "scores.csv").write_text(f"uf1\n0.{seed}\n")
    (folder / "figures" / "one.png").write_bytes(b"png")
    (folder / "tables" / "scores.html").write_text("<table>")
    write_json(folder / "record.json", {"study": "demo", "run": name, "notebook": "04_train_loso"})
    return folder


def flip(path: Path, at: float) -> None:
    content = bytearray(path.read_bytes())
    content[min(int(at * len(content)), len(content) - 1)] ^= 4
    path.write_bytes(content)


DAMAGES = {
    "cut": lambda path, other: path.write_bytes(path.read_bytes()[:-2]),
    "emptied": lambda path, other: path.write_bytes(b""),
    "first byte": lambda path, other: flip(path, 0),
    "middle byte": lambda path, other: flip(path, 0.5),
    "last byte": lambda path, other: flip(path, 1),
    "deleted": lambda path, other: path.unlink(),
    "swapped": lambda path, other: shutil.copy2(other, path),
}


@pytest.fixture(params=["sealed", "of before seals"])
def finished(request, tmp_path: Path) -> Path:
    folder = run_of(tmp_path)
    if request.param == "sealed":
        seal_run(folder, ABOUT)
    else:
        write_json(folder / RESULT, {**ABOUT, "digest": folder_result_digest(folder)})
        check_run(folder)  # opened once while it was whole, as a run on disk was
    return folder


def test_every_damage_to_every_file_is_found_and_named_with_the_command(finished, tmp_path):
    other = run_of(tmp_path / "other", 1)
    assert fault(finished) == ""
    for name in FILES:
        path = finished / name
        good = path.read_bytes()
        for kind, damage in DAMAGES.items():
            damage(path, other / name)
            with pytest.raises(Damaged, match="mer study demo --only train") as told:
                check_run(finished)
            assert str(path) in str(told.value), kind
            with pytest.raises(Damaged):
                checked(path)
            assert fault(finished).startswith(name), kind
            path.write_bytes(good)
            assert checked(path) == path
    check_run(finished, every=True)


def test_readers_refuse_what_is_damaged_and_take_what_is_not(finished):
    assert len(read_predictions(finished / "predictions.csv")) == 90
    flip(finished / "predictions.csv", 0.5)
    with pytest.raises(Damaged, match=r"predictions\.csv is damaged"):
        read_predictions(finished / "predictions.csv")
    assert read_npz(finished / "arrays" / "clips.npz")["onset"].shape == (4, 8, 8), "each file by itself"
    (finished / "arrays" / "clips.npz").unlink()
    with pytest.raises(Damaged, match=r"clips\.npz is missing"):
        read_npz(finished / "arrays" / "clips.npz")


@pytest.mark.parametrize("kind", [kind for kind in DAMAGES if kind != "deleted"])
def test_a_damaged_result_is_named(finished, kind, tmp_path):
    other = run_of(tmp_path / "other", 1)
    seal_run(other, {**ABOUT, "hash": "other"})
    DAMAGES[kind](finished / RESULT, other / RESULT)
    with pytest.raises(Damaged, match=r"mer study demo --only train"):
        check_run(finished)


def test_without_a_result_nothing_vouches_for_anything(finished):
    flip(finished / "history.csv", 0)
    (finished / RESULT).unlink()
    check_run(finished)
    assert checked(finished / "history.csv") == finished / "history.csv"
    assert checked("nowhere.csv") == Path("nowhere.csv")


def test_files_of_others_are_no_result(finished):
    for name in ("figures/mine.png", "notes.txt", ".hidden"):
        (finished / name).write_text("something else")
    assert fault(finished) == ""
    for name in ("figures/mine.png", "notes.txt"):
        assert checked(finished / name) == finished / name


@pytest.mark.parametrize("name", ["record.json", "figures/one.png", "tables/scores.html"])
def test_a_sealed_run_vouches_for_records_and_figures_too_one_of_before_for_what_it_produced(finished, name):
    of_before = "format" not in json.loads((finished / RESULT).read_text())
    (finished / name).write_text('{"study": "other"}')
    assert fault(finished).startswith("" if of_before else f"{name} is damaged")
    assert bool(fault(finished)) != of_before


def test_figures_do_not_change_the_digest_of_what_a_run_produced(finished):
    before = folder_result_digest(finished)
    (finished / "figures" / "one.png").write_bytes(b"with other fonts")
    assert folder_result_digest(finished) == before


def test_weights_put_beside_those_of_a_run_are_none_of_its_models(finished):
    (finished / "folds" / "b").mkdir()
    shutil.copy(finished / LARGE, finished / "folds" / "b" / "weights.safetensors")
    with pytest.raises(Damaged, match="put there after the run had finished"):
        checked(finished / "folds" / "b" / "weights.safetensors")


def test_what_the_disk_alone_changed_is_found_when_every_byte_is_read(finished):
    """The times say that nobody wrote: so they are put back, and what was noted then is read again only if asked."""
    path = finished / LARGE
    index = RESULT if not (finished / ".result.seal.json").is_file() else ".result.seal.json"
    noted = finished / f".{index}.checked.json"
    flip(path, 0.5)
    stat = os.stat(path)
    write_json(noted, {LARGE: [stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns]})
    check_run(finished)
    with pytest.raises(Damaged, match="weights"):
        check_run(finished, every=True)


def test_a_run_of_before_seals_with_other_files_than_its_digest_is_damaged(tmp_path):
    folder = run_of(tmp_path)
    write_json(folder / RESULT, {**ABOUT, "digest": folder_result_digest(folder)})
    flip(folder / "history.csv", 0)
    assert fault(folder).startswith("it is damaged: its files are not those that its result.json is of")
    with pytest.raises(Damaged, match="mer study demo"):
        read_predictions(folder / "predictions.csv")


def test_a_run_of_before_seals_is_compared_once_and_again_when_it_was_touched(tmp_path, monkeypatch):
    folder = run_of(tmp_path)
    write_json(folder / RESULT, {**ABOUT, "digest": folder_result_digest(folder)})
    flip(folder / "history.csv", 0)
    read = []
    digests = finished_run_digest.file_digest
    monkeypatch.setattr(finished_run_digest, "file_digest", lambda file: read.append(file) or digests(file))
    assert fault(folder) and read
    read.clear()
    assert fault(folder) and not read
    flip(folder / "history.csv", 0)
    assert not fault(folder) and read


def test_a_list_leaves_a_damaged_hidden_index_to_who_compares_anew(tmp_path):
    folder = run_of(tmp_path)
    write_json(folder / RESULT, {**ABOUT, "digest": folder_result_digest(folder)})
    check_run(folder)
    (folder / ".result.seal.json").write_text("{")
    assert fault(folder, quick=True) == fault(folder) == ""


def test_files_added_to_a_run_of_before_seals_are_named_and_no_damage(tmp_path, capsys):
    """Its one digest proves which files it is of: those newer than its result, or any single one, are left out."""
    for how, names in (("newer", ["notes/mine.txt", "zoo.csv"]), ("as old", ["zoo.csv"])):
        folder = run_of(tmp_path / how)
        write_json(folder / RESULT, {**ABOUT, "digest": folder_result_digest(folder)})
        at = (folder / RESULT).stat().st_mtime_ns + (1_000_000_000 if how == "newer" else -1_000_000_000)
        for name in names:
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text("mine")
            os.utime(folder / name, ns=(at, at))
        check_run(folder, every=True)
        said = capsys.readouterr().err
        assert f"added after the run had finished, no results of it: {', '.join(names)}" in said
        assert fault(folder, every=True) == "" and capsys.readouterr().err == "", "said once"
        assert [file.name for file in foreign_files(folder)] == [Path(name).name for name in names]
        (folder / "folds").mkdir(exist_ok=True)
        flip(folder / "history.csv", 0)
        assert fault(folder).startswith("history.csv is damaged")


def test_of_a_run_of_before_seals_that_was_changed_the_newer_files_are_named(tmp_path):
    folder = run_of(tmp_path)
    write_json(folder / RESULT, {**ABOUT, "digest": folder_result_digest(folder)})
    flip(folder / "history.csv", 0)
    at = (folder / RESULT).stat().st_mtime_ns + 1_000_000_000
    os.utime(folder / "history.csv", ns=(at, at))
    with pytest.raises(Damaged, match=r"result.json is of \(put there or changed after it: history\.csv\)"):
        check_run(folder)


def test_weights_added_to_a_run_of_before_seals_are_refused(tmp_path):
    folder = run_of(tmp_path)
    write_json(folder / RESULT, {**ABOUT, "digest": folder_result_digest(folder)})
    (folder / "other.safetensors").write_bytes(b"weights of another")
    for _ in range(2):
        with pytest.raises(Damaged, match="put there after the run had finished"):
            checked(folder / "other.safetensors")


def test_a_run_of_before_digests_is_read(tmp_path):
    folder = run_of(tmp_path)
    write_json(folder / RESULT, ABOUT)
    check_run(folder)
    assert len(read_predictions(folder / "predictions.csv")) == 90


def test_one_of_a_newer_version_is_refused_and_not_called_damaged(finished):
    content = json.loads((finished / RESULT).read_text())
    write_json(finished / RESULT, content | {"format": 2, SEAL: "x"})
    for look in (check_run, lambda folder: checked(folder / "history.csv")):
        with pytest.raises(OtherFormat, match=r"newer version of this suite \(format 2; this one reads 1\). Update it"):
            look(finished)


def test_the_digest_of_a_sealed_run_is_that_of_one_without(finished):
    assert json.loads((finished / RESULT).read_text())["digest"] == folder_result_digest(finished)


def test_a_quick_look_compares_names_and_sizes(tmp_path):
    folder = run_of(tmp_path)
    seal_run(folder, ABOUT)
    flip(folder / "history.csv", 0)
    assert fault(folder, quick=True) == ""
    (folder / "history.csv").write_bytes(b"")
    assert fault(folder, quick=True) == "history.csv is damaged: 0 bytes, not those of its index"
    (folder / "history.csv").unlink()
    assert fault(folder, quick=True) == "history.csv is missing"


def test_a_file_found_right_is_not_read_again(tmp_path, monkeypatch):
    folder = run_of(tmp_path)
    seal_run(folder, ABOUT)
    checked(folder / "history.csv")
    monkeypatch.setattr("mer.core.finished_run._check", lambda *what: pytest.fail("looked at again"))
    checked(folder / "history.csv")


def test_the_command_that_makes_a_run_again(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notebooks" / "studies").mkdir(parents=True)
    (tmp_path / "notebooks" / "studies" / "megc2019.yaml").touch()
    folder = tmp_path / "outputs" / "x"

    def said(**record: object) -> str:
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / "record.json", record)
        return made_again(folder).removeprefix("Make it again: ")

    assert said(study="demo", run="train") == "mer study demo --only train"
    assert said(study="megc2019-protocol=database,size=64", run="a b") == (
        "mer study megc2019 -p protocol database -p size 64 --only 'a b'"
    )
    assert said(study="s-x=1", run="a") == "mer study s-x=1 --only a", "a study of that very name"
    assert said(study="single", run="r", notebook="04_train_loso", parameters={"seed": 2, "apex": "flow"}) == (
        "mer run 04_train_loso --name r -p seed 2 -p apex flow"
    )
    assert said(study="interactive", run="r", notebook="04_train_loso") == "run the notebook 04_train_loso."
    (folder / "record.json").write_text("[")
    assert made_again(folder) == "Make it again: mer study outputs --only x"
    assert made_again(Path("x")).startswith("Make it again: mer study")


def test_odd_indexes_of_before_are_refused(tmp_path):
    folder = run_of(tmp_path)
    for content in ([], "x", 3, None):
        write_json(folder / RESULT, content)
        with pytest.raises(InputError):
            check_run(folder)
