"""One person under two names."""

import unicodedata

import pytest

from mer.manifest.spellings import other_spellings

ONE, TWO = (unicodedata.normalize(form, "José") for form in ("NFC", "NFD"))


@pytest.mark.parametrize(
    ("usual", "other"),
    [("006", "6"), ("sub01", "sub1"), ("S1", "s01"), ("A", "a"), (ONE, TWO), (TWO, ONE), ("STRASSE", "Straße")],
)
def test_the_rarer_spelling_is_the_other(usual, other):
    assert usual != other
    assert other_spellings([("d", usual), ("d", other), ("d", usual)]) == {("d", other): usual}


def test_of_equally_frequent_ones_the_longer_is_usual_then_the_one_in_whole_characters():
    assert other_spellings([("d", "6"), ("d", "006")]) == {("d", "6"): "006"}
    assert other_spellings([("d", TWO), ("d", ONE)]) == {("d", TWO): ONE}


def test_others_are_left_alone():
    assert other_spellings([("x", "6"), ("y", "006"), ("y", "60"), ("y", "s6"), ("y", "0")]) == {}
    assert other_spellings([("y", "000"), ("y", "0")]) == {("y", "0"): "000"}
    assert other_spellings([]) == {}
