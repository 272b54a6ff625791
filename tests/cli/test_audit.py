import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from mer.cli.audit import audit_files
from mer.cli.main import main
from mer.core.finished_run import seal_run
from mer.evaluation.audit.scores import OF_COUNTS
from tests.evaluation.audit.made_up import PUBLISHED, clip_log, fold_log, like_ststnet, officially_spelled, write
from tests.made_up_runs import correct_label, keeps_corrections, made_up_predictions, made_up_run


def test_scores_of_a_run_older_than_corrections_say_so(tmp_path, monkeypatch):
    predictions = made_up_predictions(("negative", "positive", "surprise"), 1.0)
    folder = made_up_run(tmp_path / "train", predictions)
    keeps_corrections(folder, "synthetic", predictions, monkeypatch)
    assert "corrections" not in audit_files([folder], 50)
    correct_label(predictions.iloc[0], "", tmp_path / "mine.csv", monkeypatch)
    said = f"{tmp_path.name}/train was made before corrections of yours"
    title, older, *_ = audit_files([folder], 50).splitlines()
    assert title.startswith(str(folder / "predictions.csv")) and older.startswith(said)
    (entry,) = json.loads(audit_files([folder / "predictions.csv"], 50, as_json=True))
    assert entry["older"].startswith(said)
    uf1 = next(row["uf1"] for row in entry["scores"] if row["part"] == "all")
    assert np.isfinite(uf1), "and are given all the same"


def write_like_ststnet(folder):
    return write(folder / "theirs.txt", clip_log(officially_spelled(like_ststnet())))


def mer(*arguments):
    return CliRunner().invoke(main, ["audit", "--resamples", "20", *map(str, arguments)])


def test_claims_of_a_published_log_on_the_real_command_line(tmp_path):
    log = write_like_ststnet(tmp_path)
    command = [sys.executable, "-m", "mer", "audit", str(log), "--claims", ",".join(PUBLISHED), "--resamples", "20"]
    done = subprocess.run([*command, "--strict"], capture_output=True, text=True, encoding="utf-8")
    assert (done.returncode, done.stderr) == (1, "")
    assert "442 clips  68 subjects  UF1 0.7353 [" in done.stdout
    assert "Clips and classes are those of the 442 listed clips" in done.stdout
    assert "  0.7353 as UF1: is UF1 of all clips.\n" in done.stdout
    assert "! 0.7605 as UAR: this is macro precision, not UAR (UAR is 0.7186).\n" in done.stdout


def test_strict_looks_at_claims_and_clips_and_else_the_status_is_0(tmp_path):
    log = write_like_ststnet(tmp_path)
    assert (
        mer(log, "--claims", "uf1=0.7353,macro_precision=76.05%", "--claims", "casme2.uar=.819", "--strict").exit_code
        == 0
    )
    assert mer(log, "--claims", "0.7353,0.7605").exit_code == 0
    assert mer(log, "--claims", "0.7353,0.7605", "--strict").exit_code == 1
    shorter = write(tmp_path / "shorter.txt", log.read_text().replace("EP19_05f 0 0\n", ""))
    found = mer(shorter)
    assert found.exit_code == 0
    assert "It has 441 of them.\n  1 missing:\n    casme2/sub01/EP19_05f\n" in found.output
    assert mer(shorter, "--strict").exit_code == 1
    assert mer(log, shorter, "--strict").exit_code == 1


def test_json_has_all_that_is_said(tmp_path):
    table = like_ststnet()
    table.loc[0, "label"] = "surprise"
    csv = write(tmp_path / "theirs.csv", table.drop(index=1).to_csv(index=False))
    matrix = write(tmp_path / "matrix.csv", "6,3,1\n2,3,0\n0,1,4\n")
    first, second = json.loads(mer(csv, matrix, "--json", "--claims", "0.7353,smic.uar=0.6703").output)
    assert (first["file"], first["format"], first["n"], first["subjects"]) == (str(csv), "table", 441, 68)
    assert (first["run"], first["seed"], first["older"], first["notes"]) == (None, None, "", [])
    assert first["classes"] == ["negative", "positive", "surprise"]
    assert [row["part"] for row in first["scores"]] == ["all", *dict.fromkeys(table["database"])]
    assert first["confusion"] == first["confusions"]["all"]
    for row in first["scores"]:
        counts = pd.DataFrame(first["confusions"][row["part"]]).T
        assert list(counts.columns) == first["classes"] and counts.to_numpy().sum() == row["n"]
        for name, metric in OF_COUNTS.items():
            assert row[name] == float(metric(counts.to_numpy()))
            assert row[f"{name}_low"] <= row[name] <= row[f"{name}_high"]
        assert 0 < row["mean_fold_f1_low"] < row["mean_fold_f1"] < row["mean_fold_f1_high"]
    listed = first["list"]
    assert (listed["compared"], listed["listed"], listed["found"], listed["differs"]) == (True, 442, 441, True)
    assert listed["missing"] == ["/".join(table.iloc[1][["database", "subject", "clip"]])]
    clip = "/".join(table.iloc[0][["database", "subject", "clip"]])
    assert listed["labels"] == [{"clip": clip, "line": 2, "theirs": "surprise", "listed": "positive"}]
    named = first["claims"][1]
    assert (named["metric"], named["part"], named["value"]) == ("uar", "smic", 0.6703)
    assert named["matched"] is any(row["part"] == "smic" and round(row["uar"], 4) == 0.6703 for row in first["scores"])
    assert set(named["nearest"]) == {"part", "metric", "value"} and not first["passes"]
    assert (second["format"], second["n"], second["subjects"]) == ("matrix", 20, None)
    (whole,) = second["scores"]
    assert whole["uar"] == (0.6 + 0.6 + 0.8) / 3 and whole["uar_low"] is None and whole["mean_fold_f1"] is None


def test_what_the_page_says_of_files_that_tell_less(tmp_path):
    matrix = mer(write(tmp_path / "matrix.csv", "6,3,1\n2,3,0\n0,1,4\n")).output
    assert "No intervals and no mean of folds: a confusion matrix does not say" in matrix
    assert "all: 10 negative 5 positive 5 surprise, on the list 250 negative 109 positive 83 surprise" in matrix
    rows = "database,subject,clip,label,predicted\n"
    rows += "CASME II,sub01,EP02_01f,happy,happy\nCASME II,sub01,EP19_05f,sad,happy\n"
    emotions = mer(write(tmp_path / "emotions.csv", rows)).output
    assert "Not compared with the list of the MEGC2019 composite: its classes (happy, sad) are not" in emotions
    assert "UF1 0.3333 [one subject]" in emotions
    numbers = rows.replace("happy", "0").replace("sad", "1")
    other = mer(write(tmp_path / "numbers.csv", numbers), "--classes", "happy,sad").output
    assert other.splitlines()[1:] == emotions.splitlines()[1:]


def test_many_faults_of_one_kind_are_cut_on_the_page_and_whole_in_json(tmp_path):
    csv = write(tmp_path / "theirs.csv", like_ststnet().iloc[100:].to_csv(index=False))
    assert "100 missing:" in (page := mer(csv).output) and "and 90 more (--json lists all)" in page
    assert len(json.loads(mer(csv, "--json").output)[0]["list"]["missing"]) == 100


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing.csv"], "nothing.csv does not exist"),
        (["theirs.csv"], "theirs.csv, line 3: predicted '7' is no class"),
        (["theirs.csv", "--claims", "73"], "Claim '73' is not between 0 and 1"),
        (["theirs.csv", "--classes", "one"], "--classes is 'one'; expected two or more"),
        (["theirs.csv", "--resamples", "0"], "resamples is 0"),
    ],
)
def test_a_mistake_is_a_message_and_status_2(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "theirs.csv", "database,subject,clip,label,predicted\nd,a,b,0,0\nd,a,c,0,7\n")
    done = mer(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr and "Traceback" not in done.stderr


def test_help_names_forms_and_the_order_of_claims():
    said = " ".join(CliRunner().invoke(main, ["audit", "--help"]).output.split())
    for words in (
        "database, subject, clip, label, predicted",
        "two without a name are taken for UF1 and UAR",
        "STSTNet",
    ):
        assert words in said


def test_what_was_compared_is_not_more_than_the_file_says(tmp_path):
    clips = officially_spelled(like_ststnet())
    folds = mer(write(tmp_path / "folds.txt", fold_log(clips))).output
    assert "Clips of every subject and of every class are as many as those of the 442 listed clips" in folds
    best = fold_log(clips).replace("Predicted   :", "Predicted   : [9]\nBest Predicted:", 1)
    assert "has 1 predictions for" in mer(write(tmp_path / "cut.txt", best)).stderr
    matrix = mer(write(tmp_path / "matrix.csv", "219,22,9\n40,62,7\n21,3,59\n")).output
    assert "Clips of every class are as many as those of the 442 listed clips" in matrix


def test_claims_stand_first_then_scores_then_clips(tmp_path):
    csv = write(tmp_path / "theirs.csv", like_ststnet().iloc[1:].to_csv(index=False))
    lines = mer(csv, "--claims", "0.7353").output.splitlines()
    assert lines[0].startswith(str(csv)) and lines[1:3] == ["", "Claims:"]
    starts = [
        "Claims:",
        "all  ",
        "(In brackets: 95 % intervals, subjects resampled.)",
        "Rows are",
        "Not the 442",
        "  1 mi",
    ]
    places = [next(at for at, line in enumerate(lines) if line.startswith(start)) for start in starts]
    assert places == sorted(places)
    assert "person" not in "\n".join(lines)


def test_a_leak_fails_strict_and_what_is_not_compared_passes(tmp_path):
    log = write(tmp_path / "best.txt", fold_log(officially_spelled(like_ststnet()), "Best Predicted"))
    found = mer(log, "--strict")
    assert found.exit_code == 1
    assert found.output.splitlines()[1].startswith("Leak: the scripts known to print 'Best Predicted' choose the epoch")
    (entry,) = json.loads(mer(log, "--json").output)
    assert entry["leak"] and not entry["list"]["differs"] and not entry["passes"]
    last = write(tmp_path / "last.txt", fold_log(officially_spelled(like_ststnet())))
    assert mer(last, "--strict").exit_code == 0 and "Leak" not in mer(last).output
    other = write(tmp_path / "other.csv", "database,subject,clip,label,predicted\nmine,a,b,0,0\n")
    passed = mer(other, "--strict")
    assert passed.exit_code == 0 and "Not compared with the list" in passed.output
    said = " ".join(CliRunner().invoke(main, ["audit", "--help"]).output.split())
    assert "What is not compared (other databases or classes) passes." in said and "(a leak)" in said


def test_a_bad_file_takes_nothing_from_the_others(tmp_path):
    rows = "database,subject,clip,label,predicted\nmine,a,b,0,{}\n"
    good, bad, empty = (write(tmp_path / name, text) for name, text in (
        ("good.csv", rows.format(0)), ("bad.csv", rows.format(7)), ("empty.csv", "")
    ))  # fmt: skip
    done = mer(bad, good, empty)
    assert done.exit_code == 2
    assert done.stdout == mer(good).stdout and done.stdout.startswith(str(good))
    assert "bad.csv, line 2: predicted '7' is no class" in done.stderr and "empty.csv is empty" in done.stderr
    as_json = mer(bad, good, "--json", "--strict", "--claims", "foo.uf1=0.5")
    assert as_json.exit_code == 2 and [one["file"] for one in json.loads(as_json.stdout)] == [str(good)]


def test_a_claim_about_a_part_of_no_file_is_refused(tmp_path):
    rows = "database,subject,clip,label,predicted\n{},a,b,0,0\n"
    files = [write(tmp_path / f"{name}.csv", rows.format(name)) for name in ("mine", "yours")]
    done = mer(*files, "--claims", "foo.uf1=0.5")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "there is no part 'foo'. Valid: all, casme2, mine, samm, smic, yours." in done.stderr
    assert mer(*files, "--claims", "mine.uf1=1.0").exit_code == 0


def test_the_page_names_protocol_folds_and_what_parts_lack(tmp_path):
    predictions = made_up_predictions(("negative", "positive", "surprise"), 1.0, people=2)
    predictions = predictions[(predictions["database"] != "synthetic-smic") | (predictions["label"] != "surprise")]
    predictions["predicted"] = predictions["predicted"].where(predictions["label"] == "surprise", "negative")
    folder = made_up_run(tmp_path / "train", predictions.assign(fold=predictions["database"]))
    page = mer(folder).output
    assert page.splitlines()[0].endswith("leave one database out (protocol database)")
    assert "(mean of folds' F1, over the 3 folds of the column fold, is shown because some print it" in page
    assert "synthetic-smic: no surprise clips; UF1 is the mean of 2 classes, UAR too.\n" in page
    assert "synthetic-smic: 2 subjects alone make its intervals, too few to rely on them.\n" in page
    (entry,) = json.loads(mer(folder, "--json").output)
    assert (entry["protocol"], entry["scores"][0]["folds"], entry["scores"][0]["mean_fold_f1_low"]) == (
        "database",
        3,
        None,
    )
    assert entry["scores"][0]["remarks"] == [] and len(entry["scores"][-1]["remarks"]) == 2


def test_a_run_that_was_altered_is_not_audited(tmp_path):
    run = made_up_run(tmp_path / "train", made_up_predictions(("negative", "positive", "surprise"), 1.0))
    seal_run(run, {"state": "finished", "hash": "h"})
    assert mer(run).exit_code == 0
    table = run / "predictions.csv"
    table.write_bytes(table.read_bytes().replace(b"negative", b"positive", 1))
    for given in (run, table):
        done = mer(given)
        assert done.exit_code == 2 and "predictions.csv is damaged" in done.output
