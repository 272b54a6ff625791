"""CAS(ME)^3 part A on disk: names that come again within a person, upper and lower case, frames missing in clips."""

from pathlib import Path

from tests.imitations.pictures import Pictures
from tests.imitations.plans import Plan
from tests.imitations.plant import junk
from tests.imitations.sheets import Cell, write_workbook

SHEET = "cas(me)3_part_A_ME_label_JpgIndex_v2.xlsx"
HEADER = ["Subject", "Filename", "Onset", "Apex", "Offset", "AU", "Objective class ", "emotion "]
#: Rows of the sheet; classes of AUs are made up.
ROWS: list[list[Cell]] = [
    ["spNO.1", "b", 166, 175, 179, 4, "I", "disgust"],
    ["spNO.1", "f", 1568, 1572, 1581, "4", "I", "others"],
    ["spNO.1", "f", 1602, 1606, 1610, "1+2", "II", "Others"],
    ["spNO.1", "f", 1602, 1605, 1609, "T23+L12", "II", "sad"],
    ["spNO.3", "J", 498, 501, 506, "14+16+24", "III", "happy"],
    ["spNO.10", "l", 1086, 1090, 1094, None, "I", "anger "],
    ["spNO.10", "l", 1100, 1100, 1100, 12, "I", "fear"],
    ["spNO.138", "a", 12, 16, 26, 4, "I", "surprise"],
]
#: Row of ROWS that has the same person, name and onset as the one before it: nobody can tell the two apart.
DOUBLE = 3
#: Frames that the release lacks inside its clips.
GAPS = {("spNO.1", 1568): (1575, 1576), ("spNO.138", 12): (12, 15, 26)}
SPELLED = {"happy": "happiness", "sad": "sadness"}


def plans() -> list[Plan]:
    """The clips as they should be read, without the two of one name."""
    both = (ROWS[DOUBLE - 1], ROWS[DOUBLE])
    return [
        Plan(row[0], f"{row[1]}_{row[2]}", row[2], row[3], row[4], _emotion(row[7]), str(row[5] or ""))
        for row in ROWS
        if row not in both
    ]


def write_casme3(
    root: Path, pictures: Pictures, clips: str | None = "Part_A_ME_clip/frame", long: str | None = "part_A"
) -> Path:
    """Write a release; returns its sheet. ``clips``, ``long``: base folders of the cut clips and of the long videos."""
    for subject, video, onset, _apex, offset, *_ in ROWS:
        plan = Plan(subject, video, onset, None, offset, "")
        numbers = [n for n in plan.numbers if n not in GAPS.get((subject, onset), ())]
        colour = {n: f"{n}.jpg" for n in numbers}
        if clips is not None:
            _fill(pictures, root / clips / f"{subject}_{video.lower()}_{onset}", plan, colour)
            _fill(
                pictures, root / clips / ".." / "depth" / f"{subject}_{video.lower()}_{onset}", plan, {onset: "1.png"}
            )
        if long is not None:
            _fill(pictures, root / long / subject / video.lower() / "color", plan, colour)
            _fill(pictures, root / long / subject / video.lower() / "depth", plan, {onset: f"{onset}.png"})
    if clips is not None:
        junk(root / clips / ".." / "video", "spNO.1_b_166.mp4")
    write_workbook(root / SHEET, {"label": [HEADER, *ROWS]})
    return root / SHEET


def _fill(pictures: Pictures, folder: Path, plan: Plan, names: dict[int, str]) -> None:
    """Several clips share a folder of the long videos, and here and there a frame."""
    pictures.fill(folder, plan, {number: name for number, name in names.items() if not (folder / name).exists()})


def _emotion(cell: Cell) -> str:
    text = str(cell).strip().lower()
    return SPELLED.get(text, text)
