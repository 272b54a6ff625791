"""Any kind of frames behind one interface."""

import pytest

from mer.core.errors import InputError, MissingPath
from mer.datasets.frames import open_frames
from mer.datasets.image_folder import ImageFolder
from mer.datasets.image_pair import ImagePair
from mer.datasets.video import VideoFile
from tests.datasets.pictures_and_videos import write_image, write_video


def test_the_kind_is_seen_from_the_path(tmp_path):
    write_image(tmp_path / "a" / "1.png")
    write_image(tmp_path / "a" / "2.png")
    write_video(tmp_path / "b.avi", frames=2)
    (tmp_path / "c.AVI").write_bytes((tmp_path / "b.avi").read_bytes())
    (tmp_path / "d.mp4").mkdir()
    write_image(tmp_path / "d.mp4" / "1.png")
    kinds = {
        "a": ImageFolder,
        "b.avi": VideoFile,
        "c.AVI": VideoFile,
        "a/1.png|a/2.png": ImagePair,
        "d.mp4": ImageFolder,
    }
    for name, kind in kinds.items():
        source = open_frames(tmp_path / name, tmp_path)
        assert type(source) is kind and len(source.numbers) in (1, 2), name
        assert all(frame.ndim == 3 for frame in source.read(source.numbers)), name


def test_what_can_be_none_of_them_is_named(tmp_path):
    with pytest.raises(MissingPath, match=r"absent does not exist; expected a folder of images or a video"):
        open_frames(tmp_path / "absent")
    with pytest.raises(MissingPath, match=r"absent\.mp4"):
        open_frames(tmp_path / "absent.mp4")
    with pytest.raises(InputError, match=r"1\.png is a single image\. Give a folder .*onset\.png\|apex\.png"):
        open_frames(write_image(tmp_path / "1.png"))
    (tmp_path / "a.zip").touch()
    with pytest.raises(InputError, match=r"a\.zip is a file \.zip"):
        open_frames(tmp_path / "a.zip")
