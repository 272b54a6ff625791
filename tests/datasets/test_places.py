"""Where databases lie: written, read again, edited by hand, and what is said when they do not lie there."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from mer.core.errors import InputError, MissingPath
from mer.datasets.layout import layout_names, load_layout
from mer.datasets.places import Place, add_place, find_place, how_to_get, places_file, read_places, remove_place


@pytest.fixture(autouse=True)
def file(tmp_path, monkeypatch):
    path = tmp_path / "my databases.yaml"
    monkeypatch.setenv("MER_DATABASES", str(path))
    return path


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "Données é 数据"
    path.mkdir()
    return path


def test_the_file(file, monkeypatch, tmp_path):
    assert places_file() == file
    monkeypatch.delenv("MER_DATABASES")
    monkeypatch.chdir(tmp_path)
    assert places_file() == tmp_path / "databases.yaml"
    monkeypatch.setenv("MER_DATABASES", "~/d.yaml")
    assert places_file() == Path.home() / "d.yaml"


def test_nothing_is_set_up_without_a_file():
    assert read_places() == {}


def test_places_come_back_as_they_were_written(folder, file, tmp_path):
    (tmp_path / "codes.xlsx").touch()
    given = [
        Place("casme2", folder, "casme2", "cropped"),
        Place("samm", folder, "samm"),
        Place("second-samm", folder, "samm", None, tmp_path / "codes.xlsx"),
    ]
    for place in given:
        add_place(place)
    assert read_places() == {place.name: place for place in given}
    text = file.read_text(encoding="utf-8")
    assert "Données é 数据" in text
    assert yaml.safe_load(text)["samm"] == {"folder": str(folder)}, "what goes without saying is not written"
    assert find_place("second-samm") == given[2]
    assert find_place("casme2").load_layout().variant == "cropped"
    assert find_place("casme2").load_layout("raw").variant == "raw"


def test_adding_again_replaces_and_forgetting_leaves_the_others(folder, tmp_path):
    (tmp_path / "new").mkdir()
    for place in (
        Place("samm", folder, "samm"),
        Place("smic", folder, "smic"),
        Place("samm", tmp_path / "new", "samm"),
    ):
        add_place(place)
    assert find_place("samm").folder == tmp_path / "new"
    remove_place("samm")
    assert list(read_places()) == ["smic"]
    assert folder.is_dir()
    with pytest.raises(InputError, match=r"has no 'smik'\. Did you mean 'smic'"):
        remove_place("smik")


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ({"name": "My Faces"}, "'My Faces' is not lower-case letters"),
        ({"name": ""}, "'' is not lower-case letters"),
        ({"name": "smic:vis"}, "'smic:vis' is not lower-case letters"),
        ({"name": "../x"}, "is not lower-case letters"),
        ({"name": "synthetic"}, "'synthetic' is the name of a database of its own"),
        ({"name": "megc2019"}, "'megc2019' is the name of a database of its own"),
        ({"layout": "sam"}, "Did you mean 'samm'"),
        ({"variant": "croped"}, "Did you mean 'cropped'"),
        ({"folder": Path("/no/such/folder")}, "/no/such/folder is not a folder"),
        ({"sheet": Path("/no/such/sheet.xlsx")}, "sheet.xlsx does not exist"),
    ],
)
def test_what_cannot_be_added_changes_nothing(folder, file, place, words):
    add_place(Place("smic", folder, "smic"))
    before = file.read_bytes()
    with pytest.raises(InputError, match=words):
        add_place(Place(**{"name": "mine", "folder": folder, "layout": "samm"} | place))
    assert file.read_bytes() == before


def test_a_file_written_by_hand(file, tmp_path):
    layout = "database: pilot\n"
    (tmp_path / "own.yaml").write_text(layout)
    file.write_text("pilot:\n  folder: data/pilot\n  layout: own.yaml\n  sheet: a/b.xlsx\nsamm: {folder: ~/samm}\n")
    places = read_places()
    assert places["pilot"] == Place(
        "pilot", tmp_path / "data/pilot", str(tmp_path / "own.yaml"), None, tmp_path / "a/b.xlsx"
    ), "relative to the file"
    assert places["samm"].folder == Path.home() / "samm"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- samm", "is no mapping of names to places"),
        ("samm: /data", "'samm' needs a line 'folder: ...'"),
        ("samm:", "'samm' needs a line 'folder: ...'"),
        ("samm: {folder: /d, varient: raw}", "'samm' has the key 'varient'. Did you mean 'variant'"),
        ("samm: {folder: /d}\nsamm: {folder: /e}", "given twice"),
        ("a: [", "not valid YAML"),
    ],
)
def test_a_faulty_file_is_named(file, text, words):
    file.write_text(text)
    with pytest.raises(InputError, match=words) as caught:
        read_places()
    assert str(file) in str(caught.value)


def test_an_empty_file_is_no_fault(file):
    file.write_text("# nothing yet\n")
    assert read_places() == {}


@pytest.mark.parametrize("name", layout_names())
def test_what_is_needed_of_a_database_that_is_not_there(name):
    layout = load_layout(name)
    with pytest.raises(MissingPath) as caught:
        find_place(name)
    said = str(caught.value)
    assert said == how_to_get(layout)
    for part in (f"{layout.title} is not set up", layout.source, layout.example, f"mer data add {name} FOLDER"):
        assert part in said
    assert not layout.sheet or layout.sheet.files[0] in said
    assert all(variant in said for variant in layout.variants if len(layout.variants) > 1)


def test_an_unknown_name_gets_the_nearest(folder):
    add_place(Place("pilot-faces", folder, "samm"))
    with pytest.raises(InputError, match="Did you mean 'pilot-faces'"):
        find_place("pilot-face")
    with pytest.raises(InputError, match="Did you mean 'casme2'"):
        find_place("casme-2")


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to the super-user")
def test_a_file_that_cannot_be_written(folder, file):
    file.parent.chmod(0o500)
    try:
        with pytest.raises(InputError, match="Cannot write"):
            add_place(Place("samm", folder, "samm"))
    finally:
        file.parent.chmod(0o700)


_ADD = """
import sys
from pathlib import Path
from mer.datasets.places import Place, add_place
for number in range(15):
    add_place(Place(f"{sys.argv[1]}{number}", Path(sys.argv[2]), "samm"))
"""


def test_what_two_processes_add_at_once_is_all_kept(folder):
    both = [subprocess.Popen([sys.executable, "-c", _ADD, name, str(folder)]) for name in "ab"]
    assert [process.wait(60) for process in both] == [0, 0]
    assert set(read_places()) == {f"{name}{number}" for name in "ab" for number in range(15)}
