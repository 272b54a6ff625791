"""Claimed numbers."""

from decimal import Decimal

import numpy as np
import pytest

from mer.core.errors import InputError
from mer.evaluation.audit.claims import Claim, judge, read_claims
from mer.evaluation.audit.scores import PartScores


def part(name, **values):
    return PartScores(name, 1, None, values, {}, np.eye(3))


SCORES = [
    part("all", uf1=0.73534, uar=0.71861, accuracy=0.76923, macro_precision=0.76049),
    part("smic", uf1=0.68011, uar=0.67034, accuracy=0.68292, macro_precision=0.70131),
]


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
        ("uar=.67", "uar=.67: this is UAR of smic, not UAR of all clips (UAR is 0.7186)."),
        ("uar=0.7013", "uar=0.7013: this is macro precision of smic, not UAR of all clips (UAR is 0.7186)."),
        ("SMIC.uar=.7013", "SMIC.uar=.7013: this is macro precision of smic, not UAR of smic (UAR of smic is 0.6703)."),
        ("macro precision=0.7605", "macro precision=0.7605: is macro precision of all clips."),
        ("uar=0.80", "uar=0.80: equals nothing here; the nearest is accuracy 0.7692 (UAR is 0.7186)."),
        ("wf1=0.8%", "wf1=0.8%: equals nothing here; the nearest is UAR 0.7186 (weighted F1 cannot be computed here)."),
        ("samm.uar=.67", "samm.uar=.67: this is UAR of smic, not UAR of samm (UAR of samm cannot be computed here)."),
    ],
)  # fmt: skip
def test_every_claim_is_named(claim, said):
    assert words(claim) == [said]


def test_without_a_name_any_score_of_any_part_will_do():
    assert words("0.7353,0.7605,0.6829,0.99")[1:] == [
        "0.7605 as UAR: this is macro precision, not UAR (UAR is 0.7186).",
        "0.6829: is accuracy of smic.",
        "0.99: equals nothing here; the nearest is accuracy 0.7692.",
    ]


def test_several_that_a_short_claim_equals_are_all_named():
    (one,) = judge(read_claims(["uar=0.68"]), SCORES)
    assert one.words == "uar=0.68: this is UF1 of smic or accuracy of smic, not UAR of all clips (UAR is 0.7186)."
    assert [row[:2] for row in one.equal] == [("smic", "uf1"), ("smic", "accuracy")]


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
