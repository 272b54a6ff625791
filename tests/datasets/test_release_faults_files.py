"""Faults of a release's files, folders and links; and that all faults are told at once."""

import os
import shutil

import pytest

from mer.core.errors import MissingPath
from mer.core.problems import ProblemsFound, problems_table
from mer.datasets.layout import load_layout
from mer.datasets.release import read_release
from tests.datasets.planted import BASE, PLANS, frame, only_problem, read, says, set_cells
from tests.imitations.casme2 import SHEET, write_casme2
from tests.imitations.compare import check, found, planned
from tests.imitations.plant import spoil, truncate
from tests.imitations.sheets import edit


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
        assert (problem.file, problem.row) == (SHEET, "6")
        says(problem.what, f"{BASE}/sub10/EP11_01: ", "no numbered image")

    def test_a_file_in_place_of_a_folder(self, root):
        shutil.rmtree(root / BASE / "sub10" / "EP11_01")
        spoil(root / BASE / "sub10" / "EP11_01", b"a file")
        problem = only_problem(root, [4])
        assert (problem.file, problem.row) == (SHEET, "6")
        says(problem.what, f"{BASE}/sub10/EP11_01: ", "Give a folder of images")

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
