"""Onset and apex picture as a clip."""

import pytest

from mer.core.errors import InputError, MissingPath
from mer.datasets.image_pair import ImagePair
from tests.datasets.pictures_and_videos import encoded, smooth, write_image


@pytest.fixture
def root(tmp_path):
    write_image(tmp_path / "s 1" / "onset.png", smooth(seed=1))
    write_image(tmp_path / "s 1" / "apex.png", smooth(seed=2))
    return tmp_path


@pytest.mark.parametrize("with_root", [True, False])
def test_onset_is_frame_0_and_apex_frame_1(root, with_root):
    pair = ImagePair(root / "s 1/onset.png|s 1/apex.png", root if with_root else None)
    assert pair.numbers == (0, 1) and pair.faults([0, 1]) == []
    onset, apex = pair.read([0, 1])
    assert (onset == smooth(seed=1)).all() and (apex == smooth(seed=2)).all()
    assert [name for name, _ in pair.listing([0, 1])] == ["onset.png", "apex.png"]
    assert pair.describe() == "an onset image (0) and an apex image (1)"


def test_both_parts_are_relative_to_the_root(root):
    write_image(root / "apex.png", smooth(seed=3))
    (apex,) = ImagePair(root / "s 1/onset.png|apex.png", root).read([1])
    assert (apex == smooth(seed=3)).all()
    with pytest.raises(InputError, match=r"could be .*s 1/apex\.png or .*apex\.png"):
        ImagePair(root / "s 1/onset.png|apex.png")


def test_a_missing_image_is_no_frame(root):
    (root / "s 1" / "apex.png").unlink()
    pair = ImagePair(root / "s 1/onset.png|s 1/apex.png", root)
    assert pair.numbers == (0,) and pair.describe() == "an onset image (0)"
    with pytest.raises(MissingPath, match=r"apex image .*apex\.png does not exist"):
        list(pair.read([0, 1]))
    with pytest.raises(MissingPath, match="frame 2 of a pair"):
        list(pair.read([2]))


def test_faults_of_each_image(root):
    (root / "s 1" / "apex.png").write_bytes(encoded(".png")[:-10])
    [(name, what, _)] = ImagePair(root / "s 1/onset.png|s 1/apex.png", root).faults([0, 1])
    assert name == "apex.png" and "truncated" in what
    away = write_image(root.parent / f"{root.name}_away.png")
    (root / "s 1" / "apex.png").unlink()
    (root / "s 1" / "apex.png").symlink_to(away)
    [(_, what, _)] = ImagePair(root / "s 1/onset.png|s 1/apex.png", root).faults([0, 1])
    assert "leaves the root" in what


@pytest.mark.parametrize("text", ["a.png|b.png|c.png", "a.png|", "a.png| "])
def test_two_images_no_more_no_less(root, text):
    with pytest.raises(InputError, match="no pair of images"):
        ImagePair(root / text, root)
