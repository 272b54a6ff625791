"""Scores of some of the people, and of all others."""

import numpy as np
import pandas as pd
import pytest

from mer.evaluation.people_apart import people_apart
from mer.evaluation.predictions import predictions_table

CLASSES = ("negative", "positive", "surprise")
NAMES = ("some", "others")


def predicted(right):
    """Three clips each of a/1, a/2 and b/1, who is another person than a/1; told rightly where ``right`` says so."""
    clips = pd.DataFrame(
        {
            "database": list("aaaaaabbb"),
            "subject": list("111222111"),
            "clip": list("rstuvwxyz"),
            "label": list(CLASSES) * 3,
        }
    )
    said = (np.arange(9) + np.where(right, 0, 1)) % 3
    return predictions_table(clips, CLASSES, np.eye(3)[said], list(clips["database"]), "last", "run", 0)


def test_each_part_is_scored_by_itself():
    first = predicted([True] * 3 + [False] * 6)
    reports = people_apart({"net": first, "floor": predicted([True] * 9)}, ["a/1"], NAMES)
    assert list(reports) == ["net, some", "floor, some", "net, others", "floor, others"]
    assert [float(report["uf1"].iloc[0]) for report in reports.values()] == pytest.approx([1, 1, 0, 1])
    assert [int(report["n"].iloc[0]) for report in reports.values()] == [3, 3, 6, 6]
    assert all(len(report) == 1 for report in reports.values())


def test_a_part_without_clips_is_left_out():
    assert list(people_apart({"net": predicted([True] * 9)}, ["c/1"], NAMES)) == ["net, others"]
