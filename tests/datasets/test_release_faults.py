"""Every fault that a release can have, planted in an imitation: what the user is told, and that the rest is kept."""

import os
import re
import shutil

import pytest

from mer.core.errors import InputError, MissingPath
from mer.core.problems import ProblemsFound, problems_table
from mer.datasets.layout import load_layout
from mer.datasets.release import read_release
from tests.imitations.casme2 import SHEET, sheet_rows, write_casme2
from tests.imitations.compare import check, found, planned
from tests.imitations.plans import Plan
from tests.imitations.plant import spoil, state, truncate
from tests.imitations.sheets import edit, write_workbook
from tests.imitations.smic import RAW, write_smic

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
SMIC = [
    Plan("s1", "s1_ne_01", 99990, None, 100002, "negative"),
    Plan("s1", "s1_sur_01", 300, None, 309, "surprise"),
    Plan("s20", "s20_po_02", 12345670, None, 12345679, "positive"),
]


@pytest.fixture
def root(tmp_path, pictures):
    """Folder of a small CASME II without faults, raw."""
    write_casme2(tmp_path / "CASME II", PLANS, pictures, {"raw": BASE})
    return tmp_path / "CASME II"


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


class TestSheetAsAWhole:
    @pytest.mark.parametrize(
        ("column", "field"),
        [
            ("D1", "OnsetFrame"),
            ("F1", "OffsetFrame"),
            ("B1", "Filename"),
            ("I1", "Estimated Emotion"),
            ("A1", "Subject"),
        ],
    )
    def test_without_an_expected_column(self, root, column, field):
        set_cells(root, **{column: "Something"})
        with pytest.raises(InputError) as caught:
            read(root)
        says(str(caught.value), SHEET, "no column for", field, "Row 1", "Something", "Adjust the layout's columns")

    def test_a_misspelt_column_is_guessed(self, root):
        set_cells(root, E1="ApexFrames")
        with pytest.raises(InputError, match=r"apex \('ApexFrame'\).*Did you mean 'ApexFrames'"):
            read(root)

    def test_with_further_columns(self, root):
        book, sheet = edit(root / SHEET)
        sheet.insert_cols(1, 2)
        sheet["A1"], sheet["L1"] = "No.", "my own remarks"
        for row in range(2, 8):
            sheet.cell(row, 12).value = f"looked at {row}"
        book.save(root / SHEET)
        check(read(root), PLANS)

    def test_a_header_that_stands_twice(self, root):
        set_cells(root, J1="OnsetFrame")
        with pytest.raises(InputError, match=r"'OnsetFrame' stands 2 times \(columns D, J\). Rename or delete"):
            read(root)

    def test_numbers_as_text(self, root):
        rows = [[None if cell is None else str(cell) for cell in row] for row in sheet_rows(PLANS)]
        rows[1][3], rows[2][3], rows[3][3] = " 46 ", "95.0", "0008"
        write_workbook(root / SHEET, {"Sheet1": rows})
        check(read(root), PLANS)

    def test_merged_and_empty_rows(self, root):
        header, *rows, _ = sheet_rows(PLANS)
        spaced = [header, [None] * 9, *rows[:2], [None] * 9, [" "] * 9, *rows[2:]]
        write_workbook(root / SHEET, {"Sheet1": spaced})
        book, sheet = edit(root / SHEET)
        sheet["A4"], sheet["A8"] = None, None
        sheet.merge_cells("A3:A4")
        sheet.merge_cells("A7:A8")
        book.save(root / SHEET)
        check(read(root), PLANS)
        set_cells(root, D8="x")
        assert only_problem(root, [3]).row == "8"  # as the spreadsheet counts, whatever is empty above

    def test_saved_by_another_program(self, root):
        lines = ["\t".join("" if cell is None else str(cell) for cell in row) for row in sheet_rows(PLANS)]
        (root / SHEET).unlink()
        (root / "CASME2-coding.csv").write_text("\ufeff" + "\r\n".join(lines), encoding="utf-8")
        check(read(root), PLANS)

    @pytest.mark.parametrize(
        "content", [b"", b"not a workbook", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), b"PK\3\4"]
    )
    def test_not_a_workbook(self, root, content):
        spoil(root / SHEET, content)
        with pytest.raises(InputError) as caught:
            read(root)
        says(str(caught.value), SHEET)
        assert re.search(r"[Ss]ave|[Tt]ake|[Oo]pen|[Cc]opy", str(caught.value))

    def test_a_header_and_nothing_else(self, root):
        write_workbook(root / SHEET, {"Sheet1": sheet_rows(PLANS)[:1]})
        with pytest.raises(InputError, match=r"has a header \(row 1\), but no row below it"):
            read(root)

    def test_the_sheet_of_another_database(self, root):
        write_workbook(root / SHEET, {"Sheet1": [["spNO.1", "b", 166, 175, 179]]})
        with pytest.raises(InputError, match="no column for"):
            read(root)


class TestCells:
    def test_onset_after_apex(self, root):
        set_cells(root, D3=101)
        problem = only_problem(root, [1])
        assert (problem.file, problem.row, problem.clip) == (SHEET, "3", ("casme2", "sub01", "EP03_02"))
        assert problem.what == "apex 100 is outside 101..105."
        says(problem.remedy, "Correct", "--allow-missing")

    def test_onset_after_offset(self, root):
        set_cells(root, D3=106)
        problem = only_problem(root, [1])
        assert (problem.file, problem.row) == (SHEET, "3")
        assert problem.what == "onset 106 is after offset 105."
        says(problem.remedy, "Correct", "--allow-missing")

    @pytest.mark.parametrize("apex", [45, 58])
    def test_apex_outside_the_clip(self, root, apex):
        set_cells(root, E2=apex)
        problem = only_problem(root, [0])
        assert (problem.file, problem.row) == (SHEET, "2")
        assert problem.what == f"apex {apex} is outside 46..57."

    @pytest.mark.parametrize(("cell", "name"), [("D5", "onset"), ("E5", "apex"), ("F5", "offset")])
    @pytest.mark.parametrize("value", ["about 12", "1.5", "-3", "12?", "1e3"])
    def test_no_frame_number(self, root, cell, name, value):
        set_cells(root, **{cell: value})
        problem = only_problem(root, [3])
        assert (problem.file, problem.row, problem.clip) == (SHEET, "5", ("casme2", "sub02", "EP09_10"))
        says(problem.what, name, repr(value), "not a whole number", "Expected a frame number")
        says(problem.remedy, "Correct the cell", "corrections.csv", "--allow-missing")

    @pytest.mark.parametrize(("cell", "name"), [("D5", "onset"), ("F5", "offset")])
    def test_an_empty_frame_number(self, root, cell, name):
        set_cells(root, **{cell: None})
        problem = only_problem(root, [3])
        assert (problem.file, problem.row) == (SHEET, "5")
        assert problem.what == f"{name} is empty; every clip needs one."

    def test_an_empty_apex_is_the_middle_frame(self, root):
        set_cells(root, E5=None)
        release = read(root)
        assert release.problems == ()
        row = release.clips.loc[3]
        assert (row["apex"], row["apex_source"]) == (5, "middle")

    def test_no_subject(self, root):
        set_cells(root, A5=None)
        problem = only_problem(root, [3])
        assert (problem.file, problem.row) == (SHEET, "5")
        assert problem.what == "subject is empty."
        says(problem.remedy, "Correct the cell")

    @pytest.mark.parametrize("value", ["nobody", "sub"])
    def test_a_subject_without_a_number(self, root, value):
        set_cells(root, A5=value)
        problem = only_problem(root, [3])
        says(problem.what, "subject", repr(value), "holds no number")

    @pytest.mark.parametrize("value", ["../EP02_01f", "EP09\\10", "*", "..", "/etc"])
    def test_a_clip_name_that_is_a_path(self, root, value):
        set_cells(root, B5=value)
        problem = only_problem(root, [3])
        assert (problem.file, problem.row) == (SHEET, "5")
        says(problem.what, "clip", repr(value), "cannot be part of a path")

    def test_two_rows_with_one_key(self, root):
        set_cells(root, A6="02", B6="EP09_10")
        problem = only_problem(root, [3, 4])
        assert (problem.file, problem.row, problem.clip) == (SHEET, "5 and 6", ("casme2", "sub02", "EP09_10"))
        assert problem.what == "2 clips have the key sub02/EP09_10 (rows 5 and 6); expected one."
        says(problem.remedy, "Remove or rename all but one")


class TestFiles:
    def test_a_frame_number_that_has_no_file(self, root):
        frame(root, 1, 99).unlink()
        frame(root, 1, 105).unlink()
        problem = only_problem(root, [1])
        assert problem.file == f"{BASE}/sub01/EP03_02"
        assert problem.row == "frames 99, 105"
        assert problem.what == "2 of the 11 frames 95 to 105 have no file; the folder has images 95 to 104."
        says(problem.remedy, "Copy them there again", "--allow-missing")
        assert problem.clip == ("casme2", "sub01", "EP03_02")

    def test_an_offset_past_the_last_file(self, root):
        set_cells(root, F6=1009)
        problem = only_problem(root, [4])
        assert (problem.file, problem.row) == (f"{BASE}/sub10/EP11_01", "frames 1005-1009")
        says(problem.what, "5 of the 14 frames 996 to 1009 have no file", "images 996 to 1004")

    @pytest.mark.parametrize(
        ("spoiled", "what", "remedy"),
        [
            (lambda path: spoil(path, b""), "it is empty (zero bytes).", "Copy it again"),
            (truncate, "it is truncated (a JPEG file that stops before its end).", "Copy it again"),
            (
                lambda path: spoil(path, b"<html>not found</html>" * 9),
                "it is not an image, whatever its name says",
                "Remove it",
            ),
        ],
    )
    def test_a_spoiled_image(self, root, spoiled, what, remedy):
        spoiled(frame(root, 2, 12))
        problem = only_problem(root, [2])
        assert (problem.file, problem.row) == (f"{BASE}/sub02/EP02_01f/img12.jpg", "")
        says(problem.what, what)
        says(problem.remedy, remedy)
        assert problem.clip == ("casme2", "sub02", "EP02_01f")

    def test_spoiled_images_outside_the_clip_do_not_matter(self, root, pictures):
        shutil.rmtree(root / BASE)
        write_casme2(root, PLANS, pictures, {"whole": "CASME2_RAW/CASME2-RAW"})
        for plan in PLANS:
            spoil(root / "CASME2_RAW/CASME2-RAW" / plan.subject / plan.clip / f"img{plan.offset + 1}.jpg", b"")
        check(read(root, load_layout("casme2", "whole")), PLANS)

    def test_files_that_are_no_images_do_not_matter(self, root):
        for name in (
            "notes.txt",
            "img47.txt",
            "Thumbs.db",
            "desktop.ini",
            "landmarks_50.npy",
            "cover.jpg",
            "._img50.jpg",
        ):
            spoil(frame(root, 0, 46).with_name(name), b"what is this")
        frame(root, 0, 46).with_name("crop_50").mkdir()
        check(read(root), PLANS)

    def test_two_images_with_one_number(self, root):
        shutil.copy(frame(root, 0, 50), frame(root, 0, 50).with_name("img050.jpg"))
        problem = only_problem(root, [0])
        assert problem.file.startswith(f"{BASE}/sub01/EP02_01f/img")
        says(problem.what, "two images with one number")
        says(problem.remedy, "Remove all but one")

    def test_a_folder_in_the_wrong_place(self, root):
        (root / BASE / "sub02" / "EP09_10").rename(root / BASE / "EP09_10")
        problem = only_problem(root, [3])
        assert (problem.file, problem.row) == (SHEET, "5")
        says(problem.what, f"{BASE}/sub02/EP09_10", "is missing")
        says(problem.remedy, f"{BASE}/EP09_10", "move it to", f"{BASE}/sub02/EP09_10")

    def test_a_clip_below_another_person(self, root):
        (root / BASE / "sub02" / "EP09_10").rename(root / BASE / "sub26" / "EP09_10")
        says(only_problem(root, [3]).remedy, f"{BASE}/sub26/EP09_10", "move it to", f"{BASE}/sub02/EP09_10")

    def test_a_clip_of_another_person_is_not_suggested(self, root):
        shutil.rmtree(root / BASE / "sub02" / "EP02_01f")  # sub01 has a clip of this name, which is where it belongs
        says(only_problem(root, [2]).remedy, "Unpack it again")

    def test_pictures_of_another_variant_are_not_suggested(self, root, pictures):
        write_casme2(root, PLANS, pictures, {"cropped": "Cropped"})
        shutil.rmtree(root / BASE / "sub02" / "EP09_10")
        says(only_problem(root, [3]).remedy, "Unpack it again")

    def test_a_person_in_the_wrong_place(self, root):
        (root / BASE / "sub02").rename(root / BASE / "sub26" / "sub02")
        release = read(root)
        assert found(release.clips) == planned([PLANS[0], PLANS[1], PLANS[4], PLANS[5]])
        assert [problem.row for problem in release.problems] == ["4", "5"]
        for problem, clip in zip(release.problems, ("EP02_01f", "EP09_10"), strict=True):
            says(problem.remedy, f"{BASE}/sub26/sub02/{clip}", "move")

    def test_a_folder_that_is_nowhere(self, root):
        shutil.rmtree(root / BASE / "sub26")
        problem = only_problem(root, [5])
        assert problem.row == "7"
        says(problem.what, "sub26/EP18_51", "is missing")
        says(problem.remedy, "Unpack it again", "--allow-missing")

    def test_a_folder_without_images(self, root):
        for path in (root / BASE / "sub10" / "EP11_01").iterdir():
            path.unlink()
        problem = only_problem(root, [4])
        assert problem.file == f"{BASE}/sub10/EP11_01"
        says(problem.what, "no numbered image")

    def test_a_file_in_place_of_a_folder(self, root):
        shutil.rmtree(root / BASE / "sub10" / "EP11_01")
        spoil(root / BASE / "sub10" / "EP11_01", b"a file")
        problem = only_problem(root, [4])
        assert problem.file == f"{BASE}/sub10/EP11_01"
        says(problem.what, "Give a folder of images")

    def test_folders_in_other_case(self, root):
        (root / BASE / "sub26").rename(root / BASE / "SUB26")
        (root / BASE / "sub10" / "EP11_01").rename(root / BASE / "sub10" / "ep11_01")
        check(read(root), PLANS)
        shutil.copytree(root / BASE / "sub10" / "ep11_01", root / BASE / "sub10" / "Ep11_01")
        problem = only_problem(root, [4])
        says(problem.what, "both fit", "Remove all but one")

    def test_a_path_with_blanks_and_letters_of_other_scripts(self, root, tmp_path):
        other = tmp_path / "Données é 数据 (копия)"
        root.rename(other)
        check(read(other), PLANS)

    def test_a_root_that_does_not_exist(self, tmp_path):
        with pytest.raises(MissingPath, match=r"nowhere does not exist; expected the folder of CASME II"):
            read_release(load_layout("casme2"), tmp_path / "nowhere")

    def test_a_root_that_is_a_file(self, tmp_path):
        (tmp_path / "archive.zip").write_bytes(b"PK")
        with pytest.raises(MissingPath, match=r"archive\.zip"):
            read_release(load_layout("casme2"), tmp_path / "archive.zip")


class TestLinks:
    def test_an_image_that_leaves_the_root(self, root, tmp_path):
        target = frame(root, 0, 48).rename(tmp_path / "elsewhere.jpg")
        frame(root, 0, 48).symlink_to(target)
        problem = only_problem(root, [0])
        assert problem.file == f"{BASE}/sub01/EP02_01f/img48.jpg"
        says(problem.what, "it is a link that leaves the root", str(target))
        says(problem.remedy, "Copy the files there")

    def test_a_clip_that_leaves_the_root(self, root, tmp_path):
        target = (root / BASE / "sub26" / "EP18_51").rename(tmp_path / "elsewhere")
        (root / BASE / "sub26" / "EP18_51").symlink_to(target)
        problem = only_problem(root, [5])
        says(problem.what, "it is a link that leaves the root", str(target))
        says(problem.remedy, "give as root the folder that the link points to")

    def test_a_person_who_leaves_the_root(self, root, tmp_path):
        target = (root / BASE / "sub26").rename(tmp_path / "elsewhere")
        (root / BASE / "sub26").symlink_to(target)
        says(only_problem(root, [5]).what, "it is a link that leaves the root", str(target))

    def test_links_inside_the_root_are_followed(self, root):
        target = (root / BASE / "sub26" / "EP18_51").rename(root / "big disk")
        (root / BASE / "sub26" / "EP18_51").symlink_to(target)
        os.link(frame(root, 0, 48), root / "hard.jpg")
        frame(root, 1, 99).unlink()
        frame(root, 1, 99).symlink_to(frame(root, 1, 98))
        check(read(root), PLANS)

    def test_a_link_that_leads_nowhere(self, root):
        frame(root, 1, 99).unlink()
        frame(root, 1, 99).symlink_to(root / "gone.jpg")
        problem = only_problem(root, [1])
        says(problem.file, "img99.jpg")
        says(problem.what, "it is a link to", "gone.jpg", "does not exist")

    def test_a_link_to_itself(self, root):
        loop = root / BASE / "sub26" / "EP18_51"
        shutil.rmtree(loop)
        loop.symlink_to(loop)
        (root / BASE / "loop").symlink_to(root / BASE)
        problem = only_problem(root, [5])
        assert problem.clip == ("casme2", "sub26", "EP18_51")


class TestVideos:
    @pytest.fixture
    def videos(self, root, tmp_path):
        """Layout of clips that are video files, as one form of the release has them."""
        path = tmp_path / "videos.yaml"
        text = load_layout("casme2").path.read_text(encoding="utf-8")
        start = text.index("variants:")
        path.write_text(
            text[:start].replace('frames: "{subject}/{clip}"', 'frames: "{subject}/{clip}.avi"')
            + "variants:\n  videos:\n    example: CASME2_compressed/sub01/EP02_01f.avi\n"
            + "    base: [CASME2_Compressed video/CASME2_compressed]\n",
            encoding="utf-8",
        )
        base = root / "CASME2_Compressed video" / "CASME2_compressed"
        for plan in PLANS:
            (base / plan.subject).mkdir(parents=True, exist_ok=True)
            write_video(base / plan.subject / f"{plan.clip}.avi", plan.offset + 3)
        return load_layout(path), base

    def test_whole_videos_are_read(self, root, videos):
        layout, _ = videos
        release = read(root, layout)
        assert release.problems == ()
        assert found(release.clips) == planned(PLANS)

    @pytest.mark.parametrize(
        ("content", "what"),
        [
            (b"", "it is empty (zero bytes)."),
            (b"RIFF____AVI nothing", "it cannot be read as a video."),
            (b"<html></html>" * 20, "it cannot be read as a video."),
        ],
    )
    def test_an_unreadable_video(self, root, videos, content, what):
        layout, base = videos
        spoil(base / "sub02" / "EP09_10.avi", content)
        problem = only_problem(root, [3], layout)
        says(problem.file, "CASME2_compressed/sub02/EP09_10.avi")
        assert problem.clip == ("casme2", "sub02", "EP09_10")
        assert problem.what == what
        says(problem.remedy, "Copy it again")

    def test_a_video_that_is_too_short(self, root, videos):
        layout, base = videos
        write_video(base / "sub02" / "EP09_10.avi", 6)
        problem = only_problem(root, [3], layout)
        says(problem.what, "4 of the 9 frames 1 to 9")


class TestFolders:
    """Releases without a sheet: SMIC."""

    @pytest.fixture
    def root(self, tmp_path, pictures):
        write_smic(tmp_path, SMIC, pictures, ["HS"], [RAW])
        return tmp_path

    def only(self, root, lost):
        return only_problem(root, lost, load_layout("smic"), SMIC)

    def test_one_clip_below_two_classes(self, root):
        base = root / RAW / "HS" / "s1" / "micro"
        shutil.copytree(base / "negative" / "s1_ne_01", base / "positive" / "s1_ne_01")
        problem = self.only(root, [0])
        assert problem.clip == ("smic", "s1", "s1_ne_01")
        says(problem.what, "2 clips have the key s1/s1_ne_01", "negative/s1_ne_01", "positive/s1_ne_01")
        says(problem.remedy, "Remove or rename all but one")

    def test_a_person_without_a_number(self, root):
        (root / RAW / "HS" / "s20").rename(root / RAW / "HS" / "someone")
        problem = self.only(root, [2])
        assert problem.file == f"{RAW}/HS/someone/micro/positive/s20_po_02"
        says(problem.what, "subject is 'someone', which holds no number")
        says(problem.remedy, "Rename the folder as in the release")

    def test_a_frame_lost_in_the_middle(self, root):
        (root / RAW / "HS/s1/micro/surprise/s1_sur_01/image000304.bmp").unlink()
        problem = self.only(root, [1])
        assert (problem.file, problem.row) == (f"{RAW}/HS/s1/micro/surprise/s1_sur_01", "frame 304")

    def test_an_empty_clip(self, root):
        for path in (root / RAW / "HS/s1/micro/surprise/s1_sur_01").iterdir():
            path.unlink()
        problem = self.only(root, [1])
        says(problem.what, "no numbered image")
        says(problem.remedy, "Unpack it again")

    @pytest.mark.parametrize("kept", [30, 5000])
    def test_a_truncated_bitmap(self, root, kept):
        path = root / RAW / "HS/s20/micro/positive/s20_po_02/image12345675.bmp"
        spoil(path, path.read_bytes()[:kept])
        problem = self.only(root, [2])
        assert problem.file == path.relative_to(root).as_posix()
        says(problem.what, "it is truncated (a BMP file that stops before its end).")


def test_all_problems_come_at_once(root):
    set_cells(root, D2=60, E3="?")  # onset after offset, no number
    frame(root, 2, 12).unlink()
    truncate(frame(root, 3, 5))
    spoil(frame(root, 3, 6), b"")
    shutil.rmtree(root / BASE / "sub26")
    release = read(root)
    assert found(release.clips) == planned([PLANS[4]])
    assert {problem.clip[1:] for problem in release.problems} == {
        (plan.subject, plan.clip) for index, plan in enumerate(PLANS) if index != 4
    }
    assert len(release.problems) == 6
    assert all(problem.file and problem.what and problem.remedy for problem in release.problems)
    table = problems_table(release.problems)
    assert list(table.columns) == ["file", "row", "database", "subject", "clip", "problem", "remedy"]
    assert len(table) == 6
    message = str(ProblemsFound("CASME II has faults:", release.problems))
    for plan in (PLANS[0], PLANS[1], PLANS[2], PLANS[3], PLANS[5]):
        assert f"casme2/{plan.subject}/{plan.clip}" in message


def test_no_clip_is_good(root):
    book, sheet = edit(root / SHEET)
    for row in range(2, 8):
        sheet.cell(row, 4).value = 5000
    book.save(root / SHEET)
    release = read(root)
    assert len(release.clips) == 0
    assert len(release.problems) == 6


def write_video(path, frames):
    """A short film of grey pictures, one brightness a frame."""
    import cv2
    import numpy as np

    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 25, (32, 32))
    for number in range(frames):
        writer.write(np.full((32, 32, 3), number % 250, dtype=np.uint8))
    writer.release()
