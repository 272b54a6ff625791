from collections import Counter

import numpy as np
import pytest

from mer.core.errors import MissingPath
from mer.datasets.frames import open_frames
from mer.datasets.image_bytes import read_frame
from mer.datasets.layout import load_layout
from mer.datasets.release import read_release
from mer.manifest.emotions import label_mapping
from tests.imitations.compare import check, check_composite
from tests.imitations.plans import samm_plans
from tests.imitations.plant import contents, state
from tests.imitations.samm import (
    HEADER,
    HEADER_ROW,
    NESTINGS,
    RELEASED,
    SHEET,
    WRONG_APEX,
    file_name,
    sheet_rows,
    write_samm,
)
from tests.imitations.sheets import edit, write_workbook
from tests.imitations.small import small_plans


@pytest.fixture(scope="module")
def whole(releases):
    """The whole release as read, by variant."""
    return {variant: read(releases["samm"], variant) for variant in RELEASED}


@pytest.fixture
def few(pictures):
    """Plans of a few clips: of four and five digits, with AUs of two readings, with wrong cells."""
    kept = {"006_1_2", "006_5_10", "006_5_9", "007_6_1", "013_1_9", "028_4_1", "032_3_1", "016_7_8"}
    return [one for one in samm_plans() if one.clip in kept]


def read(root, variant="raw", **more):
    return read_release(load_layout("samm", variant), root, **more)


@pytest.mark.parametrize("variant", RELEASED)
def test_all_159_clips_of_every_variant(whole, variant):
    release = whole[variant]
    check(release, samm_plans())
    assert len(release.clips) == 159
    assert release.clips["subject"].nunique() == 29
    assert set(release.clips["subject"].str.len()) == {3}
    check_composite(release, "samm")
    counts = {"negative": 92, "positive": 26, "surprise": 15, "": 26}
    assert label_mapping("composite").labels(release.clips).value_counts().to_dict() == counts
    emotions = {"anger": 57, "other": 26, "happiness": 26, "surprise": 15, "contempt": 12, "disgust": 9}
    assert release.clips["emotion"].value_counts().to_dict() == emotions | {"fear": 8, "sadness": 6}
    assert set(release.clips["fps"]) == {200.0}
    assert set(release.clips["apex_source"]) == {"annotated"}


def test_three_wrong_cells_are_corrected_and_told(whole):
    remarks = whole["raw"].remarks
    assert len(remarks) == 3
    for start in (
        "013/013_1_9: offset 5793 -> 5739: ",
        "028/028_4_1: apex 1143 -> 1134: ",
        "032/032_3_1: apex 4890 -> 4930: ",
    ):
        assert sum(one.startswith(start) for one in remarks) == 1


def test_four_and_five_digits(whole):
    release = whole["raw"]
    row = release.clips.set_index("clip").loc["006_1_2"]
    assert row["frames"] == "SAMM/006/006_1_2"
    assert (release.root / "SAMM/006/006_1_2/006_05562.jpg").is_file()
    widths = {len(file_name(one, one.onset)) for one in samm_plans()}
    assert widths == {len("006_05562.jpg"), len("007_0497.jpg")}
    assert read_frame(release.root / "SAMM/006/006_1_2/006_05562.jpg").shape[2] == 3  # the file has one channel


def test_action_units_are_those_of_the_sheet(whole):
    units = dict(zip(whole["raw"].clips["clip"], whole["raw"].clips["action_units"], strict=True))
    assert units == {one.clip: one.action_units for one in samm_plans()}
    assert units["007_6_1"] == "R12 or R15"


def test_with_the_real_names_of_all_clips(tmp_path, pictures, lists):
    plans = samm_plans(lists)
    assert Counter(one.subject for one in plans) == Counter(one.subject for one in samm_plans())
    others = [one for one in plans if one.emotion == "other"]
    assert len(others) == 26
    write_samm(tmp_path, others, pictures, {"raw": RELEASED["raw"]})
    check(read(tmp_path), others)


@pytest.mark.parametrize(("variant", "base"), [(name, base) for name in NESTINGS for base in NESTINGS[name]])
def test_nestings_in_circulation(tmp_path, pictures, few, variant, base):
    root = tmp_path / "Données (SAMM)"
    write_samm(root, few, pictures, {variant: base})
    check(read(root, variant), few)


@pytest.mark.parametrize("place", ["SAMM", "SAMM/SAMM"])
def test_the_sheet_may_lie_among_the_clips(tmp_path, pictures, few, place):
    write_samm(tmp_path, few, pictures, {"raw": place}).rename(tmp_path / place / SHEET)
    check(read(tmp_path), few)
    check(read(tmp_path / place), few)


@pytest.mark.parametrize("name", ["SAMM_20181215_Micro_FACS_Codes_v2.xlsx", "samm_micro_facs_codes_V3.xlsx"])
def test_other_names_of_the_sheet(tmp_path, pictures, few, name):
    write_samm(tmp_path, few, pictures, {"raw": "SAMM"}).rename(tmp_path / name)
    check(read(tmp_path), few)


def test_copies_without_preamble_and_with_short_headers(tmp_path, pictures, few):
    path = write_samm(tmp_path, few, pictures, {"raw": "SAMM"})
    short = [name.replace(" Frame", "") for name in HEADER]
    write_workbook(path, {"Blatt1": sheet_rows(few, short)[HEADER_ROW - 1 :]})
    check(read(tmp_path), few)


@pytest.mark.parametrize("spelled", [int, float, lambda text: str(int(text)), lambda text: f" {text} "])
def test_subject_6_is_006(tmp_path, pictures, few, spelled):
    path = write_samm(tmp_path, few, pictures, {"raw": "SAMM"})
    rows = sheet_rows(few)
    write_workbook(path, {"MICRO": [*rows[:HEADER_ROW], *([spelled(row[0]), *row[1:]] for row in rows[HEADER_ROW:])]})
    check(read(tmp_path), few)


@pytest.mark.parametrize("cell", [None, -1, "/", "n/a", 0, 99999])
def test_an_apex_that_is_corrected_may_be_wrong_in_any_way(tmp_path, pictures, few, cell):
    path = write_samm(tmp_path, few, pictures, {"raw": "SAMM"})
    book, sheet = edit(path)
    for row in range(HEADER_ROW + 1, sheet.max_row + 1):
        if sheet.cell(row, 2).value in WRONG_APEX:
            sheet.cell(row, 5).value = cell
    book.save(path)
    check(read(tmp_path), few)


def test_minus_one_is_no_apex(tmp_path, pictures, few):
    path = write_samm(tmp_path, few, pictures, {"raw": "SAMM"})
    book, sheet = edit(path)
    sheet.cell(HEADER_ROW + 1, 5).value = -1
    book.save(path)
    release = read(tmp_path)
    assert release.problems == ()
    assert (release.clips["apex"][0], release.clips["apex_source"][0]) == (few[0].middle, "middle")


def test_others_of_some_copies_is_other(tmp_path, pictures, few):
    path = write_samm(tmp_path, few, pictures, {"raw": "SAMM"})
    book, sheet = edit(path)
    sheet.cell(HEADER_ROW + 1, 10).value = "Others "
    book.save(path)
    assert read(tmp_path).clips["emotion"][0] == "other"


def test_the_sheet_of_the_long_videos_is_not_mistaken(tmp_path, pictures, few):
    path = write_samm(tmp_path, few, pictures, {"raw": "SAMM"})
    path.rename(tmp_path / "SAMM_LongVideos_V2_Release.xlsx")
    with pytest.raises(MissingPath, match=r"no annotation sheet of SAMM; .*There is SAMM_LongVideos_V2_Release\.xlsx"):
        read(tmp_path)


def test_frames_are_those_of_the_clip(tmp_path, pictures, tiny_database):
    plans = small_plans(tiny_database, "samm")
    write_samm(tmp_path, plans, pictures)
    before, bytes_before = state(tmp_path), contents(tmp_path)
    raw, cropped = read(tmp_path), read(tmp_path, "cropped")
    check(raw, plans)
    check(cropped, plans)
    for plan, (_, row) in zip(plans, raw.clips.iterrows(), strict=True):
        for number, image in zip(plan.numbers, open_frames(tmp_path / row["frames"]).read(plan.numbers), strict=True):
            assert np.array_equal(image, read_frame(plan.own[number]))
    looks = tiny_database.clips["database"] == "synthetic-samm"
    assert list(label_mapping("composite").labels(raw.clips)) == list(tiny_database.clips.loc[looks, "label"])
    assert state(tmp_path) == before
    assert contents(tmp_path) == bytes_before
