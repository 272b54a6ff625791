"""4DME on disk, grey video: people with two sittings, several emotions in one clip, a blank in the sheet's name."""

from pathlib import Path

from tests.imitations.pictures import Pictures
from tests.imitations.plans import Plan
from tests.imitations.sheets import write_workbook

SHEET = "4DME_Labelling_Micro_release v1.xlsx"
HEADER = ["fold", "sub_ID", "fold_name", "Onset", "Apex", "Offset", "Total", "eye blink", "Emotion"]
HEADER += ["Positive", "Negative", "Surprise", "Repression", "Others", "AUs", "AU1", "AU2", "AU4"]
#: Sitting, material, onset, apex, offset, emotion, AUs.
ROWS = [
    ("S01", "001_01_1", 1826, 1831, 1840, "Positive", "AU12"),
    ("S13_1st", "001_01_1", 90, 95, 101, "Surprise+Positive", "AUR2+12(k)+45"),
    ("S13_2nd", "001_01_1", 95, 99, 104, "Negative", "AU4(k)+L7"),
    ("S49_2", "013_02_1", 12030, 12036, 12041, "Repression", ""),
    ("S58_1", "002_01_3", 5, 9, 12, "others", "AU1"),
    ("S58_2", "002_01_3", 5, 8, 12, "Surprise", "AU1+2"),
]


def plans() -> list[Plan]:
    """The clips as they should be read: S13_1st and S13_2nd are one person."""
    return [
        Plan(sitting[:3], f"{sitting}_{name}", onset, apex, offset, emotion.lower(), units.replace("AU", ""))
        for sitting, name, onset, apex, offset, emotion, units in ROWS
    ]


def write_4dme(root: Path, pictures: Pictures, flat: bool = False, base: str = "gray_micro") -> Path:
    """Write a release; returns its sheet. ``flat``: one level of folders, as in an older one."""
    extra = ("S13_1st", "001_01_9", 1, 2, 3, "", "")  # a folder without a row
    for sitting, name, onset, _apex, offset, *_ in [*ROWS, extra]:
        folder = root / base / (f"{sitting}_{name}" if flat else f"{sitting}/{name}")
        plan = Plan(sitting, name, onset, None, offset, "")
        pictures.fill(folder, plan, {n: f"Frame_{n:09d}.jpg" for n in plan.numbers}, "grey")
    rows = []
    for fold, (sitting, name, onset, apex, offset, emotion, units) in enumerate(ROWS):
        flags = [int(one.lower() in emotion.lower().split("+")) for one in HEADER[9:14]]
        # Numbers come as decimals from the program that made the sheet.
        numbers = [float(onset), apex, f"{offset}.0", offset - onset + 1]
        rows.append([fold, sitting, name, *numbers, 0, emotion, *flags, units or None, 0, 0, 1])
    write_workbook(root / SHEET, {"Sheet1": [HEADER, *rows]})
    more = [["fold", "sub_ID", "fold_name", "self-report emo'", "video emo'"], [0, "S01", "001_01_1", "1'", "1,3'"]]
    write_workbook(root / "4DME_Labelling_Micro_extras_release v1.xlsx", {"Sheet1": more})
    return root / SHEET
