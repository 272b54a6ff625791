"""SMIC as cut by its authors: no sheet, folders say it all; ``s1``, bitmaps, numbers of the camera."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tests.imitations.pictures import Pictures
from tests.imitations.plans import Plan
from tests.imitations.plant import junk

#: People whom all three cameras recorded; their clips are as many as the paper counts.
THREE_CAMERAS = ("s11", "s12", "s13", "s14", "s15", "s18", "s19", "s20")
RAW, CROPPED = "SMIC_all_raw", "SMIC_all_cropped"
CLASSES = ("negative", "positive", "surprise")


def camera_plans(plans: Sequence[Plan], camera: str) -> list[Plan]:
    """Clips of "HS", "VIS" or "NIR": the slow cameras saw eight people, a quarter of the frames, other numbers."""
    if camera == "HS":
        return list(plans)
    shift = {"VIS": 11, "NIR": 1203}[camera]
    slow = []
    for index, plan in enumerate(one for one in plans if one.subject in THREE_CAMERAS):
        onset = shift + 97 * index
        slow.append(replace(plan, onset=onset, offset=onset + max(3, len(plan.numbers) // 4), own={}))
    return slow


def file_name(camera: str, cropped: bool, number: int) -> str:
    """``image061250.bmp`` (at least six digits) of the fast camera, ``01234.bmp`` of the others."""
    name = f"image{number:06d}.bmp" if camera == "HS" else f"{number:05d}.bmp"
    return f"reg_{name}" if cropped else name


def write_smic(
    root: Path,
    plans: Sequence[Plan],
    pictures: Pictures,
    cameras: Sequence[str] = ("HS", "VIS", "NIR"),
    trees: Sequence[str] = (RAW, CROPPED),
    non_micro: bool = True,
) -> None:
    """Write the cut release.

    Args:
        root: folder into which it is "unpacked".
        plans: clips of the fast camera (`tests.imitations.plans.smic_plans`).
        pictures: what the frames show.
        cameras: which cameras.
        trees: base folders; those with "crop" in the name hold cropped images.
        non_micro: whether the clips without a micro-expression are there too.
    """
    for tree in trees:
        cropped = "crop" in tree
        junk(root / tree, "li2013microexpressions.pdf", ".DS_Store")
        for camera in cameras:
            base = root / tree / camera
            own = camera_plans(plans, camera)
            kind = ("grey-" if camera == "NIR" else "") + ("cropped" if cropped else "colour")
            kind = "grey" if kind == "grey-colour" else kind
            for plan in own:
                names = {number: file_name(camera, cropped, number) for number in plan.numbers}
                folder = base / plan.subject / "micro" / plan.emotion / plan.clip
                pictures.fill(folder, plan, names, kind)
            for subject in sorted({plan.subject for plan in own}):
                for emotion in CLASSES:  # an empty class has its folder all the same
                    (base / subject / "micro" / emotion).mkdir(parents=True, exist_ok=True)
                if non_micro:
                    still = Plan(subject, f"{subject}_n1", 500, None, 508, "")
                    names = {number: file_name(camera, cropped, number) for number in still.numbers}
                    pictures.fill(base / subject / "non_micro" / still.clip, still, names, kind)
            if own:
                junk(base / own[0].subject / "micro", ".DS_Store", "Thumbs.db")
                junk(base / own[0].subject / "micro" / own[0].emotion, ".DS_Store", "Thumbs.db", "._" + own[0].clip)
                junk(base / own[0].subject / "micro" / own[0].emotion / own[0].clip, "Thumbs.db")
