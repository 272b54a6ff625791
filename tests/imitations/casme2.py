"""CASME II on disk: ``img46.jpg`` without padding, three trees, a sheet with two nameless columns and a ``/``."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.imitations.pictures import Pictures
from tests.imitations.plans import Plan
from tests.imitations.plant import junk
from tests.imitations.sheets import au_cell, write_workbook

SHEET = "CASME2-coding-20140508.xlsx"
HEADER = ["Subject", "Filename", None, "OnsetFrame", "ApexFrame", "OffsetFrame", None, "Action Units"]
HEADER.append("Estimated Emotion")
#: Variant of the layout to the folder that the release unpacks to.
RELEASED = {"raw": "CASME2_RAW_selected", "cropped": "Cropped", "whole": "CASME2_RAW/CASME2-RAW"}
#: Other places in circulation, by variant.
NESTINGS = {
    "raw": ["CASME2_RAW_selected/CASME2_RAW_selected", "CASME2/CASME2_RAW_selected"],
    "cropped": [
        "Cropped/Cropped",
        "Cropped-updated/Cropped",
        "CASME2_preprocessed_Li Xiaobai/Cropped",
        "CASME2_preprocessed_Li Xiaobai/Cropped/Cropped",
        "CASME2_Cropped/Cropped",
    ],
    "whole": [
        "CASME2-RAW/CASME2-RAW",
        "CASME2/CASME2-RAW",
        "CASME2-RAW-NoVideo/CASME2-RAW",
        "CASME2_RAW",
        "CASME2-RAW",
    ],
}
#: The cropped release of this clip ends before its offset.
CROPPED_END = {("sub16", "EP01_08"): 96}


def write_casme2(
    root: Path, plans: Sequence[Plan], pictures: Pictures, trees: Mapping[str, str] = RELEASED, lead: int | None = None
) -> Path:
    """Write a release; returns its sheet.

    Args:
        root: folder into which it is "unpacked".
        plans: its clips.
        pictures: what the frames show.
        trees: variant to base folder.
        lead: frames before the onset in the whole videos; None: all from ``img1.jpg`` on.
    """
    for variant, base in trees.items():
        for plan in plans:
            names = {number: f"img{number}.jpg" for number in plan.numbers}
            kind = "colour"
            if variant == "cropped":
                end = CROPPED_END.get((plan.subject, plan.clip), plan.offset)
                names, kind = {n: f"reg_img{n}.jpg" for n in names if n <= end}, "cropped"
            elif variant == "whole":
                first = 1 if lead is None else max(1, plan.onset - lead)
                names = {number: f"img{number}.jpg" for number in range(first, plan.offset + 6)}
            pictures.fill(root / base / plan.subject / plan.clip, plan, names, kind)
        without_row = Plan(plans[0].subject, "EP99_01", 1, 2, 3, "")
        name = "reg_img" if variant == "cropped" else "img"
        pictures.fill(
            root / base / without_row.subject / "EP99_01", without_row, {n: f"{name}{n}.jpg" for n in (1, 2, 3)}
        )
        junk(root / base / plans[0].subject, "Desktop - Shortcut.lnk", ".DS_Store")
        junk(root / base / plans[0].subject / plans[0].clip, "Thumbs.db", "._img1.jpg")
    junk(root, "readme.pdf", "note.txt", f"~${SHEET}")
    classes = [[plan.subject.removeprefix("sub"), plan.clip, 1 + index % 7] for index, plan in enumerate(plans)]
    write_workbook(
        root / "CASME2-ObjectiveClasses.xlsx", {"Sheet1": [["Subject", "Filename", "Objective Class"], *classes]}
    )
    write_workbook(root / SHEET, {"Sheet1": sheet_rows(plans)})
    return root / SHEET


def sheet_rows(plans: Sequence[Plan]) -> list[list]:
    """Header and rows of the coding sheet, then an empty row that was once formatted."""
    rows = [
        [
            plan.subject.removeprefix("sub"),
            plan.clip,
            None,
            plan.onset,
            "/" if plan.apex is None else plan.apex,
            plan.offset,
            None,
            au_cell(plan.action_units),
            plan.emotion + " " * (index % 50 == 49),  # some cells end in a blank
        ]
        for index, plan in enumerate(plans)
    ]
    return [HEADER, *rows, [None] * 9]
