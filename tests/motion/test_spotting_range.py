"""How sure an apex is: frames near the top of the hill that it was found on."""

import numpy as np
import pytest

from mer.motion.spotting_range import apex_candidates, candidates_about


def test_frames_from_nine_tenths_of_the_top_by_hand():
    weighed = np.array([0, 5, 8.9, 9, 9.5, 10, 9.1, 8, 9.9, 0])
    assert apex_candidates(weighed, 5) == (3, 6)  # 9.9 is another hill


@pytest.mark.parametrize(("spotted", "expected"), [(1, (1, 2)), (3, (2, 4)), (5, (4, 5))])
def test_a_sharp_top_has_a_neighbour_on_either_side_where_there_is_one(spotted, expected):
    weighed = np.zeros(6)
    weighed[spotted] = 1
    assert apex_candidates(weighed, spotted) == expected


def test_never_the_onset_and_the_offset_at_most():
    assert apex_candidates(np.full(7, 0.3), 4) == (1, 6)
    assert apex_candidates(np.array([0.0, 1.0]), 1) == (1, 1)


def test_a_spotted_middle_that_lies_in_a_dent_has_its_neighbours_alone():
    assert apex_candidates(np.array([0, 0, 10, 8, 10, 0, 0.0]), 3) == (2, 4)


def test_about_a_chosen_apex_are_as_many_as_about_the_spotted_one():
    weighed = np.array([0, 0, 0, 9, 9.5, 10, 9.5, 0, 0, 0, 0, 0])
    assert apex_candidates(weighed, 5) == candidates_about(weighed, 5, 5) == (3, 6)
    assert candidates_about(weighed, 5, 8) == (6, 9)
    assert candidates_about(weighed, 5, 2) == (1, 3)  # not the onset
    assert candidates_about(weighed, 5, 11) == (9, 11)
