"""Numbered image files of a clip."""

import cv2
import numpy as np
import pytest

from mer.core.errors import InputError, MissingPath
from mer.datasets.frames import frame_paths, read_frame


def write_image(path, rgb=(200, 100, 50), size=(4, 6)):
    image = np.empty((*size, 3), np.uint8)
    image[...] = rgb[::-1]
    path.write_bytes(cv2.imencode(path.suffix, image)[1].tobytes())


def test_frames_are_ordered_by_number_and_not_by_name(tmp_path):
    for name in ("img10.png", "img9.png", "img100.png"):
        (tmp_path / name).touch()
    assert list(frame_paths(tmp_path)) == [9, 10, 100]


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("img46.jpg", 46),  # CASME II, raw
        ("reg_img46.jpg", 46),  # CASME II, cropped
        ("006_05562.jpg", 5562),  # SAMM
        ("image559740.bmp", 559740),  # SMIC
        ("0001.PNG", 1),
    ],
)
def test_number_of_each_releases_names(tmp_path, name, number):
    (tmp_path / name).touch()
    assert list(frame_paths(tmp_path)) == [number]


def test_other_files_are_passed_over(tmp_path):
    for name in ("Thumbs.db", "notes1.txt", "cover.jpg", "img1.jpg.part", "img2.jpg"):
        (tmp_path / name).touch()
    assert list(frame_paths(tmp_path)) == [2]


def test_two_images_of_one_number_are_named(tmp_path):
    (tmp_path / "img7.jpg").touch()
    (tmp_path / "img07.jpg").touch()
    with pytest.raises(InputError, match=r"frame 7 stands twice \(img07\.jpg, img7\.jpg\)"):
        frame_paths(tmp_path)


def test_missing_folder_and_empty_folder(tmp_path):
    with pytest.raises(MissingPath, match=r"absent does not exist"):
        frame_paths(tmp_path / "absent")
    assert frame_paths(tmp_path) == {}


def test_colour_is_red_green_blue(tmp_path):
    write_image(tmp_path / "1.png")
    image = read_frame(tmp_path / "1.png")
    assert image.dtype == np.uint8 and image.shape == (4, 6, 3)
    np.testing.assert_array_equal(image[0, 0], [200, 100, 50])


def test_grey_files_are_read_with_three_equal_channels(tmp_path):
    cv2.imwrite(str(tmp_path / "1.png"), np.full((3, 3), 77, np.uint8))
    np.testing.assert_array_equal(read_frame(tmp_path / "1.png"), np.full((3, 3, 3), 77))


def test_paths_with_spaces_and_other_alphabets(tmp_path):
    folder = tmp_path / "Gesichter ä 表情"
    folder.mkdir()
    write_image(folder / "bild 1.png")
    assert read_frame(frame_paths(folder)[1]).shape == (4, 6, 3)


@pytest.mark.parametrize("content", [b"", b"no image", b"\x89PNG\r\n\x1a\n"])
def test_what_cannot_be_decoded_is_named(tmp_path, content):
    (tmp_path / "1.png").write_bytes(content)
    with pytest.raises(InputError, match=rf"1\.png is not a readable image \({len(content)} bytes\)"):
        read_frame(tmp_path / "1.png")


def test_missing_image(tmp_path):
    with pytest.raises(MissingPath, match=r"1\.png does not exist"):
        read_frame(tmp_path / "1.png")
