"""What a user put into a run's folder, or changed there, is not lost when the run is made again."""

import json

import pytest

from mer.core.errors import InputError
from mer.core.made_again import made_again
from mer.core.run_record import read_record
from mer.runs.console import Console
from mer.runs.folder import RunFolder
from mer.runs.recipe import read_recipe
from mer.runs.registry import list_runs
from mer.runs.runner import StudyRunner
from mer.runs.session import open_run
from mer.runs.study import load_study
from tests.runs.board_runs import FINISH
from tests.runs.conftest import COUNT, executed

#: What a training leaves: a fold that a second start finds, and a table.
MAKE = (
    "fold = run.folder / 'folds' / 'd__1'; fold.mkdir(parents=True, exist_ok=True)",
    "new = not (fold / 'weights').exists(); (fold / 'weights').write_text('w')",
    "(run.folder / 'table.csv').write_text('a\\n1\\n'); (run.folder / 'trained.txt').write_text(str(new))",
)


@pytest.fixture
def folder(project):
    project.notebook("01_make", COUNT, *MAKE, FINISH)
    project.study("s", [{"run": "make", "notebook": "01_make"}])
    StudyRunner(load_study("s"), Console()).run()
    return RunFolder(project.outputs, "s", "make")


def kept(folder):
    found = list((folder.path.parent / ".earlier").glob("make.*"))
    return found[0] if len(found) == 1 else found


def test_files_of_a_user_are_kept_and_said(folder, project, capsys):
    folder.file("notes.txt").write_text("mine")
    folder.file("analysis.ipynb").write_text("{}")
    project.notebook("01_make", COUNT, *MAKE, FINISH + "  # another version\nprint(2)")
    StudyRunner(load_study("s"), Console()).run()
    said = capsys.readouterr().err
    assert "notes.txt, analysis.ipynb, which the run did not make, is kept in" in said and str(kept(folder)) in said
    assert (kept(folder) / "notes.txt").read_text() == "mine"
    assert (kept(folder) / "analysis.ipynb").is_file() and not folder.file("notes.txt").exists()


def test_a_table_that_was_edited_is_kept_and_the_folds_are_not_computed_again(folder, capsys):
    before = folder.file("result.json").read_bytes()
    folder.file("table.csv").write_text("a\n2\n")
    StudyRunner(load_study("s"), Console()).run()
    assert "table.csv is damaged" in capsys.readouterr().err
    assert (kept(folder) / "table.csv").read_text() == "a\n2\n"
    assert folder.file("table.csv").read_text() == "a\n1\n"
    assert folder.file("trained.txt").read_text() == "False", "the fold of before was there"
    assert json.loads(before)["files"]["table.csv"] == folder.result()["files"]["table.csv"]


def test_an_emptied_result_and_another_setting_lose_nothing(folder, project):
    folder.file("result.json").write_bytes(b"")
    project.notebook("01_make", COUNT, *MAKE, FINISH + "\nprint(3)")
    StudyRunner(load_study("s"), Console()).run()
    assert (kept(folder) / "folds" / "d__1" / "weights").read_text() == "w"
    assert folder.file("trained.txt").read_text() == "True", "folds of other settings are not taken over"


def test_an_untouched_run_is_made_again_without_a_copy(folder, project):
    StudyRunner(load_study("s"), Console(), force=True).run()
    assert kept(folder) == [] and executed(project) == ["make", "make"]


def test_the_notebook_of_a_finished_run_run_once_more_is_a_run_by_hand(folder, project, monkeypatch, capsys):
    monkeypatch.chdir(project.folder)
    before = {path: path.read_bytes() for path in folder.path.rglob("*") if path.is_file()}
    run = open_run(folder.path, "01_make", {"value": 1})
    run.finish()
    assert run.folder == project.outputs / "interactive" / "01_make"
    assert "is finished and stays as it is; this is a run by hand." in capsys.readouterr().out
    assert {path: path.read_bytes() for path in folder.path.rglob("*") if path.is_file()} == before


def test_the_command_that_makes_it_again_names_a_users_own_study_and_another_outputs_folder(
    folder, project, monkeypatch, tmp_path
):
    assert made_again(folder.path) == "Make it again: mer study s --only make"
    own = tmp_path / "mine.yaml"
    own.write_text((project.folder / "notebooks" / "studies" / "s.yaml").read_text().replace("name: s", "name: mine"))
    StudyRunner(load_study(str(own)), Console()).run()
    made = project.outputs / "mine" / "make"
    assert made_again(made) == f"Make it again: mer study {own} --only make"
    monkeypatch.setenv("MER_OUTPUTS", str(tmp_path / "elsewhere"))
    assert made_again(made) == f"Make it again: MER_OUTPUTS={project.outputs} mer study {own} --only make"


@pytest.mark.parametrize("name", ["record.json", "parameters.json", "recipe.json"])
@pytest.mark.parametrize("damage", ["deleted", "altered", "emptied"])
def test_records_of_a_finished_run_are_vouched_for_and_made_again_with_what_it_has(folder, capsys, name, damage):
    file = folder.file(name)
    content = file.read_text()
    if damage == "deleted":
        file.unlink()
    else:
        file.write_text("" if damage == "emptied" else content.replace("01_make", "02_make"))
    (would,) = StudyRunner(load_study("s")).plan()
    assert would.outcome == "would run" and would.because[0].startswith(name)
    (row,) = list_runs(folder.outputs).to_dict("records")
    assert row["state"] == ("finished" if damage == "altered" else "damaged"), "a list looks at sizes alone"
    StudyRunner(load_study("s"), Console()).run()
    assert f"make: {name} is " in capsys.readouterr().err
    assert json.loads(file.read_text())
    assert folder.file("trained.txt").read_text() == "False", "its fold was taken over"


def test_a_garbled_recipe_says_how_the_run_is_made_again(folder):
    folder.file("recipe.json").write_text("{")
    with pytest.raises(InputError, match=r"recipe\.json is damaged.*mer study s --only make"):
        read_recipe(folder.path)
    folder.file("recipe.json").unlink()
    with pytest.raises(InputError, match=r"has no recipe\.json.*mer study s --only make --force"):
        read_recipe(folder.path)


def test_a_record_that_was_altered_is_not_read(folder):
    record = json.loads(folder.file("record.json").read_text())
    folder.file("record.json").write_text(json.dumps(record | {"clips_of": {}}))
    with pytest.raises(InputError, match=r"record\.json is damaged"):
        read_record(folder.path)
