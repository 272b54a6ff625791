import shutil

import pytest

from mer.core.errors import InputError
from mer.evaluation.predictions import read_predictions, write_predictions
from mer.runs.same_results import TOLERANCE, compare, compared_files
from tests.made_up_runs import made_up_predictions, made_up_run


@pytest.fixture
def runs(tmp_path):
    """Two equal runs of one name."""
    table = made_up_predictions(("negative", "positive", "surprise"), 1.0)
    return [made_up_run(tmp_path / folder / "train", table) for folder in ("a", "b")]


def altered(run, by, row=4):
    """The run with the two highest probabilities of a row moved towards each other, or their classes exchanged."""
    table = read_predictions(run / "predictions.csv")
    scores = table.loc[row, [name for name in table if name.startswith("score_")]].sort_values()
    table.loc[row, scores.index[-1]] -= by
    table.loc[row, scores.index[-2]] += by
    write_predictions(table, run / "predictions.csv")
    return table


def test_equal_bytes_are_equal(runs):
    found = compare(*runs)
    assert found.equal and found.close and found.words == "Equal, byte for byte: predictions.csv."


def test_rounding_is_told_apart_from_another_result(runs):
    table = altered(runs[1], TOLERANCE / 2)
    found = compare(*runs)
    clip = "/".join(table.loc[4, ["database", "subject", "clip"]])
    assert not found.equal and found.close and f"differs first in row 5 ({clip}): score_" in found.words
    assert "Largest difference of a probability: 0.005;" in found.words and "is within what rounding" in found.words
    altered(runs[1], TOLERANCE)
    found = compare(*runs)
    assert not found.close and "0.015" in found.words and "is beyond what rounding" in found.words


def test_another_class_is_no_rounding(runs):
    table = read_predictions(runs[1] / "predictions.csv")
    table.loc[0, "predicted"] = {"negative": "positive"}.get(table.loc[0, "predicted"], "negative")
    write_predictions(table, runs[1] / "predictions.csv")
    found = compare(*runs)
    assert not found.close and "differs first in row 1 " in found.words and "predicted class: 1 of 90" in found.words


@pytest.mark.parametrize(
    ("alter", "words"),
    [
        (lambda text: text.rsplit("\n", 2)[0] + "\n", "row 90 "),
        (lambda text: text + text.splitlines()[-1] + "\n", "row 91 "),
        (lambda text: text.replace("last", "oracle", 1), "epoch_rule is oracle, was last"),
        (lambda text: text.replace("seed", "sead", 1), "seed is None, was 0"),
        (lambda text: text.replace("0.", "x", 1), "differs first in row 1 "),
        (lambda text: text.replace("\n", "\r\n"), "but not in a value"),
        (lambda text: "", "the row is absent, was there"),
    ],
)
def test_whatever_differs_is_named(runs, alter, words):
    path = runs[1] / "predictions.csv"
    path.write_bytes(alter(path.read_text()).encode())
    found = compare(*runs)
    assert not found.equal and not found.close and words in found.words


def test_runs_without_predictions_are_compared_by_weights_or_tables(tmp_path):
    with pytest.raises(InputError, match="holds no predictions, weights or tables"):
        compared_files(tmp_path)
    (tmp_path / "a" / "tables").mkdir(parents=True)
    for name in ("x", "y"):
        (tmp_path / "a" / "tables" / f"{name}.csv").write_text("1\n")
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    assert compare(tmp_path / "a", tmp_path / "b").words.endswith("2 files (tables/x.csv to tables/y.csv).")
    (tmp_path / "b" / "tables" / "y.csv").write_text("2\n")
    assert compare(tmp_path / "a", tmp_path / "b").words == "tables/y.csv differs."
    (tmp_path / "a" / "group-0.safetensors").write_bytes(b"w")
    assert compare(tmp_path / "a", tmp_path / "b").words == "group-0.safetensors was not made again."
