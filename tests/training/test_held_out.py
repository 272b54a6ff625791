import pytest

from mer.core.errors import InputError
from mer.training.held_out import folder_name, held_out_groups

PERSONS = [f"casme2/{i:02d}" for i in range(7)] + ["samm/01"]


@pytest.mark.parametrize("groups", [0, 2, 3, 8])
def test_every_person_is_held_out_exactly_once(groups):
    made = held_out_groups(PERSONS * 3, groups, seed=0)
    assert len(made) == (groups or len(PERSONS))
    assert sorted(person for group in made for person in group) == sorted(PERSONS)


def test_groups_do_not_depend_on_the_order_of_clips():
    assert held_out_groups(PERSONS, 3, 0) == held_out_groups(PERSONS[::-1], 3, 0)
    assert held_out_groups(PERSONS, 3, 0) != held_out_groups(PERSONS, 3, 1)


@pytest.mark.parametrize(("persons", "groups", "message"), [(["a/1"], 0, "at least 2"), (PERSONS, 9, "2 to 8")])
def test_impossible_splits_are_refused(persons, groups, message):
    with pytest.raises(InputError, match=message):
        held_out_groups(persons, groups, 0)


def test_one_subject_number_in_two_databases_is_two_folders():
    assert folder_name("casme2/01") != folder_name("samm/01")
