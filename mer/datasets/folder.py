"""Anyone's own data: a table of clips beside their frames, and a few words about them.

The folder holds ``clips.csv`` (`mer.datasets.own_table` has its columns), the frames it names, and optionally
``database.json`` with the keys ``name``, ``synthetic``, ``terms`` and ``fingerprint``.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from mer.core.errors import InputError
from mer.core.files import digest, read_json
from mer.core.problems import Problem
from mer.core.progress import progress
from mer.datasets.database import Database
from mer.datasets.image_pair import SEPARATOR
from mer.datasets.own_clip import own_clip
from mer.datasets.own_table import PAIR, OwnTable, read_own_table
from mer.datasets.released import refuse
from mer.manifest.clips import COLUMNS, validate_clips
from mer.manifest.spellings import composed, other_spellings

TABLE = "clips.csv"
UNKNOWN_SUBJECT = "unknown"
#: Said of data of which nobody said under what terms it may be used.
TERMS_UNKNOWN = "Terms of use unknown; ask who gave you the data."


def open_folder(path: Path, allow_missing: bool = False) -> Database:
    """Open a folder with ``clips.csv``, or the table itself, whatever its name.

    What a user keeps in a folder of his own he may change, so no seal is looked at here. That of a database which this
    suite rendered is looked at before (`mer.datasets.synthetic.rendered`), by whoever opens one by name or by path.

    Args:
        path: the folder or the table; frames lie below the table's folder.
        allow_missing: leave out the clips that have faults instead of refusing all; they are then in ``left_out``.

    Raises:
        MissingPath: there is no table.
        InputError: it cannot be read.
        ProblemsFound: columns or clips have faults; all are listed.
    """
    path = Path(path)
    is_table = path.is_file() or (path.suffix.lower() in {".csv", ".xlsx"} and not path.is_dir())
    root, table_path = (path.parent, path) if is_table else (path, path / TABLE)
    table = read_own_table(table_path)
    about = _about(root / "database.json")
    name = str(about.get("name", root.resolve().name))
    rows = _with_defaults(table, root.resolve().name)
    lines = [line for line, _ in table.rows]
    doubles, same_key = _doubles(table_path.name, lines, rows)
    spellings, same_person = _spellings(table_path.name, lines, rows)
    looked_at = [
        own_clip(cells, root, table_path.name, line)
        for line, cells in progress(list(zip(lines, rows, strict=True)), what=f"Looking at {name}", unit="clips")
    ]
    problems = (*table.problems, *doubles, *spellings, *(problem for clip in looked_at for problem in clip.problems))
    found = [clip for line, clip in zip(lines, looked_at, strict=True) if line not in same_key | same_person]
    good = [clip.row for clip in found if clip.row]
    refuse(str(table_path), len(good), problems, allow_missing)
    clips = validate_clips(pd.DataFrame(good, columns=COLUMNS))
    listed = [f"{clip.row['frames']}/{name} {size}" for clip in found if clip.row for name, size in clip.listing]
    return Database(
        name=name,
        root=root,
        clips=clips,
        synthetic=bool(about.get("synthetic", False)),
        terms=str(about.get("terms", TERMS_UNKNOWN)),
        # names and sizes: to read gigabytes at each opening takes too long
        fingerprint=digest(str(about.get("fingerprint", "")), table_path.read_bytes(), *listed),
        left_out=problems,
        remarks=(*table.remarks, *_remarks(clips)),
    )


def _about(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    about = read_json(path)
    if not isinstance(about, dict):
        raise InputError(f'{path} holds {type(about).__name__}, expected names and values: {{"name": "mine"}}.')
    return about


def _with_defaults(table: OwnTable, name: str) -> list[dict[str, str]]:
    """The rows' cells with ``database`` filled in; of a list of pairs also ``frames``, ``subject`` and ``clip``."""
    rows = [dict(cells) for _, cells in table.rows]
    stems = Counter(Path(cells[PAIR[0]].replace("\\", "/")).stem for cells in rows)
    for cells in rows:
        cells["database"] = cells["database"] or name
        if not table.pairs:
            continue
        onset, apex = (cells[column].replace("\\", "/") for column in PAIR)
        cells["frames"] = f"{onset}{SEPARATOR}{apex}" if onset or apex else ""
        cells["subject"] = cells["subject"] or UNKNOWN_SUBJECT
        whole = Path(onset).with_suffix("").as_posix().replace("/", "_") if onset else ""
        cells["clip"] = cells["clip"] or (Path(onset).stem if stems[Path(onset).stem] == 1 else whole)
    return rows


def _key(cells: dict[str, str]) -> tuple[str, str, str]:
    return cells["database"], cells["subject"], cells["clip"]


def _doubles(file: str, lines: Sequence[int], rows: Sequence[dict[str, str]]) -> tuple[list[Problem], set[int]]:
    """Clips with one key, and their rows: none can be kept, for nobody knows which is meant."""
    places: dict[tuple[str, str, str], list[int]] = {}
    for line, cells in zip(lines, rows, strict=True):
        places.setdefault(_key(cells), []).append(line)
    problems, unusable = [], set()
    for key, same in places.items():
        if len(same) > 1 and all(key):
            what = f"{len(same)} clips have the key {'/'.join(key)}, expected one."
            problems.append(Problem(file, " and ".join(map(str, same)), what, "Rename or remove all but one.", key))
            unusable |= set(same)
    return problems, unusable


def _spellings(file: str, lines: Sequence[int], rows: Sequence[dict[str, str]]) -> tuple[list[Problem], set[int]]:
    """Subjects that are most likely another spelling of a more frequent one, and their rows."""
    subjects = [(cells["database"], cells["subject"]) for cells in rows]
    usual, count = other_spellings(subjects), Counter(subjects)
    problems, unusable = [], set()
    for line, cells, subject in zip(lines, rows, subjects, strict=True):
        if name := usual.get(subject):
            form = ", an accented letter in another Unicode form" if composed(subject[1]) == composed(name) else ""
            what = f"subject {subject[1]!r} is also written {name!r} ({count[subject[0], name]} clips{form})."
            remedy = f"Write {name!r} if it is the same person; else give names that differ in more than zeros."
            problems.append(Problem(file, str(line), what, remedy, _key(cells)))
            unusable.add(line)
    return problems, unusable


def _remarks(clips: pd.DataFrame) -> list[str]:
    """What a reader of results should know."""
    unknown = int((clips["subject"] == UNKNOWN_SUBJECT).sum())
    middle = int((clips["apex_source"] == "middle").sum())
    still = int((clips["onset"] == clips["apex"]).sum())
    no_rate = int(clips["fps"].isna().sum())
    of_all = f"of {len(clips)} clips"
    remarks = {
        f"No subject in {unknown} {of_all}: they count as one person {UNKNOWN_SUBJECT!r} and cannot be left out person "
        "by person, so do not test on them and train on others of the same people.": unknown,
        f"No annotated apex in {middle} {of_all}; the middle frame is taken.": middle,
        f"One frame is onset and apex in {still} {of_all}: no motion.": still,
        f"Frames a second are not known in {no_rate} {of_all}; times are in frames.": no_rate,
    }
    return [text for text, count in remarks.items() if count]
