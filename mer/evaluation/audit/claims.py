"""Numbers that somebody claims, and what each of them really is.

A claim equals a score that is the claim when rounded to as many decimals as the claim has. A claim says of which metric
it is (``uar=0.7605``), and may say of which database (``smic.uar=0.6703``); of all clips else. The first claims without
a name are UF1 and UAR, as papers give them; further ones may be any metric of any part.

Two dozen scores lie within a few tenths, so a wrong number of two decimals equals one of them about every second time.
What a claim really is is said as a fact only of three or more decimals, and of a score of the claim's own part or of
all clips; else it equals a score perhaps by chance. The mean of folds' F1 is tested only of the claim's own part and of
three or more decimals, or where it is claimed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from mer.core.errors import InputError, nearest
from mer.evaluation.audit.names import LISTED, database_name
from mer.evaluation.audit.scores import MEAN_FOLD_F1, WORDS, PartScores
from mer.evaluation.report import ALL

_OTHER_NAMES = {
    "acc": "accuracy",
    "war": "accuracy",  # the mean recall weighted by labels is the accuracy
    "wf1": "weighted_f1",
    "precision": "macro_precision",
    "mean_of_folds_f1": MEAN_FOLD_F1,
}
_FIRST = ("uf1", "uar")
_SLACK = Decimal("1e-12")  # of floating-point scores that lie on the edge of rounding
_TELLING = 3  # decimals of a number that hardly equals a score by chance
_Row = tuple[str, str, float]  # part, metric, value


@dataclass(frozen=True)
class Claim:
    """A claimed number.

    Attributes:
        text: as it was given.
        value: a fraction.
        decimals: of the fraction.
        metric: what it is said to be; None where nobody says.
        part: ``all`` or a database.
    """

    text: str
    value: Decimal
    decimals: int
    metric: str | None = None
    part: str = ALL

    @property
    def telling(self) -> bool:
        """Whether it has so many decimals that it hardly equals a score by chance."""
        return self.decimals >= _TELLING

    def equals(self, score: float) -> bool:
        """Whether a score rounded to the claim's decimals is the claim; one in the middle may be rounded either way."""
        half = Decimal(5).scaleb(-self.decimals - 1)
        return score == score and abs(Decimal(score) - self.value) <= half + _SLACK


@dataclass(frozen=True)
class Judgement:
    """What a claim is.

    Attributes:
        claim: the claim.
        equal: part, metric and value of every tested score that it equals.
        nearest: part, metric and value of the score nearest to it, of the claim's part where its metric is said.
        matched: whether it equals what it is said to be (or anything, where nobody says).
        by_chance: whether the scores that it equals, other than what it is said to be, may be so by chance.
        words: the same as a sentence.
    """

    claim: Claim
    equal: tuple[_Row, ...]
    nearest: _Row
    matched: bool
    by_chance: bool
    words: str


def read_claims(options: Sequence[str]) -> list[Claim]:
    """The claims of the option ``--claims``: numbers with commas between them, ``0.7353,uar=0.7605,accuracy=78.9%``.

    Raises:
        InputError: no number, one outside 0..1 (or 0..100 %), or a metric that there is not.
    """
    claims = [_read(text.strip()) for option in options for text in option.split(",")]
    free = iter([name for name in _FIRST if not any(one.metric == name and one.part == ALL for one in claims)])
    return [one if one.metric else replace(one, metric=next(free, None)) for one in claims]


def check_parts(claims: Sequence[Claim], parts: Iterable[str]) -> None:
    """Refuse claims about parts that there are not.

    Args:
        claims: numbers.
        parts: databases of the files; those of the composite list and ``all`` are always known.

    Raises:
        InputError: a claim is about another part.
    """
    known = {ALL, *LISTED, *parts}
    for claim in claims:
        if claim.part not in known:
            raise InputError(
                f"Claim {claim.text!r}: there is no part {claim.part!r}. {nearest(claim.part, known)} A claim is "
                "written part.metric=number, such as smic.uar=0.6703; without a part it is of all clips."
            )


def judge(claims: Sequence[Claim], scores: Sequence[PartScores], database: str = "") -> list[Judgement]:
    """What every claim is.

    Args:
        claims: numbers.
        scores: `part_scores`.
        database: whose clips all of them are, where it is one database's: claims about it are about all clips.
    """
    table = [(part.part, name, value) for part in scores for name, value in part.values.items() if value == value]
    about = [replace(claim, part=ALL) if claim.part == database else claim for claim in claims]
    return [_judged(claim, table) for claim in about]


def _read(text: str) -> Claim:
    name, _, number = text.rpartition("=")
    percent = number.strip().endswith("%")
    try:
        value = Decimal(number.strip().removesuffix("%").strip())
    except InvalidOperation:
        raise InputError(f"Claim {text!r} is no number; expected such as 0.7353, uar=0.7605 or 73.53%.") from None
    value = value.scaleb(-2) if percent else value
    if not value.is_finite() or not 0 <= value <= 1:
        raise InputError(f"Claim {text!r} is not between 0 and 1; percent are written with their sign, as 73.53%.")
    exponent = value.as_tuple().exponent
    decimals = max(0, -exponent) if isinstance(exponent, int) else 0
    if not name:
        return Claim(text, value, decimals)
    part, _, metric = name.strip().rpartition(".")
    plain = metric.strip().casefold().replace(" ", "_").replace("-", "_").replace("'", "")
    plain = _OTHER_NAMES.get(plain, plain)
    if plain not in WORDS:
        raise InputError(f"Claim {text!r}: there is no metric {metric!r}. {nearest(plain, WORDS)}")
    return Claim(text, value, decimals, plain, database_name(part) if part and part != ALL else ALL)


def _judged(claim: Claim, table: Sequence[_Row]) -> Judgement:
    tested = [row for row in table if _is_tested(claim, row)]
    equal = tuple(row for row in tested if claim.equals(row[2]))
    about_it = [row for row in tested if row[0] == claim.part and claim.metric] or tested
    near = min(about_it, key=lambda row: abs(Decimal(row[2]) - claim.value))
    said = next((value for part, name, value in table if (part, name) == (claim.part, claim.metric)), None)
    matched = bool(equal) if claim.metric is None else said is not None and claim.equals(said)
    own = [row for row in equal if row[0] == claim.part]
    sure = (own or [row for row in equal if row[0] == ALL]) if claim.telling else []
    by_chance = bool(equal) and not sure and (claim.metric is None or not matched)
    nothing = f"equals nothing that is tested here{_untested(table)}; the nearest is {_named(near, claim)}"
    if claim.metric is None:
        words = f"equals {_listed(equal, claim)}, perhaps by chance" if equal else nothing
        words = f"is {_listed(sure, claim)}" if sure else words
        return Judgement(claim, equal, near, matched, by_chance, f"{claim.text}: {words}.")
    name, of = WORDS[claim.metric], "" if claim.part == ALL else f" of {claim.part}"
    truth = f"{name}{of} is {said:.4f}" if said is not None else f"{name}{of} cannot be computed here"
    whole = of or " of all clips"
    if matched:
        words = f"is {name}{whole}"
    elif sure:
        words = f"this is {_listed(sure, claim)}, not {name}{of} ({truth})"
    elif equal:
        likely = own or [row for row in equal if row[1] == claim.metric] or equal
        words = f"is not {name}{whole} ({truth}); also equals {_listed(likely, claim)}, perhaps by chance"
    else:
        words = f"{nothing} ({truth})"
    about = "" if "=" in claim.text else f" as {name}"
    return Judgement(claim, equal, near, matched, by_chance, f"{claim.text}{about}: {words}.")


def _is_tested(claim: Claim, row: _Row) -> bool:
    part, metric, _ = row
    return metric != MEAN_FOLD_F1 or (part == claim.part and (claim.telling or claim.metric == MEAN_FOLD_F1))


def _untested(table: Sequence[_Row]) -> str:
    """What a confusion matrix cannot tell."""
    if any(metric == MEAN_FOLD_F1 for _, metric, _ in table):
        return ""
    return f" ({WORDS[MEAN_FOLD_F1]} cannot be tested: a confusion matrix does not say whose clips were right)"


def _named(row: _Row, claim: Claim) -> str:
    return f"{_words(row, claim)} {row[2]:.4f}"


def _listed(rows: Sequence[_Row], claim: Claim) -> str:
    return " or ".join(_words(row, claim) for row in rows)


def _words(row: _Row, claim: Claim) -> str:
    part, metric, _ = row
    of = f" of {part}" if part != ALL else " of all clips" if claim.part != ALL else ""
    return WORDS[metric] + of
