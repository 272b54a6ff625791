"""All three releases of the composite database at once, each in a folder of its own, as a user has them."""

from pathlib import Path

from mer.datasets.database import Database
from tests.imitations.casme2 import RELEASED as CASME2
from tests.imitations.casme2 import write_casme2
from tests.imitations.pictures import Pictures
from tests.imitations.plans import casme2_plans, samm_plans, smic_plans
from tests.imitations.samm import RELEASED as SAMM
from tests.imitations.samm import write_samm
from tests.imitations.small import small_plans
from tests.imitations.smic import RAW, write_smic


def write_releases(
    root: Path, pictures: Pictures, small: Database | None = None, every_tree: bool = False
) -> dict[str, Path]:
    """Raw CASME II, SAMM and SMIC (high-speed camera); or all of them that there is.

    Args:
        root: where their folders are made.
        pictures: what the frames show.
        small: the synthetic database whose clips are written; None: all clips of the releases (seconds).
        every_tree: whether to write cropped images, whole videos and the slow cameras too.

    Returns:
        Database's name to its folder.
    """
    if small is None:
        plans = {"casme2": casme2_plans(), "samm": samm_plans(), "smic": smic_plans()}
    else:
        plans = {name: small_plans(small, name) for name in ("casme2", "samm", "smic")}
    folders = {"casme2": root / "casme2", "samm": root / "samm", "smic": root / "smic"}
    write_casme2(folders["casme2"], plans["casme2"], pictures, CASME2 if every_tree else {"raw": CASME2["raw"]}, lead=5)
    write_samm(folders["samm"], plans["samm"], pictures, SAMM if every_tree else {"raw": SAMM["raw"]})
    if every_tree:
        write_smic(folders["smic"], plans["smic"], pictures)
    else:
        write_smic(folders["smic"], plans["smic"], pictures, ["HS"], [RAW])
    return folders
