"""Claimed numbers."""

from decimal import Decimal

import numpy as np
import pytest

from mer.core.errors import InputError
from mer.evaluation.audit.claims import Claim, check_parts, judge, read_claims
from mer.evaluation.audit.scores import PartScores


def part(name, **values):
    return PartScores(name, 1, None, values, {}, np.eye(3))


SCORES = [
    part("all", uf1=0.73534, uar=0.71861, accuracy=0.76923, macro_precision=0.76049),
    part("smic", uf1=0.68011, uar=0.67034, accuracy=0.68292, macro_precision=0.70131),
]
#: What is said of a claimed UAR that equals others, and of a claim about a matrix that equals nothing.
NOT_UAR = "is not UAR of all clips (UAR is 0.7186); also equals"
NOTHING = (
    "equals nothing that is tested here (mean of folds' F1 cannot be tested: a confusion matrix does not say whose "
    "clips were right)"
)


def words(*options, scores=SCORES, database=""):
    return [one.words for one in judge(read_claims(options), scores, database)]


def test_the_first_two_without_a_name_are_uf1_and_uar():
    claims = read_claims(["0.7353,0.7605", "76.92%"])
    assert [(claim.metric, claim.value, claim.decimals) for claim in claims] == [
        ("uf1", Decimal("0.7353"), 4),
        ("uar", Decimal("0.7605"), 4),
        (None, Decimal("0.7692"), 4),
    ]
    assert [claim.metric for claim in read_claims(["uf1=0.7,0.6,smic.uar=0.5,0.4"])] == ["uf1", "uar", "uar", None]


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        ("uf1=0.7353", "uf1=0.7353: is UF1 of all clips."),
        ("uf1=0.735", "uf1=0.735: is UF1 of all clips."),
        ("UF1=73.5%", "UF1=73.5%: is UF1 of all clips."),
        ("uar=0.7605", "uar=0.7605: this is macro precision, not UAR (UAR is 0.7186)."),
        ("uar=.67", f"uar=.67: {NOT_UAR} UAR of smic, perhaps by chance."),
        ("uar=.76", f"uar=.76: {NOT_UAR} macro precision, perhaps by chance."),
        ("uar=76%", f"uar=76%: {NOT_UAR} macro precision, perhaps by chance."),
        ("uar=.760", "uar=.760: this is macro precision, not UAR (UAR is 0.7186)."),
        ("uar=76.0%", "uar=76.0%: this is macro precision, not UAR (UAR is 0.7186)."),
        ("smic.uar=.7186", "smic.uar=.7186: this is UAR of all clips, not UAR of smic (UAR of smic is 0.6703)."),
        ("uar=0.7013", f"uar=0.7013: {NOT_UAR} macro precision of smic, perhaps by chance."),
        ("SMIC.uar=.7013", "SMIC.uar=.7013: this is macro precision of smic, not UAR of smic (UAR of smic is 0.6703)."),
        ("macro precision=0.7605", "macro precision=0.7605: is macro precision of all clips."),
        ("uar=0.80", f"uar=0.80: {NOTHING}; the nearest is accuracy 0.7692 (UAR is 0.7186)."),
        ("wf1=0.8%", f"wf1=0.8%: {NOTHING}; the nearest is UAR 0.7186 (weighted F1 cannot be computed here)."),
        ("samm.uar=.67", "samm.uar=.67: is not UAR of samm (UAR of samm cannot be computed here); "
         "also equals UAR of smic, perhaps by chance."),
    ],
)  # fmt: skip
def test_every_claim_is_named(claim, said):
    assert words(claim) == [said]


def test_without_a_name_any_score_of_any_part_will_do():
    assert words("0.7353,0.7605,0.6829,0.77,0.769,0.99")[1:] == [
        "0.7605 as UAR: this is macro precision, not UAR (UAR is 0.7186).",
        "0.6829: equals accuracy of smic, perhaps by chance.",
        "0.77: equals accuracy, perhaps by chance.",
        "0.769: is accuracy.",
        f"0.99: {NOTHING}; the nearest is accuracy 0.7692.",
    ]


def test_several_that_a_short_claim_equals_are_all_named():
    (one,) = judge(read_claims(["uar=0.68"]), SCORES)
    assert one.words == (f"uar=0.68: {NOT_UAR} UF1 of smic or accuracy of smic, perhaps by chance.")
    assert one.by_chance and [row[:2] for row in one.equal] == [("smic", "uf1"), ("smic", "accuracy")]


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        ("uf1=0.6612", "this is mean of folds' F1, not UF1 (UF1 is 0.7353)"),
        ("uf1=0.66", "equals nothing that is tested here; the nearest is UAR 0.7186 (UF1 is 0.7353)"),
        ("uf1=0.5512", "equals nothing that is tested here; the nearest is mean of folds' F1 0.6612 (UF1 is 0.7353)"),
        ("smic.uf1=0.5512", "this is mean of folds' F1 of smic, not UF1 of smic (UF1 of smic is 0.6801)"),
        ("smic.uf1=0.6612", "equals nothing that is tested here; the nearest is UAR of smic 0.6703 "
         "(UF1 of smic is 0.6801)"),
        ("mean_fold_f1=0.66", "is mean of folds' F1 of all clips"),
    ],
)  # fmt: skip
def test_the_mean_of_folds_is_tested_of_the_same_part_and_three_decimals(claim, said):
    values = zip(SCORES, (0.66121, 0.55121), strict=True)
    known = [part(one.part, **one.values, mean_fold_f1=value) for one, value in values]
    assert words(claim, scores=known) == [f"{claim}: {said}."]


def test_no_wrong_claim_of_two_decimals_is_said_to_be_something():
    claims = [f"{name}=0.{number}" for name in ("uf1", "uar", "smic.uar") for number in range(50, 100)]
    judged = [one for one in judge(read_claims(claims), SCORES) if not one.matched]
    assert sum(one.by_chance for one in judged) > 10, "so many are equal to something"
    assert not any("this is" in one.words for one in judged)
    assert all(one.by_chance is ("also equals" in one.words) is bool(one.equal) for one in judged)


def test_of_a_matrix_the_mean_of_folds_cannot_be_tested():
    (said,) = words("uar=0.8123")
    assert "(mean of folds' F1 cannot be tested: a confusion matrix does not say whose clips were right)" in said
    (known,) = words("uar=0.8123", scores=[part("all", uar=0.5, mean_fold_f1=0.4)])
    assert "cannot be tested" not in known


def test_a_claim_about_a_part_that_there_is_not_is_refused():
    check_parts(read_claims(["0.7,samm.uar=0.5,mine.uar=0.5,CASME II.uf1=0.5,all.uf1=0.5"]), ["mine"])
    with pytest.raises(
        InputError, match=r"'foo.uf1=0.5': there is no part 'foo'. Valid: all, casme2, mine, samm, smic"
    ):
        check_parts(read_claims(["0.7,foo.uf1=0.5"]), ["mine"])
    with pytest.raises(InputError, match=r"no part 'sam'\. Did you mean 'samm'"):
        check_parts(read_claims(["sam.uf1=0.5"]), [])


def test_the_only_database_is_all_clips():
    assert words("casme2.uf1=0.7353", scores=SCORES[:1], database="casme2") == [
        "casme2.uf1=0.7353: is UF1 of all clips."
    ]


@pytest.mark.parametrize(
    ("claim", "score", "equal"),
    [
        ("0.7353", 0.73534999, True),
        ("0.7353", 0.73536, False),
        ("0.7353", 0.73524, False),
        ("0.5", 0.45, True),  # exactly between 0.4 and 0.5: both roundings are in use
        ("0.5", 0.55, True),
        ("0.50", 0.55, False),
        ("50%", 0.504, True),
        ("50.0%", 0.504, False),
        ("1", 0.5, True),
        ("1.00", 1.0, True),
        ("0.5", float("nan"), False),
    ],
)
def test_equal_at_the_precision_of_the_claim(claim, score, equal):
    (one,) = read_claims([claim])
    assert isinstance(one, Claim) and one.equals(score) is equal


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("73.53", "'73.53' is not between 0 and 1; percent are written with their sign"),
        ("-0.1", "not between 0 and 1"),
        ("nan", "not between 0 and 1"),
        ("", "'' is no number"),
        ("0.7,,0.6", "'' is no number"),
        ("uf1=x", "'uf1=x' is no number"),
        ("uarr=0.7", "there is no metric 'uarr'. Did you mean 'uar'"),
    ],
)
def test_what_is_no_claim_is_refused(text, message):
    with pytest.raises(InputError) as caught:
        read_claims([text])
    assert message in str(caught.value)
