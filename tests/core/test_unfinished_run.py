"""A run without a result vouches for nothing: who looks at it is told so once, what needs a finished one refuses."""

import pytest

from mer.core.errors import MissingPath
from mer.core.files import write_json
from mer.core.finished_run import checked, seal_run
from mer.core.unfinished_run import refuse_unfinished, unfinished_run
from mer.core.work_lock import working_in


@pytest.fixture(autouse=True)
def outputs(tmp_path, monkeypatch):
    monkeypatch.setenv("MER_OUTPUTS", str(tmp_path))


def a_run(outputs, study="demo", run="train"):
    folder = outputs / study / run
    (folder / "arrays").mkdir(parents=True)
    write_json(folder / "record.json", {"study": study, "run": run, "notebook": "04_train_loso"})
    for name in ("history.csv", "arrays/clips.npz"):
        (folder / name).write_text("1")
    return folder


def test_who_reads_one_of_its_files_is_told_once_with_the_command(tmp_path, capsys):
    folder, other = a_run(tmp_path), a_run(tmp_path, run="other")
    for name in ("history.csv", "arrays/clips.npz", "history.csv"):
        assert checked(folder / name) == folder / name
    said = f"Beware: {folder} did not finish (it has no result.json), so nothing vouches for its files. Make it again: "
    assert capsys.readouterr().err == f"{said}mer study demo --only train\n"
    checked(other / "history.csv")
    assert str(other) in capsys.readouterr().err


def test_nothing_is_said_of_records_missing_files_finished_runs_and_other_folders(tmp_path, capsys):
    folder = a_run(tmp_path)
    for name in ("record.json", "predictions.csv"):
        checked(folder / name)
    seal_run(folder, {"state": "finished"})
    (tmp_path / "own" / "arrays").mkdir(parents=True)
    (tmp_path / "own" / "arrays" / "a.npz").write_text("1")
    for file in (folder / "history.csv", tmp_path / "own" / "arrays" / "a.npz"):
        checked(file)
        refuse_unfinished(file, "This")
    assert capsys.readouterr().err == ""


def test_the_run_that_this_process_computes_for_is_its_own(tmp_path, capsys):
    folder = a_run(tmp_path)
    with working_in(folder):
        checked(folder / "history.csv")
        refuse_unfinished(folder, "This")
    assert capsys.readouterr().err == ""
    assert unfinished_run(folder / "arrays") == folder


def test_what_needs_a_finished_run_refuses_with_the_command(tmp_path):
    folder = a_run(tmp_path)
    for place in (folder, folder / "arrays" / "clips.npz"):
        with pytest.raises(MissingPath, match=r"^A table needs a finished run\. .*train did not .*study demo --only"):
            refuse_unfinished(place, "A table")


def test_a_run_by_hand_never_has_a_result_and_is_told_of(tmp_path, capsys):
    folder = a_run(tmp_path, "interactive", "04_train_loso")
    refuse_unfinished(folder, "A table")
    checked(folder / "history.csv")
    assert capsys.readouterr().err == (
        f"Beware: {folder} was run by hand, so nothing vouches for its files. `mer run 04_train_loso` makes a "
        "run that does.\n"
    )
