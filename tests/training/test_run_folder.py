"""The folder of a run, whose models are asked all or none, and what is said of another."""

import pytest

from mer.core.errors import MissingPath
from mer.core.files import write_json
from mer.core.finished_run import seal_run
from mer.core.sealed import Damaged
from mer.training.finished import finish
from mer.training.run_folder import fold_weights


@pytest.fixture
def run(tmp_path):
    for fold in ("b", "a"):
        (tmp_path / "train" / "folds" / fold).mkdir(parents=True)
        (tmp_path / "train" / "folds" / fold / "weights.safetensors").touch()
    return tmp_path / "train"


def test_weights_are_in_the_order_of_their_names(run):
    assert [path.parent.name for path in fold_weights(str(run))] == ["a", "b"]


def test_a_run_near_by_is_named(run, tmp_path):
    (tmp_path / "align").mkdir()
    for other in ("trian", "align", "train/folds", "train/folds/a", "."):
        with pytest.raises(MissingPath, match=r"Give the folder of a finished LOSO run\.") as error:
            fold_weights(tmp_path / other)
        assert f"Did you mean {str(run)!r}?" in str(error.value)


def test_without_one_it_is_said_how_to_train_one(tmp_path):
    alone = tmp_path / "outputs" / "demo"  # other tests' runs may lie beside the folder of this one
    alone.mkdir(parents=True)
    with pytest.raises(MissingPath, match=r"is not trained: .* Train one first: mer run 04_train_loso\."):
        fold_weights(alone)


@pytest.fixture
def finished(tmp_path):
    for fold in ("a", "b", "c"):
        (tmp_path / "folds" / fold).mkdir(parents=True)
        (tmp_path / "folds" / fold / "weights.safetensors").write_bytes(fold.encode() * 10)
        finish(tmp_path / "folds" / fold, "fold.json", "key", {"fold": fold}, ["weights.safetensors"])
    seal_run(tmp_path, {"state": "finished", "study": "s", "run": "train"})
    return tmp_path


def test_all_are_there_in_the_order_of_their_names(finished):
    assert [path.parent.name for path in fold_weights(finished)] == ["a", "b", "c"]


@pytest.mark.parametrize("name", ["weights.safetensors", "fold.json"])
@pytest.mark.parametrize("how", ["deleted", "altered"])
def test_a_fold_that_is_not_as_it_was_is_not_passed_over(finished, name, how):
    """The others saw the people whom it held out."""
    file = finished / "folds" / "b" / name
    if how == "deleted":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes().replace(b"b", b"x"))
    with pytest.raises(Damaged, match=rf"folds/b/{name} is .*Make it again"):
        fold_weights(finished)


@pytest.fixture
def unfinished(finished):
    (finished / "result.json").unlink()
    write_json(finished / "record.json", {"study": "s", "run": "train"})
    return finished


def test_of_a_run_that_is_not_finished_that_is_said_once(unfinished, capsys):
    assert [path.parent.name for path in fold_weights(unfinished)] == ["a", "b", "c"] and fold_weights(unfinished)
    said = capsys.readouterr().err
    assert said.count("\n") == said.count("did not finish") == 1 and "mer study s --only train" in said


@pytest.mark.parametrize("how", ["deleted", "altered", "swapped"])
def test_a_finished_fold_of_a_run_that_is_not_vouches_for_its_weights(unfinished, how):
    file = unfinished / "folds" / "b" / "weights.safetensors"
    if how == "deleted":
        file.unlink()
    else:
        file.write_bytes(b"b" * 9 + b"x" if how == "altered" else b"a" * 10)
    with pytest.raises(Damaged, match=r"folds/b/weights.safetensors is .*mer study s --only train"):
        fold_weights(unfinished)
