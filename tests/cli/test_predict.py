"""``mer predict`` on a folder, a video and two images, with its errors."""

import json

import pandas as pd
import pytest
from click.testing import CliRunner

from mer.cli.main import main
from mer.core.files import write_json
from tests.own_clip import detector, write_clip, write_run


@pytest.fixture
def mer(tmp_path, monkeypatch):
    """The command line in a folder with a run ``run`` and a clip ``clip``, whose face is found."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MER_PROGRESS", "0")
    monkeypatch.setattr("mer.training.predict.make_detector", lambda name: detector())
    write_run(tmp_path / "run")
    write_clip(tmp_path / "clip")
    return lambda *arguments: CliRunner().invoke(main, ["predict", *arguments, "--run", "run"])


def test_a_folder_of_frames(mer, tmp_path):
    write_json(tmp_path / "run" / "summary.json", {"synthetic": True, "epoch_rule": "last"})
    result = mer("clip", "--apex", "5")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    values = [float(line.split()[1]) for line in lines[:3]]
    assert values == sorted(values, reverse=True) and sum(values) == pytest.approx(1, abs=0.002)
    assert "(" in lines[0] and " to " in lines[0]
    assert "Mean of 3 models of run (epoch rule last)" in result.stdout
    assert "frames 1 (onset) to 6 (offset); apex 5, chosen by you" in result.stdout
    assert "when this box is held still" in result.stdout or "loses nothing" in result.stdout
    assert "Beware: The models were trained on synthetic faces" in result.stdout
    assert "Beware: Each model has seen all people of its training data but one" in result.stdout


def test_json_and_files(mer, tmp_path):
    result = mer("clip", "--onset", "2", "--offset", "6", "--json", "--out", "out")
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert (answer["onset"], answer["offset"], answer["models"], answer["trained_on_synthetic"]) == (2, 6, 3, False)
    assert answer["apex_source"] in ("spotted", "middle") and 2 < answer["apex"] <= 6
    assert list(answer["scores"]) == list(answer["spread"]) and answer["predicted"] == next(iter(answer["scores"]))
    assert answer == json.loads((tmp_path / "out" / "prediction.json").read_text())
    for suffix in ("png", "pdf", "svg"):
        assert (tmp_path / "out" / "figures" / f"prediction.{suffix}").stat().st_size > 1000
    scores = pd.read_csv(tmp_path / "out" / "figures" / "prediction-scores.csv")
    assert dict(zip(scores["class"], scores["score"], strict=True)) == pytest.approx(answer["scores"], abs=1e-6)


def test_two_images_and_one_model(mer):
    answer = json.loads(mer("clip/1.png", "clip/5.png", "--json").stdout)
    assert answer["clip"] == "1.png and 5.png" and answer["apex_source"] == "given"
    alone = mer("clip/1.png", "clip/5.png", "--person", "toy/b")
    assert "The model of run that never saw toy/b." in alone.stdout and "Each model" not in alone.stdout
    low, high = answer["spread"][answer["predicted"]]
    assert low <= answer["scores"][answer["predicted"]] <= high


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nothing.mp4",), "nothing.mp4 does not exist"),
        (("clip/1.png",), "give the apex image as well"),
        (("clip", "clip/1.png"), "is no image. Give two images"),
        (("clip", "--apex", "1"), "is the onset, so it cannot be the apex"),
        (("clip", "--onset", "6"), "two at least are needed"),
        (("clip", "--offset", "99"), "has no frame 99"),
        (("clip", "--person", "toy/x"), "was trained without 'toy/x'"),
        (("run/record.txt",), "run/record.txt is a file .txt"),
    ],
)
def test_a_users_mistake_is_a_message_and_status_2(mer, tmp_path, arguments, words):
    (tmp_path / "run" / "record.txt").write_text("x")
    result = mer(*arguments)
    assert result.exit_code == 2 and words in result.stderr
    assert "Traceback" not in result.output
