"""A stream on disk: opened with its frames a second, or refused with what is wanted."""

import cv2
import numpy as np
import pytest

from mer.core.errors import InputError, MissingPath
from mer.face.stream_source import open_stream
from tests.own_clip import write_clip


@pytest.fixture
def clip(tmp_path):
    return write_clip(tmp_path / "faces" / "clip", first=4)


def write_video(path, fps, count=3):
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), fps, (48, 40))
    for value in range(count):
        writer.write(np.full((40, 48, 3), 60 * value, np.uint8))
    writer.release()
    return path


def rate(source):
    return source.fps, source.fps_from


def test_a_folder_notes_no_rate(clip):
    source = open_stream(clip)
    assert rate(source) == (30, "assumed") and source.numbers == (4, 5, 6, 7, 8, 9) and source.total == 6
    assert "give --fps" in source.caveats[0] and len(list(source.frames)) == 6
    assert rate(open_stream(clip, 120)) == (120, "given") and not open_stream(clip, 120).caveats


def test_a_table_goes_before_a_video_and_what_is_given_before_both(tmp_path):
    video = write_video(tmp_path / "slow.avi", 25)
    assert rate(open_stream(video)) == (25, "video") and len(list(open_stream(video).frames)) == 3
    (tmp_path / "clips.csv").write_text("subject,clip,frames,fps\n1,a,slow.avi,200\n")
    assert rate(open_stream(video)) == (200, "table") and rate(open_stream(video, 100)) == (100, "given")
    (tmp_path / "clips.csv").write_text("subject,clip,frames,fps\n1,a,slow.avi,\n")
    assert rate(open_stream(video)) == (25, "video")


def test_lacking_numbers_are_counted(clip):
    (clip / "6.png").unlink()
    (clip / "7.png").unlink()
    assert "Images 4 to 9: for 2 of these numbers there is no image" in open_stream(clip, 10).caveats[0]


def test_what_is_no_stream_is_refused_with_what_is_wanted(clip, tmp_path):
    (tmp_path / "one").mkdir()
    (clip / "4.png").rename(tmp_path / "one" / "4.png")
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("words")
    (tmp_path / "clips.csv").write_text("subject,clip,frames\n1,a,faces/clip\n")
    predict = "mer predict ONSET APEX"
    for path, *words in (
        (clip / "5.png", "single image", f"Give the folder of the frames, {str(clip)!r} (images 5 to 9)", predict),
        (tmp_path / "one" / "4.png", "single image", "Give the folder of the frames. Two images", predict),
        (clip / "*.png", "is a pattern", f"folder itself, {str(clip)!r} (images 5 to 9)"),
        (tmp_path / "nowhere" / "*.png", "is a pattern. Give the folder itself, or one video"),
        (f"{clip / '5.png'}|{clip / '6.png'}", "pair of images", predict),
        (tmp_path / "one", "holds image 4 alone", predict),
        (tmp_path / "empty", "holds no images", "a video (.avi"),
        (tmp_path / "faces", "holds no images", f"Did you mean {str(clip)!r}"),
        (tmp_path / "notes.txt", "is a file .txt. Give a video"),
        (tmp_path / "clips.csv", "table of a database. Give one of its clips"),
        (tmp_path, "is a database, with clips.csv. Give one of its clips"),
    ):
        with pytest.raises(InputError) as raised:
            open_stream(path)
        assert all(word in str(raised.value) for word in words), raised.value
        assert "two images" not in str(raised.value), "they are wanted by another command"
    with pytest.raises(MissingPath, match=r"does not exist. Expected a video .* Did you mean"):
        open_stream(tmp_path / "faces" / "clop")
    for fps in (0.5, 2000):
        with pytest.raises(InputError, match="expected 1 to 1000"):
            open_stream(clip, fps)
