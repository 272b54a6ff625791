"""``mer data check`` on whole releases: the composite compared with its manifest, clip by clip."""

import pandas as pd
import pytest

from mer.manifest.composite import read_composite
from tests.cli.conftest import changed, set_up
from tests.imitations.plans import samm_plans
from tests.imitations.plant import truncate
from tests.imitations.samm import SHEET as SAMM_SHEET
from tests.imitations.sheets import edit
from tests.imitations.smic import RAW

WHOLE = "442 clips of 442, 68 people of 68, 25469 frames of 25469 from onset to offset: as in the manifest."


@pytest.fixture
def mer(mer_data):
    return mer_data


def set_cell(path, clip, column, value):
    """Change a cell of a clip's row; returns the row's number."""
    book, sheet = edit(path)
    row = next(cell.row for cell in sheet["B"] if cell.value == clip)
    sheet[f"{column}{row}"] = value
    book.save(path)
    return row


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


def frames_of(subject, clip):
    row = read_composite().set_index(["subject", "clip"]).loc[subject, clip]
    return row["offset"] - row["onset"] + 1
