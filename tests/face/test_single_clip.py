"""A clip outside of any database: its frames chosen, read once and aligned by the onset's face."""

import cv2
import numpy as np
import pytest
from PIL import Image

from mer.core.errors import InputError, MissingPath
from mer.datasets.frames import open_frames
from mer.face import own_source
from mer.face.canonical import square_points
from mer.face.landmarks import CutFace, NoFace, SeveralFaces
from mer.face.own_source import open_own, own_name, window
from mer.face.single_clip import read_clip
from tests.face.conftest import FixedDetector

SIZE = 32


def picture(value, height=40, width=48):
    """A smooth picture whose brightness tells which frame it is."""
    column, row = np.meshgrid(np.arange(width), np.arange(height))
    return np.stack([np.clip(value + column + row, 0, 255)] * 3, axis=2).astype(np.uint8)


@pytest.fixture
def folder(tmp_path):
    """Frames 3 to 8, the one of number n of brightness 10 n."""
    place = tmp_path / "clip"
    place.mkdir()
    for number in range(3, 9):
        cv2.imwrite(str(place / f"img{number}.png"), picture(10 * number))
    return place


@pytest.fixture
def detector():
    return FixedDetector(square_points(SIZE) + np.float32([5, 4]))


def write_video(path, frames):
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 50, (frames[0].shape[1], frames[0].shape[0]))
    for frame in frames:
        writer.write(frame)
    writer.release()
    return path


def test_all_frames_are_read_once_and_aligned_by_the_onsets_face(folder, detector, monkeypatch):
    read = []
    original = open_frames(folder).__class__.read
    monkeypatch.setattr(
        "mer.datasets.image_folder.ImageFolder.read",
        lambda self, numbers: (
            read.append(number) or image for number, image in zip(numbers, original(self, numbers), strict=True)
        ),
    )
    seen = []
    clip = read_clip(
        open_own(folder), "c", detector, SIZE, seen=lambda number, image: seen.append((number, image.shape))
    )
    assert clip.numbers == (3, 4, 5, 6, 7, 8) and read == [3, 4, 5, 6, 7, 8]
    assert seen == [(number, (40, 48, 3)) for number in range(3, 9)]
    assert detector.calls == 1
    assert clip.frames.shape == (6, SIZE, SIZE, 1) and clip.frames.dtype == np.uint8
    # the face lies at (5, 4): the aligned pixel (0, 0) is raw pixel (5, 4), of brightness 10 n + 9
    assert clip.frames[:, 0, 0, 0].tolist() == [10 * number + 9 for number in range(3, 9)]
    np.testing.assert_allclose(clip.landmarks, square_points(SIZE), atol=1e-3)
    np.testing.assert_allclose(clip.points, square_points(SIZE) + np.float32([5, 4]), atol=1e-3)
    assert clip.boxes.shape == (9, 4) and not clip.pair and clip.place(7) == 4
    assert np.array_equal(clip.raw_onset, picture(30))


def test_colour_models_get_colour(folder, detector):
    red = np.zeros((40, 48, 3), np.uint8)
    red[..., 2] = 200  # OpenCV writes blue first
    for number in range(3, 9):
        cv2.imwrite(str(folder / f"img{number}.png"), red)
    frames = read_clip(open_own(folder), "c", detector, SIZE, channels=3).frames
    assert frames.shape == (6, SIZE, SIZE, 3)
    assert frames[2, 10, 10].tolist() == [200, 0, 0]


def test_a_part_of_a_clip_is_read_from_its_own_onset(folder, detector):
    clip = read_clip(open_own(folder), "c", detector, SIZE, onset=5, offset=7)
    assert clip.numbers == (5, 6, 7)
    assert np.array_equal(clip.raw_onset, picture(50))


def test_a_video_and_two_images(folder, detector, tmp_path):
    video = write_video(tmp_path / "v.avi", [picture(10 * k) for k in range(4)])
    clip = read_clip(open_own(video), "v.avi", detector, SIZE)
    assert clip.numbers == (0, 1, 2, 3) and clip.header.fps == 50 and clip.header.codec == "mjpg"
    part = read_clip(open_own(video), "v.avi", detector, SIZE, onset=1, offset=2)
    assert part.numbers == (1, 2)
    pair = read_clip(open_own(folder / "img3.png", folder / "img8.png"), "p", detector, SIZE)
    assert pair.pair and pair.numbers == (0, 1)
    assert pair.frames[:, 0, 0, 0].tolist() == [39, 89]
    assert own_name(folder / "img3.png", folder / "img8.png") == "img3.png and img8.png"


@pytest.mark.parametrize(("faces", "fault"), [(0, NoFace), (2, SeveralFaces), (1, CutFace)], ids=["none", "two", "cut"])
def test_a_fault_of_the_face_names_the_frame_and_what_to_do(folder, faces, fault):
    shift = np.float32([500, 0]) if fault is CutFace else np.float32([0, 0])
    finder = FixedDetector(*[square_points(16) + np.float32([20 * k, 0]) + shift for k in range(faces)])
    with pytest.raises(fault, match=r"In frame 4 of clip, its onset: .*Choose an onset in which the face is seen"):
        read_clip(open_own(folder), "clip", finder, SIZE, onset=4)


def test_frames_of_another_size_are_named(folder, detector):
    cv2.imwrite(str(folder / "img6.png"), picture(0, 41))
    with pytest.raises(InputError, match="Frame 6 of c has 48 x 41 pixels, the onset 48 x 40"):
        read_clip(open_own(folder), "c", detector, SIZE)
    with pytest.raises(InputError, match="The apex image of c has 48 x 41"):
        read_clip(open_own(folder / "img3.png", folder / "img6.png"), "c", detector, SIZE)


def test_one_picture_twice_is_no_pair(folder, detector):
    with pytest.raises(InputError, match="Onset and apex image of c are one picture, so nothing moves"):
        read_clip(open_own(folder / "img3.png", folder / "img3.png"), "c", detector, SIZE)


def test_a_single_frame_is_no_clip(folder, detector, tmp_path):
    with pytest.raises(InputError, match=r"1 frame\(s\) from onset 8 to offset 8; two at least"):
        read_clip(open_own(folder), "c", detector, SIZE, onset=8)
    video = write_video(tmp_path / "one.avi", [picture(0)])
    with pytest.raises(InputError, match="two at least"):
        read_clip(open_own(video), "one.avi", detector, SIZE)


def test_what_cannot_be_read_is_said(folder, detector, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="e holds no images"):
        window(open_own(tmp_path / "empty"), "e")
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video at all" * 100)
    with pytest.raises(InputError, match=r"broken\.mp4 cannot be read as a video"):
        read_clip(open_own(broken), "broken.mp4", detector, SIZE)
    with pytest.raises(MissingPath, match=r"apex image .* does not exist"):
        open_own(folder / "img3.png", folder / "img99.png")
    with pytest.raises(InputError, match=r"is no image. Give two images, or one video or folder alone"):
        open_own(folder, folder / "img3.png")
    with pytest.raises(InputError, match=r"is a single image.*give the apex image"):
        open_own(folder / "img3.png")
    for onset, offset, words in (
        (99, None, "no frame 99, the onset"),
        (None, 1, "no frame 1, the offset"),
        (5, 4, "not after"),
    ):
        with pytest.raises(InputError, match=words):
            window(open_own(folder), "c", onset, offset)


def test_too_many_frames_are_refused_with_how_to_choose(folder, detector, monkeypatch, tmp_path):
    monkeypatch.setattr(own_source, "MOST_FRAMES", 4)
    with pytest.raises(InputError, match=r"6 frames from onset 3 to offset 8; at most 4.*--onset N --offset N"):
        window(open_own(folder), "c")
    assert list(window(open_own(folder), "c", 4, 7)) == [4, 5, 6, 7]
    video = write_video(tmp_path / "v.avi", [picture(k) for k in range(20)])
    source = open_own(video)
    monkeypatch.setattr(type(source), "numbers", property(lambda self: pytest.fail("the video was gone through")))
    with pytest.raises(InputError, match=r"v\.avi has about 20 frames; at most 4"):
        window(source, "v.avi")
    assert list(window(source, "v.avi", 8, 11)) == [8, 9, 10, 11]


def test_landmarks_known_by_clip_will_not_do(folder):
    class Known:
        name = "points"

        def points(self, row):
            return square_points(SIZE)

    with pytest.raises(InputError, match="Use the detector facemesh or dlib"):
        read_clip(open_own(folder), "c", Known(), SIZE)


def test_what_is_wrong_with_a_video_that_can_be_read_is_kept_for_the_reader(tmp_path, detector):
    frames = [picture(20 * number) for number in range(10)]
    path = tmp_path / "whole.avi"
    write_video(path, frames)
    assert read_clip(open_own(path), "whole", detector, SIZE).doubts == ()
    short = tmp_path / "short.avi"
    short.write_bytes(path.read_bytes()[: path.stat().st_size * 4 // 5])
    clip = read_clip(open_own(short), "short", detector, SIZE)
    assert len(clip.numbers) < 9 and "short.avi ends early: 10 frames according to its header" in clip.doubts[0]
    stills = [Image.fromarray(frame) for frame in frames[:4]]
    stills[0].save(tmp_path / "a.gif", save_all=True, append_images=stills[1:], duration=[40, 40, 200, 40])
    (doubt,) = read_clip(open_own(tmp_path / "a.gif"), "a.gif", detector, SIZE).doubts
    assert "unevenly spaced, 40 to 200 ms apart" in doubt


def test_a_folder_without_a_clip_says_what_was_probably_meant(tmp_path, folder):
    with pytest.raises(InputError, match=rf"holds no images\. Expected a video .* Did you mean '{folder}'\?"):
        window(open_own(tmp_path), "top")
    with pytest.raises(MissingPath, match=rf"Did you mean '{folder}'\?"):
        open_own(tmp_path / "clpi")
    (tmp_path / "named").mkdir()
    (folder / "img3.png").rename(tmp_path / "named" / "onset.png")
    with pytest.raises(InputError, match=r"1 image\(s\) without a number in the name \(onset\.png\)"):
        window(open_own(tmp_path / "named"), "named")
