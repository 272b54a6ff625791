"""Key frames held against frames on disk."""

import tracemalloc

import pytest

from mer.datasets.check_clip import clip_problems
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
    assert found(source, 1, 2, 5, gaps=True) == []  # one of five
    assert len(found(source, 7, 8, 9, gaps=True)) == 1  # no frame at all is no gap
    (problem,) = found(source, 1, 2, 6, gaps=True)
    assert "2 of the 6 frames 1 to 6 have no file (at most 20% of a clip may be missing here)" in problem.what


def test_a_clip_of_which_almost_nothing_is_there_is_no_clip_with_gaps(tmp_path):
    for number in (8, 40):
        write_image(tmp_path / f"{number}.png")
    (problem,) = found(ImageFolder(tmp_path), 10, 25, 40, gaps=True)
    assert problem.row == "frames 10-39" and "30 of the 31 frames" in problem.what


def test_onset_and_apex_must_not_be_one_stand_in(tmp_path):
    for number in (10, *range(13, 25)):
        write_image(tmp_path / f"{number}.png")
    folder = ImageFolder(tmp_path)
    (problem,) = found(folder, 10, 12, 24, gaps=True)
    assert problem.row == "frames 11-12" and "onset 10 and apex 12 would be one picture, frame 10" in problem.what
    assert found(folder, 10, 13, 24, gaps=True) == []
    assert found(folder, 10, 10, 24, gaps=True) == []  # annotated so; said in a remark


def test_a_broken_stand_in_is_a_fault(source):
    (source.folder / "img2.png").write_bytes(b"")
    (problem,) = found(source, 1, 4, 5, gaps=True)
    assert problem.file == "s1/c/img2.png"


def test_a_mistyped_offset_costs_neither_time_nor_memory(source):
    tracemalloc.start()
    try:
        problem, *_ = found(source, 1, 2, 10**14)
        assert tracemalloc.get_traced_memory()[1] < 2e6
    finally:
        tracemalloc.stop()
    assert problem.row == "frames 3, 6-100000000000000"


@pytest.mark.parametrize(
    "strays", [(20261121083400,), (20261121083400, 20261121083512), (20261121083400, 20261121083400777)]
)
def test_a_screenshot_among_the_frames_is_named(tmp_path, strays):
    for number in range(46, 87):
        write_image(tmp_path / f"img{number}.png")
    for number in strays:
        write_image(tmp_path / f"Screenshot {number}.png")
    (problem,) = found(ImageFolder(tmp_path), 46, 60, strays[-1])
    assert "frame number 20261121083400 stands alone" in problem.what
    assert "Screenshot 20261121083400.png" in problem.what
    assert "Remove that file or give onset and offset" in problem.remedy
    assert found(ImageFolder(tmp_path), 46, 60, 86) == []
    (tmp_path / "img50.png").unlink()  # of a clip that ends before the screenshot, as where several share a folder
    assert [problem.row for problem in found(ImageFolder(tmp_path), 46, 60, 86)] == ["frame 50"]


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


def test_a_number_longer_than_tables_hold(tmp_path):
    write_image(tmp_path / f"{'9' * 23}.png")
    (problem,) = found(ImageFolder(tmp_path), *[int("9" * 23)] * 3)
    assert "has more than 15 digits" in problem.what and "shorter numbers" in problem.remedy
