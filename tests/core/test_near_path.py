"""The nearest existing path."""

from mer.core.near_path import near_path


def test_the_nearest_name_in_the_folder(tmp_path):
    (tmp_path / "Clip-1.mp4").touch()
    (tmp_path / "train").mkdir()
    assert near_path(tmp_path / "clip-1.mp5") == f"Did you mean {str(tmp_path / 'Clip-1.mp4')!r}?"
    assert near_path(tmp_path / "trian" / "folds") == f"Did you mean {str(tmp_path / 'train')!r}?"


def test_the_same_name_with_another_suffix(tmp_path):
    (tmp_path / "a.webm").touch()
    assert near_path(tmp_path / "a.avi") == f"Did you mean {str(tmp_path / 'a.webm')!r}?"


def test_where_none_is_near_the_folder_is_told(tmp_path):
    assert near_path(tmp_path / "zzz") == f"{tmp_path} is empty."
    assert near_path(tmp_path / "zzz" / "a") == f"There is no folder {str(tmp_path / 'zzz')!r}."
    for name in ("one", "two", "three", "four", "five", ".hidden"):
        (tmp_path / name).touch()
    assert near_path(tmp_path / "zzzzzzzz") == f"{tmp_path} holds five, four, one, three and 1 more."


def test_a_relative_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other").touch()
    assert near_path("zzzz") == "This folder holds other."
    assert near_path("othr") == "Did you mean 'other'?"
