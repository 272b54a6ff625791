"""What a table above a clip, or the layout of the release that it lies in, says of it."""

import pytest

from mer.core.files import write_text
from mer.datasets.layout import load_layout
from mer.datasets.noted_clip import noted_clip
from mer.datasets.places import Place, add_place

HEAD = "database,subject,clip,frames,fps\n"


@pytest.fixture(autouse=True)
def places(tmp_path, monkeypatch):
    monkeypatch.setenv("MER_DATABASES", str(tmp_path / "databases.yaml"))


@pytest.fixture
def clip(tmp_path):
    folder = tmp_path / "faces" / "a" / "clip"
    folder.mkdir(parents=True)
    return folder


def by_table(clip, *rows):
    write_text(clip.parents[1] / "clips.csv", HEAD + "\n".join(rows) + "\n")
    found = noted_clip(clip)
    return None if found is None else (found.where, found.fps, found.person)


def test_a_table_says_the_rate_and_the_person(clip, monkeypatch):
    assert noted_clip(clip) is None
    assert by_table(clip, "mine,007,x,a/clip,120") == ("clips.csv of faces", 120, "mine/007")
    assert by_table(clip, ",007,x,a/clip,") == ("clips.csv of faces", None, "faces/007")
    assert by_table(clip, "mine,007,x,a\\clip,120") == ("clips.csv of faces", 120, "mine/007")
    monkeypatch.chdir(clip)
    assert noted_clip(".") is not None, "a relative path is found as well"


def test_rows_that_disagree_say_nothing(clip):
    rows = ["mine,1,x,a/clip,120", "mine,2,y,a/clip,60"]
    assert by_table(clip, *rows) == ("clips.csv of faces", None, None)
    assert by_table(clip, rows[0], "mine,1,y,a/clip,120") == ("clips.csv of faces", 120, "mine/1")


def test_a_table_without_this_clip_or_that_cannot_be_read_says_nothing(clip):
    assert by_table(clip, "mine,1,x,a/other,120") is None
    write_text(clip.parents[1] / "clips.csv", "no,columns\n1,2\n")
    assert noted_clip(clip) is None


def test_the_layout_of_a_release_says_the_rate_of_the_variant(tmp_path):
    """SMIC has 100 frames a second by the high-speed camera and 25 by the others."""
    smic = tmp_path / "smic"
    for camera, fps in (("HS", 100), ("VIS", 25)):
        folder = smic / "SMIC_all_raw" / camera / "s1" / "micro" / "negative" / "s1_ne_01"
        folder.mkdir(parents=True)
        add_place(Place("smic", smic, "smic"))
        found = noted_clip(folder)
        assert found is not None and (found.where, found.fps, found.person) == ("the layout of smic", fps, None)
    other = noted_clip(smic / "elsewhere")
    assert other is not None and other.fps is None, "the variants differ, and nothing says which this is"
    (tmp_path / "samm" / "006").mkdir(parents=True)
    add_place(Place("samm", tmp_path / "samm", "samm"))
    found = noted_clip(tmp_path / "samm" / "006")
    assert found is not None and found.fps == load_layout("samm").fps
    assert noted_clip(tmp_path / "elsewhere") is None
