"""The command that makes a file again."""

import json

import pytest

from mer.training.made_again import how_again


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ({"study": "demo", "run": "train", "notebook": "04_train_loso"}, "`mer study demo --only train --force`."),
        (
            {"study": "single", "run": "04-x", "notebook": "04_train_loso"},
            "notebook 04_train_loso again, with the same",
        ),
        ({"study": "interactive", "run": "x", "notebook": "03_pretrain"}, "notebook 03_pretrain again"),
        ({"study": "demo"}, "run the notebook that made it."),
        ([], "run the notebook that made it."),
    ],
)
def test_the_nearest_record_says_it(tmp_path, record, words):
    (tmp_path / "record.json").write_text(json.dumps(record))
    assert words in how_again(tmp_path / "folds" / "d__1" / "weights.safetensors")


def test_without_a_record_the_trainings_are_named(tmp_path):
    assert "mer run 03_pretrain" in how_again(tmp_path / "group-0.safetensors")
