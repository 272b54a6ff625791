import csv
import shutil
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from mer.core.errors import MissingPath
from mer.datasets.frames import open_frames
from mer.datasets.image_bytes import read_frame
from mer.datasets.layout import load_layout
from mer.datasets.release import read_release
from mer.manifest.emotions import label_mapping
from tests.imitations.casme2 import CROPPED_END, NESTINGS, RELEASED, sheet_rows, write_casme2
from tests.imitations.compare import check, check_composite
from tests.imitations.plans import Plan, casme2_plans, composite_plans
from tests.imitations.plant import contents, junk, spoil, state
from tests.imitations.sheets import edit, write_workbook
from tests.imitations.small import small_plans

LABELS = {
    "composite": {"negative": 88, "positive": 32, "surprise": 25, "": 110},
    "casme2-4": {"positive": 32, "negative": 99, "surprise": 25, "others": 99},
    "casme2-5": {"happiness": 32, "disgust": 63, "repression": 27, "surprise": 25, "others": 99, "": 9},
}


@pytest.fixture(scope="module")
def whole(releases):
    """The whole release as read, by variant."""
    return {variant: read(releases["casme2"], variant) for variant in RELEASED}


@pytest.fixture
def few(pictures):
    """Plans of a few clips, among them the odd ones."""
    odd = {"EP12_01f", "EP09_05f", "EP01_08", "EP08_1"}
    return [one for one in casme2_plans() if one.clip in odd or (one.subject, one.clip[:4]) == ("sub01", "EP19")]


def read(root, variant="raw", **more):
    return read_release(load_layout("casme2", variant), root, **more)


def as_on_disk(plans, variant):
    """The cropped release of one clip ends early."""
    if variant != "cropped":
        return plans
    return [replace(one, offset=CROPPED_END.get((one.subject, one.clip), one.offset)) for one in plans]


@pytest.mark.parametrize("variant", RELEASED)
def test_all_255_clips_of_every_variant(whole, variant):
    release = whole[variant]
    plans = casme2_plans()
    check(release, as_on_disk(plans, variant))
    assert len(release.clips) == 255
    assert release.clips["subject"].nunique() == 26
    check_composite(release, "casme2", but=["EP01_08"] if variant == "cropped" else [])
    assert list(release.clips["frames"]) == [f"{RELEASED[variant]}/{one.subject}/{one.clip}" for one in plans]
    for name, counts in LABELS.items():
        assert label_mapping(name).labels(release.clips).value_counts().to_dict() == counts
    assert set(release.clips["database"]) == {"casme2"}
    assert set(release.clips["label"]) == {""}
    assert set(release.clips["fps"]) == {200.0}


def test_odd_clips_are_told(whole):
    raw = whole["raw"]
    clips = raw.clips.set_index(["subject", "clip"])
    slash = clips.loc[("sub04", "EP12_01f")]
    assert (slash["onset"], slash["apex"], slash["offset"], slash["apex_source"]) == (261, 291, 321, "middle")
    assert (clips["apex_source"] == "annotated").sum() == 254
    assert any("sub05/EP09_05f" in one and "onset and apex are one frame (69)" in one for one in raw.remarks)
    assert any("sub04/EP12_01f" in one and "291" in one for one in raw.remarks)
    assert len(raw.remarks) == 2
    cropped = whole["cropped"]
    assert [one for one in cropped.remarks if "EP01_08" in one] == [
        "sub16/EP01_08: offset 110 -> 96: the cropped release ends at frame 96; the sheet's 110 is in the raw one."
    ]


def test_action_units_are_those_of_the_sheet(whole):
    units = {(one.subject, one.clip): one.action_units for one in casme2_plans()}
    clips = whole["raw"].clips
    assert dict(zip(zip(clips["subject"], clips["clip"], strict=True), clips["action_units"], strict=True)) == units
    assert {"4", "4+7+L10", "L2+26+38", "1+R2+25"} <= set(clips["action_units"])


def test_with_the_real_names_of_all_clips(tmp_path, pictures, lists):
    plans = casme2_plans(lists)
    assert Counter(one.emotion for one in plans) == Counter(one.emotion for one in casme2_plans())
    assert Counter(one.subject for one in plans) == Counter(one.subject for one in casme2_plans())
    beside = [one for one in plans if one not in composite_plans("casme2")]
    assert len(beside) == 110
    write_casme2(tmp_path, beside, pictures, {"raw": RELEASED["raw"]})
    check(read(tmp_path), beside)


@pytest.mark.parametrize(("variant", "base"), [(name, base) for name in NESTINGS for base in NESTINGS[name]])
def test_nestings_in_circulation(tmp_path, pictures, few, variant, base):
    root = tmp_path / "Datenbanken für mich"
    write_casme2(root, few, pictures, {variant: base})
    check(read(root, variant), as_on_disk(few, variant))


def test_the_folder_of_the_clips_itself_may_be_named(tmp_path, pictures, few):
    sheet = write_casme2(tmp_path, few, pictures, {"raw": "CASME2_RAW_selected"})
    check(read(tmp_path / "CASME2_RAW_selected", sheet=sheet), few)


@pytest.mark.parametrize("name", ["CASME2-coding-20190701.xlsx", "CASME2-coding-updated.xlsx", "CASME2-coding.xlsx"])
def test_sheets_of_other_dates(tmp_path, pictures, few, name):
    write_casme2(tmp_path, few, pictures, {"raw": RELEASED["raw"]}).rename(tmp_path / name)
    check(read(tmp_path), few)


def test_the_first_sheet_is_taken_where_there_are_several(tmp_path, pictures, few):
    write_casme2(tmp_path, few, pictures, {"raw": RELEASED["raw"]})
    write_workbook(tmp_path / "CASME2-coding-20190701.xlsx", {"Sheet1": sheet_rows(few[:1])})
    check(read(tmp_path), few)


@pytest.mark.parametrize("spelled", [int, str, "sub{}".format, lambda text: f"{int(text)}.0"])
def test_subjects_in_any_spelling(tmp_path, pictures, few, spelled):
    path = write_casme2(tmp_path, few, pictures, {"raw": RELEASED["raw"]})
    rows = sheet_rows(few)
    write_workbook(path, {"Sheet1": [rows[0], *([spelled(row[0]), *row[1:]] for row in rows[1:-1])]})
    check(read(tmp_path), few)


def test_a_csv_export_with_numbers_as_text_and_without_nameless_columns(tmp_path, pictures, few):
    write_casme2(tmp_path, few, pictures, {"raw": RELEASED["raw"]}).unlink()
    with open(tmp_path / "CASME2-coding-20140508.csv", "w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=";")
        writer.writerows([cell for at, cell in enumerate(row) if at not in (2, 6)] for row in sheet_rows(few))
    check(read(tmp_path), few)


def test_frames_are_those_of_the_clip(tmp_path, pictures, tiny_database):
    plans = small_plans(tiny_database, "casme2")
    write_casme2(tmp_path, plans, pictures, lead=2)
    raw, cropped, whole = (read(tmp_path, variant) for variant in RELEASED)
    for release in (raw, cropped, whole):
        check(release, plans)
    for plan, (_, row) in zip(plans, raw.clips.iterrows(), strict=True):
        images = list(open_frames(tmp_path / row["frames"]).read(plan.numbers))
        assert len(images) == len(plan.numbers)
        for number, image in zip(plan.numbers, images, strict=True):
            assert np.array_equal(image, read_frame(plan.own[number]))
    assert list(label_mapping("composite").labels(raw.clips)) == list(
        tiny_database.clips.loc[tiny_database.clips["database"] == "synthetic-casme2", "label"]
    )


def test_the_fingerprint_knows_frames_and_sheet(tmp_path, pictures, few):
    path = write_casme2(tmp_path, few, pictures, {"raw": RELEASED["raw"], "cropped": RELEASED["cropped"]})
    before = read(tmp_path).fingerprint
    assert read(tmp_path).fingerprint == before
    shutil.copytree(tmp_path, tmp_path.with_name("elsewhere"))
    assert read(tmp_path.with_name("elsewhere")).fingerprint == before
    assert read(tmp_path, "cropped").fingerprint != before
    frame = tmp_path / RELEASED["raw"] / few[0].subject / few[0].clip / f"img{few[0].apex}.jpg"
    spoil(frame, frame.read_bytes() + b"\0")
    changed = read(tmp_path).fingerprint
    assert changed != before
    book, sheet = edit(path)
    sheet["E2"] = few[0].apex + 1
    book.save(path)
    assert read(tmp_path).fingerprint not in {before, changed}


def test_nothing_of_a_release_is_changed(tmp_path, pictures, tiny_database):
    write_casme2(tmp_path, small_plans(tiny_database, "casme2"), pictures, lead=1)
    before, bytes_before = state(tmp_path), contents(tmp_path)
    for variant in RELEASED:
        read(tmp_path, variant)
    assert state(tmp_path) == before
    assert contents(tmp_path) == bytes_before


def test_what_is_not_there_is_said(tmp_path, pictures, few):
    with pytest.raises(MissingPath, match=r"does not exist; expected the folder of CASME II, with .*CASME2_RAW_sel"):
        read(tmp_path / "nowhere")
    write_workbook(tmp_path / "CASME2_label_Ver_2.xlsx", {"Sheet1": sheet_rows(few)})
    junk(tmp_path, "~$CASME2-coding-20140508.xlsx", "._CASME2-coding-20140508.xlsx")
    with pytest.raises(MissingPath) as caught:
        read(tmp_path)
    for part in (
        "no annotation sheet of CASME II; expected CASME2-coding-20140508",
        "There is CASME2_label_Ver_2.xlsx. ",
    ):
        assert part in str(caught.value)
    write_casme2(tmp_path, few, pictures, {"raw": RELEASED["raw"]})
    with pytest.raises(
        MissingPath, match=r"lists \d+ clips, but no clip of CASME II \(variant 'cropped'\).*or another var"
    ):
        read(tmp_path, "cropped")


def test_the_folder_of_another_variant_is_not_taken_for_this_one(releases):
    """Named by itself, with the sheet given: the cropped frames have the same names as the raw ones."""
    root = releases["casme2"]
    sheet = root / "CASME2-coding-20140508.xlsx"
    cropped = root / "Cropped"
    with pytest.raises(MissingPath, match="another variant"):
        read_release(load_layout("casme2", "raw"), cropped, sheet)
    assert len(read_release(load_layout("casme2", "cropped"), cropped, sheet).clips) == 255


def test_one_person_under_two_names_is_a_fault(tmp_path, pictures):
    """A layout that takes names as they stand in the sheet meets 01, and 1 where a spreadsheet dropped the zero."""
    layout = replace(load_layout("casme2", "raw"), subject="{subject}", frames=("*/{clip}",))
    plans = [Plan("sub01", f"EP0{k}_01", 5, 6, 8, "disgust") for k in (1, 2, 3)]
    sheet = write_casme2(tmp_path, plans, pictures, trees={"raw": "CASME2_RAW_selected"})
    book, table = edit(sheet)
    table["A2"] = "1"
    book.save(sheet)
    release = read_release(layout, tmp_path)
    (problem,) = release.problems
    assert "subject '1' is also written '01'" in problem.what
    assert problem.row == "2"
    assert len(release.clips) == 2
