"""Frames that are not there: found by their neighbours, named in short, stood in for."""

import pytest

from mer.datasets.gaps import apart, gap_note, inside, missing_runs, ranges, stand_in

NUMBERS = (8, 10, 11, 15, 40)


def test_inside():
    assert inside(NUMBERS, 10, 15) == (10, 11, 15)
    assert inside(range(20), 18, 10**18) == range(18, 20)
    assert inside(NUMBERS, 20, 30) == ()


@pytest.mark.parametrize(
    ("onset", "offset", "runs"),
    [
        (10, 11, []),
        (10, 15, [(12, 14)]),
        (7, 16, [(7, 7), (9, 9), (12, 14), (16, 16)]),
        (20, 30, [(20, 30)]),
        (41, 10**18, [(41, 10**18)]),
    ],
)
def test_missing_runs(onset, offset, runs):
    assert missing_runs(NUMBERS, onset, offset) == runs


def test_the_frame_before_stands_in_and_the_first_for_those_before_it():
    assert [stand_in((11, 12, 15), number) for number in range(10, 17)] == [11, 11, 12, 12, 12, 15, 15]


def test_the_note_counts_missing_frames_of_the_clip_only():
    assert gap_note(NUMBERS, 10, 15).startswith("3 of 6 frames are missing")
    assert gap_note(NUMBERS, 10, 11) == ""


@pytest.mark.parametrize(
    ("numbers", "few"),
    [
        ((46, 47, 48, 2026), (2026,)),
        ((1, 559740, 559741, 559742), (1,)),
        ((1, 2, 3, 4, 5000, 5001), (5000, 5001)),
        ((1, 50_000, 50_001, 50_002, 10**9, 10**13), (1, 10**9, 10**13)),
        ((46, 47, 48, 60), ()),  # frames are missing between them
        ((1, 10**9), ()),  # which of the two?
        ((1, 2, 10**9, 10**9 + 1), ()),
        ((7,), ()),
        ((), ()),
        (range(100), ()),
    ],
)
def test_numbers_apart_from_the_others(numbers, few):
    assert tuple(apart(numbers)) == few


@pytest.mark.parametrize(
    ("runs", "text"),
    [
        ([(3, 3)], "frame 3"),
        ([(3, 4)], "frames 3-4"),
        ([(1, 1), (3, 4), (9, 9)], "frames 1, 3-4, 9"),
        ([(n, n) for n in (1, 3, 5, 7, 9, 11)], "frames 1, 3, 5, 7 and 2 more"),
    ],
)
def test_numbers_in_short(runs, text):
    assert ranges(runs) == text
