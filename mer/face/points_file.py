"""Landmarks that were found elsewhere, read from files: by hand, by another program, or published with a data set.

A folder holds ``<database>/<subject>/<clip>.npy`` or, for one database alone, ``<subject>/<clip>.npy``, each of shape
(68, 2). A CSV has the columns ``database, subject, clip, x0, y0, x1, y1, ... x67, y67``, one row a clip. Points are
pixels of the raw frame, the centre of the first pixel is (0, 0), the order is that of `mer.face.mesh68`.

The points should be those of the onset frame, from which a clip is aligned. Points of another frame can be given, and
that is the user's decision: the landmarks that circulate with the public databases are those of the apex frame. They
cost accuracy of place, not of motion, for one transform still serves the whole clip: the face is put where the other
frame has it, off by what the head moved in between, and the boxes of brows and mouth follow the expression that they
are to frame.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from mer.core.array_file import read_array
from mer.core.csv_text import read_csv_text
from mer.core.errors import InputError, MissingPath
from mer.core.files import digest, file_digest
from mer.core.problems import Problem, ProblemsFound
from mer.face.landmarks import NoFace
from mer.manifest.clips import KEY, clip_key, name_fault

_NUMBERS = [f"{axis}{point}" for point in range(68) for axis in "xy"]


class PointsFile:
    """Landmarks by clip. ``name`` holds the digest of the content, so that other points make another store."""

    def __init__(self, path: Path | str) -> None:
        """Read a CSV, or look at what a folder holds.

        Raises:
            MissingPath: there is no such folder or file.
            InputError: the folder holds no ``.npy`` file.
            ProblemsFound: rows or columns of the CSV are wrong; all of them are listed.
        """
        self.path = Path(path)
        self.name = points_name(path)
        self._rows: dict[tuple[str, str, str], np.ndarray] | None = None
        if self.path.is_file():
            self._rows = _read_csv(self.path)

    def points(self, row: pd.Series) -> np.ndarray:
        """The 68 points of a clip: float32, shape (68, 2), pixels of the raw frame.

        Raises:
            NoFace: no points are given for this clip; the message says where they were expected.
            InputError: its file is no array of 68 finite points.
        """
        key = (str(row["database"]), str(row["subject"]), str(row["clip"]))
        if self._rows is not None:
            if key not in self._rows:
                raise NoFace(f"No landmarks for {clip_key(row)} in {self.path.name}. Add its row, or leave it out.")
            return self._rows[key].copy()
        for part in key:
            if fault := name_fault(part):
                raise InputError(f"Landmarks of {key}: {part!r} {fault}. Rename it in the clip table.")
        database, subject, clip = key
        for path in (self.path / database / subject / f"{clip}.npy", self.path / subject / f"{clip}.npy"):
            if path.is_file():
                return _read_array(path)
        expected = f"{subject}/{clip}.npy"
        raise NoFace(
            f"No landmarks: neither {expected} nor {database}/{expected} is in {self.path.name}. Add one of them, or "
            "leave the clip out."
        )


def points_name(path: Path | str) -> str:
    """``points:`` and the start of the digest of all names and contents.

    Raises:
        MissingPath: there is no such folder or file.
        InputError: the folder holds no ``.npy`` file.
    """
    place = Path(path)
    if place.is_file():
        return f"points:{file_digest(place)[:12]}"
    if not place.is_dir():
        raise MissingPath(
            f"Landmarks {str(path)!r} do not exist. Give a folder of <subject>/<clip>.npy, or a CSV with the columns "
            f"{', '.join(KEY)}, x0, y0 ... x67, y67."
        )
    files = sorted(place.rglob("*.npy"))
    if not files:
        raise InputError(f"{path} holds no .npy file; expected <subject>/<clip>.npy, shape (68, 2) each.")
    listed = (f"{file.relative_to(place).as_posix()} {file_digest(file)}" for file in files)
    return f"points:{digest(*listed)[:12]}"


def _read_array(path: Path) -> np.ndarray:
    points = read_array(path)
    if points.shape != (68, 2):
        raise InputError(f"{path} holds {points.dtype} {points.shape}; expected 68 points, numbers of shape (68, 2).")
    if not np.isfinite(points).all():
        bad = int((~np.isfinite(points)).any(axis=1).sum())
        raise InputError(f"{path}: {bad} of 68 points are not finite numbers; expected pixels of the raw frame.")
    return points.astype(np.float32)


def _read_csv(path: Path) -> dict[tuple[str, str, str], np.ndarray]:
    try:
        table = read_csv_text(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not a CSV table ({error}).") from error
    missing = [column for column in [*KEY, *_NUMBERS] if column not in table.columns]
    if missing:
        shown = ", ".join(missing[:6]) + (" ..." if len(missing) > 6 else "")
        raise InputError(
            f"{path} lacks {len(missing)} column(s): {shown}. Expected {', '.join(KEY)}, x0, y0, x1, y1 ... x67, y67."
        )
    numbers = table[_NUMBERS].apply(pd.to_numeric, errors="coerce").to_numpy(np.float32)
    rows: dict[tuple[str, str, str], np.ndarray] = {}
    problems = []
    for index, values in enumerate(numbers):
        database, subject, clip = (table[column].iloc[index].strip() for column in KEY)
        key = (database, subject, clip)
        bad = [name for name, good in zip(_NUMBERS, np.isfinite(values), strict=True) if not good]
        place = str(index + 2)  # as a spreadsheet counts, below the header
        if bad:
            shown = ", ".join(f"{name} is {table[name].iloc[index]!r}" for name in bad[:3])
            problems.append(Problem(path.name, place, f"{shown}; expected numbers.", "Correct the row.", key))
        elif key in rows:
            problems.append(Problem(path.name, place, "This clip stands twice.", "Keep one of the rows.", key))
        rows[key] = values.reshape(68, 2)
    if problems:
        raise ProblemsFound(f"{path} has {len(problems)} unusable row(s) of landmarks:", problems)
    return rows
