"""``mer predict`` on a folder, a video and two images, with its errors."""

import json
import re
import shutil
import tempfile

import pandas as pd
import pytest

from mer.core.files import write_json
from mer.datasets.layout import load_layout
from mer.evaluation.corrected_since import CorrectedSince
from mer.evaluation.data_terms import OWN_FACES
from mer.training import run_models
from tests.own_clip import write_run


@pytest.fixture
def mer(asking):
    return asking("predict")


def test_a_folder_of_frames(mer, tmp_path):
    write_json(tmp_path / "run" / "summary.json", {"synthetic": True, "epoch_rule": "last"})
    result = mer("clip", "--apex", "5")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    values = [float(line.split()[1]) for line in lines[:3]]
    assert values == sorted(values, reverse=True) and sum(values) == pytest.approx(1, abs=0.02)
    assert "(" in lines[0] and " to " in lines[0]
    assert "Mean of 3 models of run (epoch rule last)" in result.stdout
    assert "frames 1 (onset) to 6 (offset); apex: frame 5, chosen by you" in result.stdout
    assert "lost when a box is held still (mean of 3 models, lowest to highest in brackets)" in result.stdout
    boxes = [line for line in lines if re.match(r"  \w{1,2} +[+-]0\.\d\d   \([+-]\d\.\d\d to [+-]\d\.\d\d\)   ", line)]
    assert len(boxes) == 9
    assert "Beware: A box held still moves only as the head does" in result.stdout
    assert "Curve: optical flow" in result.stdout and "Displacement: motion from onset to apex" in result.stdout
    assert "Apex moved: to as many frames about the chosen one" in result.stdout and "[5]" in result.stdout
    assert "The class stays" in result.stdout or "The class hangs on the apex" in result.stdout
    assert "Person: none named, so taken as unknown to the run; all 3 models were asked." in result.stdout
    assert "Beware: The models were trained on synthetic faces" in result.stdout
    assert "Beware: Each model has seen all people of its training data but one" in result.stdout


def test_a_run_older_than_corrections_says_so(mer, monkeypatch):
    monkeypatch.setattr(
        "mer.evaluation.corrected_since.corrected_since", lambda folder: CorrectedSince(("a/b/c",), folder)
    )
    said = [line for line in mer("clip").stdout.splitlines() if "corrections of yours" in line]
    assert len(said) == 1 and said[0].startswith("Beware: ") and "a/b/c" in said[0]


def test_json_and_files(mer, tmp_path):
    result = mer("clip", "--onset", "2", "--offset", "6", "--json", "--out", "out")
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert (answer["onset"], answer["offset"], answer["models"], answer["trained_on_synthetic"]) == (2, 6, 3, False)
    assert answer["apex_source"] in ("spotted", "middle") and 2 < answer["apex"] <= 6
    assert list(answer["scores"]) == list(answer["spread"]) and answer["predicted"] == next(iter(answer["scores"]))
    for box, loss in answer["log_odds_lost_by_region"].items():
        low, high = answer["log_odds_lost_by_region_spread"][box]
        assert low <= loss <= high
    assert answer == json.loads((tmp_path / "out" / "prediction.json").read_text())
    assert (answer["person"], answer["models_left_out"]) == (None, 0)
    moved, table = answer["apex_moved"], pd.read_csv(tmp_path / "out" / "figures" / "prediction-apex-moved.csv")
    assert moved["frames"] == table["apex"].tolist() and answer["apex"] in moved["frames"]
    assert table.loc[table["chosen"], "apex"].tolist() == [answer["apex"]]
    assert moved["predicted"] == table["predicted"].tolist()
    assert moved["scores"]["surprise"] == pytest.approx(table["score_surprise"].tolist(), abs=1e-6)
    for suffix in ("png", "pdf", "svg"):
        assert (tmp_path / "out" / "figures" / f"prediction.{suffix}").stat().st_size > 1000
    scores = pd.read_csv(tmp_path / "out" / "figures" / "prediction-scores.csv")
    assert dict(zip(scores["class"], scores["score"], strict=True)) == pytest.approx(answer["scores"], abs=1e-6)


def test_predictions_say_the_terms_of_what_the_models_were_trained_on_and_of_the_clip(mer, tmp_path):
    write_json(tmp_path / "run" / "record.json", {"config": {"data.database": "samm"}})
    terms = f"{load_layout('samm').terms} {OWN_FACES}"
    result = mer("clip", "--apex", "5", "--out", "out")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines().count(terms) == 1 == result.stdout.count("SAMM: for research only")
    assert json.loads((tmp_path / "out" / "prediction.json").read_text())["terms"] == terms
    figure = json.loads((tmp_path / "out" / "figures" / "prediction.json").read_text())
    assert figure["terms"] == terms and figure["caption"].endswith(terms) and figure["faces"] is True
    assert figure["caption"].count(terms) == 1
    assert (tmp_path / "out" / "terms.txt").read_text() == f"{terms}\n"
    assert json.loads(mer("clip/1.png", "clip/5.png", "--json").stdout)["terms"] == terms


def test_of_rendered_training_data_a_clip_of_ones_own_is_still_of_a_person(mer, tmp_path):
    write_json(tmp_path / "run" / "record.json", {"config": {"data.database": "synthetic"}})
    assert json.loads(mer("clip/1.png", "clip/5.png", "--json").stdout)["terms"] == OWN_FACES
    write_json(tmp_path / "database.json", {"synthetic": True})
    (tmp_path / "clips.csv").write_text("")
    assert json.loads(mer("clip/1.png", "clip/5.png", "--json").stdout)["terms"] == ""


def test_a_finished_run_is_no_place_to_write_to(mer, tmp_path):
    (tmp_path / "done").mkdir()
    write_json(tmp_path / "done" / "result.json", {"state": "finished"})
    result = mer("clip", "--out", "done")
    assert result.exit_code == 2 and "done is the folder of a finished run, which stays as it is" in result.stderr


def test_two_images_and_one_model(mer):
    answer = json.loads(mer("clip/1.png", "clip/5.png", "--json").stdout)
    assert answer["clip"] == "1.png and 5.png" and answer["apex_source"] == "given"
    assert answer["apex_moved"] is None
    alone = mer("clip/1.png", "clip/5.png", "--person", "toy/b")
    assert "The model of run that never saw toy/b." in alone.stdout and "Each model" not in alone.stdout
    assert "Person: toy/b; 2 other models were left out, trained on this person." in alone.stdout
    assert "Apex moved" not in alone.stdout
    said = json.loads(mer("clip/1.png", "clip/5.png", "--person", "toy/b", "--json").stdout)
    assert (said["person"], said["models_left_out"]) == ("toy/b", 2)
    low, high = answer["spread"][answer["predicted"]]
    assert low <= answer["scores"][answer["predicted"]] <= high


def test_a_run_of_one_model_says_who_was_named(mer, tmp_path):
    write_run(tmp_path / "single", people=("a",))
    asked = ("clip/1.png", "clip/5.png", "--run", "single", "--person", "toy/a")
    said = mer(*asked).stdout
    assert "Person: toy/a, whom the run's one model never saw" in said and "none named" not in said
    answer = json.loads(mer(*asked, "--json").stdout)
    assert (answer["person"], answer["models_left_out"]) == ("toy/a", 0)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nothing.mp4",), "nothing.mp4 does not exist. Expected a video (.avi"),
        (("clpi",), "Did you mean 'clip'?"),
        (("clip/1.png", "clip/55.png"), "Did you mean 'clip/5.png'?"),
        (("bare",), "bare holds no images. Expected a video"),
        (("bare/..", "--run", "run"), "holds no images. Expected a video"),
        (("single",), "single has 1 frame(s)"),
        (("named",), "named holds 1 image(s) without a number in the name (a.png)"),
        (("clip", "--apex", "9"), "Frame 9 is none of the frames 1 to 6"),
        (("clip", "--detector", "facemsh"), "Did you mean 'facemesh'?"),
        (("clip", "--out", "run/record.txt"), "run/record.txt is a file, not a folder"),
        (("clip", "--out", "new/a.png"), "looks like a picture, but is the folder of several files"),
        (("clip", "--run", "rnu"), "Did you mean 'run'?"),
        (("clip", "--run", "bare"), "bare is not trained: it holds no folds"),
        (("clip", "--run", "run/folds"), "Did you mean 'run'?"),
        (("clip/1.png",), "give the apex image as well"),
        (("clip", "clip/1.png"), "is no image. Give two images"),
        (("clip", "--apex", "1"), "is the onset, so it cannot be the apex"),
        (("clip", "--onset", "6"), "two at least are needed"),
        (("clip", "--offset", "99"), "has no frame 99"),
        (("run/record.txt",), "run/record.txt is a file .txt"),
    ],
)
def test_a_users_mistake_is_a_message_and_status_2(mer, tmp_path, monkeypatch, arguments, words):
    (tmp_path / "run" / "record.txt").write_text("x")
    for name in ("bare", "single", "named"):
        (tmp_path / name).mkdir()
    shutil.copy(tmp_path / "clip" / "1.png", tmp_path / "single" / "7.png")
    shutil.copy(tmp_path / "clip" / "1.png", tmp_path / "named" / "a.png")
    monkeypatch.setattr(run_models, "open_models", lambda folder: pytest.fail("work began before the mistake was said"))
    result = mer(*arguments)
    assert result.exit_code == 2 and words in result.stderr
    assert "Traceback" not in result.output


def test_a_person_that_no_fold_held_out_is_said(mer):
    assert "was trained without 'toy/x'" in mer("clip", "--person", "toy/x").stderr
    assert "Did you mean 'toy/b'?" in mer("clip", "--person", "b").stderr


def test_a_folder_that_cannot_be_written_is_found_before_any_work(mer, tmp_path, monkeypatch):
    """As on a full disk or without the right; the tests may run as one who has every right."""

    def refuse(**place):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    monkeypatch.setattr(run_models, "open_models", lambda folder: pytest.fail("work began"))
    result = mer("clip", "--out", "new/folder")
    assert result.exit_code == 2 and "nothing can be written in . (Permission denied)" in result.stderr
    assert not (tmp_path / "new").exists()
