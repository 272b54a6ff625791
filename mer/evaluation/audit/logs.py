"""Logs that authors published or that their scripts print.

Formats
-------
``clip-log``  ``STSTNet_logfile.txt`` of github.com/christy1206/STSTNet: a line ``casme2 sub01`` for every person, then
              one line a clip, ``EP02_01f 1 1``: clip, true class, predicted class.
``fold-log``  ``STSTNet_python_logfile.txt`` there, what its ``main.py`` prints, and what ``main_HTNet.py`` of
              github.com/wangzhifengharrison/HTNet and ``main_train.py`` of github.com/tony19980810/CausalNet print:
              ``Subject: 006``, ``Predicted : [0, 1]``, ``Ground Truth : [0, 0]``. Other lines are passed over. The
              latter two print ``Best Predicted``, of the epoch that was best on the test subject; a log with both
              kinds of predictions is audited as two runs. No clip is named, so persons are compared with the
              composite list by their number of clips of every class.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from mer.core.errors import InputError
from mer.core.problems import Problem
from mer.evaluation.audit.audited import UNKNOWN, Audited
from mer.evaluation.audit.clip_rows import audited_rows
from mer.evaluation.audit.file_lines import fault, raise_faults
from mer.evaluation.audit.names import LISTED, database_name, databases_of_subjects

_PERSON = re.compile(r"(\S+)\s+(\S+)")
_CLIP = re.compile(r"(\S+)\s+(\S+)\s+(\S+)")
_SUBJECT = re.compile(r"\s*Subject\s*:\s*(\S.*?)\s*")
_LIST = re.compile(r"\s*(Predicted|Best Predicted|Ground Truth)\s*:\s*\[([^\]]*)\]\s*")
_TRUE = "Ground Truth"
_LEAK = (
    "the scripts known to print 'Best Predicted' choose the epoch of every subject that does best on this subject's "
    "own test clips, so these scores are too high."
)


def is_clip_log(text: str) -> bool:
    """Whether the first two lines are those of a person and of a clip."""
    first, second, *_ = [*(line.strip() for line in text.splitlines() if line.strip()), "", ""]
    numbers = first.replace(" ", "").isdecimal()
    title = first.endswith(":") or database_name(first.strip("#: ")) in LISTED  # CASME II above a matrix is no person
    looks = bool(_PERSON.fullmatch(first) and _CLIP.fullmatch(second))
    return looks and not numbers and not title and second.split()[-1].isalnum()


def read_clip_log(text: str, file: str, given: Sequence[str] | None = None) -> list[Audited]:
    """The predictions of a ``clip-log``.

    Raises:
        ProblemsFound: a line that is of neither kind, a clip before the first person, or faults of the clips.
    """
    faults: list[Problem] = []
    rows: list[tuple[str, ...]] = []
    lines: list[int] = []
    person: tuple[str, str] | None = None
    for line, words in enumerate(map(str.strip, text.split("\n")), 1):
        if clip := _CLIP.fullmatch(words):
            if person is None:
                faults.append(fault(file, line, "a clip before the first subject.", "Put 'database subject' above it."))
            else:
                rows.append((*person, *clip.groups()))
                lines.append(line)
        elif head := _PERSON.fullmatch(words):
            person = (head.group(1), head.group(2))
        elif words:
            what = f"{words[:60]!r} is neither 'database subject' nor 'clip label predicted'."
            faults.append(fault(file, line, what))
    raise_faults(file, faults)
    table = pd.DataFrame(rows, columns=["database", "subject", "clip", "label", "predicted"], dtype=object)
    return audited_rows(Audited(file, "clip-log", ()), table.assign(line=lines), given)


def is_fold_log(text: str) -> bool:
    """Whether there are lines of a subject and of its true classes."""
    found = text.split("\n")
    return any(map(_SUBJECT.fullmatch, found)) and any(line.strip().startswith(_TRUE) for line in found)


def read_fold_log(text: str, file: str, given: Sequence[str] | None = None) -> list[Audited]:
    """The predictions of a ``fold-log``: one run, or two where it has 'Predicted' and 'Best Predicted'.

    Raises:
        ProblemsFound: a list before the first subject, a subject twice, a fold without one of its lists, or with lists
            of different length, a class that is none. All are listed, with their lines.
    """
    folds, faults = _folds(text, file)
    kinds = [kind for kind in ("Predicted", "Best Predicted") if any(kind in fold for _, _, fold in folds)]
    if not kinds:
        raise InputError(f"{file} has subjects and true classes, but no line 'Predicted : [...]'.")
    for kind in kinds:
        faults += [problem for fold in folds for problem in _fold_faults(file, kind, *fold)]
    raise_faults(file, list(dict.fromkeys(faults)))
    runs = []
    for kind in kinds:
        cells = [
            (subject, label, predicted, line)
            for subject, line, fold in folds
            for label, predicted in zip(fold[_TRUE], fold[kind], strict=True)
        ]
        blank = Audited(file, "fold-log", (), about={"run": kind} if len(kinds) > 1 else {})
        blank = replace(blank, leak=_LEAK if kind == "Best Predicted" else "")
        runs += audited_subjects(blank, pd.DataFrame(cells, columns=["subject", "label", "predicted", "line"]), given)
    return runs


def audited_subjects(blank: Audited, cells: pd.DataFrame, given: Sequence[str] | None) -> list[Audited]:
    """`audited_rows` where the file names subjects alone: ``subject, label, predicted, line``, one row a clip.

    The database is told by the subject where all of them are on the composite list (``sub01``, ``s01``, ``006``).
    """
    databases = databases_of_subjects(list(cells["subject"].unique()))
    if databases is None:
        note = "Not all subjects are on the composite list (sub01, s01, 006), so their databases are not known."
        blank = replace(blank, notes=(*blank.notes, note))
    database = cells["subject"].map(databases) if databases else UNKNOWN
    return audited_rows(blank, cells.assign(database=database, clip=""), given)


def _folds(text: str, file: str) -> tuple[list[tuple[str, int, dict[str, list[str]]]], list[Problem]]:
    """Subject, line and lists of every fold, and lists and subjects that do not belong."""
    folds: list[tuple[str, int, dict[str, list[str]]]] = []
    faults: list[Problem] = []
    seen: dict[str, int] = {}
    for line, words in enumerate(text.split("\n"), 1):
        if head := _SUBJECT.fullmatch(words):
            subject = head.group(1)
            if subject in seen:
                again = f"subject {subject} stands twice, first in line {seen[subject]}."
                faults.append(fault(file, line, again, "Give every run a file of its own."))
            seen.setdefault(subject, line)
            folds.append((subject, line, {}))
        elif found := _LIST.fullmatch(words):
            kind, cells = found.group(1), [cell.strip().strip("'\"") for cell in found.group(2).split(",")]
            if not folds:
                faults.append(fault(file, line, f"{kind} before the first subject."))
            elif kind in folds[-1][2]:
                faults.append(fault(file, line, f"{kind} of subject {folds[-1][0]} stands twice."))
            else:
                folds[-1][2][kind] = cells if cells != [""] else []
    return folds, faults


def _fold_faults(file: str, kind: str, subject: str, line: int, fold: dict[str, list[str]]) -> list[Problem]:
    missing = [name for name in (kind, _TRUE) if name not in fold]
    if missing:
        return [fault(file, line, f"subject {subject} has no '{name} : [...]'.") for name in missing]
    if len(fold[kind]) != len(fold[_TRUE]):
        what = f"subject {subject} has {len(fold[kind])} predictions for {len(fold[_TRUE])} clips."
        return [fault(file, line, what, "The log is cut off or was changed.")]
    return []
