import numpy as np
import pandas as pd
import pytest

from mer.core.errors import InputError
from mer.evaluation.agreement import agreement, common_clips, mcnemar_exact
from mer.evaluation.predictions import predictions_table


def table(guesses, labels="aabb", clips="wxyz", classes=("a", "b"), run="one"):
    rows = pd.DataFrame({"database": "d", "subject": "1", "clip": list(clips), "label": list(labels)})
    scores = np.array([[float(name == guess) for name in classes] for guess in guesses])
    return predictions_table(rows, classes, scores, ["d/1"] * len(rows), "last", run, 0)


def test_two_by_two_by_hand():
    found = agreement(table("aabb"), table("abab"))
    assert found.counts.tolist() == [[2, 2], [0, 0]]
    assert found.cell.tolist() == [0, 1, 1, 0]
    found = agreement(table("bbba"), table("abaa"))
    assert found.cell.tolist() == [2, 3, 1, 3]


def test_mcnemar_by_hand():
    assert mcnemar_exact(0, 5) == pytest.approx(2 / 32)
    assert mcnemar_exact(1, 3) == pytest.approx(2 * (1 + 4) / 16)
    assert mcnemar_exact(3, 1) == mcnemar_exact(1, 3)
    assert mcnemar_exact(2, 2) == 1
    assert mcnemar_exact(0, 0) == 1
    with pytest.raises(InputError, match="0 or more"):
        mcnemar_exact(-1, 2)


def test_a_run_against_itself_has_nothing_to_tell():
    found = agreement(table("abbb"), table("abbb"))
    assert found.counts[0, 1] == found.counts[1, 0] == 0 and found.p == 1


def test_rows_are_matched_by_key_and_what_is_not_common_is_counted():
    first, second = table("aabb"), table("bba", labels="baa", clips="zxq")
    found = common_clips(first, second)
    assert found.first["clip"].tolist() == found.second["clip"].tolist() == ["x", "z"]
    assert found.first_rows.tolist() == [1, 3] and found.second_rows.tolist() == [1, 0]
    assert (found.only_first, found.only_second) == (2, 1)


def test_scores_keep_their_class_when_the_order_of_classes_differs():
    found = common_clips(table("aabb"), table("aabb", classes=("b", "a")))
    assert found.second.columns.tolist() == found.first.columns.tolist()
    assert found.second["score_a"].tolist() == [1, 1, 0, 0]


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (table("aabb", classes=("a", "b", "c")), "other classes"),
        (table("aabb", clips="klmn"), "no clip in common"),
        (table("aabb", labels="abbb"), "1 of 4 common clips .* d/1/x: 'a' and 'b'"),
        (pd.concat([table("aabb"), table("aabb", run="two")], ignore_index=True), "several runs"),
    ],
)
def test_what_cannot_be_compared_is_said(second, words):
    with pytest.raises(InputError, match=words):
        common_clips(table("aabb"), second)
