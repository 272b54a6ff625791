"""Records of runs that are not what a run writes: altered by hand, half-restored, of something else."""

from typing import Any

from mer.core.finished_run import RESULT, fault
from mer.runs.folder import RunFolder

_NUMBER, _TEXT, _OBJECT = "a number", "text", "an object"
#: What is looked at in lists of runs, and what kind it is where it is there.
_FIELDS = {
    RESULT: {"seconds": _NUMBER, "summary": _OBJECT},
    "record.json": {"started": _TEXT},
    "parameters.json": {"hash": _TEXT},
}
_SUMMARY = {"uf1": _NUMBER, "uar": _NUMBER, "n": _NUMBER, "epoch_rule": _TEXT}
_LARGEST = 1e15


def number(value: Any) -> float | int | None:
    """The value where it is a number that can be printed and computed with, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if value != value or abs(value) < _LARGEST else None


def text(value: Any) -> str:
    """The value where it is text, else nothing."""
    return value if isinstance(value, str) else ""


def mapping(value: Any) -> dict[str, Any]:
    """The value where it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def damage(folder: RunFolder, every: bool = False) -> str:
    """Why a run in a list is damaged, without a full stop; empty where it did not finish, or all is well.

    Args:
        folder: of the run.
        every: read all bytes of its result; else only names and sizes of its files are compared.
    """
    if not folder.file(RESULT).is_file():
        return ""
    return fault(folder.path, every, quick=not every) or odd(folder)


def odd(folder: RunFolder) -> str:
    """What in a run's records is of another kind than a run writes, without a full stop; empty where nothing is."""
    for name, fields in _FIELDS.items():
        if said := _misfit(folder.read(name), fields):
            return f"{name}: {said}"
    said = _misfit(mapping(folder.read(RESULT).get("summary")), _SUMMARY)
    return said and f"{RESULT}: summary: {said}"


def _misfit(content: dict[str, Any], fields: dict[str, str]) -> str:
    for name, kind in fields.items():
        value = content.get(name)
        fits = {_NUMBER: number(value) is not None, _TEXT: isinstance(value, str), _OBJECT: isinstance(value, dict)}
        if value is not None and not fits[kind]:
            return f"{name!r} is {str(value)[:40]!r} ({type(value).__name__}), expected {kind}"
    return ""
