"""Remarks on parts that lack classes or subjects."""

import numpy as np
import pytest

from mer.evaluation.audit.remarks import part_remarks
from mer.evaluation.audit.scores import PartScores
from mer.evaluation.metrics import f1_scores, recalls

NAMES = ("negative", "positive", "surprise")
WHOLE = [[3, 1, 0], [1, 1, 0], [0, 0, 2]]


def remarks(counts, subjects=9):
    return part_remarks(PartScores("smic", 1, subjects, {}, {}, np.array(counts)), NAMES)


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ([[3, 1, 0], [1, 1, 0], [0, 0, 0]], "smic: no surprise clips; UF1 is the mean of 2 classes, UAR too."),
        (
            [[3, 0, 0], [0, 0, 0], [0, 0, 0]],
            "smic: no positive or surprise clips; UF1 is the mean of 1 class, UAR too.",
        ),
        (
            [[3, 1, 1], [1, 1, 0], [0, 0, 0]],
            "smic: no surprise clips; UF1 is the mean of 3 classes (F1 is 0 of surprise: predicted, but no clip's "
            "class), UAR of 2.",
        ),
    ],
)
def test_classes_that_no_clip_has(counts, said):
    assert remarks(counts) == (said,)
    defined = np.isfinite(f1_scores(np.array(counts))).sum(), np.isfinite(recalls(np.array(counts))).sum()
    assert f"the mean of {defined[0]} class" in said
    assert f"UAR of {defined[1]}" in said or defined[0] == defined[1]


@pytest.mark.parametrize(("subjects", "warned"), [(None, False), (1, False), (2, True), (3, True), (4, False)])
def test_two_or_three_subjects_make_no_interval_to_rely_on(subjects, warned):
    said = f"smic: {subjects} subjects alone make its intervals, too few to rely on them."
    assert remarks(WHOLE, subjects) == ((said,) if warned else ())
