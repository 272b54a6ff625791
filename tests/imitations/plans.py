"""Which clips the releases of CASME II, SAMM and SMIC hold: the 442 of the composite database and those beside them.

The composite's clips and key frames come from the project's manifest. The others are made up, in the right number,
for the right people and always the same; where the public key-frame lists are at hand (`tests.real_data`), theirs are
taken.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import numpy as np

from mer.manifest.composite import read_composite

#: Clips that are labelled "others" in CASME II, by subject.
OTHERS_CASME2 = {
    1: 6,
    2: 4,
    3: 2,
    4: 2,
    5: 12,
    6: 1,
    7: 4,
    8: 2,
    9: 3,
    10: 13,
    11: 6,
    12: 1,
    13: 6,
    14: 1,
    16: 1,
    17: 3,
}
OTHERS_CASME2 |= {18: 3, 19: 4, 20: 9, 21: 1, 23: 4, 24: 4, 25: 2, 26: 5}
#: Clips that are labelled "Other" in SAMM.
OTHERS_SAMM = {7: 2, 14: 1, 17: 2, 18: 1, 19: 2, 20: 5, 25: 4, 26: 4, 32: 2, 35: 1, 37: 2}
#: Fear, sadness, and a name off the usual pattern (the composite holds the other ones).
BESIDE_CASME2 = (
    ("sub03", "EP08_1", "others"),
    ("sub09", "EP13_02", "fear"),
    ("sub10", "EP13_01", "fear"),
    ("sub17", "EP15_01", "sadness"),
    ("sub17", "EP15_03", "sadness"),
    ("sub19", "EP19_04", "sadness"),
    ("sub24", "EP07_01", "sadness"),
    ("sub24", "EP07_04f", "sadness"),
    ("sub24", "EP10_03", "sadness"),
    ("sub26", "EP15_01", "sadness"),
)
OTHER_AUS = ("4", "14", "4+7", "17", "R14", "16+24", "4+38", "4+5", "L14", "18")


@dataclass(frozen=True)
class Plan:
    """One clip of a release.

    Attributes:
        subject, clip: names as in the clip table.
        onset, offset: first and last frame, true numbers.
        apex: None where the release gives none.
        emotion: lower case, as in the clip table; writers spell it as the release does.
        action_units: as in the clip table.
        own: frame number to an image of this very clip; empty: any image will do.
    """

    subject: str
    clip: str
    onset: int
    apex: int | None
    offset: int
    emotion: str
    action_units: str = ""
    own: Mapping[int, Path] = field(default_factory=dict, repr=False)

    @property
    def numbers(self) -> range:
        """Onset to offset."""
        return range(self.onset, self.offset + 1)

    @property
    def middle(self) -> int:
        """Frame that stands for an apex that is not annotated: index floor(n / 2)."""
        return self.onset + len(self.numbers) // 2


@cache
def composite_plans(database: str) -> tuple[Plan, ...]:
    """The composite's clips of one database, with the manifest's key frames (SMIC: without apex)."""
    clips = read_composite()
    return tuple(
        Plan(
            row["subject"],
            row["clip"],
            int(row["onset"]),
            None if database == "smic" else int(row["apex"]),
            int(row["offset"]),
            row["emotion"],
            row["action_units"],
        )
        for _, row in clips[clips["database"] == database].iterrows()
    )


def casme2_plans(lists: Path | None = None) -> list[Plan]:
    """The 255 clips of CASME II; ``lists``: folder of the public key-frame lists, if they are to be used."""
    known = composite_plans("casme2")
    odd = [
        Plan("sub04", "EP12_01f", 261, None, 321, "disgust", "4+7+L10"),
        Plan("sub05", "EP09_05f", 69, 69, 123, "disgust", "R2+15"),
    ]
    if lists is not None:
        return sorted(
            [*known, *odd, *_casme2_listed(lists, {(one.subject, one.clip) for one in [*known, *odd]})], key=_key
        )
    taken = {(one.subject, one.clip) for one in [*known, *odd]}
    draw = np.random.default_rng(255)
    made = [_made_up(subject, clip, emotion, draw, last=400) for subject, clip, emotion in BESIDE_CASME2]
    taken |= {(one.subject, one.clip) for one in made}
    for person, count in OTHERS_CASME2.items():
        subject = f"sub{person:02d}"
        while sum(one.subject == subject and one.emotion == "others" for one in made) < count:
            clip = f"EP{draw.integers(1, 20):02d}_{draw.integers(1, 13):02d}{'f' * int(draw.integers(0, 2))}"
            if (subject, clip) not in taken:
                made.append(_made_up(subject, clip, "others", draw, last=400))
                taken.add((subject, clip))
    return sorted([*known, *odd, *made], key=_key)


def samm_plans(lists: Path | None = None) -> list[Plan]:
    """The 159 clips of SAMM, AUs made up; ``lists`` as for `casme2_plans`."""
    known = composite_plans("samm")
    draw = np.random.default_rng(159)
    if lists is not None:
        rows = [row for row in _rows(lists / "samm" / "coding.csv") if row["Emotion"] == "Other"]
        made = [_listed(row, row["Subject"], "other", "") for row in rows]
    else:
        made, taken = [], {one.clip for one in known}
        for person, count in OTHERS_SAMM.items():
            while sum(one.subject == f"{person:03d}" for one in made) < count:
                clip = f"{person:03d}_{draw.integers(1, 8)}_{draw.integers(1, 8)}"
                if clip not in taken:
                    made.append(_made_up(f"{person:03d}", clip, "other", draw, last=8000))
                    taken.add(clip)
    plans = sorted([*known, *made], key=lambda one: one.clip)  # 006_5_10 comes before 006_5_9, as in the sheet
    return [replace(one, action_units=_samm_aus(one.clip, index)) for index, one in enumerate(plans)]


def smic_plans() -> list[Plan]:
    """The 164 clips of SMIC, high-speed camera."""
    return list(composite_plans("smic"))


def _samm_aus(clip: str, index: int) -> str:
    two_sided = {"007_6_1": "R12 or R15", "011_4_2": "L12 or L14", "035_7_2": "R14A or L14B"}
    return two_sided.get(clip, ("4", "12", "14", "7+43", "4+7", "L14B", "R14A", "1A+2C", "25")[index % 9])


def _made_up(subject: str, clip: str, emotion: str, draw: np.random.Generator, last: int) -> Plan:
    onset = int(draw.integers(1, last))
    apex = onset + int(draw.integers(10, 40))
    offset = apex + int(draw.integers(10, 40))
    return Plan(subject, clip, onset, apex, offset, emotion, OTHER_AUS[int(draw.integers(len(OTHER_AUS)))])


def _casme2_listed(lists: Path, known: set[tuple[str, str]]) -> list[Plan]:
    found = []
    for row in _rows(lists / "casme2" / "coding.csv"):
        subject = f"sub{int(row['Subject']):02d}"
        if (subject, row["Filename"]) not in known:
            # The list calls three clips surprise that the sheet calls sadness: the sheet has 25 and 7.
            emotion = "sadness" if row["Emotion"] == "surprise" else row["Emotion"]
            found.append(_listed(row, subject, emotion, row["Aus"]))
    return found


def _listed(row: Mapping[str, str], subject: str, emotion: str, action_units: str) -> Plan:
    onset, apex, offset = (int(row[f"{name}Frame"]) for name in ("Onset", "Apex", "Offset"))
    return Plan(subject, row["Filename"], onset, apex, offset, emotion, action_units)


def _rows(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _key(one: Plan) -> tuple[str, str]:
    return one.subject, one.clip
