"""The folder of a run, and what is said of another."""

import pytest

from mer.core.errors import MissingPath
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
