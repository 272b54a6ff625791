"""``mer data`` as a user calls it: databases added, listed, forgotten; the composite checked against its manifest."""

import io
import json
import shutil
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from mer.cli.main import main
from mer.datasets.places import Place, add_place, read_places
from mer.manifest.composite import read_composite
from tests.imitations.casme2 import SHEET as CASME2_SHEET
from tests.imitations.casme2 import write_casme2
from tests.imitations.pictures import Pictures
from tests.imitations.plans import casme2_plans, samm_plans, smic_plans
from tests.imitations.plant import truncate
from tests.imitations.releases import write_releases
from tests.imitations.samm import SHEET as SAMM_SHEET
from tests.imitations.samm import write_samm
from tests.imitations.sheets import edit
from tests.imitations.smic import RAW, write_smic

FRAME = np.full((24, 32, 3), 90, np.uint8)
WHOLE = "442 clips of 442, 68 people of 68, 25469 frames of 25469 from onset to offset: as in the manifest."


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Tiny images: nothing here looks at a face."""
    return Pictures(tmp_path_factory.mktemp("pictures"), FRAME)


@pytest.fixture(scope="module")
def folders(tmp_path_factory, pictures):
    """The three releases, whole, and CASME II cropped as well; who changes a file puts it back (`changed`)."""
    found = write_releases(tmp_path_factory.mktemp("whole"), pictures)
    write_casme2(found["casme2"], casme2_plans(), pictures, {"cropped": "Cropped"})
    yield found
    for folder in found.values():
        shutil.rmtree(folder)


@pytest.fixture
def mer(tmp_path, monkeypatch):
    """The command line, called in an empty folder; no database is set up."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MER_DATABASES", str(tmp_path / "databases.yaml"))
    monkeypatch.setenv("MER_CACHE", str(tmp_path / "cache"))
    return lambda *arguments: CliRunner().invoke(main, ["data", *map(str, arguments)])


@pytest.fixture
def small(tmp_path, pictures):
    """Releases of a few clips each, to be spoiled."""
    names = {"casme2": casme2_plans()[:4], "samm": samm_plans()[:4], "smic": smic_plans()[:3]}
    root = tmp_path / "small ones"
    write_casme2(root / "casme2", names["casme2"], pictures, {"raw": "CASME2_RAW_selected"})
    write_samm(root / "samm", names["samm"], pictures, {"raw": "SAMM"})
    write_smic(root / "smic", names["smic"], pictures, ["HS"], [RAW])
    return root


@contextmanager
def changed(path):
    """Put a file or folder back afterwards, whatever happened to it; a file's bytes are shared, so it is copied."""
    kept = path.parent / f".kept {path.name}"
    path.rename(kept)
    try:
        if kept.is_file():
            shutil.copyfile(kept, path)
        yield path
    finally:
        if path.is_file():
            path.unlink()
        kept.rename(path)


def set_up(folders, **variants):
    for name, folder in folders.items():
        add_place(Place(name, folder, name, variants.get(name)))


def set_cell(path, clip, column, value):
    """Change a cell of a clip's row; returns the row's number."""
    book, sheet = edit(path)
    row = next(cell.row for cell in sheet["B"] if cell.value == clip)
    sheet[f"{column}{row}"] = value
    book.save(path)
    return row


# --- add, list, forget, build ---------------------------------------------------------------------------------------


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


# --- check, left-out: the composite ---------------------------------------------------------------------------------


def test_a_whole_composite_is_as_in_the_manifest(mer, folders):
    set_up(folders)
    done = mer("check", "megc2019")
    assert done.exit_code == 0, done.stderr
    assert WHOLE in done.output
    assert "megc2019: 442 clips of 68 people (250 negative, 109 positive, 83 surprise)" in done.output
    assert "expected" not in done.output
    assert "Every clip's frames are there (25469 looked at, key frames decoded)." in done.output
    for line in ("smic +70 +51 +43 +16 +5527", "casme2 +88 +32 +25 +24 +10254", "samm +92 +26 +15 +28 +9688"):
        assert pd.Series([done.output]).str.contains(line).all()
    assert len(done.output.splitlines()) < 20, "164 clips without apex are one note"
    assert "Note: No apex is annotated in smic; the middle frame is taken." in done.output


def test_a_known_difference_of_a_variant_is_explained_and_no_fault(mer, folders):
    set_up(folders, casme2="cropped")
    done = mer("check", "megc2019")
    assert done.exit_code == 0, done.stderr
    assert "25455 frames of 25469 from onset to offset: as in the manifest but for 1 known difference" in done.output
    assert (
        "casme2/sub16/EP01_08: offset is 96, in the manifest 110 (offset 110 -> 96: the cropped release ends at frame "
        "96; the sheet's 110 is in the raw one)." in done.output
    )
    assert "10240 (expected 10254)" in done.output


def test_a_missing_folder_is_named_with_row_and_remedy(mer, folders, tmp_path):
    set_up(folders)
    name = "CASME2_RAW_selected/sub01/EP02_01f"
    with changed(folders["casme2"] / name):
        done = mer("check", "megc2019", "--csv", tmp_path / "faults.csv")
        allowed = mer("check", "megc2019", "--allow-missing")
    assert done.exit_code == 2
    assert "1 fault(s), because of which 1 clip(s) cannot be used (441 can)" in done.stderr
    rows = [("CASME2-coding-20140508.xlsx", "casme2", "sub01", "EP02_01f", f"its folder {name} is missing.")]
    table = pd.read_csv(tmp_path / "faults.csv", dtype=str, keep_default_na=False)
    assert table[["file", "database", "subject", "clip", "problem"]].to_numpy().tolist() == [list(rows[0])]
    assert table["row"].str.isdecimal().all()
    assert "Unpack it again from the release" in table["remedy"][0]
    assert f"{rows[0][0]}, row {table['row'][0]} (casme2/sub01/EP02_01f): {rows[0][4]}" in done.stderr
    assert allowed.exit_code == 0
    frames = 25469 - frames_of("sub01", "EP02_01f")
    assert f"441 clips of 442, 68 people of 68, {frames} frames of 25469" in allowed.output
    assert "NOT as in the manifest" in allowed.output
    assert "24  " in allowed.output
    assert "(casme2/sub01/EP02_01f)" in allowed.output


def test_a_changed_onset_and_a_changed_emotion_are_named(mer, folders, tmp_path):
    set_up(folders)
    with changed(folders["samm"] / SAMM_SHEET) as sheet:
        set_cell(sheet, "006_1_3", "J", "Contempt")
        set_cell(sheet, "006_1_2", "D", 5563)
        done = mer("check", "megc2019", "--csv", tmp_path / "faults.csv")
    assert done.exit_code == 2
    emotion = read_composite().set_index("clip").loc["006_1_3", "emotion"]
    assert emotion != "contempt"
    assert "2 fault(s), because of which 2 clip(s) cannot be used (440 can)" in done.stderr
    assert (
        f"SAMM/006/006_1_3 (samm/006/006_1_3): emotion is contempt, in the manifest {emotion}. Take the sheet and "
        "the frames from the release again, or say in corrections.csv why they differ." in done.stderr
    )
    assert "SAMM/006/006_1_2 (samm/006/006_1_2): onset is 5563, in the manifest 5562." in done.stderr
    assert pd.read_csv(tmp_path / "faults.csv")["clip"].tolist() == ["006_1_2", "006_1_3"]


def test_an_apex_that_differs_is_no_longer_as_in_the_manifest(mer, folders):
    set_up(folders)
    with changed(folders["samm"] / SAMM_SHEET) as sheet:
        set_cell(sheet, "006_1_2", "E", 5564)
        done = mer("check", "megc2019", "--allow-missing")
    assert done.exit_code == 0
    left = 25469 - frames_of("006", "006_1_2")
    assert f"441 clips of 442, 68 people of 68, {left} frames of 25469 from onset to offset: NOT as in" in done.output
    assert "apex is 5564, in the manifest 5588" in done.output
    assert "(samm/006/006_1_2): apex is 5564, in the manifest" in done.output


def test_a_row_that_the_sheet_does_not_have(mer, folders):
    set_up(folders)
    with changed(folders["samm"] / SAMM_SHEET) as sheet:
        set_cell(sheet, "006_1_2", "B", "006_1_22")
        done = mer("check", "megc2019")
    assert done.exit_code == 2
    assert "(samm/006/006_1_2): the manifest lists this clip, the release on disk does not have it." in done.stderr
    assert "006_1_22" not in done.stderr or "folder" in done.stderr


def test_a_row_that_cannot_be_read_matters_if_a_clip_of_the_manifest_is_missing(mer, folders):
    set_up(folders)
    of_the_manifest = read_composite()["clip"].tolist()
    other = next(plan.clip for plan in samm_plans() if plan.clip not in of_the_manifest)
    for clip, status in ((other, 0), ("006_1_2", 2)):
        with changed(folders["samm"] / SAMM_SHEET) as sheet:
            row = set_cell(sheet, clip, "A", "nobody")
            done = mer("check", "megc2019")
        assert done.exit_code == status, done.output
        assert (f"row {row}" in done.stderr) == bool(status)
    assert "subject is 'nobody', which holds no number." in done.stderr
    assert "(samm/006/006_1_2): the manifest lists this clip" in done.stderr


def test_an_emotion_that_moves_a_clip_of_smic(mer, folders):
    set_up(folders)
    base = folders["smic"] / RAW / "HS/s20/micro"
    (base / "surprise/s20_sur_01").rename(base / "positive/s20_sur_01")
    try:
        done = mer("check", "megc2019")
    finally:
        (base / "positive/s20_sur_01").rename(base / "surprise/s20_sur_01")
    assert done.exit_code == 2
    assert "(smic/s20/s20_sur_01): emotion is positive, in the manifest surprise." in done.stderr


def test_a_truncated_file_is_named(mer, folders):
    set_up(folders)
    with changed(folders["smic"] / RAW / "HS/s1/micro/negative/s1_ne_01/image559740.bmp") as image:
        truncate(image)
        done = mer("check", "megc2019")
    assert done.exit_code == 2
    assert "(smic/s1/s1_ne_01)" in done.stderr
    assert "image559740.bmp" in done.stderr
    assert "1 fault(s)" in done.stderr


def test_a_damaged_key_frame_is_found_by_decoding_and_others_by_full(mer, small):
    mer("add", "samm", small / "samm")
    clip = small / "samm/SAMM/006/006_1_2"
    plan = samm_plans()[0]
    for number, found_by in ((plan.apex, ()), (plan.onset + 1, ("--full",))):
        with changed(clip / f"006_{number:05d}.jpg") as image:
            content = image.read_bytes()
            image.write_bytes(content[:3] + bytes(len(content) - 5) + content[-2:])  # both ends are whole
            done = mer("check", "samm", *found_by)
            assert done.exit_code == 2, done.output
            assert image.name in done.stderr
            if found_by:
                assert mer("check", "samm").exit_code == 0
    assert mer("check", "samm", "--full").exit_code == 0


def test_a_part_that_is_not_set_up_is_asked_for(mer, folders):
    set_up({name: folders[name] for name in ("casme2", "samm")})
    for command in (("check", "megc2019"), ("left-out", "megc2019"), ("build", "megc2019")):
        done = mer(*command)
        assert done.exit_code == 2
        assert "megc2019 is made of CASME II, SAMM and SMIC." in done.stderr
        assert "SMIC is not set up." in done.stderr
        assert "mer data add smic FOLDER" in done.stderr
        assert "SAMM is not set up" not in done.stderr


def test_labels_of_one_database_are_refused_for_the_composite(mer, folders):
    set_up(folders)
    for command in ("check", "left-out"):
        done = mer(command, "megc2019", "--labels", "casme2-5")
        assert done.exit_code == 2
        assert "megc2019 has the labels 'composite'" in done.stderr


def test_who_is_left_out_of_the_composite_and_why(mer, folders):
    set_up(folders)
    said = mer("left-out", "megc2019")
    assert said.exit_code == 0, said.stderr
    assert "136 clips of megc2019 are left out with the labels 'composite':" in said.output
    heads = [line for line in said.output.splitlines()[1:] if not line.startswith("  ")]
    assert sorted(heads) == sorted(
        [
            "99 clips: the emotion is 'others', which is no class of 'composite'",
            "7 clips: the emotion is 'sadness', which is no class of 'composite'",
            "2 clips: the emotion is 'fear', which is no class of 'composite'",
            "1 clip: not in the challenge's list; the sheet gives no apex",
            "1 clip: not in the challenge's list; onset and apex are one frame",
            "26 clips: the emotion is 'other', which is no class of 'composite'",
        ]
    )
    table = csv_of(mer("left-out", "megc2019", "--csv"))
    assert list(table) == ["database", "subject", "clip", "reason"]
    assert table["database"].value_counts().to_dict() == {"casme2": 110, "samm": 26}
    in_list = {tuple(key) for key in read_composite()[["database", "subject", "clip"]].itertuples(index=False)}
    left = {tuple(key) for key in table[["database", "subject", "clip"]].itertuples(index=False)}
    assert len(left) == 136
    assert not left & in_list
    assert table.loc[table["database"] == "samm", "subject"].str.len().eq(3).all(), "006 stays 006"


def test_faulty_clips_are_left_out_too(mer, folders):
    set_up(folders)
    with changed(folders["casme2"] / "CASME2_RAW_selected/sub01/EP02_01f"):
        table = csv_of(mer("left-out", "megc2019", "--csv"))
    assert len(table) == 137
    (reason,) = table.loc[(table["subject"] == "sub01") & (table["clip"] == "EP02_01f"), "reason"]
    assert "EP02_01f is missing" in reason


def test_five_classes_of_casme2_leave_out_nine(mer, folders):
    set_up(folders)
    table = csv_of(mer("left-out", "casme2", "--labels", "casme2-5", "--csv"))
    reasons = table["reason"].str.extract("'(fear|sadness)'")[0].value_counts().to_dict()
    assert reasons == {"sadness": 7, "fear": 2}
    assert len(table) == 9
    four = mer("left-out", "casme2", "--labels", "casme2-4")
    assert four.output.strip() == "No clip of casme2 is left out with the labels 'casme2-4'."
    checked = mer("check", "casme2", "--labels", "casme2-5")
    assert checked.exit_code == 0
    assert "9 clips have no class in 'casme2-5' and take no part in training (7 sadness, 2 fear)." in checked.output
    assert "casme2: 255 clips of 26 people" in checked.output


def test_labels_that_know_nothing_of_a_database_are_refused(mer, small):
    mer("add", "samm", small / "samm")
    for command in ("check", "left-out"):
        done = mer(command, "samm", "--labels", "casme2-5")
        assert done.exit_code == 2
        assert "Labels 'casme2-5' say nothing of database 'samm'; they know casme2, " in done.stderr


def frames_of(subject, clip):
    row = read_composite().set_index(["subject", "clip"]).loc[subject, clip]
    return row["offset"] - row["onset"] + 1


def csv_of(done):
    assert done.exit_code == 0, done.stderr
    return pd.read_csv(io.StringIO(done.stdout), dtype=str, keep_default_na=False)
