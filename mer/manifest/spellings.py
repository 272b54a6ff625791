"""One person under two names: ``006`` and ``6``, ``S1`` and ``s01``, an é of one character or of two.

Taken for two, the person would be trained on and tested at once.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

_NUMBER = re.compile(r"[0-9]+")


def other_spellings(subjects: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Which subjects are most likely another spelling of a more frequent one.

    Names are one where they differ in leading zeros, capitals or the Unicode form of a letter only. The rarer spelling
    is the other one; of two equally frequent ones the shorter, for spreadsheets drop zeros.

    Args:
        subjects: database and subject of every clip.

    Returns:
        (database, subject) to the usual spelling of that subject, of those that are written otherwise.
    """
    people: dict[tuple[str, str], Counter[str]] = {}
    for database, subject in subjects:
        people.setdefault((database, _plain(subject)), Counter())[subject] += 1
    found: dict[tuple[str, str], str] = {}
    for (database, _), spelt in people.items():
        usual = min(spelt, key=lambda name: (-spelt[name], -len(composed(name)), name != composed(name), name))
        found |= {(database, name): usual for name in spelt if name != usual}
    return found


def composed(text: str) -> str:
    """The text in the Unicode form in which é is one character (NFC)."""
    return unicodedata.normalize("NFC", text)


def _plain(subject: str) -> str:
    return _NUMBER.sub(lambda match: match.group().lstrip("0") or "0", composed(composed(subject).casefold()))
