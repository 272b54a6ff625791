"""An audit as a page of text."""

from collections.abc import Mapping, Sequence

import numpy as np

from mer.evaluation.audit.against_list import AgainstList
from mer.evaluation.audit.audited import FORMS, Audited
from mer.evaluation.audit.claims import Judgement
from mer.evaluation.audit.remarks import part_remarks
from mer.evaluation.audit.scores import MEAN_FOLD_F1, WORDS, PartScores
from mer.training.protocols import protocol_words

_MOST = 10  # clips listed of one kind; JSON has them all
_FIRST_LINE = ("uf1", "uar", "accuracy")


def audit_page(
    audited: Audited,
    scores: Sequence[PartScores],
    against: AgainstList,
    judgements: Sequence[Judgement],
    older: str = "",
) -> str:
    """What is printed for one run: what it is, claims, remarks, scores, confusion matrices, its clips and the list."""
    lines = [_title(audited)]
    if judgements:
        lines += ["", "Claims:", *(("  " if one.matched else "! ") + one.words for one in judgements), ""]
    lines += [*([older] if older else []), *([f"Leak: {audited.leak}"] if audited.leak else []), *audited.notes]
    lines += [*([""] if lines[-1] else []), *(line for part in scores for line in _row(part))]
    lines += [remark for part in scores for remark in part_remarks(part, audited.classes)]
    lines += _on_scores(scores)
    lines += ["", "Rows are the true class, columns the predicted one:", *_matrices(audited.classes, scores)]
    return "\n".join([*lines, "", *_against(audited, against)])


def _on_scores(scores: Sequence[PartScores]) -> list[str]:
    whole = scores[0]
    if whole.subjects is None:
        return ["(No intervals and no mean of folds: a confusion matrix does not say whose clips were right.)"]
    over = "" if whole.folds_are_persons else f", over the {whole.folds} folds of the column fold,"
    return [
        "(In brackets: 95 % intervals, subjects resampled.)",
        f"({WORDS[MEAN_FOLD_F1]}{over} is shown because some print it; it is no UF1, for folds lack classes.)",
    ]


def _title(audited: Audited) -> str:
    about = audited.about
    words = {"run": "run", "epoch_rule": "epoch rule", "seed": "seed"}
    said = ", ".join(f"{word} {about[name]}" for name, word in words.items() if name in about)
    if "protocol" in about:
        said += f", {protocol_words(str(about['protocol']))} (protocol {about['protocol']})"
    return f"{audited.file}: {said or FORMS[audited.form]}"


def _against(audited: Audited, against: AgainstList) -> list[str]:
    if against.why_not:
        return [f"Not compared with the list of the MEGC2019 composite: {against.why_not}."]
    clips = f"the {against.listed} listed clips of {', '.join(against.databases)}"
    if not against.differs:
        whose = "" if audited.rows is None else " of every subject and"
        same = "Clips and classes are" if audited.names_clips else f"Clips{whose} of every class are as many as"
        return [f"{same} those of {clips} (MEGC2019 composite)."]
    have = "" if against.found is None else f" It has {against.found} of them."
    lines = [f"Not {clips} (MEGC2019 composite).{have}"]
    lines += _some("missing", against.missing)
    lines += _some("not on the list", [f"{clip} (line {line})" for clip, line in against.extra])
    other = [f"{one.clip} (line {one.line}): {one.theirs}, on the list {one.listed}" for one in against.labels]
    lines += _some("of another class", other)
    counts = [f"{one.where}: {_counts(one.theirs)}, on the list {_counts(one.listed)}" for one in against.counts]
    lines += _some("with other numbers of clips", counts)
    return lines + ([against.remark] if against.remark else [])


def _some(heading: str, items: Sequence[str]) -> list[str]:
    if not items:
        return []
    more = [f"    and {len(items) - _MOST} more (--json lists all)"] if len(items) > _MOST else []
    return [f"  {len(items)} {heading}:", *(f"    {item}" for item in items[:_MOST]), *more]


def _counts(counts: Mapping[str, int]) -> str:
    return " ".join(f"{number} {name}" for name, number in counts.items())


def _row(part: PartScores) -> list[str]:
    subjects = "" if part.subjects is None else f" {part.subjects:>3} subjects"
    head = f"{part.part:<18} {part.n:>4} clips{subjects}  "
    lines = [_cells(part, _FIRST_LINE), _cells(part, [name for name in WORDS if name not in _FIRST_LINE])]
    return [head + lines[0], " " * 20 + lines[1]]


def _cells(part: PartScores, names: Sequence[str]) -> str:
    return "  ".join(
        f"{WORDS[name]} {part.values[name]:.4f}{_interval(part, name)}" for name in names if name in part.values
    )


def _interval(part: PartScores, name: str) -> str:
    if name not in part.intervals:
        return ""
    low, high = part.intervals[name]
    return " [one subject]" if np.isnan(low) else f" [{low:.3f}, {high:.3f}]"


def _matrices(classes: Sequence[str], scores: Sequence[PartScores]) -> list[str]:
    """The matrices of all parts below each other."""
    width = max(6, *map(len, classes)) + 2
    first = max(len(f"{part.part} {name}") for part in scores for name in classes) + 2
    lines = [" " * first + "".join(f"{name:>{width}}" for name in classes)]
    for part in scores:
        for name, counts in zip(classes, part.confusion, strict=True):
            head = f"{part.part} {name}" if len(scores) > 1 else name
            lines.append(f"{head:<{first}}" + "".join(f"{count:>{width}}" for count in counts))
    return lines
