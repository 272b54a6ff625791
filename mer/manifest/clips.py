"""The clip table: one row a clip, checked as a whole.

Columns
-------
``database, subject, clip``  text, the key of a row; (database, subject) is the key of a person. ``006`` is not ``6``.
``frames``                   text, the clip's folder or video, relative to the database's root, ``/`` between parts; or
                             an onset and an apex image, both relative to the root: ``a/onset.png|a/apex.png``.
``onset, apex, offset``      frame numbers of the release on disk; ``apex`` may be missing.
``fps``                      frames a second, NaN where nobody knows.
``emotion``                  the release's own word for the emotion, may be empty.
``action_units``             AUs joined by ``+``; before the number ``L``/``R`` of a one-sided one or ``T``/``B`` of the
                             top or bottom lip, behind it an intensity ``A`` to ``E``: ``1+2+L4``, ``R12A``. Releases
                             also write alternatives (``12 or R15``) and marks (``4(k)``, ``?``). May be empty.
``label``                    class name in the study's label space, may be empty (an unlabelled clip).
``apex_source``              ``annotated``, ``middle``, ``spotted`` or empty.
``note``                     free text.
"""

import unicodedata
from pathlib import Path

import pandas as pd

from mer.core.csv_text import csv_text, read_csv_text
from mer.core.errors import InputError, MissingPath
from mer.core.files import write_text

KEY = ["database", "subject", "clip"]
TEXT = ["database", "subject", "clip", "frames", "emotion", "action_units", "label", "apex_source", "note"]
FRAME_NUMBERS = ["onset", "apex", "offset"]
COLUMNS = [
    *KEY,
    "frames",
    *FRAME_NUMBERS,
    "fps",
    "emotion",
    "action_units",
    "label",
    "apex_source",
    "note",
]
#: Bytes (UTF-8) of the longest name of a database, subject or clip; file systems take 255.
LONGEST_NAME = 200
#: Frame numbers stay below: above, not every whole number has a floating-point number of its own.
LARGEST_NUMBER = 10**15
APEX_SOURCES = {"annotated", "middle", "spotted", ""}


def validate_clips(table: pd.DataFrame) -> pd.DataFrame:
    """The table with its columns in order and typed, or one error that lists every fault.

    Returns:
        A copy: text columns ``str``, frame numbers ``Int64``, ``fps`` ``float64``, index 0..n-1.

    Raises:
        InputError: a column is missing or unknown, a key is empty, doubled or no name (`name_fault`), a frame number
            is not whole, onset, apex and offset are out of order, ``fps`` is neither positive nor empty, ``frames``
            leaves the root or joins more than two images.
    """
    missing = [column for column in COLUMNS if column not in table.columns]
    unknown = [str(column) for column in table.columns if column not in COLUMNS]
    twice = sorted({str(column) for column in table.columns[table.columns.duplicated()]})
    if missing or unknown or twice:
        raise InputError(
            f"Clip table has the wrong columns: missing {missing or 'none'}, unknown {unknown or 'none'}, "
            f"twice {twice or 'none'}. Expected exactly: {', '.join(COLUMNS)}."
        )
    clips = table[COLUMNS].reset_index(drop=True).copy()
    faults: list[str] = []
    for column in TEXT:
        clips[column] = clips[column].fillna("").astype(str).astype(object)
        if column in KEY:
            continue  # `name_fault` says more
        unwritable = clips[column].str.contains("[\0\ud800-\udfff]", regex=True)
        faults += [f"row {row}: {column} has a character that no text file holds" for row in clips.index[unwritable]]
    for column in FRAME_NUMBERS:
        numbers = pd.to_numeric(clips[column], errors="coerce")
        given = clips[column].notna() & (clips[column].astype(str) != "")
        wrong = given & (numbers % 1).fillna(1).ne(0)  # text and infinities have no remainder
        faults += [f"row {row}: {column} is {clips[column][row]!r}, not a whole number" for row in clips.index[wrong]]
        large = given & ~wrong & numbers.abs().ge(LARGEST_NUMBER)
        faults += [f"row {row}: {column} is {clips[column][row]}, more than 15 digits" for row in clips.index[large]]
        clips[column] = numbers.where(~wrong & ~large).astype("Int64")
    fps = pd.to_numeric(clips["fps"], errors="coerce").astype("float64")
    given = clips["fps"].notna() & (clips["fps"].astype(str) != "")
    faults += [
        f"row {row}: fps is {clips['fps'][row]!r}, not a positive number"
        for row in clips.index[given & ~fps.between(0, 1e6, "neither")]
    ]
    clips["fps"] = fps
    for column in [*KEY, "frames"]:
        faults += [f"row {row}: {column} is empty" for row in clips.index[clips[column].str.strip() == ""]]
    for column in KEY:
        wrong_names = {text: fault for text in clips[column].unique() if (fault := name_fault(text))}
        named = clips[column][clips[column].isin(wrong_names)]
        faults += [f"row {row}: {column} {text!r} {wrong_names[text]}" for row, text in named.items()]
    for row in clips.index[clips.duplicated(KEY)]:
        faults.append(f"row {row}: key {'/'.join(clips.loc[row, KEY])} stands twice")
    for row in clips.index[clips["onset"].isna() | clips["offset"].isna()]:
        faults.append(f"row {row}: onset or offset is missing")
    late = (clips["onset"] > clips["offset"]).fillna(False)
    faults += [
        f"row {row}: onset {clips['onset'][row]} is after offset {clips['offset'][row]}" for row in clips.index[late]
    ]
    outside = ((clips["apex"] < clips["onset"]) | (clips["apex"] > clips["offset"])).fillna(False) & ~late
    faults += [
        f"row {row}: apex {clips['apex'][row]} is outside {clips['onset'][row]}..{clips['offset'][row]}"
        for row in clips.index[outside]
    ]
    wrong_source = ~clips["apex_source"].isin(APEX_SOURCES)
    faults += [
        f"row {row}: apex_source is {clips['apex_source'][row]!r}, not one of {sorted(APEX_SOURCES)}"
        for row in clips.index[wrong_source]
    ]
    for row, frames in clips["frames"].items():
        parts = [part.strip() for part in frames.split("|")]
        if any(part.startswith("/") or (".." in part and ".." in Path(part).parts) for part in parts):
            faults.append(f"row {row}: frames {frames!r} leaves the root")
        if len(parts) > 1 and (len(parts) > 2 or not all(parts)):
            faults.append(f"row {row}: frames {frames!r} is no pair onset|apex of images")
    if faults:
        shown = "\n  ".join(faults[:50]) + (f"\n  and {len(faults) - 50} more" if len(faults) > 50 else "")
        raise InputError(
            f"Clip table has {len(faults)} fault(s); correct these rows (0 is the first below the header):\n  {shown}"
        )
    return clips


def name_fault(text: str) -> str | None:
    """Why a text cannot be the name of a database, subject or clip (to be put after it); None where it can.

    Names are joined by ``/`` to keys and stand for files in folders: ``a/b`` would be two of them, ``..`` a folder
    outside.
    """
    if "/" in text or "\\" in text:
        return "has a '/' or '\\' in it, which stands between names"
    if text.strip() in (".", ".."):
        return "is no name: it stands for a folder"
    if len(text.encode("utf-8", "replace")) > LONGEST_NAME:
        return f"is longer than {LONGEST_NAME} bytes, which with its person is too long for a folder"
    # What can be printed has none; thousands of names are checked whenever a store is opened.
    if not text.isprintable():
        kinds = {unicodedata.category(letter) for letter in text}
        if kinds & {"Cc", "Zl", "Zp"}:
            return "has a control character in it (a line break, a tab)"
        if "Cf" in kinds:  # two names that look alike, or one that is read backwards
            return "has a character in it that is not seen (a direction of writing, a space without width)"
        if "Cs" in kinds:
            return "has bytes in it that are no UTF-8"
    return None


def read_clips(path: Path | str) -> pd.DataFrame:
    """Read and check a clip table (CSV, UTF-8). Everything is read as text first, so ``006`` stays ``006``."""
    path = Path(path)
    if not path.is_file():
        raise MissingPath(f"Clip table {path} does not exist. Give the path of a CSV with the columns {COLUMNS}.")
    try:
        table = read_csv_text(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not a CSV table ({error}).") from error
    try:
        return validate_clips(table)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def write_clips(clips: pd.DataFrame, path: Path | str) -> None:
    """Check and write a clip table as CSV."""
    write_text(path, csv_text(validate_clips(clips)))


def person(clips: pd.DataFrame) -> pd.Series:
    """``database/subject`` of every row: the key of a person, by which folds are made."""
    return clips["database"].astype(str) + "/" + clips["subject"].astype(str)


def clip_key(row: pd.Series) -> str:
    """``database/subject/clip`` of one row, for messages."""
    return "/".join(str(row[column]) for column in KEY)
