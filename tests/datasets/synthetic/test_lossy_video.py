"""Frames through a lossy video: the same frames, in order, with less in them."""

import cv2
import numpy as np
import pytest

from mer.core.errors import InputError
from mer.datasets.synthetic import lossy_video
from mer.datasets.synthetic.lossy_video import through_video


def scene(count=8, height=64, width=64, grey=False):
    """A textured square that moves by a pixel a frame over a textured ground."""
    draw = np.random.default_rng(0)
    ground, square = draw.integers(60, 120, (height, width, 3)), draw.integers(120, 200, (24, 24, 3))
    frames = []
    for number in range(count):
        image = cv2.GaussianBlur(ground.astype(np.float32), (0, 0), 2)
        image[20:44, 10 + number : 34 + number] = cv2.GaussianBlur(square.astype(np.float32), (0, 0), 2)
        image = image.astype(np.uint8)
        frames.append(np.repeat(image[..., 1:2], 3, axis=2) if grey else image)
    return frames


def error(one, two):
    return float(np.abs(one.astype(float) - two).mean())


def test_frames_come_back_in_order_in_number_and_nearly_as_they_were():
    frames = scene()
    back = list(through_video(frames))
    assert len(back) == len(frames) and all(frame.shape == (64, 64, 3) and frame.dtype == np.uint8 for frame in back)
    errors = np.array([[error(one, two) for two in frames] for one in back])
    assert errors.argmin(axis=1).tolist() == list(range(8))
    assert 0 < np.diag(errors).max() < 6


def test_channels_keep_their_places_and_sides_may_be_odd():
    red = np.zeros((33, 47, 3), np.uint8)
    red[..., 0], red[16:] = 200, red[16:] // 2
    (back,) = through_video([red])
    assert back.shape == red.shape
    assert back[:10, ..., 0].mean() > 150 and back[..., 2].mean() < 60


def test_less_contrast_loses_more_and_grey_stays_grey():
    frames = scene(grey=True)
    lost = []
    for contrast in (1.0, 0.5, 0.25):
        back = list(through_video(frames, contrast))
        assert all((frame[..., :1] == frame).all() for frame in back)
        lost.append(np.mean([error(*pair) for pair in zip(frames, back, strict=True)]))
    assert lost[0] < lost[1] < lost[2]


def test_a_frame_that_repeats_costs_nothing_and_changes_nothing():
    still = [scene()[0]] * 5
    back = list(through_video(still))
    assert max(error(back[0], frame) for frame in back) < 1


def test_without_its_codec_it_is_said_and_no_other_one_is_taken(monkeypatch):
    """Motion JPEG can be written here; it predicts nothing, so that the condition would mean something else."""
    monkeypatch.setattr(lossy_video, "CODEC", "none")
    with pytest.raises(InputError, match=r"writes no video with none\. Install opencv-contrib-python"):
        list(through_video(scene(3)))


def test_frames_are_predicted_from_the_one_before(monkeypatch):
    """Frames that change nothing take hardly any room beside the first."""
    sizes = []

    class Read(lossy_video.VideoFile):
        def __init__(self, path):
            sizes.append(path.stat().st_size)
            super().__init__(path)

    monkeypatch.setattr(lossy_video, "VideoFile", Read)
    for count in (1, 11):
        list(through_video(scene(1) * count))
    assert sizes[1] < 2 * sizes[0]
