"""Numbered image files of a clip."""

import os

import pytest

from mer.core.errors import InputError, MissingPath
from mer.datasets.image_folder import ImageFolder
from tests.datasets.pictures_and_videos import encoded, smooth, write_image


def test_frames_are_ordered_by_number_and_not_by_name(tmp_path):
    for name in ("img10.png", "img9.png", "img100.png"):
        (tmp_path / name).touch()
    assert ImageFolder(tmp_path).numbers == (9, 10, 100)


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("img46.jpg", 46),  # CASME II, raw
        ("reg_img46.jpg", 46),  # CASME II, cropped
        ("006_05562.jpg", 5562),  # SAMM
        ("image559740.bmp", 559740),  # SMIC
        ("0001.PNG", 1),
        ("a.b 12_left.jpeg", 12),
    ],
)
def test_number_of_each_releases_names(tmp_path, name, number):
    (tmp_path / name).touch()
    assert ImageFolder(tmp_path).numbers == (number,)


def test_other_files_are_passed_over(tmp_path):
    for name in ("Thumbs.db", ".DS_Store", "notes1.txt", "cover.jpg", "img1.jpg.part", "._img46.jpg", "img2.jpg"):
        (tmp_path / name).touch()
    (tmp_path / "img3.jpg").mkdir()
    assert ImageFolder(tmp_path).numbers == (2,)


def test_one_look_at_a_folder_and_no_decoding(tmp_path, monkeypatch):
    for number in range(5):
        write_image(tmp_path / f"{number}.png")
    looks = []
    real = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: (looks.append(path), real(path))[1])
    monkeypatch.setattr("cv2.imdecode", None)
    source = ImageFolder(tmp_path, tmp_path)
    assert source.faults(source.numbers) == [] and len(source.listing(source.numbers)) == 5
    assert len(looks) == 1


def test_two_images_of_one_number_are_a_fault_of_that_number_only(tmp_path):
    for name in ("img07.jpg", "img7.jpg", "img8.jpg"):
        write_image(tmp_path / name)
    source = ImageFolder(tmp_path)
    assert source.numbers == (7, 8)
    [(name, what, remedy)] = source.faults([7, 8])
    assert (name, remedy) == ("img7.jpg", "Remove all but one.")
    assert "frame number 7 of img07.jpg" in what and "two images with one number" in what
    assert source.faults([8]) == []
    with pytest.raises(InputError, match=r"frame 7 stands twice \(img07\.jpg, img7\.jpg\)"):
        list(source.read([7]))


def test_reading_is_in_order_and_as_late_as_can_be(tmp_path):
    for number in (9, 10, 11):
        write_image(tmp_path / f"img{number}.png", smooth(seed=number))
    (tmp_path / "img11.png").write_bytes(encoded(".png")[:-20])
    frames = ImageFolder(tmp_path).read([11, 10, 9])
    assert (next(frames) == smooth(seed=9)).all() and (next(frames) == smooth(seed=10)).all()
    with pytest.raises(InputError, match=r"img11\.png .*truncated"):
        next(frames)
    with pytest.raises(MissingPath, match=r"Frame 12 is not in .*images 9 to 11"):
        next(ImageFolder(tmp_path).read([12]))


def test_faults_of_each_file(tmp_path):
    root = tmp_path / "root"
    clip = root / "clip"
    for number in range(1, 7):
        write_image(clip / f"{number}.jpg")
    away = write_image(tmp_path / "away.jpg")
    (clip / "2.jpg").write_bytes(b"")
    (clip / "3.jpg").write_text("not an image")
    (clip / "4.jpg").write_bytes(encoded(".jpg")[:-30])
    for number, target in ((5, away), (6, root / "lost.jpg")):
        (clip / f"{number}.jpg").unlink()
        (clip / f"{number}.jpg").symlink_to(target)
    source = ImageFolder(clip, root)
    faults = {name: what for name, what, _ in source.faults(range(10))}
    assert list(faults) == ["2.jpg", "3.jpg", "4.jpg", "5.jpg", "6.jpg"]
    words = ("empty", "not an image", "truncated", "leaves the root", "does not exist")
    assert all(word in what for word, what in zip(words, faults.values(), strict=True))
    assert all(remedy for *_, remedy in source.faults(range(10)))
    assert source.faults([1]) == []


def test_a_folder_that_is_a_link_out_of_the_root_is_one_fault(tmp_path):
    for number in (1, 2):
        write_image(tmp_path / "away" / f"{number}.jpg")
        write_image(tmp_path / "root" / "near" / f"{number}.jpg")
    (tmp_path / "root" / "clip").symlink_to(tmp_path / "away")
    (tmp_path / "root" / "alias").symlink_to(tmp_path / "root" / "near")
    [(name, what, _)] = ImageFolder(tmp_path / "root" / "clip", tmp_path / "root").faults([1, 2])
    assert name == "clip" and "leaves the root" in what
    assert ImageFolder(tmp_path / "root" / "alias", tmp_path / "root").faults([1, 2]) == []
    (tmp_path / "shortcut").symlink_to(tmp_path / "root")  # a root that is itself a link
    assert ImageFolder(tmp_path / "shortcut" / "near", tmp_path / "shortcut").faults([1, 2]) == []


def test_listing_has_names_and_sizes_of_the_frames_asked_for(tmp_path):
    (tmp_path / "img9.jpg").write_bytes(b"123")
    (tmp_path / "img10.jpg").write_bytes(b"12345")
    (tmp_path / "img11.jpg").write_bytes(b"1")
    assert ImageFolder(tmp_path).listing([10, 9]) == [("img9.jpg", 3), ("img10.jpg", 5)]


def test_description_missing_and_empty_folder(tmp_path):
    with pytest.raises(MissingPath, match=r"absent does not exist"):
        ImageFolder(tmp_path / "absent")
    assert ImageFolder(tmp_path).numbers == () and ImageFolder(tmp_path).describe() == "no images"
    (tmp_path / "img46.jpg").touch()
    assert ImageFolder(tmp_path).describe() == "image 46"
    (tmp_path / "img86.jpg").touch()
    assert ImageFolder(tmp_path).describe() == "images 46 to 86"


def test_paths_with_spaces_and_other_alphabets(tmp_path):
    write_image(tmp_path / "Gesichter ä 表情" / "bild 1.png")
    assert next(ImageFolder(tmp_path / "Gesichter ä 表情").read([1])).shape == (40, 60, 3)
