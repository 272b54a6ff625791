import shutil
import sys

import pytest

from mer.core.errors import InputError, MissingPath
from mer.datasets.registry import open_database


def test_path_opens_what_lies_there(tiny_database):
    opened = open_database(tiny_database.root)
    assert opened.clips.equals(tiny_database.clips) and opened.synthetic
    assert opened.fingerprint == tiny_database.fingerprint


def test_folder_without_description_counts_as_real(tiny_database, tmp_path):
    shutil.copytree(tiny_database.root, tmp_path / "copy")
    (tmp_path / "copy" / "database.json").unlink()
    opened = open_database(str(tmp_path / "copy"))
    assert not opened.synthetic and opened.name == "copy" and opened.fingerprint


def test_unknown_name_gives_the_nearest():
    with pytest.raises(InputError, match="Did you mean 'synthetic'"):
        open_database("sinthetic")


def test_folder_without_clip_table_is_refused(tmp_path):
    with pytest.raises(MissingPath, match=r"clips\.csv"):
        open_database(tmp_path)


def test_absent_renderer_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "mer.datasets.synthetic.build", None)
    with pytest.raises(InputError, match=r"pip install 'mer\[suite\]'"):
        open_database("synthetic")
