"""Scores with the apex at other frames, as a table that a screen reader reads."""

import re
from types import SimpleNamespace

import numpy as np

from mer.figures.style import MARK_COLOURS
from mer.training.apex_moved import ApexMoved
from mer.widgets.try_own.moved import moved_html

SCORES = np.array([[0.2, 0.8], [0.3, 0.7], [0.9, 0.1]], np.float32)


def test_a_row_a_class_with_the_chosen_apex_and_the_leading_class_marked():
    moved = ApexMoved((7, 8, 9), 8, ("a&b", "c"), SCORES, "which frames")
    said = moved_html(SimpleNamespace(moved=moved))
    assert said.count("<tr>") == 3 and "8 (apex)" in said and "a&amp;b" in said
    cells = re.findall(r'<td style="([^"]*)">([\d.]+)</td>', said)
    assert [value for _, value in cells] == ["0.20", "0.30", "0.90", "0.80", "0.70", "0.10"]
    assert ["underline" in style for style, _ in cells] == [False, False, True, True, True, False]
    assert [f"solid {MARK_COLOURS['apex']}" in style for style, _ in cells] == [False, True, False] * 2
    assert "The class hangs on the apex, among frames 7 to 9: c at 7 to 8; a&amp;b at 9." in said
    assert "which frames" in said and "<caption" in said and 'tabindex="0"' in said


def test_two_images_have_nothing_to_say():
    assert moved_html(SimpleNamespace(moved=None)) == ""
