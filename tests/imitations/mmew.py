"""MMEW on disk: sorted by emotion or by person, frames counted from 1 in each clip, a sheet with its header again."""

from pathlib import Path

from tests.imitations.pictures import Pictures
from tests.imitations.plans import Plan
from tests.imitations.plant import junk
from tests.imitations.sheets import au_cell, write_workbook

SHEET = "MMEW_Micro_Exp.xlsx"
HEADER = [
    "Subject",
    "Filename",
    "OnsetFrame",
    "ApexFrame",
    "OffsetFrame",
    "Action Units",
    "Estimated Emotion",
    "remarks",
]
PLANS = [
    Plan("S01", "S01-01-001", 1, 6, 11, "happiness", "6+12"),
    Plan("S03", "S03-01-002", 1, 4, 9, "happiness", "12"),
    Plan("S03", "S03-04-001", 1, 3, 7, "others"),
    Plan("S13", "S13-07-001", 1, 5, 10, "anger", "4"),
    Plan("S30", "S30-02-011", 1, 2, 8, "surprise", "1+2"),
]
#: A clip whose apex and offset lie past its last file, as a few do in the release: the cells, and the last file.
PAST = (Plan("S13", "S13-03-002", 1, 25, 30, "disgust", "9"), 12)
BY_EMOTION, BY_SUBJECT = "{emotion}/{clip}", "{subject}/{emotion}/{clip}"


def write_mmew(
    root: Path,
    pictures: Pictures,
    order: str,
    base: str = "Micro_Expression",
    others: str = "others",
    past: bool = False,
) -> Path:
    """Write a release; returns its sheet.

    Args:
        root: folder into which it is "unpacked".
        pictures: what the frames show.
        order: BY_EMOTION or BY_SUBJECT.
        base: folder of the micro-expressions.
        others: what the folder of the emotion "others" is called.
        past: whether to add `PAST`.
    """
    for plan in [*PLANS, PAST[0]] if past else PLANS:
        emotion = others if plan.emotion == "others" else plan.emotion
        folder = order.format(emotion=emotion, clip=plan.clip, subject=plan.subject)
        last = PAST[1] if plan == PAST[0] else plan.offset
        pictures.fill(root / base / folder, plan, {n: f"{n}.jpg" for n in range(1, last + 1)}, "cropped")
    # Macro-expressions are single pictures, by person; in the other order they lie among the clips.
    still = PLANS[1]
    place = f"{base}/S03/happiness" if order == BY_SUBJECT else f"{base}/../Macro_Expression/S03/happiness"
    pictures.fill(root / place, still, {1: "S03-01-001.jpg"})
    junk(root / base, "Thumbs.db")
    rows: list[list] = [HEADER]
    for plan in PLANS:
        rows += [_row(plan), []] if plan.subject == "S01" else [_row(plan)]
    rows.insert(4, HEADER)
    write_workbook(root / SHEET, {"Sheet1": [*rows, _row(PAST[0])] if past else rows})
    return root / SHEET


def _row(plan: Plan) -> list:
    units = au_cell(plan.action_units)
    return [int(plan.subject[1:]), plan.clip, plan.onset, plan.apex, plan.offset, units, plan.emotion, None]
