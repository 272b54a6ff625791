import json
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from mer import __version__
from mer.cli.main import main


@pytest.fixture
def mer(tmp_path, monkeypatch):
    """The command line, called in an empty folder."""
    monkeypatch.chdir(tmp_path)
    for name in ("MER_OUTPUTS", "MER_CACHE"):
        monkeypatch.delenv(name, raising=False)
    return lambda *arguments: CliRunner().invoke(main, arguments)


@pytest.fixture
def predictions(tmp_path):
    """Four clips of two persons; one clip wrong."""
    label = ["negative", "positive", "negative", "positive"]
    predicted = ["negative", "positive", "positive", "positive"]
    negative = [0.9, 0.2, 0.4, 0.1]
    table = pd.DataFrame(
        {
            "database": "d",
            "subject": ["006", "006", "007", "007"],
            "clip": ["a", "b", "c", "d"],
            "label": label,
            "predicted": predicted,
            "score_negative": negative,
            "score_positive": 1 - np.array(negative),
            "fold": ["d/006", "d/006", "d/007", "d/007"],
            "epoch_rule": "last",
            "run": "r",
            "seed": 1,
        }
    )
    path = tmp_path / "predictions.csv"
    table.to_csv(path, index=False)
    return path


def test_help_and_version_are_quick_and_load_nothing_big():
    begin = time.monotonic()
    code = (
        "import sys; from mer.cli.main import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'torch', 'numpy', 'pandas', 'papermill', 'cv2'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert "study" in done.stdout
    assert time.monotonic() - begin < 5  # about 0.1 s on an idle machine


def test_version(mer):
    assert mer("--version").output.strip() == f"mer, version {__version__}"


def test_a_misspelt_command_gets_the_nearest(mer):
    result = mer("studdy")
    assert result.exit_code == 2
    assert "Did you mean 'study'" in result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("study", "nothing"), "No study 'nothing'"),
        (("run", "nothing"), "No notebook 'nothing'"),
        (("run", "x", "-p", "a", "1", "-p", "a", "2"), "-p a is given twice"),
        (("audit", "nothing.csv"), "nothing.csv does not exist"),
        (("predict", "a.png", "b.png", "--run", "c"), "Run c does not exist"),
        (("data", "check", "syntetic"), "Did you mean 'synthetic'"),
    ],
)
def test_a_users_mistake_is_a_message_and_status_2(mer, arguments, message):
    result = mer(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.output


def test_no_runs_yet(mer):
    assert "Start some: mer study demo" in mer("runs").output
    assert json.loads(mer("runs", "--json").output) == []


def test_a_study_that_never_ran_is_told_apart_from_none(mer, tmp_path):
    elsewhere = mer("runs", "paper")
    assert elsewhere.exit_code == 2 and "Call mer in the project's folder" in elsewhere.stderr
    (tmp_path / "notebooks" / "studies").mkdir(parents=True)
    (tmp_path / "notebooks" / "studies" / "paper.yaml").touch()
    (tmp_path / "outputs" / "paper").mkdir(parents=True)
    for folder in ((), ("paper-size=64", "table-1")):
        tmp_path.joinpath("outputs", *folder).mkdir(parents=True, exist_ok=True)
        result = mer("runs", "paper")
        assert result.exit_code == 0 and "No runs of study 'paper' in " in result.output
        assert "Start some: mer study paper\n" in result.output
        assert ("Runs are there of: paper-size=64\n" in result.output) is bool(folder)
    unknown = mer("runs", "papr")
    assert unknown.exit_code == 2 and "No study 'papr'" in unknown.stderr and "'paper'" in unknown.stderr


def write_result(folder):
    folder.mkdir(parents=True)
    summary = {"uf1": 0.5, "uar": 0.25, "n": 4, "epoch_rule": "last"}
    result = {"state": "finished", "hash": "abc", "seconds": 30, "summary": summary}
    (folder / "result.json").write_text(json.dumps(result))


def test_the_run_list(mer, tmp_path):
    write_result(tmp_path / "outputs" / "s" / "a")
    shown = mer("runs").output
    assert "finished" in shown
    assert "0.500" in shown
    assert json.loads(mer("runs", "s", "--json").output)[0]["UAR"] == 0.25


def test_the_runs_of_one_study_take_one_look_at_the_folders(mer, tmp_path, monkeypatch):
    from mer.runs import registry

    for study in ("s", "t"):
        write_result(tmp_path / "outputs" / study / "a")
    looks, look = [], registry.run_folders
    monkeypatch.setattr(registry, "run_folders", lambda *given: looks.append(given) or look(*given))
    assert [row["study"] for row in json.loads(mer("runs", "t", "--json").output)] == ["t"]
    assert len(looks) == 1
    assert [row["study"] for row in json.loads(mer("runs", "--json").output)] == ["s", "t"]
    assert "No study 'u'" in mer("runs", "u").stderr


def test_audit_recomputes_the_scores(mer, predictions):
    shown = mer("audit", str(predictions), "--resamples", "50")
    assert shown.exit_code == 0, shown.output
    # negative: F1 2*1/(2*1+0+1) = 2/3; positive: 2*2/(2*2+1+0) = 0.8; recalls 1/2 and 1.
    assert "UF1 0.733" in shown.output
    assert "UAR 0.750" in shown.output
    assert "4 clips   2 subjects" in shown.output
    entry = json.loads(mer("audit", str(predictions.parent), "--json", "--resamples", "50").output)[0]
    assert (entry["run"], entry["epoch_rule"], entry["seed"]) == ("r", "last", 1)
    assert entry["confusion"]["negative"] == {"negative": 1, "positive": 1}
    assert entry["scores"][0]["uf1"] == pytest.approx((2 / 3 + 0.8) / 2)


def test_audit_lists_the_faults_of_a_table(mer, predictions):
    predictions.write_text(predictions.read_text().replace("0.9", "1.9"))
    result = mer("audit", str(predictions))
    assert result.exit_code == 2
    assert "row 0: score_negative is 1.9" in result.stderr


def test_data_check_lists_every_fault_of_a_database(mer, tmp_path):
    import cv2

    frames = tmp_path / "base" / "frames"
    frames.mkdir(parents=True)
    for number in (1, 2, 3):
        cv2.imwrite(str(frames / f"{number:03d}.png"), np.zeros((8, 6, 3), np.uint8))
    row = "d,{0},c,frames,1,2,{1},200,,,negative,annotated,\n"
    without_apex = "d,3,c,frames,1,,3,100,,,negative,,\n"
    head = "database,subject,clip,frames,onset,apex,offset,fps,emotion,action_units,label,apex_source,note\n"
    (tmp_path / "base" / "clips.csv").write_text(head + row.format("1", 3) + without_apex)
    good = mer("data", "check", "base")
    assert good.exit_code == 0, good.output
    assert "2 clips of 2 people" in good.output
    (tmp_path / "base" / "clips.csv").write_text(head + row.format("1", 3) + row.format("2", 5))
    bad = mer("data", "check", "base")
    assert bad.exit_code == 2
    assert "1 fault(s), because of which 1 clip(s) cannot be used (1 can)" in bad.stderr
    assert "(d/2/c)" in bad.stderr
    assert "frames 4-5" in bad.stderr
    allowed = mer("data", "check", "base", "--allow-missing")
    assert allowed.exit_code == 0
    assert "1 clips of 1 people" in allowed.output
    assert "(d/2/c)" in allowed.output


def test_data_list(mer):
    assert "synthetic" in mer("data", "list").output
    names = [entry["name"] for entry in json.loads(mer("data", "list", "--json").output)]
    assert {"synthetic", "casme2", "samm", "smic", "megc2019"} <= set(names)
