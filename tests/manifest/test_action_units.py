"""Action units in the spellings of the releases."""

import pandas as pd
import pytest

from mer.manifest.action_units import normal_text, unit_numbers, units_by_class


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("", []),
        ("12", [12]),
        ("4+L10", [4, 10]),
        ("L2+26+38", [2, 26, 38]),
        ("R12A", [12]),
        ("12 or R15", [12, 15]),
        ("R12+L12", [12]),
        ("AU4(k)+L7", [4, 7]),
        ("AUR2+12(k)+45", [2, 12, 45]),
        ("T8+B22", [8, 22]),
        ("?", []),
        ("1234", []),
    ],
)
def test_spellings(text, numbers):
    assert unit_numbers(text) == numbers


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("AU4 + l10", "4+L10"),
        ("au4, R12;AU 25", "4+R12+25"),
        ("R12 or R15", "R12 or R15"),
        ("t23+b24", "T23+B24"),
        ("AUR2+12(k)+45", "R2+12(k)+45"),
        ("?", "?"),
        ("", ""),
    ],
)
def test_one_spelling_in_the_clip_table(cell, expected):
    assert normal_text(cell) == expected
    assert unit_numbers(normal_text(cell)) == unit_numbers(cell)
    assert normal_text(normal_text(cell)) == expected


def test_counts_by_class():
    clips = pd.DataFrame(
        {"label": ["negative", "negative", "positive", ""], "action_units": ["4+L10", "R4A", "12 or 4", "4"]}
    )
    table = units_by_class(clips)
    assert table.index.tolist() == [4, 10, 12]
    assert table.loc[4].to_dict() == {"negative": 2, "positive": 1}
    assert table.loc[10].to_dict() == {"negative": 1, "positive": 0}


def test_no_units_at_all():
    assert units_by_class(pd.DataFrame({"label": ["negative"], "action_units": [""]})).empty
