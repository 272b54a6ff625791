import pytest
from hypothesis import given
from hypothesis import strategies as st

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


@given(st.lists(st.text("ab_", min_size=1, max_size=5), min_size=1, max_size=2), st.data())
def test_no_two_folds_share_a_folder(parts, data):
    other = data.draw(st.lists(st.text("ab_", min_size=1, max_size=5), min_size=1, max_size=2))
    first, second = "/".join(parts), "/".join(other)
    assert (folder_name(first) == folder_name(second)) == (first == second)


def test_names_that_could_be_read_in_two_ways_or_are_long_get_a_digest():
    assert folder_name("casme2/sub_01") == "casme2__sub_01" and folder_name("casme2") == "casme2"
    assert folder_name("a/b__c").startswith("a__b__c-") and folder_name("a__b").startswith("a__b-")
    for one in ("x" * 300, "ä/" + "ü" * 300):
        name = folder_name(one)
        assert len(name.encode()) <= 120 and name != folder_name(one + "x") and name == folder_name(one)
