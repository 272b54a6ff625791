"""``mer stream`` on a folder and a video, with its errors."""

import json

import cv2
import pandas as pd
import pytest
from click.testing import CliRunner

from mer.cli.main import main
from mer.core.files import write_json
from tests.own_clip import detector, write_clip, write_run
from tests.training.conftest import moving_clip


@pytest.fixture
def mer(tmp_path, monkeypatch):
    """The command line in a folder with a run ``run`` and a clip ``clip``, whose face is found."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MER_PROGRESS", "0")
    monkeypatch.setattr("mer.face.landmarks.make_detector", lambda name: detector())
    write_run(tmp_path / "run")
    write_clip(tmp_path / "clip", first=7)
    return lambda *arguments: CliRunner().invoke(main, ["stream", "--run", "run", *arguments])


def test_a_folder(mer, tmp_path):
    write_json(tmp_path / "run" / "summary.json", {"synthetic": True})
    result = mer("clip", "--fps", "10", "--models", "0", "--out", "out")
    assert result.exit_code == 0, result.output
    assert "clip: 6 frames, 5 of them predicted by the mean of 3 models of run." in result.stdout
    assert "the stream has 10" in result.stdout and "Beware: The models were trained on synthetic" in result.stdout
    table = pd.read_csv(tmp_path / "out" / "stream.csv")
    assert table["frame"].tolist() == [7, 8, 9, 10, 11, 12]
    assert table["onset"].tolist()[1:] == [7, 7, 7, 9, 9]
    assert table.filter(like="score_")[1:].sum(axis=1).tolist() == pytest.approx([1] * 5, abs=1e-5)
    assert (tmp_path / "out" / "figures" / "stream.png").is_file()
    about = json.loads((tmp_path / "out" / "stream.json").read_text())
    assert (about["frames"], about["predicted_frames"], about["models"], about["late"]) == (6, 5, 3, 0)
    assert sum(about["share_of_frames"].values()) == pytest.approx(1, abs=1e-3)


def test_a_video_in_real_time_by_one_model(mer, tmp_path):
    frames = [cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR) for frame in moving_clip(0, 0, "negative")]
    writer = cv2.VideoWriter(str(tmp_path / "clip.avi"), cv2.VideoWriter_fourcc(*"MJPG"), 20, frames[0].shape[1::-1])
    for frame in frames:
        writer.write(frame)
    writer.release()
    result = mer("clip.avi", "--live", "--person", "toy/b", "--json")
    assert result.exit_code == 0, result.output
    about = json.loads(result.stdout)
    assert (about["fps"], about["frames"], about["models"], about["person"]) == (20, 6, 1, "toy/b")
    assert about["real_time"] and about["frames_a_second"] < 30


def test_a_long_time_without_a_face_is_told_while_it_runs(mer, monkeypatch):
    class Leaving:
        name, looks = "leaving", 0

        def detect(self, image):
            self.looks += 1
            return [] if self.looks in (2, 3) else detector().detect(image)

    monkeypatch.setattr("mer.face.landmarks.make_detector", lambda name: Leaving())
    result = mer("clip", "--fps", "2")
    assert result.exit_code == 0, result.output
    assert (
        "No face to work with since 0.5 s: No face found" in result.stderr and "A face again at 1.5 s" in result.stderr
    )
    assert "No face: 0.5 to 1.5 s." in result.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["clip", "--models", "4"], "run has 3 models"),
        (["clip", "--fps", "0"], "expected 1 to 1000"),
        (["clip", "--person", "toy/z"], "toy/z"),
        (["nowhere"], "nowhere does not exist"),
        (["clip/7.png"], "single image"),
    ],
)
def test_mistakes(mer, arguments, said):
    result = mer(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_stream_that_shows_no_face_at_all(mer, monkeypatch):
    monkeypatch.setattr("mer.face.landmarks.make_detector", lambda name: type(detector())())
    result = mer("clip")
    assert result.exit_code == 2 and "No frame of clip could be predicted: No face found" in result.stderr
