"""Errors chosen and counted by hand."""

import numpy as np
import pandas as pd
import pytest

from mer.core.errors import InputError
from mer.evaluation.failures import confident_errors, error_shares, errors_table, motion_size
from mer.evaluation.predictions import predictions_table
from mer.manifest.labels import COMPOSITE
from mer.motion.units import pixels_to_grid


@pytest.fixture
def scored(clips):
    """Seven clips; rows 1, 2, 4 and 6 are wrong. Columns: negative, positive, surprise."""
    scores = [
        [0.9, 0.1, 0.0],  # right
        [0.2, 0.2, 0.6],  # negative as surprise, 0.6
        [0.7, 0.1, 0.2],  # positive as negative, 0.7, true 0.1
        [0.1, 0.1, 0.8],  # right
        [0.3, 0.7, 0.0],  # negative as positive, 0.7, true 0.3
        [0.0, 1.0, 0.0],  # right
        [0.7, 0.2, 0.1],  # surprise as negative, 0.7, true 0.1: a tie with row 2
    ]
    fold = clips["database"] + "/" + clips["subject"]
    return predictions_table(clips, COMPOSITE.classes, np.array(scores), fold, "last", "run", 0)


def test_the_highest_wrong_score_comes_first_and_ties_go_by_the_true_score_then_by_row(scored):
    assert confident_errors(scored, 10) == [2, 6, 4, 1]
    assert confident_errors(scored, 3) == [2, 6, 4]
    assert confident_errors(scored, 0) == []


def test_a_confident_right_prediction_is_no_error_and_none_wrong_is_an_empty_list(scored):
    assert confident_errors(scored[scored["label"] == scored["predicted"]].reset_index(drop=True), 4) == []


def test_a_negative_number_of_clips_is_refused(scored):
    with pytest.raises(InputError, match="most is -1"):
        confident_errors(scored, -1)


def test_the_table_names_both_scores_and_keeps_what_is_known(scored):
    known = pd.DataFrame({"blink": np.arange(7) / 10, "gaze": np.full(7, np.nan)})
    table = errors_table(scored, np.arange(7.0), known)
    assert table["clip"].tolist() == [scored["clip"][row] for row in (2, 6, 4, 1)]
    assert table["score_predicted"].tolist() == [0.7, 0.7, 0.7, 0.6]
    assert table["score_true"].tolist() == [0.1, 0.1, 0.3, 0.2]
    assert table["motion_px"].tolist() == [2, 6, 4, 1]
    assert table["blink"].tolist() == pytest.approx([0.2, 0.6, 0.4, 0.1])
    assert "gaze" not in table  # nobody knows it of any clip


def test_shares_by_hand(scored):
    table = error_shares(scored, np.arange(7.0), pd.DataFrame({"blink": [0, 0, 0.5, 0.5, 0, 0, np.nan]}))
    rows = table.set_index("group")
    assert (rows.loc["all clips", "errors"], rows.loc["all clips", "n"]) == (4, 7)
    assert rows.loc["negative", "share"] == pytest.approx(2 / 3)
    assert rows.loc["casme2", ["errors", "n", "persons"]].tolist() == [2, 3, 2]
    # Thirds of 0..6 end at 2 and 4: rows 0 to 2, 3 and 4, 5 and 6.
    assert table[table["by"] == "motion"]["errors"].tolist() == [2, 1, 1]
    assert table[table["by"] == "motion"]["n"].tolist() == [3, 2, 2]
    assert rows.loc["blink", ["errors", "n"]].tolist() == [1, 2]  # the clip of which nothing is known is in neither
    assert rows.loc["no blink", ["errors", "n"]].tolist() == [2, 4]
    whole = rows.loc["all clips"]
    assert 0 <= whole["low"] <= whole["share"] <= whole["high"] <= 1
    assert np.isfinite(rows.loc["casme2", "low"])


def test_no_error_at_all_has_no_interval(scored):
    right = scored.assign(predicted=scored["label"])
    table = error_shares(right, np.arange(7.0))
    assert (table["share"] == 0).all() and table[["low", "high"]].isna().all(axis=None)


def test_equal_motion_makes_no_groups_and_one_database_none(scored):
    table = error_shares(scored[scored["database"] == "samm"].reset_index(drop=True), np.ones(4))
    assert set(table["by"]) == {"all", "class"}


def test_shares_need_a_size_for_every_clip(scored):
    with pytest.raises(InputError, match="3 sizes of motion for 7"):
        error_shares(scored, np.ones(3))


def test_motion_is_that_of_the_skin_in_pixels_not_of_the_head():
    """A shift of the whole face is none; a patch of 3 % that moves 2 px to the side is about 2 px."""
    field = np.zeros((2, 2, 50, 50), np.float32)
    field[:, 0] += 5.0
    field[1, 0, 20:30, 20:28] += 2.0
    sizes = motion_size(pixels_to_grid(field))
    assert sizes[0] == pytest.approx(0, abs=1e-4)
    assert sizes[1] == pytest.approx(2, abs=0.1)
    assert motion_size(field[:0]).shape == (0,)
