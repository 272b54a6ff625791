"""``mer data`` as a user calls it: databases added, listed, forgotten, built."""

import json
import shutil

import pytest

from mer.datasets.places import read_places
from tests.imitations.casme2 import SHEET as CASME2_SHEET
from tests.imitations.plant import truncate
from tests.imitations.samm import SHEET as SAMM_SHEET
from tests.imitations.smic import RAW


@pytest.fixture
def mer(mer_data):
    return mer_data


def test_add_says_what_was_found_and_list_shows_it(mer, small):
    added = mer("add", "casme2", small / "casme2")
    assert added.exit_code == 0, added.output
    assert f"casme2: 4 clips of 1 people in {small / 'casme2'}; remembered in databases.yaml." in added.output
    assert "fault" not in added.output
    rows = {row["name"]: row for row in json.loads(mer("list", "--json").output)}
    assert rows["casme2"] == {"name": "casme2", "what": "CASME II, raw", "where": str(small / "casme2")}
    assert rows["samm"]["where"] == "not set up: mer data add samm FOLDER"
    assert rows["megc2019"]["where"] == "needs samm, smic"
    assert rows["synthetic"]["what"] == "built in"
    for name in ("samm", "smic"):
        mer("add", name, small / name)
    listed = mer("list").output
    assert "from casme2, samm, smic" in listed
    shutil.rmtree(small / "samm")
    assert f"THE FOLDER IS GONE: {small / 'samm'}" in mer("list").output


def test_a_relative_folder_and_a_sheet_elsewhere_are_remembered_in_full(mer, small, tmp_path, monkeypatch):
    (small / "casme2" / CASME2_SHEET).rename(small / "codes.xlsx")
    monkeypatch.chdir(small)
    refused = mer("add", "casme2", "casme2")
    assert refused.exit_code == 2
    assert "holds no annotation sheet of CASME II" in refused.stderr
    assert "--sheet" in refused.stderr
    assert read_places() == {}, "nothing is remembered of what cannot be read"
    assert mer("add", "casme2", "casme2", "--sheet", "codes.xlsx").exit_code == 0
    place = read_places()["casme2"]
    assert (place.folder, place.sheet) == (small / "casme2", small / "codes.xlsx")
    monkeypatch.chdir(tmp_path)
    assert mer("check", "casme2").exit_code == 0


def test_a_folder_with_the_name_of_its_database_in_the_current_one(mer, small, tmp_path):
    shutil.copytree(small / "samm", tmp_path / "samm")
    assert mer("add", "samm", "samm").exit_code == 0
    checked = mer("check", "samm")
    assert checked.exit_code == 0, checked.stderr
    assert "samm: 4 clips of 1 people" in checked.output


def test_faults_do_not_hinder_adding_and_are_counted(mer, small):
    truncate(next((small / "samm" / "SAMM").glob("006/006_1_2/*_05563.jpg")))
    added = mer("add", "samm", small / "samm")
    assert added.exit_code == 0
    assert "samm: 3 clips of 1 people" in added.output
    assert (
        "1 fault(s) were found; mer data check samm lists them all:\n  SAMM/006/006_1_2/006_05563.jpg" in added.output
    )
    assert "was:" not in added.output
    assert f"was: {small / 'samm'}" in mer("add", "samm", small / "samm").output


def test_a_release_without_a_usable_clip_is_not_remembered(mer, small):
    for image in (small / "samm" / "SAMM").glob("006/*/*.jpg"):
        truncate(image)
    added = mer("add", "samm", small / "samm")
    assert added.exit_code == 2
    assert "No clip of SAMM" in added.stderr and "nothing is remembered" in added.stderr
    assert "006_05563.jpg" in added.stderr
    assert read_places() == {}


def test_what_needs_no_adding_or_is_no_folder(mer, small):
    sheet = small / "samm" / SAMM_SHEET
    (small / "clips.csv").write_text("subject,clip,frames\n")
    for arguments, words in (
        (("add", "mine", small), "A folder with a clips.csv needs no adding: give its path wherever a database is"),
        (("add", "samm", sheet), f"{sheet} is a file; give its folder {small / 'samm'}."),
        (("check", "nope.csv"), "No such file or folder: nope.csv"),
        (("check", small / "none"), f"No such file or folder: {small / 'none'}"),
    ):
        done = mer(*arguments)
        assert done.exit_code == 2
        assert words in done.stderr
        assert "Valid:" not in done.stderr
    assert read_places() == {}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("add", "casme", "{}/casme2"), "There is no layout 'casme'"),
        (("add", "casme2", "{}/nothing"), "nothing does not exist; expected the folder of CASME II"),
        (("add", "casme2", "{}/casme2", "--variant", "croped"), "Did you mean 'cropped'"),
        (("add", "casme2", "{}/casme2", "--variant", "cropped"), "no clip of CASME II (variant 'cropped')"),
        (("add", "casme2", "{}/smic"), "holds no annotation sheet of CASME II"),
        (("add", "Mine", "{}/samm", "--layout", "samm"), "'Mine' is not lower-case letters"),
        (("add", "megc2019", "{}/samm", "--layout", "samm"), "'megc2019' is the name of a database of its own"),
        (("add", "mine", "{}/samm", "--layout", "{}/none.yaml"), "none.yaml does not exist"),
        (("forget", "casme2"), "has no 'casme2'"),
        (("check", "casme2"), "CASME II is not set up"),
        (("check", "casmee2"), "Did you mean 'casme2'"),
        (("left-out", "casme2", "--labels", "casme2-6"), "Did you mean 'casme2-5'"),
        (("build", "samm"), "mer data add samm FOLDER"),
    ],
)
def test_a_users_mistake_is_a_message_and_nothing_is_remembered(mer, small, arguments, words):
    done = mer(*(text.format(small) for text in arguments))
    assert done.exit_code == 2
    assert words in done.stderr
    assert "Traceback" not in done.output + done.stderr
    assert read_places() == {}


def test_a_layout_of_the_users_own(mer, small, tmp_path, monkeypatch):
    text = (
        "database: pilot\ntitle: Pilot\nsource: me\nterms: Mine.\nfps: 50\nframes: '{subject}/{clip}'\n"
        "subject: '{subject:03d}'\nvariants: {raw: {base: [SAMM], example: SAMM/006/a/1.jpg}}\nsheet:\n"
        "  files: ['*.xlsx']\n  columns: {subject: Subject, clip: Filename, onset: Onset Frame, offset: Offset Frame,"
        " emotion: Estimated Emotion}\n"
    )
    (small / "own.yaml").write_text(text)
    monkeypatch.chdir(small)
    added = mer("add", "pilot", "samm", "--layout", "own.yaml")
    assert added.exit_code == 0, added.stderr
    assert read_places()["pilot"].layout == str(small / "own.yaml")
    checked = mer("check", "pilot")
    assert checked.exit_code == 0, checked.stderr
    assert "pilot: 4 clips of 1 people" in checked.output
    assert "No apex is annotated; the middle frame is taken." in checked.output


def test_forgetting_leaves_the_files(mer, small):
    mer("add", "smic", small / "smic")
    done = mer("forget", "smic")
    assert "smic is no longer in databases.yaml; its files are untouched." in done.output
    assert read_places() == {}
    assert (small / "smic" / RAW).is_dir()


def test_build_opens_and_says_the_terms(mer, small):
    mer("add", "samm", small / "samm")
    done = mer("build", "samm")
    assert done.exit_code == 0
    assert "samm: 4 clips of 1 people" in done.output
    assert "frames must not be passed on" in done.output


def test_build_with_a_size_aligns_and_names_what_was_left_out(mer, small):
    mer("add", "samm", small / "samm")
    truncate(next((small / "samm" / "SAMM").glob("006/006_1_2/*_05563.jpg")))
    refused = mer("build", "samm", "--size", 64)
    assert refused.exit_code == 2
    assert "006_05563.jpg" in refused.stderr
    wrong = mer("build", "samm", "--size", 64, "--detector", "facemash", "--allow-missing")
    assert wrong.exit_code == 2
    assert "Did you mean 'facemesh'" in wrong.stderr
