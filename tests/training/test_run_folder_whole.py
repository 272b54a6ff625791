"""Models of a finished run are asked all, or none."""

import pytest

from mer.core.finished_run import seal_run
from mer.core.sealed import Damaged
from mer.training.run_folder import fold_weights


@pytest.fixture
def finished(tmp_path):
    for fold in ("a", "b", "c"):
        (tmp_path / "folds" / fold).mkdir(parents=True)
        (tmp_path / "folds" / fold / "weights.safetensors").write_bytes(fold.encode() * 10)
        (tmp_path / "folds" / fold / "fold.json").write_text(f'{{"fold": "{fold}"}}')
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


def test_those_of_a_run_that_is_not_finished_are_those_that_there_are(finished):
    (finished / "result.json").unlink()
    (finished / "folds" / "b" / "weights.safetensors").unlink()
    assert [path.parent.name for path in fold_weights(finished)] == ["a", "c"]
