"""What a page on the evidence for methods says: by hand, and where there is little to say."""

import re

import pytest

from mer.core.errors import InputError
from mer.evaluation.comparisons import compare_methods
from mer.evaluation.evidence import evidence_reports, gathered, with_ensembles
from mer.evaluation.evidence_tables import (
    all_detectable,
    all_sources,
    best_beside,
    family_words,
    floors_words,
    found_on_words,
    gathered_words,
    looks_of,
    nothing_to_compare,
    reference_words,
    seed_counts,
    sources_words,
)
from mer.evaluation.paper_runs import read_runs
from tests.made_up_methods import FLOOR, LOOKED, PLAIN, made_up_methods


@pytest.fixture
def runs(tmp_path):
    return read_runs(made_up_methods(tmp_path))


@pytest.fixture
def methods(runs):
    return gathered(runs)


def test_the_best_method_that_is_not_the_floor(methods, runs):
    reports = evidence_reports(methods, resamples=5)
    assert best_beside(reports, FLOOR, runs) == LOOKED and best_beside(reports, LOOKED, runs) == PLAIN
    assert best_beside({FLOOR: reports[FLOOR]}, FLOOR, runs) == ""
    assert nothing_to_compare({FLOOR: reports[FLOOR]}, FLOOR, runs).startswith(f"There is nothing to compare: {FLOOR}")
    with pytest.raises(InputError, match=r"none of the methods: .* Did you mean 'ridge with intercept'"):
        best_beside(reports, "ridge with", runs)
    without = [name for name in reports if name != FLOOR]
    told = f"against is '{FLOOR}', which is none of the methods: {', '.join(without)}. Set it to one of them."
    with pytest.raises(InputError, match=re.escape(told)):
        best_beside(without, FLOOR, runs)


def test_the_best_of_the_given_runs_goes_before_a_better_floor(runs):
    names = ["Bi-WOOF", f"{PLAIN}, 2 seeds as one", PLAIN, FLOOR, "majority class"]
    assert best_beside(names, FLOOR, runs) == f"{PLAIN}, 2 seeds as one"
    assert best_beside([name for name in names if "as one" not in name], FLOOR, runs) == PLAIN
    assert best_beside(names, PLAIN, runs[2:]) == f"{PLAIN}, 2 seeds as one"
    assert best_beside(["Bi-WOOF", PLAIN, FLOOR], PLAIN, runs) == "Bi-WOOF", "floors are all that there is beside"


def test_a_method_and_its_seeds_as_one_are_one_method(runs, tmp_path):
    other = read_runs(made_up_methods(tmp_path / "other", "database")[:2])
    reports = evidence_reports(with_ensembles(gathered(other)), resamples=5)
    assert set(reports) == {LOOKED, f"{LOOKED}, 2 seeds as one"}
    assert best_beside(reports, FLOOR, other) == "" and floors_words(other) in nothing_to_compare(reports, FLOOR, other)
    assert best_beside(reports, LOOKED, other) == f"{LOOKED}, 2 seeds as one", "asked for by name"
    with pytest.raises(InputError, match="Set against to one of the methods"):
        best_beside([*reports, PLAIN], FLOOR, other)


def test_of_a_ridge_as_reference_it_is_said_how_its_weight_was_chosen():
    for name in (FLOOR, "ridge on pixel difference"):
        assert "weight was the best of a few that were tried" in reference_words(name)
    assert reference_words("majority class") == reference_words(LOOKED) == ""


def test_one_method_and_no_floor_is_no_mistake_but_a_mistyped_floor_is(methods, runs):
    alone = evidence_reports({LOOKED: methods[LOOKED]}, resamples=5)
    assert best_beside(alone, FLOOR, runs) == "", "a run without floors"
    assert f"The first run left no floor '{FLOOR}'" in nothing_to_compare(alone, FLOOR, runs)
    with pytest.raises(InputError, match=rf"against is 'Transformer Fusio', .* Did you mean '{LOOKED}'"):
        best_beside(alone, "Transformer Fusio", runs)


def test_floors_of_another_protocol_are_left_away_and_that_is_said(runs, tmp_path):
    assert floors_words(runs) == "", "they are shown"
    other = read_runs(made_up_methods(tmp_path / "other", "database"))
    methods = gathered(other)
    assert list(methods) == [LOOKED, PLAIN]
    reason = r"Floors leave one subject out and are not shown beside runs of .* \(leave one database out\)."
    reports = evidence_reports(methods, resamples=5)
    with pytest.raises(InputError, match=f"{reason} Set against to one of the methods: {LOOKED}, {PLAIN}."):
        best_beside(reports, FLOOR, other)
    alone = {LOOKED: reports[LOOKED]}
    assert best_beside(alone, "majority class", other) == ""
    assert floors_words(other) in nothing_to_compare(alone, "majority class", other)
    with pytest.raises(InputError, match=r"against is 'majority clas', .* Did you mean 'majority class'"):
        best_beside(alone, "majority clas", other)


def test_numbers_of_runs_and_methods(runs, methods):
    assert gathered_words(runs, methods) == "3 runs, 4 methods."
    assert gathered_words(runs[:1], {LOOKED: methods[LOOKED]}) == "1 run, 1 method."


def test_intervals_over_few_seeds_are_said_to_be_a_range(methods):
    two, third = all_sources(methods, resamples=30), [methods[PLAIN][0].assign(seed=seed) for seed in range(4)]
    assert "Over two seeds the interval is only the lowest and the highest" in sources_words(two)
    row = two.set_index("resampled").loc["seeds"]
    own = [float(evidence_reports({"one": [table]}, 5)["one"]["uf1"].iloc[0]) for table in methods[LOOKED]]
    assert (row["uf1_low"], row["uf1_high"]) == pytest.approx((min(own), max(own))), "it is as said"
    assert "Over three seeds" in sources_words(all_sources({PLAIN: third[:3]}, resamples=30))
    many = sources_words(all_sources({PLAIN: third}, resamples=30))
    assert "seeds the interval" not in many and many.endswith("drawn anew: persons, seeds, or both.")


def test_looks_are_said_where_all_runs_that_took_them_say_how_many(runs):
    assert looks_of(runs) == (), "none says"
    for run, looks in zip(runs, (21, 11), strict=False):
        run.summary["looks"] = looks
    assert looks_of(runs) == (11, 21), "the third took none"
    del runs[0].summary["looks"]
    assert looks_of(runs) == ()


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
    assert words == "Synthetic faces, 90 clips of 15 persons; leave one subject out; epoch rule last."
    assert found_on_words(runs, epoch_rule=False).endswith("persons; leave one subject out."), "several rules"
    other = read_runs(made_up_methods(tmp_path / "other", "loso-per-database"))
    assert "leave one subject out, each database by itself; epoch" in found_on_words(other)


def test_words_of_a_family_have_the_number_of_comparisons(methods):
    words = family_words(compare_methods(methods, FLOOR))
    assert words.startswith(f"Difference of UF1 to {FLOOR}, ") and "each one of 3 comparisons, and adjusted" in words
    pair = family_words(compare_methods({name: methods[name] for name in (LOOKED, FLOOR)}, metrics=("uf1", "uar")))
    assert pair.startswith("Difference of UF1 and UAR to ") and "each one of 2 comparisons" in pair
    alone = family_words(compare_methods({name: methods[name] for name in (LOOKED, FLOOR)}))
    assert alone.endswith("the only comparison."), "nothing to adjust for"
