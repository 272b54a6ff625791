"""CAS(ME)^2 on disk: a sheet of three tabs without any header, macro- and micro-expressions mixed, zeros for none."""

from pathlib import Path

from tests.imitations.pictures import Pictures
from tests.imitations.plans import Plan
from tests.imitations.plant import junk
from tests.imitations.sheets import Cell, write_workbook

SHEET = "CAS(ME)^2code_final.xlsx"
RELEASED = {"raw": "selectedpic", "cropped": "cropped"}
PEOPLE = {1: "s15", 2: "s16", 3: "s19", 11: "s27", 12: "s29", 22: "s40"}
#: Rows of the first tab: number of the person, clip, onset, apex, offset, AU, emotion, type, what the person said.
ROWS: list[list[Cell]] = [
    [1, "anger1_1", 557, 572, 608, "4+10+14+15", "negative", "macro-expression", "anger"],
    [1, "anger1_2", 2854, 2862, 2871, 38, "others", "micro-expression", "sadness"],
    [1, "happy1_1", 45, 50, 0, "6+12", "positive", "micro-expression", "happiness"],
    [2, "disgust1_1", 98, 0, 110, None, "negative", "micro-expression", "disgust"],
    [2, "happy1_1", 1001, 1006, 1012, 12, "positive", "macro-expression", "happiness"],
    [3, "happy4_1", 2970, 2977, 2983, "6+12", "surprise", "micro-expression", "helpless"],
    [11, "anger1_1", 7, 9, 16, 4, "negative", "Micro-expression", "pain"],
    [22, "disgust2_3", 995, 999, 1004, "4+7", "negative", "micro-expression ", "fear"],
]


def plans() -> list[Plan]:
    """The micro-expressions as they should be read: no offset: up to the apex; no apex: the middle frame."""
    return [
        Plan(PEOPLE[row[0]], row[1], row[2], row[3] or None, row[4] or row[3], row[6], str(row[5] or ""))
        for row in ROWS
        if str(row[7]).lower().startswith("micro")
    ]


def write_casme_squared(
    root: Path,
    pictures: Pictures,
    trees: dict[str, str] = RELEASED,
    sheet: str = SHEET,
    extra: bool = False,
    padded: bool = False,
) -> Path:
    """Write a release; returns its sheet.

    Args:
        root: folder into which it is "unpacked".
        pictures: what the frames show.
        trees: variant to base folder.
        sheet: name of the sheet.
        extra: whether the sheet has a count and a path in further columns, as some copies have.
        padded: whether numbers below 100 have three digits.
    """
    for variant, base in trees.items():
        for number, clip, onset, apex, offset, *_ in ROWS:
            subject = PEOPLE[number]
            folder = root / base / (subject.removeprefix("s") if variant == "cropped" else subject) / clip
            names = {n: f"img{n:03d}.jpg" if padded else f"img{n}.jpg" for n in range(onset, (offset or apex) + 1)}
            if 2977 in names and variant == "raw":
                names[2977] = "img2977.jpg.jpg"  # as released
            kind = "cropped" if variant == "cropped" else "colour"
            pictures.fill(folder, Plan(subject, clip, onset, apex, offset, ""), names, kind)
    # The long videos, one of them below a person who is not in it.
    for number, folder in (("15", "s15/15_0401girlcrashing"), ("23", "s19/23_0502funnyerrors")):
        video = Plan(number, "video", 1, None, 3, "")
        pictures.fill(root / "rawpic" / folder, video, {n: f"img{n:03d}.jpg" for n in video.numbers})
    junk(root / "rawvideo" / "s16", "16_0101disgustingteeth.avi")
    people = [[subject.removeprefix("s"), subject, number] for number, subject in PEOPLE.items()]
    videos = [["0101", "disgust1"], [401, "anger1"], ["0502", "happy1"]]
    rows = [[*row, "17", "somewhere/else"] if extra else row for row in ROWS]
    path = root / sheet
    write_workbook(path, {"CASFEcode_final": rows, "naming rule1": people, "naming rule2": videos})
    return path
