"""Which onset a frame of a stream has."""

import numpy as np
import pytest

from mer.core.errors import InputError
from mer.face.align import face_transform, warp_image
from mer.face.canonical import square_points
from mer.face.running_onset import RunningOnset

SIDE = 40


class Scripted:
    """Finds a face shifted by a pixel a look to the right, or none in the looks named."""

    name = "scripted"

    def __init__(self, without: tuple[int, ...] = ()) -> None:
        self.looks, self.without = 0, without

    def detect(self, image: np.ndarray) -> list[np.ndarray]:
        look, self.looks = self.looks, self.looks + 1
        return [] if look in self.without else [(square_points(SIDE) * 0.8 + [look, 2]).astype(np.float32)]


def frames(count: int) -> list[np.ndarray]:
    return list(np.random.default_rng(0).integers(0, 255, (count, SIDE, SIDE, 3), np.uint8))


def onsets(taken: list) -> list[int | None]:
    return [None if one.onset is None else one.onset.number for one in taken]


def test_the_onset_is_the_newest_key_frame_that_is_old_enough() -> None:
    running = RunningOnset(Scripted(), 32, 1, lag=3, renew=2)
    taken = [running.take(image) for image in frames(10)]
    assert onsets(taken) == [None, 0, 0, 0, 0, 2, 2, 4, 4, 6]
    assert running.detector.looks == 5
    assert [one.number for one in taken] == list(range(10))


def test_a_frame_is_aligned_by_its_onsets_transform() -> None:
    running, images = RunningOnset(Scripted(), 32, 3, lag=2, renew=2), frames(5)
    taken = [running.take(image) for image in images]
    for one in taken[1:]:
        points = square_points(SIDE) * 0.8 + [one.onset.number // 2, 2]
        matrix = face_transform(points.astype(np.float32), 32)
        assert np.array_equal(one.aligned, warp_image(images[one.number], matrix, 32))
        assert np.array_equal(one.onset.aligned, warp_image(images[one.onset.number], matrix, 32))
        assert one.onset.boxes.shape == (9, 4)
    assert not np.array_equal(taken[1].onset.matrix, taken[4].onset.matrix)


def test_without_a_face_there_is_no_onset_until_there_is_one_again() -> None:
    """Looks are at 0, 2, 4, 6, 8; that at 4 fails. What came before the gap is no onset after it."""
    running = RunningOnset(Scripted(without=(2,)), 32, 1, lag=4, renew=2)
    taken = [running.take(image) for image in frames(10)]
    assert onsets(taken) == [None, 0, 0, 0, None, None, None, 6, 6, 6]
    assert [bool(one.fault) for one in taken] == [False] * 4 + [True, True] + [False] * 4
    assert "No face found" in taken[4].fault
    assert taken[4].aligned is None


def test_bad_input_is_refused() -> None:
    with pytest.raises(InputError, match="lag is 0"):
        RunningOnset(Scripted(), 32, 1, lag=0, renew=2)
    running = RunningOnset(Scripted(), 32, 1, lag=1, renew=1)
    running.take(frames(1)[0])
    with pytest.raises(InputError, match=r"Frame 1 has 20 x 40 pixels, those before 40 x 40"):
        running.take(frames(1)[0][:, :20])
