"""One row of a user's own table and its frames."""

import math

import pytest

from mer.datasets.own_clip import own_clip
from mer.manifest.clips import COLUMNS
from tests.datasets.pictures_and_videos import encoded, write_image, write_video


@pytest.fixture
def root(tmp_path):
    """Frames 46..50 in a folder, a video of 20 frames, a pair."""
    for number in range(46, 51):
        write_image(tmp_path / "sub 01" / "ä" / f"img{number}.jpg")
    write_video(tmp_path / "videos" / "a.avi", frames=20)
    for name in ("on", "ap"):
        write_image(tmp_path / "pairs" / f"{name}.png")
    return tmp_path


def clip_of(root, **cells):
    filled = (
        dict.fromkeys(COLUMNS, "") | {"database": "own", "subject": "006", "clip": "x", "frames": "sub 01/ä"} | cells
    )
    return own_clip(filled, root, "clips.csv", 7)


def key_frames(clip) -> tuple:
    assert clip.problems == (), clip.problems
    return tuple(clip.row[name] for name in ("onset", "apex", "offset", "apex_source"))


def fault_of(root, **cells):
    clip = clip_of(root, **cells)
    assert clip.row is None and len(clip.problems) == 1, clip.problems
    (problem,) = clip.problems
    assert problem.clip is not None and problem.remedy
    return problem


def test_gaps_are_filled_from_the_frames(root):
    clip = clip_of(root)
    assert key_frames(clip) == (46, 48, 50, "middle")
    assert math.isnan(clip.row["fps"])
    assert [name for name, _ in clip.listing] == [f"img{number}.jpg" for number in range(46, 51)]
    assert key_frames(clip_of(root, offset="49")) == (46, 48, 49, "middle")  # 4 frames: the one of index 2
    assert key_frames(clip_of(root, onset="50")) == (50, 50, 50, "middle")
    assert key_frames(clip_of(root, frames="videos/a.avi")) == (0, 10, 19, "middle")
    assert key_frames(clip_of(root, frames="pairs/on.png|pairs/ap.png")) == (0, 1, 1, "annotated")


def test_what_is_given_is_kept(root):
    assert key_frames(clip_of(root, onset="47", apex="00048", offset="49.0")) == (47, 48, 49, "annotated")
    assert key_frames(clip_of(root, apex="49", apex_source="Spotted")) == (46, 49, 50, "spotted")
    assert key_frames(clip_of(root, apex="/", apex_source="annotated")) == (46, 48, 50, "middle")
    clip = clip_of(root, fps="29.97", emotion="joy", action_units="AU12, l4", label="positive", note="n")
    kept = {name: clip.row[name] for name in ("fps", "emotion", "action_units", "label", "note")}
    assert kept == {"fps": 29.97, "emotion": "joy", "action_units": "12+L4", "label": "positive", "note": "n"}


def test_a_path_may_be_written_as_on_windows(root):
    assert clip_of(root, frames=r"sub 01\ä").row["frames"] == "sub 01/ä"


def test_only_listed_frames_count(root):
    (root / "sub 01" / "ä" / "img46.jpg").write_bytes(b"")
    clip = clip_of(root, onset="47")
    assert clip.problems == () and clip.listing[0][0] == "img47.jpg"


@pytest.mark.parametrize(
    ("cells", "what"),
    [
        ({"onset": "first"}, "onset is 'first', expected a frame number"),
        ({"apex": "48.5"}, "apex is '48.5', expected a frame number"),
        ({"offset": "-1"}, "offset is '-1', expected a frame number"),
        ({"fps": "fast"}, "fps is 'fast', expected a positive number"),
        ({"fps": "0"}, "fps is '0', expected a positive number"),
        ({"fps": "inf"}, "fps is 'inf', expected a positive number"),
        ({"apex_source": "middel"}, "apex_source is 'middel'. Did you mean 'middle'?"),
        ({"subject": ""}, "subject is empty."),
        ({"clip": ""}, "clip is empty."),
        ({"frames": ""}, "frames is empty."),
        ({"frames": "../away"}, "frames '../away' leaves the root"),
        ({"frames": "sub 01/../../away"}, "leaves the root"),
        ({"frames": "/etc"}, "frames '/etc' leaves the root"),
        ({"frames": "C:\\data"}, "leaves the root"),
        ({"frames": "pairs/on.png|../ap.png"}, "leaves the root"),
        ({"frames": "pairs/on.png|pairs/ap.png|x"}, "is no pair of images"),
        ({"frames": "pairs/on.png"}, "pairs/on.png is a single image"),
        ({"frames": "x" * 5000}, "cannot be looked up"),
        ({"onset": "50", "offset": "46"}, "onset 50 is after offset 46"),
        ({"onset": "47", "apex": "46"}, "apex 46 is outside 47..50"),
    ],
)
def test_each_fault_of_a_cell(root, cells, what):
    problem = fault_of(root, **cells)
    assert what in problem.what
    assert (problem.file, problem.row) == ("clips.csv", "7") and str(root) not in str(problem)


def test_a_missing_place_names_what_is_near(root):
    problem = fault_of(root, frames="sub 01/a")
    assert problem.what == "frames 'sub 01/a' does not exist."
    assert "Correct 'a'" in problem.remedy
    assert "(there: 'sub 01')" in fault_of(root, frames="sub01/ä").remedy
    assert "(there: 'a.avi')" in fault_of(root, frames="videos/b.avi").remedy


def test_frames_without_a_file_are_counted_and_named(root):
    (root / "sub 01" / "ä" / "img48.jpg").unlink()
    problem = fault_of(root, offset="52")
    assert (problem.file, problem.row) == ("sub 01/ä", "frames 48, 51-52")
    assert "3 of the 7 frames 46 to 52 have no file; the folder has images 46 to 50." in problem.what
    problem = fault_of(root, frames="videos/a.avi", offset="20")
    assert problem.row == "frame 20" and "frames 0 to 19 of a video" in problem.what
    (root / "pairs" / "ap.png").unlink()
    assert "an onset image (0)" in fault_of(root, frames="pairs/on.png|pairs/ap.png").what


def test_broken_images_and_videos(root):
    folder = root / "sub 01" / "ä"
    (folder / "img46.jpg").write_bytes(b"")
    (folder / "img47.jpg").write_bytes(encoded(".jpg")[:-20])
    (folder / "img48.jpg").write_text("text")
    clip = clip_of(root)
    found = [(problem.file, problem.what) for problem in clip.problems]
    assert [file for file, _ in found] == [f"sub 01/ä/img{number}.jpg" for number in (46, 47, 48)]
    assert all(word in what for word, (_, what) in zip(("zero bytes", "truncated", "not an image"), found, strict=True))
    (root / "videos" / "a.avi").write_text("text")
    problem = fault_of(root, frames="videos/a.avi")
    assert (
        problem.what.startswith("it cannot be read as a video (damaged, cut off, or without pictures)")
        and "ffmpeg" in problem.remedy
    )


def test_links_out_of_the_root(root, tmp_path_factory):
    away = tmp_path_factory.mktemp("away")
    write_image(away / "img1.jpg")
    (root / "link").symlink_to(away)
    assert "leaves the root" in fault_of(root, frames="link").what
    (root / "sub 01" / "ä" / "img51.jpg").symlink_to(away / "img1.jpg")
    problem = fault_of(root)
    assert problem.file == "sub 01/ä/img51.jpg" and "leaves the root" in problem.what


def test_a_folder_without_numbered_images(root):
    (root / "empty").mkdir()
    (root / "empty" / "cover.jpg").touch()
    problem = fault_of(root, frames="empty")
    assert problem.what == "frames 'empty' holds no images." and problem.row == "7"


def test_all_faults_of_a_row_at_once(root):
    clip = clip_of(root, subject="", fps="x", onset="y", frames="lost")
    assert [problem.what.split()[0] for problem in clip.problems] == ["subject", "onset", "fps", "frames"]


@pytest.mark.parametrize("column", ["database", "subject", "clip"])
@pytest.mark.parametrize("name", ["a/b", "../../secret", "a\\b", "..", ".", "a\nb"])
def test_names_that_are_no_names(root, column, name):
    problem = fault_of(root, **{column: name})
    assert problem.row == "7" and problem.what.startswith(f"{column} {name!r} ")
