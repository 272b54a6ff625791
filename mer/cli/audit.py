"""``mer audit``: what predictions score, computed anew, and what the numbers published with them really are."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mer.cli.audit_words import audit_page
from mer.core.errors import InputError
from mer.evaluation.audit.against_list import AgainstList, against_list
from mer.evaluation.audit.audited import Audited
from mer.evaluation.audit.claims import Claim, Judgement, check_parts, judge
from mer.evaluation.audit.read import read_audited
from mer.evaluation.audit.remarks import part_remarks
from mer.evaluation.audit.scores import WORDS, PartScores, part_scores
from mer.evaluation.corrected_since import corrected_since_words
from mer.evaluation.intervals import BootstrapConfig

_RUN = ("run", "epoch_rule", "seed", "protocol")


@dataclass(frozen=True)
class Audit:
    """One run of one file, audited.

    Attributes:
        audited: what was read.
        scores: of all clips, then of every database.
        against: the comparison with the composite list.
        judgements: of the claims.
        older: that the run was made before corrections of the user's, or empty.
    """

    audited: Audited
    scores: tuple[PartScores, ...]
    against: AgainstList
    judgements: tuple[Judgement, ...]
    older: str

    @property
    def passes(self) -> bool:
        """What ``--strict`` asks for: every claim is what it is said to be, the clips are those of the list, no leak.

        What is not compared with the list, for its databases or classes are others, passes.
        """
        return all(one.matched for one in self.judgements) and not self.against.differs and not self.audited.leak


def audits(
    files: Sequence[Path],
    resamples: int = 2000,
    claims: Sequence[Claim] = (),
    classes: Sequence[str] | None = None,
) -> tuple[list[Audit], list[InputError]]:
    """Audit every run of these files; a file that cannot be read takes nothing from the others.

    Args:
        files: as for `read_audited`.
        resamples: bootstrap draws of persons.
        claims: numbers to be judged, in every run by itself.
        classes: names in the order of their numbers, where they are not MEGC2019's.

    Returns:
        The audits, and why the other files could not be read.

    Raises:
        InputError: a claim is about a database that no file has.
    """
    config = BootstrapConfig(resamples=resamples)
    read: list[Audited] = []
    faults: list[InputError] = []
    for file in files:
        try:
            read += read_audited(file, classes)
        except InputError as fault:
            faults.append(fault)
    if not faults:  # else it may be of a file that could not be read
        check_parts(claims, (name for audited in read for name in audited.databases))
    found = []
    for audited in read:
        scores = part_scores(audited, config)
        older = corrected_since_words(Path(audited.file).parent) if audited.form == "predictions" else ""
        judged = judge(claims, scores, audited.only_database)
        found.append(Audit(audited, tuple(scores), against_list(audited), tuple(judged), older))
    return found, faults


def raise_all(faults: Sequence[InputError]) -> None:
    """One error for all files that could not be read; nothing where there is none.

    Raises:
        InputError: there is a fault.
    """
    if len(faults) == 1:
        raise faults[0]
    if faults:
        raise InputError("\n".join(map(str, faults)))


def audit_files(files: Sequence[Path], resamples: int = 2000, as_json: bool = False) -> str:
    """What ``mer audit`` prints for these files, without claims.

    Raises:
        InputError: a file is missing or has faults.
    """
    found, faults = audits(files, resamples)
    raise_all(faults)
    return audit_text(found, as_json)


def audit_text(found: Sequence[Audit], as_json: bool = False) -> str:
    """Audits as pages, or as JSON.

    The JSON is a list with one object a run:

    * ``file``, ``format`` (a key of `FORMS`); ``run, epoch_rule, seed, protocol``, null where the file does not say;
    * ``classes``; ``n`` and ``subjects``, null where persons are not known;
    * ``scores``: for ``all`` and every database ``part, n, subjects, folds, remarks`` and, for every metric of `WORDS`,
      ``<metric>, <metric>_low, <metric>_high``, null where undefined;
    * ``confusion`` (of all clips) and ``confusions`` (by part): true class to predicted class to clips;
    * ``list``: the comparison with the composite list: ``compared``, ``why_not``, ``databases``, ``listed``, ``found``,
      ``missing`` (keys), ``extra`` (``clip, line``), ``labels`` (``clip, line, theirs, listed``), ``counts`` (``where,
      theirs, listed``: clips by class where no clip is named), ``remark``, ``differs``;
    * ``claims``: ``claim, value, metric, part, matched, by_chance, equal`` and ``nearest`` (``part, metric, value``),
      ``words``;
    * ``leak`` (why epochs were probably chosen on test subjects, or empty), ``notes``, ``older`` (the run was made
      before corrections of the user's, or empty), ``passes`` (``--strict``).
    """
    if as_json:
        return json.dumps([_entry(one) for one in found], indent=2, allow_nan=False)
    return "\n\n".join(audit_page(one.audited, one.scores, one.against, one.judgements, one.older) for one in found)


def _entry(audit: Audit) -> dict[str, Any]:
    audited, whole = audit.audited, audit.scores[0]
    confusions = {part.part: _confusion(part, audited.classes) for part in audit.scores}
    return {
        "file": audited.file,
        "format": audited.form,
        **{name: audited.about.get(name) for name in _RUN},
        "classes": list(audited.classes),
        "n": whole.n,
        "subjects": whole.subjects,
        "scores": [_scores(part, audited.classes) for part in audit.scores],
        "confusion": confusions[whole.part],
        "confusions": confusions,
        "list": _list(audit.against),
        "claims": [_claim(one) for one in audit.judgements],
        "leak": audited.leak,
        "notes": list(audited.notes),
        "older": audit.older,
        "passes": audit.passes,
    }


def _scores(part: PartScores, classes: Sequence[str]) -> dict[str, Any]:
    entry: dict[str, Any] = {"part": part.part, "n": part.n, "subjects": part.subjects, "folds": part.folds}
    entry["remarks"] = list(part_remarks(part, classes))
    for name in WORDS:
        low, high = part.intervals.get(name, (None, None))
        for suffix, value in (("", part.values.get(name)), ("_low", low), ("_high", high)):
            entry[name + suffix] = value if value == value else None  # JSON has no NaN
    return entry


def _confusion(part: PartScores, classes: Sequence[str]) -> dict[str, dict[str, int]]:
    rows = zip(classes, part.confusion.tolist(), strict=True)
    return {true: dict(zip(classes, counts, strict=True)) for true, counts in rows}


def _list(against: AgainstList) -> dict[str, Any]:
    return {
        "compared": not against.why_not,
        "why_not": against.why_not,
        "databases": list(against.databases),
        "listed": against.listed,
        "found": against.found,
        "missing": list(against.missing),
        "extra": [{"clip": clip, "line": line} for clip, line in against.extra],
        "labels": [vars(one) for one in against.labels],
        "counts": [{"where": one.where, "theirs": one.theirs, "listed": one.listed} for one in against.counts],
        "remark": against.remark,
        "differs": against.differs,
    }


def _claim(one: Judgement) -> dict[str, Any]:
    def score(row: tuple[str, str, float]) -> dict[str, Any]:
        return dict(zip(("part", "metric", "value"), row, strict=True))

    claim = one.claim
    return {
        "claim": claim.text,
        "value": float(claim.value),
        "metric": claim.metric,
        "part": claim.part,
        "matched": one.matched,
        "by_chance": one.by_chance,
        "equal": [score(row) for row in one.equal],
        "nearest": score(one.nearest),
        "words": one.words,
    }
