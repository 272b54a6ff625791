"""Results in one file a subject: ``results/sub01_acc.txt`` with a line ``matrix_acc: [[predicted, true], ...]``.

``main_train.py`` and ``eval.py`` of github.com/tony19980810/CausalNet write them, its ``calculate_all_results.py``
reads them. No clip is named.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from mer.evaluation.audit.audited import Audited
from mer.evaluation.audit.file_lines import fault, raise_faults, read_text
from mer.evaluation.audit.logs import audited_subjects

SUFFIX = "_acc.txt"
_PAIRS = re.compile(r"\s*matrix_acc:\s*\[(.*)\]\s*")
_LEAK = (
    "the scripts known to write these files keep the epoch of every subject that does best on this subject's own test "
    "clips, so these scores are too high."
)
_PAIR = re.compile(r"\[\s*(\d+)\s*,\s*(\d+)\s*\]")


def subject_files(folder: Path) -> list[Path]:
    """The files of a folder that hold the results of one subject each, by name."""
    return sorted(folder.glob(f"*{SUFFIX}"))


def is_subject_file(text: str) -> bool:
    """Whether there is a line of pairs."""
    return any(map(_PAIRS.fullmatch, text.split("\n")))


def read_subject_files(paths: Sequence[Path], file: str, given: Sequence[str] | None = None) -> list[Audited]:
    """What these files predict, all subjects together.

    Raises:
        ProblemsFound: a file without pairs or with several lines of them (of runs one after the other), or a class that
            is none.
    """
    faults, cells = [], []
    for path in paths:
        lists = [
            (line, found.group(1))
            for line, words in enumerate(read_text(path).split("\n"), 1)
            if (found := _PAIRS.fullmatch(words))
        ]
        if len(lists) != 1:
            what = f"{len(lists)} lines 'matrix_acc: [[predicted, true], ...]', expected one."
            faults.append(fault(str(path), lists[1][0] if lists else 1, what, "Keep that of the run to be audited."))
            continue
        line, pairs = lists[0]
        if _PAIR.sub("", pairs).strip(" ,"):
            faults.append(fault(str(path), line, "not a list of pairs of numbers, [[predicted, true], ...]."))
        subject = path.name.removesuffix(SUFFIX)
        cells += [(subject, true, predicted, line) for predicted, true in _PAIR.findall(pairs)]
    raise_faults(file, faults)
    table = pd.DataFrame(cells, columns=["subject", "label", "predicted", "line"], dtype=object)
    return audited_subjects(Audited(file, "pairs", (), leak=_LEAK), table.astype({"line": "int64"}), given)
