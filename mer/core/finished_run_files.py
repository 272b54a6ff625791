"""Which files of a run's folder are its result, which others it vouches for, and which somebody else put there."""

from collections.abc import Iterable
from pathlib import Path

from mer.core.errors import InputError
from mer.core.files import read_json
from mer.core.live import LIVE
from mer.core.sealed import FILES
from mer.core.unfinished_run import RECORDS

RESULT = "result.json"
#: Index of a run of before there were seals, made when its files were first compared with its digest.
AFTERWARDS = ".result.seal.json"
FIGURES, TABLES = "figures", "tables"
_NOT_RESULTS = {RESULT, "error.json", "kernel.log", *RECORDS}
_NOT_RESULT_SUFFIXES, _NOT_RESULT_FOLDERS = {".ipynb", ".html", ".part"}, {FIGURES, LIVE}


def produced_files(folder: Path) -> list[Path]:
    """What a run produced: every file but its record, its notebook, its figures, and hidden ones."""
    return sorted(
        file
        for file in folder.rglob("*")
        if file.name not in _NOT_RESULTS
        and file.suffix not in _NOT_RESULT_SUFFIXES
        and (inside := file.relative_to(folder).parts)[0] not in _NOT_RESULT_FOLDERS
        and not any(part.startswith(".") for part in inside)
        and file.is_file()
    )


def told_files(folder: Path) -> list[str]:
    """Relative names of what a run vouches for besides what it produced: its records, its figures with their numbers
    and words, from which later figures are made, and its tables as pages. All of that is passed on (``mer export``)."""
    files = [*(folder / FIGURES).rglob("*"), *(folder / TABLES).rglob("*.html")]
    own = {file.relative_to(folder) for file in files if file.is_file()}
    shown = [name.as_posix() for name in own if not any(part.startswith(".") for part in name.parts)]
    return [*(name for name in RECORDS if (folder / name).is_file()), *sorted(shown)]


def foreign_files(folder: Path | str) -> list[Path]:
    """Files in a finished run's folder that the run did not leave there: what a user put beside its results.

    Args:
        folder: of the run; of one whose ``result.json`` cannot be read, or has no list of its files, none are known.
    """
    folder = Path(folder)
    try:
        listed, notebook = _listed(folder), read_json(folder / RESULT).get("notebook")
    except (InputError, TypeError, KeyError, AttributeError):
        return []
    known = {*listed, *(f"{notebook}{suffix}" for suffix in (".ipynb", ".html"))}
    pages = [page for suffix in ("ipynb", "html") for page in folder.glob(f"*.{suffix}") if page.is_file()]
    return [file for file in [*produced_files(folder), *pages] if file.relative_to(folder).as_posix() not in known]


def vouched_files(folder: Path | str) -> list[str]:
    """Relative names of the files that a finished run vouches for, whether they are there or not; none where it keeps
    no list that can be read (`mer.core.finished_run.checked` refuses then)."""
    try:
        return sorted(_listed(Path(folder)))
    except (InputError, TypeError, KeyError):
        return []


def unvouched(folder: Path | str) -> list[str]:
    """What a finished run of an older version does not vouch for: of ``results``, ``records``, ``figures``.

    Args:
        folder: of a finished run. Single figures that were put there since are passed over.
    """
    folder = Path(folder)
    told = told_files(folder)
    try:
        listed = set(_listed(folder))
    except (InputError, TypeError, KeyError):
        return ["results", *(["records"] if told else [])]
    records = {name for name in told if name in RECORDS}
    figures = [name for name in told if name.startswith(f"{FIGURES}/")]
    return ["records"] * bool(records - listed) + ["figures"] * (bool(figures) and listed.isdisjoint(figures))


def _listed(folder: Path) -> Iterable[str]:
    content = read_json(folder / RESULT)
    return content[FILES] if FILES in content else read_json(folder / AFTERWARDS)[FILES]
