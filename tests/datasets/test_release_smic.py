import shutil
from dataclasses import replace

import cv2
import numpy as np
import pytest

from mer.core.errors import InputError, MissingPath
from mer.datasets.frames import open_frames
from mer.datasets.image_bytes import read_frame
from mer.datasets.layout import load_layout
from mer.datasets.release import read_release
from mer.manifest.composite import read_composite
from mer.manifest.emotions import label_mapping
from tests.imitations.compare import KEY_FRAMES, check, check_composite
from tests.imitations.plans import smic_plans
from tests.imitations.plant import contents, state
from tests.imitations.sheets import edit
from tests.imitations.small import small_plans
from tests.imitations.smic import CROPPED, RAW, camera_plans, write_smic
from tests.imitations.smic_long import INSIDE, LATE, LOST, NESTINGS, SHEET, write_smic_long

COUNTS = {"negative": 70, "positive": 51, "surprise": 43}
#: Variant of the layout to camera and tree.
CUT = {
    "hs": ("HS", RAW),
    "hs-cropped": ("HS", CROPPED),
    "vis": ("VIS", RAW),
    "vis-cropped": ("VIS", CROPPED),
    "nir": ("NIR", RAW),
    "nir-cropped": ("NIR", CROPPED),
}


@pytest.fixture(scope="module")
def whole(releases):
    """The whole cut release as read, by variant."""
    return {variant: read(releases["smic"], variant) for variant in CUT}


@pytest.fixture(scope="module")
def whole_long(long_release):
    """The whole extended release as read."""
    return read(long_release, "hs-e")


@pytest.fixture
def few(pictures):
    """Plans of a few clips: of six to eight digits, in one long video with another, with a wrong offset."""
    kept = {"s1_ne_01", "s4_ne_04", "s4_ne_05", "s4_ne_06", "s3_po_08", "s9_sur_01", "s9_sur_02", "s18_sur_03"}
    return [one for one in smic_plans() if one.clip in kept | {"s19_sur_01", "s5_ne_01"}]


def read(root, variant="hs", **more):
    return read_release(load_layout("smic", variant), root, **more)


@pytest.mark.parametrize("variant", CUT)
def test_all_clips_of_every_variant(whole, variant):
    camera, tree = CUT[variant]
    release = whole[variant]
    check(release, camera_plans(smic_plans(), camera))
    assert release.remarks == ("No apex is annotated; the middle frame is taken.",)
    assert set(release.clips["apex_source"]) == {"middle"}
    assert all(one.startswith(f"{tree}/{camera}/s") and "non_micro" not in one for one in release.clips["frames"])
    labels = label_mapping("composite").labels(release.clips)
    if camera == "HS":
        assert labels.value_counts().to_dict() == COUNTS
        check_composite(release, "smic")
    assert len(labels) == (164 if camera == "HS" else 71)
    assert release.clips["subject"].nunique() == (16 if camera == "HS" else 8)
    assert set(release.clips["fps"]) == {100.0 if camera == "HS" else 25.0}
    assert set(release.clips["database"]) == {"smic"}


def test_numbers_of_the_camera(whole):
    root = whole["hs"].root
    assert (root / "SMIC_all_raw/HS/s9/micro/surprise/s9_sur_02/image061250.bmp").is_file()
    assert (root / "SMIC_all_cropped/HS/s19/micro/surprise/s19_sur_01/reg_image32483855.bmp").is_file()
    assert read_frame(root / "SMIC_all_raw/HS/s1/micro/negative/s1_ne_01/image559740.bmp").shape[2] == 3
    assert any((root / "SMIC_all_raw/NIR/s11/micro/negative/s11_ne_01").glob("[0-9][0-9][0-9][0-9][0-9].bmp"))


def test_161_of_164_clips_are_in_the_extended_release(whole_long):
    release = whole_long
    check(release, [one for one in smic_plans() if one.clip not in LOST])
    assert len(release.clips) == 161
    assert len(set(release.clips["frames"])) == 157
    check_composite(release, "smic", but=LOST)
    assert label_mapping("composite").labels(release.clips).value_counts().to_dict() == COUNTS | {
        "negative": 68,
        "surprise": 42,
    }
    folders = dict(zip(release.clips["clip"], release.clips["frames"], strict=True))
    for clip, host in INSIDE.items():
        assert folders[clip] == folders[host]
    assert folders["s3_ne_03"] == "SMIC-E_raw image/HS_long/SMIC-HS-E/s03/s3_ne_02"


def test_what_the_sheet_of_the_extended_release_says_else_is_told(whole_long):
    remarks = whole_long.remarks
    for clip, cell in LATE.items():
        assert sum(f"/{clip}: offset {cell} -> " in one for one in remarks) == 1
    assert sum("s18/s18_sur_03: emotion negative -> surprise" in one for one in remarks) == 1
    assert sum("describes no clip and is passed over" in one for one in remarks) == 2
    assert len(remarks) == 4 + 1 + 2 + 1


@pytest.mark.parametrize("base", NESTINGS)
@pytest.mark.parametrize("beside", [True, False])
def test_nestings_of_the_extended_release(tmp_path, pictures, few, base, beside):
    place = base.partition("/")[0] if beside else base.removesuffix("/HS")
    write_smic_long(tmp_path, few, pictures, base, f"{place}/SMIC-HS-E_annotation_2019.xlsx")
    check(read(tmp_path, "hs-e"), few)


@pytest.mark.parametrize("named", ["SMIC-E_raw image", "SMIC-E_raw image/HS_long"])
def test_a_folder_inside_the_extended_release_may_be_named(tmp_path, pictures, few, named):
    write_smic_long(tmp_path, few, pictures)
    check(read(tmp_path / named, "hs-e"), few)


def test_rows_with_one_micro_expression_need_no_further_columns(tmp_path, pictures, few):
    path = write_smic_long(tmp_path, few, pictures)
    book, sheet = edit(path)
    sheet.delete_cols(6, 4)
    book.save(path)
    check(read(tmp_path, "hs-e"), [one for one in few if one.clip not in INSIDE])


@pytest.mark.parametrize("place", ["SMIC_all_raw/SMIC_all_raw", "SMIC", "Downloads/SMIC_all_raw"])
def test_nestings_of_the_cut_release(tmp_path, pictures, few, place):
    root = tmp_path / "mes données"
    write_smic(root, few, pictures, ["HS"], [place])
    check(read(root), few)


@pytest.mark.parametrize("named", ["SMIC_all_raw", "SMIC_all_raw/HS"])
def test_a_folder_inside_may_be_named(tmp_path, pictures, few, named):
    write_smic(tmp_path, few, pictures, ["HS", "VIS"], [RAW])
    check(read(tmp_path / named), few)


def test_sheets_that_users_put_there_do_not_matter(tmp_path, pictures, few):
    write_smic(tmp_path, few, pictures, ["HS"], [RAW])
    write_smic_long(tmp_path / "other", few, pictures)
    shutil.copy(tmp_path / "other" / SHEET, tmp_path / RAW / "HS" / "SMIC-HS-E_annotation.xlsx")
    shutil.rmtree(tmp_path / "other")
    check(read(tmp_path), few)


def test_clips_without_a_micro_expression_are_never_read(tmp_path, pictures, few):
    write_smic(tmp_path / "with", few, pictures, ["HS"], [RAW])
    write_smic(tmp_path / "without", few, pictures, ["HS"], [RAW], non_micro=False)
    assert list((tmp_path / "with").rglob("non_micro"))
    with_them, without = read(tmp_path / "with"), read(tmp_path / "without")
    assert with_them.clips.equals(without.clips)
    assert with_them.fingerprint == without.fingerprint


def test_frames_are_those_of_the_clip(tmp_path, pictures, tiny_database):
    plans = small_plans(tiny_database, "smic")
    write_smic(tmp_path, plans, pictures, ["HS"])
    before, bytes_before = state(tmp_path), contents(tmp_path)
    raw, cropped = read(tmp_path), read(tmp_path, "hs-cropped")
    check(raw, plans)
    check(cropped, plans)
    by_clip = raw.clips.set_index("clip")
    for plan in plans:
        images = open_frames(tmp_path / by_clip.loc[plan.clip, "frames"]).read(plan.numbers)
        for number, image in zip(plan.numbers, images, strict=True):
            assert np.array_equal(image, cv2.imread(str(plan.own[number]))[..., ::-1])
    assert state(tmp_path) == before
    assert contents(tmp_path) == bytes_before


def test_long_videos_of_the_synthetic_database(tmp_path, pictures, tiny_database):
    plans = [replace(one, onset=one.onset + 1) for one in small_plans(tiny_database, "smic")]  # not the first file
    write_smic_long(tmp_path, plans, pictures, lead=3, lost=())
    before = state(tmp_path)
    check(read(tmp_path, "hs-e"), plans)
    assert state(tmp_path) == before


def test_what_is_not_there_is_said(tmp_path, pictures, few):
    write_smic(tmp_path, few, pictures, ["HS"], [RAW])
    with pytest.raises(MissingPath, match=r"no clip of SMIC \(variant 'hs-cropped'\) is in .*SMIC_all_cropped/HS"):
        read(tmp_path, "hs-cropped")
    with pytest.raises(MissingPath, match=r"holds no annotation sheet of SMIC; expected SMIC-HS-E_annotation\.xlsx"):
        read(tmp_path, "hs-e")


def test_the_manifest_has_the_middle_frame_too():
    clips = read_composite()
    clips = clips[clips["database"] == "smic"].set_index("clip")
    for plan in smic_plans():
        assert tuple(clips.loc[plan.clip, KEY_FRAMES]) == (plan.onset, plan.middle, plan.offset)


def test_a_half_unpacked_release_says_how_many_clips_it_should_have(tmp_path, pictures):
    plans = [plan for plan in smic_plans() if plan.subject == "s1"]
    write_smic(tmp_path, plans, pictures, cameras=("HS",), trees=("SMIC_all_raw",))
    release = read_release(load_layout("smic", "hs"), tmp_path)
    assert len(release.clips) == 6
    assert release.remarks[0] == "SMIC (hs) has 164 clips; 6 of them are here."


def test_cropped_frames_under_the_raw_folders_name_are_told(tmp_path, pictures):
    plans = [plan for plan in smic_plans() if plan.subject == "s1"][:1]
    write_smic(tmp_path, plans, pictures, cameras=("HS",), trees=("SMIC_all_cropped",))
    (tmp_path / "SMIC_all_cropped").rename(tmp_path / "SMIC_all_raw")
    release = read_release(load_layout("smic", "hs"), tmp_path)
    (problem,) = release.problems
    assert "reg_image559740.bmp; those of the variant 'hs' are called image*" in problem.what
    assert "hs-cropped" in problem.remedy


def test_a_base_folder_that_is_a_link_out_of_the_release_is_one_fault(tmp_path, pictures):
    plans = [plan for plan in smic_plans() if plan.subject == "s1"]
    write_smic(tmp_path / "elsewhere", plans, pictures, cameras=("HS",), trees=("SMIC_all_raw",))
    (tmp_path / "release").mkdir()
    (tmp_path / "release" / "SMIC_all_raw").symlink_to(tmp_path / "elsewhere" / "SMIC_all_raw")
    with pytest.raises(InputError, match="is a link that leaves the root"):
        read_release(load_layout("smic", "hs"), tmp_path / "release")
