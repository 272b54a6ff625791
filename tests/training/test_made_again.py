"""The command that makes a file of a run again."""

import json

from mer.training.made_again import how_again


def test_the_nearest_record_says_it(tmp_path):
    (tmp_path / "record.json").write_text(json.dumps({"study": "other", "run": "other"}))
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "record.json").write_text(json.dumps({"study": "demo", "run": "train"}))
    path = tmp_path / "run" / "folds" / "d__1" / "weights.safetensors"
    assert how_again(path) == "Make it again: mer study demo --only train"


def test_without_a_record_the_trainings_are_named(tmp_path):
    assert "mer run 03_pretrain" in how_again(tmp_path / "group-0.safetensors")
