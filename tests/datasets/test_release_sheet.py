"""What is said where a release's annotation sheet is not below the folder that the user gave."""

import pytest

from mer.core.errors import MissingPath
from mer.datasets.layout import load_layout
from mer.datasets.release_sheet import find_sheet

SHEET = "CASME2-coding-20140508.xlsx"


@pytest.fixture
def inner(tmp_path):
    folder = tmp_path / "CASME II" / "archive" / "CASME2_RAW_selected"
    folder.mkdir(parents=True)
    return folder


def refusal(folder):
    with pytest.raises(MissingPath) as found:
        find_sheet(load_layout("casme2"), folder)
    return str(found.value)


def test_the_preferred_name_and_the_highest_folder_come_first(inner):
    root = inner.parent.parent
    (inner.parent / "casme2-coding-20190701.xlsx").touch()
    assert find_sheet(load_layout("casme2"), root).name == "casme2-coding-20190701.xlsx"
    (inner / SHEET).touch()
    assert find_sheet(load_layout("casme2"), root) == inner / SHEET
    (root / SHEET).touch()
    assert find_sheet(load_layout("casme2"), root) == root / SHEET


def test_a_sheet_above_the_folder(inner):
    above = inner.parent.parent
    (above / SHEET).touch()
    assert f"{SHEET} lies in {above}: give that folder (mer data add casme2 {above})" in refusal(inner)
    (inner / "1" / "2").mkdir(parents=True)
    assert "Copy the sheet there" in refusal(inner / "1" / "2"), "four folders up is another matter"


def test_a_folder_of_another_release(inner):
    (inner.parent / "SAMM_Micro_FACS_Codes_v2.xlsx").touch()
    assert f"It looks like SAMM: mer data add samm {inner.parent}" in refusal(inner.parent)
    (inner / "Cropped").mkdir()
    assert "looks like" not in refusal(inner), "such a folder is in many releases"
    (inner / "SMIC_all_raw").mkdir()
    assert "It looks like SMIC: mer data add smic" in refusal(inner)


def test_a_sheet_in_the_old_format(inner):
    (inner / SHEET).with_suffix(".XLS").touch()
    words = refusal(inner)
    assert "Open CASME2-coding-20140508.XLS in a spreadsheet program and save it as .xlsx." in words
    assert "Copy the sheet there" not in words
