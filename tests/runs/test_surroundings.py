import copy

import pytest

from mer.runs.surroundings import surroundings, surroundings_differ


@pytest.fixture(scope="module")
def known():
    return surroundings()


def test_the_same_place_differs_in_nothing(known):
    assert surroundings_differ(known, surroundings()) == []


def test_variables_that_change_numbers_count_and_places_do_not(monkeypatch):
    monkeypatch.setenv("MKL_CBWR", "AVX2")
    monkeypatch.setenv("MER_OUTPUTS", "/somewhere")
    monkeypatch.setenv("KMP_INIT_AT_FORK", "FALSE")  # scikit-learn sets it in whoever imports it
    found = surroundings()["variables"]
    assert found["MKL_CBWR"] == "AVX2" and not {"MER_OUTPUTS", "KMP_INIT_AT_FORK"} & set(found)


def test_packages_are_one_line_and_installers_none(known):
    other = copy.deepcopy(known)
    other["distributions"] |= {"numpy": "0.1", "pip": "0.1", "never-was": "3", **{f"x{i}": "1" for i in range(9)}}
    (line,) = surroundings_differ(other, known)
    assert line.startswith("packages: never-was is absent (was 3), numpy ") and "(was 0.1)" in line
    assert line.endswith(" and 5 more") and "pip" not in line


def test_what_an_older_recipe_does_not_tell_is_not_compared(known):
    assert (
        surroundings_differ({"distributions": known["distributions"]}, {**known, "variables": {}, "instructions": []})
        == []
    )
