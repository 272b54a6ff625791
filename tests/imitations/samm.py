"""SAMM on disk: grey ``006_05562.jpg`` with four or five digits, a sheet that begins in row 14."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.imitations.pictures import Pictures
from tests.imitations.plans import Plan
from tests.imitations.plant import junk
from tests.imitations.sheets import au_cell, write_workbook

SHEET = "SAMM_Micro_FACS_Codes_v2.xlsx"
HEADER = ["Subject", "Filename", "Inducement Code", "Onset Frame", "Apex Frame", "Offset Frame", "Duration", "Micro"]
HEADER += ["Action Units", "Estimated Emotion", "Objective Classes", "Notes"]
HEADER_ROW = 14
RELEASED = {"raw": "SAMM", "cropped": "SAMM_CROP"}
NESTINGS = {"raw": ["SAMM/SAMM", "SAMM_clip"], "cropped": ["SAMM_CROP/SAMM_CROP", "samm/SAMM_CROP", "SAMM_cropped"]}
FIVE_DIGITS = ("016_7_", "018_7_1", "034_7_", "035_7_", "036_7_3")
#: Apexes that lie outside onset to offset in the sheet, and an offset past the last file: what the cells say.
WRONG_APEX = {"028_4_1": 1143, "032_3_1": 4890}
WRONG_OFFSET = {"013_1_9": 5793}


def file_name(plan: Plan, number: int) -> str:
    """Name of a frame; the width is one for a whole clip."""
    five = plan.clip.split("_")[1] == "1" or plan.clip.startswith(FIVE_DIGITS)
    return f"{plan.subject}_{number:0{5 if five else 4}d}.jpg"


def write_samm(root: Path, plans: Sequence[Plan], pictures: Pictures, trees: Mapping[str, str] = RELEASED) -> Path:
    """Write a release; returns its sheet. Arguments as of `tests.imitations.casme2.write_casme2`."""
    for variant, base in trees.items():
        kind = "grey-cropped" if variant == "cropped" else "grey"
        for plan in plans:
            names = {number: file_name(plan, number) for number in plan.numbers}
            pictures.fill(root / base / plan.subject / plan.clip, plan, names, kind)
        junk(root / base, ".DS_Store")
        junk(root / base / plans[0].subject / plans[0].clip, "Thumbs.db")
    junk(root, f"~${SHEET}", "licence.pdf")
    write_workbook(root / SHEET, {"MICRO_ONLY": sheet_rows(plans)})
    return root / SHEET


def preamble() -> list[list]:
    """Thirteen rows above the header: a title, a key to the columns, empty rows in between."""
    keys = [["Inducement Code", "number of the video that was shown"], ["Onset Frame", "first frame of the movement"]]
    keys += [
        ["Duration", "offset - onset + 1"],
        ["Micro", "1/2 s or less"],
        ["Action Units", "side, number, intensity A to E"],
    ]
    rows = [
        ["Micro-movements: codes"],
        [],
        ["Subject", "number of the participant"],
        *keys,
        [],
        ["Objective Classes", "I to VII"],
    ]
    rows += [[]] * (HEADER_ROW - 1 - len(rows) - 1)
    return [*rows, [None, "all frames are those of the 200 frames a second video"]]


def sheet_rows(plans: Sequence[Plan], header: Sequence[str] = HEADER) -> list[list]:
    """Preamble, header (two cells with a blank too many) and rows."""
    spelled = [f"{name} " if name in ("Micro", "Notes") else name for name in header]
    return [*preamble(), spelled, *(_row(index, plan) for index, plan in enumerate(plans))]


def _row(index: int, plan: Plan) -> list:
    offset = WRONG_OFFSET.get(plan.clip, plan.offset)
    return [
        plan.subject,
        plan.clip,
        int(plan.clip.split("_")[1]),
        plan.onset,
        WRONG_APEX.get(plan.clip, plan.apex),
        offset,
        offset - plan.onset + 1,
        "Micro - 1/2",
        au_cell(plan.action_units),
        plan.emotion.capitalize(),
        1 + index % 7,
        "head moves" if index % 11 == 3 else None,
    ]
