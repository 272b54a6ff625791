"""Faults of releases whose clips are videos, and of one without a sheet, where folders say it all."""

import shutil

import pytest

from mer.datasets.layout import load_layout
from tests.datasets.planted import PLANS, only_problem, read, says
from tests.imitations.casme2 import SHEET
from tests.imitations.compare import found, planned
from tests.imitations.plans import Plan
from tests.imitations.plant import spoil
from tests.imitations.smic import RAW, write_smic

SMIC = [
    Plan("s1", "s1_ne_01", 99990, None, 100002, "negative"),
    Plan("s1", "s1_sur_01", 300, None, 309, "surprise"),
    Plan("s20", "s20_po_02", 12345670, None, 12345679, "positive"),
]


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
            (b"", "is empty (zero bytes)."),
            (b"RIFF____AVI nothing", "cannot be read as a video (damaged, cut off, or without pictures)."),
            (b"<html></html>" * 20, "cannot be read as a video (damaged, cut off, or without pictures)."),
        ],
    )
    def test_an_unreadable_video(self, root, videos, content, what):
        layout, base = videos
        spoil(base / "sub02" / "EP09_10.avi", content)
        problem = only_problem(root, [3], layout)
        assert problem.file == SHEET
        assert problem.clip == ("casme2", "sub02", "EP09_10")
        assert problem.what == f"CASME2_Compressed video/CASME2_compressed/sub02/EP09_10.avi {what}"
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


def write_video(path, frames):
    """A short film of grey pictures, one brightness a frame."""
    import cv2
    import numpy as np

    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 25, (32, 32))
    for number in range(frames):
        writer.write(np.full((32, 32, 3), number % 250, dtype=np.uint8))
    writer.release()
