"""Names made from fields, and fields found in names."""

import re
from pathlib import PurePosixPath

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mer.core.errors import InputError
from mer.datasets.templates import check_template, fill, names_in, pattern

#: What a name may hold: everything that does not end a path's part and is no wildcard.
TEXT = st.text(st.characters(exclude_characters="/\\*?", exclude_categories=("Cc", "Cs")), min_size=1, max_size=8)
NAMES = TEXT.filter(lambda text: text not in {".", ".."})
ANYTHING = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
SHAPES = ("{subject}/{clip}", "{subject}{clip}/x", "a/{subject}_{clip}", ".{subject}/{clip}.", "{clip}")


@pytest.mark.parametrize(
    ("template", "fields", "made"),
    [
        ("sub{subject:02d}/{clip}", {"subject": "1", "clip": "EP02_01f"}, "sub01/EP02_01f"),
        ("sub{subject:02d}", {"subject": "sub01"}, "sub01"),
        ("{subject:03d}", {"subject": "6"}, "006"),
        ("{subject:03d}", {"subject": "006"}, "006"),
        ("s{subject:d}", {"subject": "s03"}, "s3"),
        ("{onset:d}", {"onset": "0355"}, "355"),
        ("{subject:02d}", {"subject": "123"}, "123"),
        ("{person}_{person}", {"person": "7"}, "7_7"),
        ("*/{clip}", {"clip": "a"}, "*/a"),
        ("plain", {}, "plain"),
    ],
)
def test_a_filled_template(template, fields, made):
    assert fill(template, fields) == made


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("", "subject is empty"),
        ("a/b", "'a/b', which cannot be part of a path"),
        ("..", "cannot be part of a path"),
        (".", "cannot be part of a path"),
        ("a\\b", "cannot be part of a path"),
        ("a*", "cannot be part of a path"),
        ("a?", "cannot be part of a path"),
        ("a\x00", "cannot be part of a path"),
        ("a\n", "cannot be part of a path"),
    ],
)
def test_a_value_that_makes_no_name_is_refused(value, words):
    with pytest.raises(InputError, match=re.escape(words)):
        fill("{subject}", {"subject": value})


def test_a_missing_field_and_one_without_a_number_are_refused():
    with pytest.raises(InputError, match="clip is empty"):
        fill("{clip}", {"subject": "1"})
    with pytest.raises(InputError, match="subject is 'abc', which holds no number"):
        fill("{subject:02d}", {"subject": "abc"})


def test_names_in_order_and_as_often_as_they_stand():
    assert names_in("{b:02d}/{a}_{b}") == ["b", "a", "b"]
    assert names_in("plain/*") == []


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{subject", "is no template"),
        ("{Subject}", "is no template"),
        ("{subject:02x}", "is no template"),
        ("{}", "is no template"),
        ("{{subject}}", "is no template"),
        ("{subjct}", "uses the field 'subjct'. Did you mean 'subject'?"),
        ("/{subject}", "leaves the folder"),
        ("../{subject}", "leaves the folder"),
        ("a/../{subject}", "leaves the folder"),
        ("{subject}/..", "leaves the folder"),
    ],
)
def test_a_faulty_template_is_refused(template, words):
    with pytest.raises(InputError, match=re.escape(words)):
        check_template(template, ["subject", "clip"])


@pytest.mark.parametrize("template", ["{subject}/{clip}", "{subject:02d}", "*/{clip}", "a..b/{clip}", ""])
def test_a_good_template_passes(template):
    check_template(template, ["subject", "clip"])


@given(NAMES, NAMES)
def test_fields_come_back_from_a_filled_template(subject, clip):
    fields = {"subject": subject, "clip": clip}
    for template in ("{subject}/{clip}", "x.{subject}/micro/y{clip}z", "{clip}/{subject}/{clip}"):
        match = pattern(template).fullmatch(fill(template, fields))
        assert match is not None
        assert match.groupdict() == fields


@given(st.sampled_from(SHAPES), NAMES, NAMES)
def test_what_is_found_in_a_name_makes_that_name_again(template, subject, clip):
    made = fill(template, {"subject": subject, "clip": clip})
    match = pattern(template).fullmatch(made)
    assert match is not None
    found = match.groupdict()
    assume(not {".", ".."} & set(found.values()))
    assert fill(template, found) == made


@given(st.integers(0, 10**7), st.text("abcxyz _-", max_size=4), st.text("abcxyz _-", max_size=4))
def test_the_number_in_a_field_counts_and_comes_back(number, before, after):
    made = fill("sub{subject:03d}", {"subject": f"{before}{number}{after}"})
    assert made == f"sub{number:03d}"
    match = pattern("sub{subject:03d}").fullmatch(made)
    assert match is not None
    assert int(match["subject"]) == number


@given(st.sampled_from(SHAPES), ANYTHING, ANYTHING)
def test_no_value_leaves_the_folder(template, subject, clip):
    check_template(template, ["subject", "clip"])
    try:
        made = fill(template, {"subject": subject, "clip": clip})
    except InputError:
        return
    path = PurePosixPath(made)
    assert not path.is_absolute()
    assert ".." not in path.parts
    assert made.count("/") == template.count("/")
    assert "\x00" not in made


def test_a_field_that_stands_twice_is_the_same_text():
    twice = pattern("{clip}/{clip}")
    assert twice.fullmatch("a/a")
    assert not twice.fullmatch("a/b")


def test_signs_mean_themselves_and_a_star_any_name_of_one_part():
    assert pattern("a.b/{clip}").fullmatch("a.b/1")
    assert not pattern("a.b/{clip}").fullmatch("axb/1")
    assert pattern("*/{clip}").fullmatch("anger/1")["clip"] == "1"
    assert not pattern("*/{clip}").fullmatch("x/anger/1")
    assert not pattern("{clip}").fullmatch("a/b")
    assert not pattern("{clip}").fullmatch("")
