"""The mean of several runs' scores."""

import numpy as np
import pytest

from mer.core.errors import InputError
from mer.evaluation.ensemble import ensemble
from mer.evaluation.predictions import validate_predictions
from tests.evaluation.conftest import make_predictions


def test_scores_are_averaged_and_the_class_is_the_most_probable(clips, predictions):
    right = make_predictions(clips, list(clips["label"]), run="b", seed=1)
    third = make_predictions(clips, list(clips["label"]), run="c", seed=2)
    mean = ensemble([predictions, right.iloc[::-1], third])
    validate_predictions(mean)
    assert set(mean["run"]) == {"ensemble"} and len(mean) == 7
    row = mean.set_index("clip").loc["006_1_3"]  # surprise 0.8 once, negative 0.8 twice
    assert row["predicted"] == "negative"
    assert row[["score_negative", "score_positive", "score_surprise"]].tolist() == pytest.approx(
        [(0.1 + 0.8 + 0.8) / 3, 0.1, (0.8 + 0.1 + 0.1) / 3]
    )
    assert (mean["predicted"] == mean["label"]).all()


def test_a_run_with_itself_is_itself(predictions):
    twice = ensemble([predictions, predictions]).set_index(["database", "clip"]).sort_index()
    alone = predictions.set_index(["database", "clip"]).sort_index()
    np.testing.assert_allclose(twice["score_negative"], alone["score_negative"])
    assert (twice["predicted"] == alone["predicted"]).all()


def test_one_run_other_clips_and_other_folds(predictions):
    with pytest.raises(InputError, match=r"ensemble of 1 run"):
        ensemble([predictions])
    with pytest.raises(InputError, match="cannot be compared"):
        ensemble([predictions, predictions.iloc[1:]])
    folds = predictions.assign(fold="all")
    with pytest.raises(InputError, match=r"held out with .* needs the same folds"):
        ensemble([predictions, folds])


def test_runs_of_two_protocols_are_no_ensemble(predictions):
    database = predictions.assign(fold=predictions["database"], run="other")
    with pytest.raises(
        InputError, match=r"Clip casme2/006/EP01 was held out with 'casme2/006' .* with 'casme2' in run"
    ):
        ensemble([predictions, database])
    assert set(ensemble([database, database])["fold"]) == {"casme2", "samm"}
