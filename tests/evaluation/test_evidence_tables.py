"""What a page on the evidence for methods says: by hand, and where there is little to say."""

import pytest

from mer.core.errors import InputError
from mer.evaluation.comparisons import compare_methods
from mer.evaluation.evidence import evidence_reports, gathered
from mer.evaluation.evidence_tables import (
    all_detectable,
    all_sources,
    best_beside,
    family_words,
    found_on_words,
    seed_counts,
)
from mer.evaluation.paper_runs import read_runs
from tests.made_up_methods import FLOOR, LOOKED, PLAIN, made_up_methods


@pytest.fixture
def runs(tmp_path):
    return read_runs(made_up_methods(tmp_path))


@pytest.fixture
def methods(runs):
    return gathered(runs)


def test_the_best_method_that_is_not_the_floor(methods):
    reports = evidence_reports(methods, resamples=5)
    assert best_beside(reports, FLOOR) == LOOKED and best_beside(reports, LOOKED) == PLAIN
    assert best_beside({FLOOR: reports[FLOOR]}, FLOOR) == ""
    assert best_beside({LOOKED: reports[LOOKED]}, FLOOR) == "", "one method and no floor"
    with pytest.raises(InputError, match=r"against is 'ridge with', which is none of the methods. Did you mean"):
        best_beside(reports, "ridge with")


def test_sources_are_of_methods_with_several_seeds(methods):
    assert seed_counts(methods) == {LOOKED: 2, PLAIN: 1, FLOOR: 1, "majority class": 1}
    table = all_sources(methods, resamples=30)
    assert list(table["method"]) == [LOOKED] * 3 and list(table["resampled"]) == [
        "persons",
        "seeds",
        "seeds and persons",
    ]
    assert list(table.columns[:4]) == ["method", "resampled", "seeds", "subjects"]
    assert all_sources({PLAIN: methods[PLAIN]}).empty


def test_a_family_of_comparisons_needs_a_larger_difference(methods):
    table = all_detectable(methods, LOOKED, FLOOR, resamples=30)
    assert list(table["comparisons"]) == [1] * 3 + [3] * 3 and list(table["subjects"]) == [15, 30, 60] * 2
    # (z(1 - 0.05 / 6) + z(0.8)) / (z(1 - 0.05 / 2) + z(0.8)) = (2.3940 + 0.8416) / (1.9600 + 0.8416)
    assert table["detectable"][3] / table["detectable"][0] == pytest.approx(3.2356 / 2.8016, abs=1e-3)
    alone = all_detectable({name: methods[name] for name in (LOOKED, FLOOR)}, LOOKED, FLOOR, resamples=30)
    assert list(alone["comparisons"]) == [1] * 3, "the only comparison stands once"


def test_words_name_faces_clips_persons_and_protocol(runs, tmp_path):
    words = found_on_words(runs)
    assert words.startswith("Synthetic faces, 90 clips of 15 persons; leave one subject out; epoch rule last.")
    other = read_runs(made_up_methods(tmp_path / "other", "loso-per-database"))
    assert "leave one subject out, each database by itself; epoch" in found_on_words(other)


def test_words_of_a_family_have_the_number_of_comparisons(methods):
    words = family_words(compare_methods(methods, FLOOR))
    assert words.startswith(f"Difference of UF1 to {FLOOR}, ") and "each one of 3 comparisons, and adjusted" in words
    pair = family_words(compare_methods({name: methods[name] for name in (LOOKED, FLOOR)}, metrics=("uf1", "uar")))
    assert pair.startswith("Difference of UF1 and UAR to ") and "each one of 2 comparisons" in pair
    alone = family_words(compare_methods({name: methods[name] for name in (LOOKED, FLOOR)}))
    assert alone.endswith("the only comparison."), "nothing to adjust for"
