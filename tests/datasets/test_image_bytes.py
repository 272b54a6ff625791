"""Image files judged by their bytes."""

import os
import struct
import zlib

import cv2
import numpy as np
import pytest

from mer.core.errors import InputError, MissingPath
from mer.datasets.image_bytes import image_fault, image_file_fault, link_fault, read_frame
from tests.datasets.pictures_and_videos import encoded, smooth, with_orientation, write_image

KINDS = (".jpg", ".png", ".bmp", ".tif")


def fault_of(data: bytes) -> tuple[str, str] | None:
    return image_fault(data[:64], data[-64:], len(data))


@pytest.mark.parametrize("suffix", KINDS)
def test_a_whole_file_is_sound_and_read_in_red_green_blue(tmp_path, suffix):
    path = write_image(tmp_path / f"1{suffix}")
    assert fault_of(path.read_bytes()) is None and image_file_fault(path) is None
    image = read_frame(path)
    assert image.dtype == np.uint8 and image.shape == (40, 60, 3)
    assert np.abs(image.astype(int) - smooth()).mean() < 5  # red and blue exchanged: 50 and more


@pytest.mark.parametrize("suffix", KINDS)
@pytest.mark.parametrize("kept", [0.1, 0.5, 0.95])
def test_a_truncated_file_is_refused(tmp_path, suffix, kept):
    whole = encoded(suffix)
    path = tmp_path / f"img7{suffix}"
    path.write_bytes(whole[: int(kept * len(whole))])
    seen = image_file_fault(path)
    # a TIFF's parts may lie in any order: a cut that leaves its directory whole shows only when it is decoded
    assert (seen is None and suffix == ".tif") or seen[0].startswith("is truncated")
    with pytest.raises(
        InputError, match=rf"img7\{suffix} is not a readable image .*(truncated|damaged).*Copy it again"
    ):
        read_frame(path)


def test_a_file_that_lacks_its_last_byte_is_refused():
    for suffix in (".jpg", ".png", ".bmp"):
        assert fault_of(encoded(suffix)[:-1])[0].startswith("is truncated")


def test_a_tiff_cut_in_its_directory_is_refused():
    whole = encoded(".tif")
    directory = int.from_bytes(whole[4:8], "little")
    assert whole[:2] == b"II" and 8 < directory < len(whole) - 78
    for kept in (4, directory - 1, directory + 1, directory + 20):
        assert fault_of(whole[:kept])[0].startswith("is truncated")


def test_the_decoder_alone_is_not_trusted(tmp_path, monkeypatch):
    """Some versions return the upper half with grey below."""
    monkeypatch.setattr(cv2, "imdecode", lambda *_: np.zeros((2, 2, 3), np.uint8))
    path = tmp_path / "1.jpg"
    path.write_bytes(encoded(".jpg")[:-300])
    with pytest.raises(InputError, match="truncated"):
        read_frame(path)


@pytest.mark.parametrize("trailer", [b"\0" * 4096, b"\0" * 3, b"ftypmp42" * 500])
@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_padding_or_a_telephones_film_behind_the_picture_does_no_harm(tmp_path, suffix, trailer):
    path = tmp_path / f"1{suffix}"
    path.write_bytes(encoded(suffix) + trailer)
    assert image_file_fault(path) is None
    assert read_frame(path).shape == (40, 60, 3)
    path.write_bytes(encoded(suffix)[:-200] + trailer)
    assert image_file_fault(path)[0].startswith("is truncated")
    with pytest.raises(InputError, match="truncated"):
        read_frame(path)


def test_the_end_of_a_thumbnail_is_not_the_end_of_the_picture(tmp_path):
    jpeg = encoded(".jpg")
    thumbnail = b"\xff\xe1\x00\x0cExif\0\0\xff\xd9ab"  # 12 bytes of APP1 with an end marker inside
    cut = jpeg[:2] + thumbnail + jpeg[2:-300]
    path = tmp_path / "1.jpg"
    path.write_bytes(cut)
    assert image_file_fault(path)[0].startswith("is truncated")
    path.write_bytes(jpeg[:2] + thumbnail + jpeg[2:] + b"x" * 100)
    assert image_file_fault(path) is None


def test_a_bmp_may_note_a_wrong_total():
    bmp = encoded(".bmp")
    wrong = bmp[:2] + (10**9).to_bytes(4, "little") + bmp[6:]
    assert fault_of(wrong) is None
    assert fault_of(wrong[:-1]) is not None


def test_empty_files_and_texts_are_told_apart(tmp_path):
    path = tmp_path / "1.jpg"
    path.write_bytes(b"")
    assert image_file_fault(path)[0] == "is empty (zero bytes)"
    path.write_bytes(b"frame list\n1\n2\n")
    assert image_file_fault(path)[0].startswith("is not an image, whatever its name says")
    with pytest.raises(InputError, match=r"1\.jpg is not a readable image \(15 bytes\).*neither JPEG, PNG, BMP nor"):
        read_frame(path)


def test_damage_inside_is_found_when_decoding(tmp_path):
    png = bytearray(encoded(".png"))
    middle = len(png) // 2
    png[middle : middle + 40] = bytes(40)
    path = tmp_path / "1.png"
    path.write_bytes(png)
    assert image_file_fault(path) is None
    with pytest.raises(InputError, match=r"1\.png .*damaged inside"):
        read_frame(path)


def test_a_missing_file_and_a_folder(tmp_path):
    with pytest.raises(MissingPath, match=r"1\.png does not exist"):
        read_frame(tmp_path / "1.png")
    (tmp_path / "2.png").mkdir()
    with pytest.raises(InputError, match=r"2\.png cannot be read"):
        read_frame(tmp_path / "2.png")


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_sixteen_bits_are_scaled_to_eight(tmp_path, suffix):
    values = np.array([[0, 257, 127 * 257, 128 * 257, 65535]], np.uint16)
    image = read_frame(write_image(tmp_path / f"1{suffix}", values))
    np.testing.assert_array_equal(image, np.array([[0, 1, 127, 128, 255]], np.uint8)[..., None].repeat(3, 2))


def test_grey_files_have_three_equal_channels(tmp_path):
    image = read_frame(write_image(tmp_path / "1.png", np.full((3, 3), 77, np.uint8)))
    np.testing.assert_array_equal(image, np.full((3, 3, 3), 77))


@pytest.mark.parametrize(("orientation", "turns"), [(1, 0), (3, 2), (6, -1), (8, 1)])
def test_a_cameras_note_of_orientation_is_obeyed(tmp_path, orientation, turns):
    path = tmp_path / "1.jpg"
    path.write_bytes(encoded(".jpg"))
    upright = read_frame(path)
    path.write_bytes(with_orientation(encoded(".jpg"), orientation))
    np.testing.assert_array_equal(read_frame(path), np.rot90(upright, turns))


def test_links(tmp_path):
    root, outside = tmp_path / "root", tmp_path / "outside"
    inside = write_image(root / "store" / "1.png")
    away = write_image(outside / "2.png")
    (root / "clip").mkdir()
    links = {name: root / "clip" / f"{name}.png" for name in ("in", "out", "nowhere")}
    links["in"].symlink_to(os.path.relpath(inside, root / "clip"))
    links["out"].symlink_to(away)
    links["nowhere"].symlink_to(root / "lost.png")
    assert image_file_fault(links["in"], root) is None
    what, remedy = image_file_fault(links["out"], root)
    assert "leaves the root" in what and "Copy the files there" in remedy and "folder that the link points to" in remedy
    assert image_file_fault(links["out"]) is None
    assert "lost.png, which does not exist" in image_file_fault(links["nowhere"], root)[0]
    assert link_fault(root / "clip", root) is None


def test_a_header_that_speaks_of_more_pixels_than_there_can_be(tmp_path):
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1 << 19, 1 << 19, 8, 2, 0, 0, 0)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 10)) + chunk(b"IEND", b"")
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)
    with pytest.raises(InputError, match=r"a\.png is not a readable image .* it is damaged inside"):
        read_frame(tmp_path / "a.png")
