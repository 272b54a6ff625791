"""The predictions table: what it accepts, what it refuses, and that keys stay text."""

import numpy as np
import pandas as pd
import pytest

from mer.core.errors import InputError, MissingPath
from mer.evaluation.predictions import (
    EPOCH_RULES,
    predictions_table,
    read_predictions,
    score_classes,
    validate_predictions,
    write_predictions,
)

CLASSES = ("negative", "positive", "surprise")


def test_builder_takes_the_most_probable_class_and_the_columns_of_the_contract(clips):
    probabilities = np.tile([0.2, 0.5, 0.3], (7, 1))
    probabilities[0] = [0.4, 0.4, 0.2]  # a tie: the first class
    table = predictions_table(clips, CLASSES, probabilities, ["f"] * 7, "last", "run", 3)
    assert list(table.columns) == [
        "database",
        "subject",
        "clip",
        "label",
        "predicted",
        "score_negative",
        "score_positive",
        "score_surprise",
        "fold",
        "epoch_rule",
        "run",
        "seed",
    ]
    assert list(table["predicted"]) == ["negative"] + ["positive"] * 6
    assert table["seed"].dtype == np.int64
    assert score_classes(table) == CLASSES


def test_builder_works_on_filtered_rows(clips):
    some = clips[clips["database"] == "casme2"]  # index 4..6
    table = predictions_table(some, CLASSES, np.full((3, 3), 1 / 3), some["subject"], "last", "run", 0)
    assert list(table["clip"]) == ["EP01", "EP02", "EP01"]
    assert list(table["fold"]) == ["006", "006", "sub02"]


@pytest.mark.parametrize("shape", [(7, 2), (6, 3), (7,)])
def test_builder_refuses_probabilities_of_another_shape(clips, shape):
    with pytest.raises(InputError, match=r"expected \(7, 3\)"):
        predictions_table(clips, CLASSES, np.full(shape, 0.5), ["f"] * 7, "last", "run", 0)


def test_builder_refuses_another_number_of_folds(clips):
    with pytest.raises(InputError, match="2 folds for 7 clips"):
        predictions_table(clips, CLASSES, np.full((7, 3), 1 / 3), ["f"] * 2, "last", "run", 0)


def test_not_a_number_from_a_diverged_model_is_refused(clips):
    probabilities = np.full((7, 3), 1 / 3)
    probabilities[2] = np.nan
    with pytest.raises(InputError, match=r"row 2: score_negative is nan, not a probability"):
        predictions_table(clips, CLASSES, probabilities, ["f"] * 7, "last", "run", 0)


def test_csv_and_back_is_the_same_table_and_keys_stay_text(predictions, tmp_path):
    predictions["run"] = "007"
    predictions.loc[0, "clip"] = "1e5"
    predictions.loc[1, "clip"] = "NA"
    write_predictions(predictions, tmp_path / "predictions.csv")
    again = read_predictions(tmp_path / "predictions.csv")
    pd.testing.assert_frame_equal(again, validate_predictions(predictions))
    assert again.loc[0, "subject"] == "006"


def test_all_faults_are_listed_at_once(predictions):
    wrong = predictions.astype({"seed": object})
    wrong.loc[0, "label"] = "Negative"
    wrong.loc[1, "predicted"] = "anger"
    wrong.loc[2, "score_negative"] = 1.5
    wrong.loc[3, "score_positive"] = np.nan
    wrong.loc[4, "epoch_rule"] = "best"
    wrong.loc[5, "seed"] = 0.5
    wrong.loc[6, "subject"] = ""
    with pytest.raises(InputError) as error:
        validate_predictions(wrong)
    message = str(error.value)
    for part in [
        "row 0: label 'Negative' is not a class. Did you mean 'negative'?",
        "row 1: predicted 'anger' is not a class",
        "row 2: score_negative is 1.5, not a probability",
        "row 3: score_positive is nan, not a probability",
        "row 4: epoch_rule 'best'",
        "row 5: seed is 0.5",
        "row 6: subject is empty",
    ]:
        assert part in message


def test_scores_must_sum_to_one_within_the_tolerance(predictions):
    predictions.loc[0, "score_negative"] += 0.0009
    validate_predictions(predictions)
    predictions.loc[0, "score_negative"] += 0.0009
    with pytest.raises(InputError, match=r"row 0: the scores sum to 1\.0018, not 1"):
        validate_predictions(predictions)


def test_a_clip_stands_once_in_a_run_and_seed(predictions):
    other_seed = predictions.assign(seed=1)
    other_run = predictions.assign(run="other")
    assert len(validate_predictions(pd.concat([predictions, other_seed, other_run]))) == 21
    with pytest.raises(InputError, match=r"clip samm/006/006_1_2 stands twice in run 'run', epoch rule 'last', seed 0"):
        validate_predictions(pd.concat([predictions, predictions.iloc[:1]]))


@pytest.mark.parametrize("column", ["label", "fold", "seed", "score_positive"])
def test_missing_column(predictions, column):
    table = predictions.drop(columns=column)
    if column == "score_positive":  # the class is then unknown, and rows that name it are at fault
        with pytest.raises(InputError, match="'positive' is not a class"):
            validate_predictions(table)
    else:
        with pytest.raises(InputError, match=rf"missing \['{column}'\]"):
            validate_predictions(table)


def test_unknown_column_names_the_nearest(predictions):
    with pytest.raises(InputError, match=r"unknown \['folds'\].*'folds': Did you mean 'fold'\?"):
        validate_predictions(predictions.rename(columns={"fold": "folds"}))


def test_table_without_scores(predictions):
    table = predictions.drop(columns=[column for column in predictions if column.startswith("score_")])
    with pytest.raises(InputError, match="classes none"):
        validate_predictions(table)


def test_no_file_and_no_table(tmp_path):
    with pytest.raises(MissingPath, match=r"absent\.csv does not exist"):
        read_predictions(tmp_path / "absent.csv")
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(InputError, match=r"empty\.csv is not a CSV table"):
        read_predictions(tmp_path / "empty.csv")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match=r"other\.csv: Predictions table has the wrong columns"):
        read_predictions(tmp_path / "other.csv")


def test_a_faulty_table_is_not_written(predictions, tmp_path):
    predictions.loc[0, "label"] = "anger"
    with pytest.raises(InputError):
        write_predictions(predictions, tmp_path / "predictions.csv")
    assert list(tmp_path.iterdir()) == []


def test_epoch_rules_of_the_design():
    assert list(EPOCH_RULES) == ["last", "nested", "oracle"]
