"""What a video's header says, and that no file breaks it."""

import cv2
import numpy as np
import pytest

from mer.datasets.video_header import VideoHeader, video_header


def write(path, codec, count=7, fps=50):
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*codec), fps, (64, 48))
    for number in range(count):
        writer.write(np.full((48, 64, 3), 10 * number, np.uint8))
    writer.release()
    return path


def test_frames_rate_and_codec(tmp_path):
    header = video_header(write(tmp_path / "a.avi", "MJPG"))
    assert (header.frames, header.fps, header.codec, header.between_frames) == (7, 50, "mjpg", False)
    header = video_header(write(tmp_path / "a.mp4", "mp4v"))
    assert (header.frames, header.fps, header.between_frames) == (7, 50, True)


@pytest.mark.parametrize("content", [b"", b"no video", bytes(range(256)) * 40])
def test_a_file_that_is_no_video_has_a_header_of_zeros(tmp_path, content):
    path = tmp_path / "a.mp4"
    path.write_bytes(content)
    assert video_header(path) == VideoHeader() and not VideoHeader().between_frames
    assert video_header(tmp_path / "nothing.mp4") == VideoHeader()
