"""One spelling for every database, subject and clip: that of the 442 listed clips where they are on the list.

Published files write the challenge's spelling (``s01_ne_01``, SAMM subject ``6``), that of the releases (``s1_ne_01``,
``006``) or one between. Within CASME II, SAMM and SMIC a subject is known by the number; a clip may differ in leading
zeros and capitals. In other databases subjects that differ in nothing else are one person as well, and clips are what
they are written as.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pandas as pd

from mer.manifest.composite import EXPECTED, read_composite
from mer.manifest.place import manifests_dir
from mer.manifest.spellings import composed, other_spellings

#: The databases of the composite.
LISTED = tuple(str(name) for name in EXPECTED.index)

_SPELLINGS = {
    "casmeii": "casme2",
    "smichs": "smic",
    "cas(me)^2": "casme_squared",  # another database than CASME II
    "cas(me)2": "casme_squared",
    "cas(me)²": "casme_squared",
}
_DIGITS = re.compile(r"[0-9]+")
_SUBJECT = re.compile(r"(?:subject|subj|sub|s)?0*([0-9]+)")

#: How logs without databases spell the subjects of each, after the challenge's list.
LOG_SUBJECTS = {"casme2": re.compile(r"sub\d{2}"), "smic": re.compile(r"s\d{1,2}"), "samm": re.compile(r"\d{3}")}


@dataclass(frozen=True)
class ListedClips:
    """The composite list, to be looked up by plain keys.

    Attributes:
        clips: the clip table.
        subjects: database and `plain_subject` to the subject's listed spelling.
        keys: database, `plain_subject` and `plain_clip` to the clip's listed spelling and class.
        database: `plain_subject` and `plain_clip` to the database that has the clip.
    """

    clips: pd.DataFrame
    subjects: dict[tuple[str, str], str]
    keys: dict[tuple[str, str, str], tuple[str, str]]
    database: dict[tuple[str, str], str]


def listed_clips() -> ListedClips:
    """The 442 clips of the composite list, read once."""
    return _listed(manifests_dir())


@lru_cache(maxsize=1)
def _listed(_folder: Path) -> ListedClips:
    clips = read_composite()
    subjects, keys, database = {}, {}, {}
    for name, subject, clip, label in clips[["database", "subject", "clip", "label"]].itertuples(index=False):
        person, plain = plain_subject(subject), plain_clip(clip)
        subjects[name, person] = subject
        keys[name, person, plain] = (clip, label)
        database[person, plain] = name
    return ListedClips(clips, subjects, keys, database)


def database_name(text: str) -> str:
    """``casme2``, ``smic`` or ``samm`` for any spelling of them (``CASME II``, ``SMIC-HS``); another name as it is."""
    name = text.strip().replace("Ⅱ", "II")
    plain = re.sub(r"[\s_-]", "", name).casefold()
    if plain in LISTED:
        return plain
    return _SPELLINGS.get(plain, name)


def plain_subject(text: str) -> str:
    """A subject of a listed database by the number: ``6`` for ``006``, ``sub06``, ``s6``."""
    found = _SUBJECT.fullmatch(re.sub(r"[\s_.-]", "", text).casefold())
    return found.group(1) if found else plain_clip(text)


def plain_clip(text: str) -> str:
    """A name without leading zeros and capitals: ``s1_ne_1`` for ``s01_ne_01``."""
    folded = composed(unicodedata.normalize("NFC", text.strip()).casefold())
    return _DIGITS.sub(lambda match: match.group().lstrip("0") or "0", folded)


def spelled_as_listed(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Rows with one spelling of databases, subjects and clips.

    Args:
        rows: ``database, subject, clip``, text without gaps; ``clip`` may be empty.

    Returns:
        The rows with these three columns spelled as the list does, and ``person_key``, ``clip_key`` (the plain keys),
        ``listed`` (the class on the list, None where the clip is not on it); and remarks about persons of other
        databases who are written in two ways.
    """
    raw = rows["database"]
    database = raw.map({text: database_name(text) for text in raw.unique()})
    clip = rows["clip"].str.strip()
    subject = rows["subject"].str.strip()
    of_list = database.isin(LISTED)
    person_key = subject.map({text: plain_subject(text) for text in subject.unique()})
    clip_key = clip.map({text: plain_clip(text) for text in clip.unique()})
    listed: pd.Series = pd.Series(None, index=rows.index, dtype=object)
    if of_list.any():
        known = listed_clips()
        names = pd.Series(list(zip(database, person_key, strict=True)), index=rows.index, dtype=object)
        subject = names.map(known.subjects).fillna(subject)
        keys = pd.Series(list(zip(database, person_key, clip_key, strict=True)), index=rows.index, dtype=object)
        found = keys.map(known.keys)
        clip, listed = found.str[0].fillna(clip), found.str[1]
    other = other_spellings(list(zip(database, subject, strict=True)))
    pairs = pd.Series(list(zip(database, subject, strict=True)), index=rows.index, dtype=object)
    subject = pairs.map(other).fillna(subject) if other else subject
    remarks = [
        f"{name}/{one} is taken for {name}/{usual}, one subject." for (name, one), usual in sorted(other.items())
    ]
    columns = {"database": database, "subject": subject, "clip": clip, "person_key": person_key, "clip_key": clip_key}
    return rows.assign(**columns, listed=listed), remarks


def databases_of_subjects(subjects: list[str]) -> dict[str, str] | None:
    """Database of every subject of a log that names none, told by the spelling (``sub01``, ``s01``, ``006``).

    Returns:
        None where one of them is not on the composite list.
    """
    known, found = listed_clips(), {}
    for subject in subjects:
        name = next((name for name, form in LOG_SUBJECTS.items() if form.fullmatch(subject)), "")
        if (name, plain_subject(subject)) not in known.subjects:
            return None
        found[subject] = name
    return found
