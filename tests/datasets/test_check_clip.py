"""Key frames held against frames on disk."""

import pytest

from mer.datasets.check_clip import clip_problems, ranges
from mer.datasets.image_folder import ImageFolder
from tests.datasets.pictures_and_videos import write_image

KEY = ("d", "1", "c")


@pytest.fixture
def source(tmp_path):
    for number in (1, 2, 4, 5):
        write_image(tmp_path / f"img{number}.png")
    return ImageFolder(tmp_path)


def found(source, onset, apex, offset, **options):
    return clip_problems(KEY, {"onset": onset, "apex": apex, "offset": offset}, source, "s1/c", **options)


def test_a_sound_clip(source):
    assert found(source, 1, 1, 2) == []


def test_missing_frames_and_gaps(source):
    (problem,) = found(source, 1, 2, 5)
    assert (problem.file, problem.row, problem.clip) == ("s1/c", "frame 3", KEY)
    assert found(source, 1, 2, 5, gaps=True) == []
    assert len(found(source, 7, 8, 9, gaps=True)) == 1  # no frame at all is no gap


def test_order_of_the_key_frames(source):
    (problem,) = found(source, 4, 4, 1, sheet="sheet.xlsx", row="9")
    assert (problem.file, problem.row) == ("sheet.xlsx", "9") and "onset 4 is after offset 1" in problem.what
    (problem,) = found(source, 4, 6, 5)
    assert problem.file == "s1/c" and "apex 6 is outside 4..5" in problem.what


def test_faults_of_files(source):
    (source.folder / "img5.png").write_bytes(b"")
    (problem,) = found(source, 4, 4, 5)
    assert problem.file == "s1/c/img5.png" and problem.what == "it is empty (zero bytes)."
    assert found(source, 1, 1, 2) == []


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ([3], "frame 3"),
        ([3, 4], "frames 3-4"),
        ([1, 3, 4, 9], "frames 1, 3-4, 9"),
        ([1, 3, 5, 7, 9, 11], "frames 1, 3, 5, 7 and 2 more"),
    ],
)
def test_numbers_in_short(numbers, text):
    assert ranges(numbers) == text
