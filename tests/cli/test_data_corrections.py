"""``mer data corrections``: listed, as JSON, taken back."""

import json

import pytest
from click.testing import CliRunner

from mer.cli.main import main
from mer.manifest.own_corrections import (
    OwnCorrection,
    own_corrections_file,
    read_own_corrections,
    save_own_corrections,
)

APEX = OwnCorrection("casme2", "sub01", "EP01_01", "apex", "8", "7", reason="the lids move, not the mouth")
LABEL = OwnCorrection("casme2", "sub01", "EP01_01", "label", "positive", "", labels="composite")
NOTE = OwnCorrection("synthetic-samm", "006", "006_1:2", "note", "a line\nand " + 60 * "x", "old")


@pytest.fixture
def mer(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MER_CORRECTIONS", str(tmp_path / "corrections.csv"))
    monkeypatch.setenv("MER_DATABASES", str(tmp_path / "databases.yaml"))
    return lambda *arguments: CliRunner().invoke(main, ["data", "corrections", *arguments])


def test_nothing_is_corrected(mer):
    result = mer()
    assert result.exit_code == 0 and "No clip is corrected" in result.output
    assert str(own_corrections_file()) in result.output
    assert json.loads(mer("--json").output) == {"file": str(own_corrections_file()), "corrections": []}


def test_all_are_listed_with_what_the_database_says(mer):
    save_own_corrections([APEX, LABEL, NOTE])
    lines = mer().output.splitlines()
    assert lines[0].startswith("casme2/sub01/EP01_01        apex               7 -> 8 ")
    assert lines[0].endswith("the lids move, not the mouth") and " UTC  " in lines[0]
    assert "label (composite)  (none) -> positive" in lines[1] and lines[1] == lines[1].rstrip()
    assert "old -> a line and xxx" in lines[2] and "…" in lines[2]
    assert lines[3] == f"3 value(s) of 2 clip(s), in {own_corrections_file()}"


def test_of_one_database_by_either_name(mer):
    save_own_corrections([APEX, LABEL, NOTE])
    assert mer("casme2").output.count("casme2/sub01") == 2 and "006" not in mer("casme2").output
    assert [one["clip"] for one in json.loads(mer("synthetic", "--json").output)["corrections"]] == ["006_1:2"]
    assert "No clip of synthetic-emotions is corrected" in mer("synthetic-emotions").output
    wrong = mer("synthetik")
    assert wrong.exit_code == 2 and "Did you mean 'synthetic'?" in wrong.output


def test_taken_back_by_clip_or_by_column(mer):
    save_own_corrections([APEX, LABEL, NOTE])
    result = mer("--remove", "casme2/sub01/EP01_01:apex", "--remove", "synthetic-samm/006/006_1:2")
    assert result.exit_code == 0
    assert "casme2/sub01/EP01_01: apex: 8 is removed, the database's own value counts again." in result.output
    assert "1 correction(s) remain" in result.output
    said = "Runs made with it are now out of date; those made before it count again. mer runs marks them."
    assert said in result.output.splitlines()
    assert [one.key for one in read_own_corrections()] == [LABEL.key]


def test_a_note_taken_back_makes_no_run_out_of_date(mer):
    save_own_corrections([APEX, LABEL, NOTE])
    notes = mer("--remove", f"{'/'.join(NOTE.clip_key)}:note")
    assert NOTE.column == "note" and notes.exit_code == 0 and "out of date" not in notes.output


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("casme2/sub01/EP01_02", "corrects nothing of 'casme2/sub01/EP01_02'. Did you mean 'casme2/sub01/EP01_01'?"),
        ("casme2/sub01/EP01_01:offset", "Did you mean 'casme2/sub01/EP01_01:"),
        ("casme2/sub01", "is no key of a clip. Write database/subject/clip"),
        ("", "is no key of a clip"),
    ],
)
def test_a_key_that_is_not_there_removes_nothing(mer, key, said):
    save_own_corrections([APEX, LABEL])
    result = mer("--remove", "casme2/sub01/EP01_01:apex", "--remove", key)
    assert result.exit_code == 2 and said in result.output and "Traceback" not in result.output
    assert len(read_own_corrections()) == 2


def test_remove_stands_alone(mer):
    assert mer("casme2", "--remove", "casme2/sub01/EP01_01").exit_code == 2


def test_a_faulty_file_is_said(mer):
    own_corrections_file().write_text("a\n")
    assert mer().exit_code == 2 and "has the columns a; expected database" in mer().output
