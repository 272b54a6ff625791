"""The extended release of SMIC (long videos): ``s01`` with ``s1_ne_01`` in it, JPEG, a sheet of 157 rows and a tail."""

from collections.abc import Sequence
from pathlib import Path

from tests.imitations.pictures import Pictures
from tests.imitations.plans import Plan
from tests.imitations.plant import junk
from tests.imitations.sheets import Cell, write_workbook

BASE = "SMIC-E_raw image/HS_long/SMIC-HS-E"
SHEET = "SMIC-E_raw image/HS_long/SMIC-HS-E_annotation.xlsx"
NESTINGS = ["SMIC-E_raw_image/HS_long/SMIC-HS-E", "HS_long/SMIC_HS_E", "SMIC_HS_E", "SMIC-HS-E"]
NESTINGS += ["SMIC-E_raw image/HS_long/SMIC-HS-E/HS"]
HEADER = ["Subject", "Filename", None, "OnsetF", "OffsetF", "Onset2F", "Offset2F", "Onset3F", "Offset3F", None]
HEADER += ["FirstF", "LastF", "TotalMF1", "TotalMF2", "TotalMF3", "TotalVL", "Emotion"]
ORDER = (20, 14, 18, 19, 13, 12, 11, 15, 1, 2, 3, 4, 5, 6, 8, 9)
#: Clips that lie in the long video of the clip before them: their rows are its second and third entries.
INSIDE = {"s3_ne_03": "s3_ne_02", "s4_ne_05": "s4_ne_04", "s4_ne_06": "s4_ne_04", "s9_sur_02": "s9_sur_01"}
LOST = ("s1_ne_02", "s2_sur_05", "s3_ne_20")
#: Offsets of the sheet that lie past the last file.
LATE = {"s3_po_08": 402225, "s3_ne_16": 409063, "s3_sur_01": 308890, "s3_sur_05": 402327}
EMOTION_CELLS = {"s18_sur_03": "negative"}


def long_plans(plans: Sequence[Plan], lost: Sequence[str] = LOST) -> list[list[Plan]]:
    """The rows of the sheet, in its order: each with the one to three clips that it holds."""
    rows: dict[str, list[Plan]] = {}
    for plan in plans:
        if plan.clip not in lost:
            rows.setdefault(INSIDE.get(plan.clip, plan.clip), []).append(plan)
    people = {f"s{number}": index for index, number in enumerate(ORDER)}
    return sorted(rows.values(), key=lambda held: people[held[0].subject])


def write_smic_long(
    root: Path,
    plans: Sequence[Plan],
    pictures: Pictures,
    base: str = BASE,
    sheet: str = SHEET,
    lead: int = 10,
    lost: Sequence[str] = LOST,
) -> Path:
    """Write the extended release, high-speed camera; returns its sheet.

    ``lead``: frames before and after each clip; ``lost``: clips that it does not hold.
    """
    rows = long_plans(plans, lost)
    for held in rows:
        first, last = _ends(held, lead)
        names = {number: f"image{number:06d}.jpg" for number in range(first, last + 1)}
        folder = root / base / f"s{int(held[0].subject[1:]):02d}" / held[0].clip
        whole = Plan(held[0].subject, held[0].clip, first, None, last, "", own=_own(held))
        pictures.fill(folder, whole, names)
    path = root / sheet
    junk(root / base, ".DS_Store")
    junk(path.parent, f"~${path.name}", ".DS_Store")
    write_workbook(path, {"Sheet1": [HEADER, *(_row(held, lead) for held in rows), *_tail()]})
    for camera in ("VIS", "NIR"):
        other = root / "SMIC-E_raw image" / f"{camera}_long" / f"SMIC-{camera}-E_annotation.xlsx"
        if sheet == SHEET:
            write_workbook(other, {"Sheet1": [["Subject", "Filename", f"OnsetF {camera}"], [11, "s11_ne_01", 3]]})
    return path


def _own(held: Sequence[Plan]) -> dict[int, Path]:
    return {number: path for plan in held for number, path in plan.own.items()}


def _ends(held: Sequence[Plan], lead: int) -> tuple[int, int]:
    last = held[-1].offset
    return max(0, held[0].onset - lead), last if held[0].clip in LATE else last + lead


def _row(held: Sequence[Plan], lead: int) -> list[Cell]:
    first, last = _ends(held, lead)
    key_frames: list[Cell] = []
    lengths: list[Cell] = []
    for plan in held:
        offset = LATE.get(plan.clip, plan.offset)
        key_frames += [plan.onset, offset]
        lengths.append(offset - plan.onset + 1)
    key_frames += [None] * (6 - len(key_frames))
    lengths += [None] * (3 - len(lengths))
    one = held[0]
    emotion = EMOTION_CELLS.get(one.clip, one.emotion)
    return [int(one.subject[1:]), one.clip, None, *key_frames, None, first, last, *lengths, last - first + 1, emotion]


def _tail() -> list[list[Cell]]:
    """Empty rows and remarks below the last clip."""
    return [
        [None] * 17,
        ["F: frame; VL: length of the video"],
        [None, None, None, "onset and offset as in the cut release"],
    ]
