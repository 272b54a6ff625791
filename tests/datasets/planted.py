"""A small release of CASME II into which tests plant faults, and what is then said of it."""

import re

from mer.datasets.layout import load_layout
from mer.datasets.release import read_release
from tests.imitations.casme2 import SHEET
from tests.imitations.compare import found, planned
from tests.imitations.plans import Plan
from tests.imitations.plant import state
from tests.imitations.sheets import edit

BASE = "CASME2_RAW_selected"
#: The n-th of them stands in row n + 2 of the sheet.
PLANS = [
    Plan("sub01", "EP02_01f", 46, 50, 57, "happiness", "12"),
    Plan("sub01", "EP03_02", 95, 100, 105, "others", "4+7"),
    Plan("sub02", "EP02_01f", 8, 12, 17, "disgust", "4"),
    Plan("sub02", "EP09_10", 1, 4, 9, "surprise", "1+2"),
    Plan("sub10", "EP11_01", 996, 1000, 1004, "others", "14"),
    Plan("sub26", "EP18_51", 20, 20, 28, "repression", "17"),
]


def read(root, layout=None):
    before = state(root)
    release = read_release(layout or load_layout("casme2"), root)
    assert state(root) == before
    return release


def only_problem(root, lost, layout=None, plans=PLANS):
    """The only problem of a release, after a check that all clips but ``lost`` (indices of ``plans``) are there."""
    release = read(root, layout)
    kept = [plan for index, plan in enumerate(plans) if index not in lost]
    assert found(release.clips) == planned(kept)
    (problem,) = release.problems
    return problem


def frame(root, index, number):
    return root / BASE / PLANS[index].subject / PLANS[index].clip / f"img{number}.jpg"


def set_cells(root, **cells):
    """Change cells of the sheet: ``E2=5``."""
    book, sheet = edit(root / SHEET)
    for place, value in cells.items():
        sheet[place] = value
    book.save(root / SHEET)


def says(text, *parts):
    """Whether a message has all these parts, in this order."""
    assert re.search(".*".join(map(re.escape, parts)), text, re.DOTALL), text
