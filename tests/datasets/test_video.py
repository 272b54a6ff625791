"""Videos as clips."""

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from mer.core.errors import InputError, MissingPath
from mer.datasets.video import VideoFile
from mer.datasets.video_header import VideoHeader
from tests.datasets.pictures_and_videos import CODECS, turned, write_gif, write_video

NO_VIDEO = "cannot be read as a video (damaged, cut off, or without pictures)"


def greys(frames) -> list[int]:
    return [round(float(frame.mean()) / 10) for frame in frames]


@pytest.fixture
def captures(monkeypatch):
    """Every capture that was opened, with whether it was released."""
    opened = []
    real = cv2.VideoCapture

    class Watched:
        def __init__(self, *arguments):
            self._real, self.grabs, self.released = real(*arguments), 0, False
            opened.append(self)

        def grab(self):
            self.grabs += 1
            return self._real.grab()

        def release(self):
            self.released = True
            self._real.release()

        def __getattr__(self, name):
            return getattr(self._real, name)

    monkeypatch.setattr(cv2, "VideoCapture", Watched)
    return opened


@pytest.mark.parametrize("suffix", CODECS)
def test_frames_are_numbered_from_0(tmp_path, suffix):
    video = VideoFile(write_video(tmp_path / f"clip{suffix}"))
    assert video.numbers == range(20) and video.describe() == "frames 0 to 19 of a video"
    frames = list(video.read([0, 7, 19]))
    assert greys(frames) == [0, 7, 19]
    assert frames[0].dtype == np.uint8 and frames[0].shape == (48, 64, 3)
    assert video.faults(video.numbers) == []
    assert video.listing([3, 4]) == [(f"clip{suffix}", os.path.getsize(tmp_path / f"clip{suffix}"))]


def test_every_frame_is_the_one_of_its_number(tmp_path):
    """Frames between key frames too: nothing is sought."""
    video = VideoFile(write_video(tmp_path / "clip.mp4", frames=25))
    assert greys(video.read(range(25))) == list(range(25))
    for number in (1, 11, 13, 24):
        assert greys(video.read([number])) == [number]


def test_in_order_are_all_frames_without_counting_them_first(tmp_path):
    clip = VideoFile(write_video(tmp_path / "clip.avi", 9))
    found = list(clip.in_order())
    assert len(found) == 9
    assert all(np.array_equal(*pair) for pair in zip(found, clip.read(range(9)), strict=True))
    (tmp_path / "none.avi").write_bytes(b"nothing")
    with pytest.raises(InputError, match="cannot be read as a video"):
        next(VideoFile(tmp_path / "none.avi").in_order())


def test_colour_is_red_green_blue(tmp_path):
    path = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter_fourcc(*"MJPG"), 30, (64, 48))
    writer.write(np.full((48, 64, 3), (20, 100, 220), np.uint8))
    writer.release()
    np.testing.assert_allclose(next(VideoFile(path).read([0]))[24, 32], [220, 100, 20], atol=6)


def test_paths_with_spaces_colons_digits_and_other_alphabets(tmp_path, monkeypatch):
    names = ("Gesichter ä 表情/clip 1.mp4", "a:b_%03d.avi", "img_001.avi")
    for name in names:
        assert len(VideoFile(write_video(tmp_path / name, frames=3)).numbers) == 3, name
    monkeypatch.chdir(tmp_path)
    for name in ("file:1.avi", "a:b_%03d.avi"):  # no address, no pattern
        assert len(VideoFile(write_video(tmp_path / name, frames=3)).numbers) == 3
        assert len(list(VideoFile(Path(name)).read([0, 2]))) == 2


def test_reading_decodes_no_more_than_it_must_and_closes_always(tmp_path, captures):
    video = VideoFile(write_video(tmp_path / "clip.avi"))
    frames = video.read([3, 4, 4])
    assert greys(frames) == [3, 4, 4]
    assert [(capture.grabs, capture.released) for capture in captures] == [(5, True)]
    left = video.read([3, 10])
    next(left)
    left.close()
    assert captures[-1].grabs == 4 and captures[-1].released
    with pytest.raises(InputError):
        list(video.read([50]))
    assert all(capture.released for capture in captures)


def test_frames_are_counted_once_for_each_content(tmp_path, captures):
    path = write_video(tmp_path / "clip.avi", frames=5)
    assert len(VideoFile(path).numbers) == len(VideoFile(path).numbers) == 5
    assert len(captures) == 1
    write_video(path, frames=8)
    assert len(VideoFile(path).numbers) == 8


def test_a_video_that_ends_early_is_counted_as_it_is(tmp_path):
    whole = write_video(tmp_path / "whole.avi", frames=20).read_bytes()
    path = tmp_path / "cut.avi"
    path.write_bytes(whole[: len(whole) * 3 // 4])
    video = VideoFile(path)
    count = len(video.numbers)
    assert 0 < count < 18
    [(name, what, remedy)] = video.faults(video.numbers)
    assert name == "cut.avi" and what == f"ends early: 20 frames according to its header, {count} can be read"
    assert "ffmpeg" in remedy
    assert video.faults([0, 1]) == []  # the part that is there is sound
    with pytest.raises(InputError, match=rf"cut\.avi ends after {count} frame\(s\), frame 19 was wanted"):
        list(video.read([19]))


def test_what_is_no_video(tmp_path):
    (tmp_path / "text.mp4").write_text("not a video")
    video = VideoFile(tmp_path / "text.mp4")
    assert len(video.numbers) == 0 and "cannot be read" in video.describe()
    assert [what for _, what, _ in video.faults([])] == [NO_VIDEO]
    with pytest.raises(InputError, match=r"text\.mp4 cannot be read as a video"):
        list(video.read([0]))
    (tmp_path / "empty.avi").touch()
    assert [what for _, what, _ in VideoFile(tmp_path / "empty.avi").faults([])] == ["is empty (zero bytes)"]
    with pytest.raises(MissingPath, match=r"absent\.avi does not exist"):
        VideoFile(tmp_path / "absent.avi")
    with pytest.raises(MissingPath, match="first frame of a video is number 0"):
        list(VideoFile(write_video(tmp_path / "a.avi", frames=2)).read([-1]))


def test_links(tmp_path):
    away = write_video(tmp_path / "away.avi", frames=2)
    root = tmp_path / "root"
    near = write_video(root / "near.avi", frames=2)
    for name, target in (("out", away), ("in", near), ("nowhere", root / "lost.avi")):
        (root / f"{name}.avi").symlink_to(target)
    found = {name: VideoFile(root / f"{name}.avi", root).faults([0]) for name in ("out", "in", "nowhere")}
    assert "leaves the root" in found["out"][0][1] and found["in"] == []
    assert "lost.avi, which does not exist" in found["nowhere"][0][1]
    assert len(VideoFile(root / "nowhere.avi").numbers) == 0


def test_an_error_of_the_decoder_names_the_file(tmp_path, monkeypatch):
    path = write_video(tmp_path / "a.avi", frames=4)

    class Failing:
        def __getattr__(self, name):
            return {"isOpened": lambda: True, "release": lambda: None}.get(name, self.fail)

        def fail(self, *given):
            raise cv2.error("out of memory")

    monkeypatch.setattr(cv2, "VideoCapture", lambda *given: Failing())
    with pytest.raises(InputError, match=r"a\.avi cannot be decoded"):
        next(VideoFile(path).read([0]))
    assert [what for _, what, _ in VideoFile(path).faults([0])] == [NO_VIDEO]


@pytest.mark.parametrize("start", [b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", b"RIFF\0\0\1\0AVI LIST", b""])
def test_libraries_do_not_talk_about_a_broken_video_before_we_do(tmp_path, start):
    """In a process of its own: they read their settings once."""
    path = tmp_path / "broken.mp4"
    path.write_bytes(start + bytes(4000))
    code = f"import pathlib, mer.datasets.video as v; print(v.VideoFile(pathlib.Path({str(path)!r})).faults([0]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "cannot be read as a video" in done.stdout
    assert done.stderr == ""


def test_frames_of_a_gif_are_all_there_and_uneven_times_are_told(tmp_path):
    even = VideoFile(write_gif(tmp_path / "even.gif", [0, 60, 120, 200], [40] * 4))
    assert even.numbers == range(4) and even.steps_ms is None
    assert [round(float(frame.mean())) for frame in even.read(range(4))] == [0, 60, 120, 200]
    uneven = VideoFile(write_gif(tmp_path / "uneven.gif", [0, 60, 120, 200, 10], [40, 40, 120, 40, 40]))
    assert uneven.numbers == range(5) and uneven.steps_ms == pytest.approx((40, 120))


def test_a_video_of_a_telephone_held_upright_stands_upright(tmp_path):
    path = write_video(tmp_path / "a.mp4", frames=2)
    assert next(VideoFile(path).read([0])).shape == (48, 64, 3)
    path = tmp_path / "b.mp4"
    path.write_bytes(turned((tmp_path / "a.mp4").read_bytes()))
    assert next(VideoFile(path).read([0])).shape == (64, 48, 3)


def test_a_codec_that_cannot_be_decoded_is_named(tmp_path, monkeypatch):
    (tmp_path / "a.mp4").write_bytes(b"x" * 100)
    monkeypatch.setattr("mer.datasets.video.video_header", lambda path: VideoHeader(5, 30.0, "av01"))
    ((_, what, remedy),) = VideoFile(tmp_path / "a.mp4").faults([0])
    assert what == "cannot be read as a video (codec av01, unknown to this decoder)" and "convert it" in remedy
