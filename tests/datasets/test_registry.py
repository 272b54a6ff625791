import shutil
import sys

import pytest

from mer.core.errors import InputError, MissingPath
from mer.datasets.registry import open_database
from mer.manifest.clips import COLUMNS


def test_path_opens_what_lies_there(tiny_database):
    opened = open_database(tiny_database.root)
    assert opened.clips.equals(tiny_database.clips) and opened.synthetic
    assert opened.fingerprint == tiny_database.fingerprint


def test_folder_without_description_counts_as_real(tiny_database, tmp_path):
    shutil.copy(tiny_database.root / "clips.csv", tmp_path / "clips.csv")
    opened = open_database(str(tmp_path))
    assert not opened.synthetic and opened.name == tmp_path.name and opened.fingerprint


def test_unknown_name_gives_the_nearest():
    with pytest.raises(InputError, match="Did you mean 'synthetic'"):
        open_database("sinthetic")


def test_replaced_frames_are_another_content(tmp_path):
    (tmp_path / "clips.csv").write_text(",".join(COLUMNS) + "\nd,1,c,s1,1,1,1,200,,,,,\n")
    (tmp_path / "s1").mkdir()
    (tmp_path / "s1" / "001.jpg").write_bytes(b"12")
    before = open_database(tmp_path).fingerprint
    (tmp_path / "notes.txt").write_text("x")
    assert open_database(tmp_path).fingerprint == before
    (tmp_path / "s1" / "001.jpg").write_bytes(b"123")
    assert open_database(tmp_path).fingerprint != before


def test_folder_without_clip_table_is_refused(tmp_path):
    with pytest.raises(MissingPath, match=r"clips\.csv"):
        open_database(tmp_path)


def test_absent_renderer_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "mer.datasets.synthetic.build", None)
    with pytest.raises(InputError, match=r"pip install 'mer\[suite\]'"):
        open_database("synthetic")
