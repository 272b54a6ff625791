"""``mer stream`` on a folder and a video: what it says, what it writes, what it refuses."""

import json
import os
import signal
import time

import cv2
import pandas as pd
import pytest

from mer.core.files import write_json
from mer.datasets.layout import load_layout
from mer.evaluation.data_terms import OWN_FACES
from tests.own_clip import detector
from tests.training.conftest import moving_clip


@pytest.fixture
def mer(asking):
    return asking("stream", first=7)


@pytest.fixture
def video(tmp_path):
    """Six frames at 20 a second."""
    frames = [cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR) for frame in moving_clip(0, 0, "negative")]
    path = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 20, frames[0].shape[1::-1])
    for frame in frames:
        writer.write(frame)
    writer.release()
    return path.name


def words_of(folder):
    """All that was written in words: summary, and what stands with the figure."""
    return (folder / "stream.json").read_text() + (folder / "figures" / "stream.json").read_text()


def test_a_folder(mer, tmp_path):
    write_json(tmp_path / "run" / "summary.json", {"synthetic": True})
    result = mer("clip", "--fps", "10", "--models", "0", "--out", "out")
    assert result.exit_code == 0, result.output
    assert "clip: 6 frames, 5 of them predicted by the mean of all 3 models of run." in result.stdout
    assert "the stream has 10 (as given)" in result.stdout and "assumed" not in result.stdout
    assert "Beware: The models were trained on synthetic" in result.stdout
    table = pd.read_csv(tmp_path / "out" / "stream.csv")
    assert table["frame"].tolist() == [7, 8, 9, 10, 11, 12]
    assert table["onset"].tolist()[1:] == [7, 7, 7, 7, 9]
    assert table["model_ms"].isna().tolist() == [True] + [False] * 5, "the first frame has no onset"
    assert table.filter(like="score_")[1:].sum(axis=1).tolist() == pytest.approx([1] * 5, abs=1e-5)
    assert (tmp_path / "out" / "figures" / "stream.png").is_file()
    about = json.loads((tmp_path / "out" / "stream.json").read_text())
    assert (about["frames"], about["predicted_frames"], about["models"], about["fps_from"]) == (6, 5, 3, "given")
    assert sum(about["share_of_frames"].values()) == pytest.approx(1, abs=1e-3)


def test_it_says_the_terms_of_what_the_models_were_trained_on_and_of_the_clip(mer, tmp_path):
    write_json(tmp_path / "run" / "record.json", {"config": {"data.database": "samm"}})
    terms = f"{load_layout('samm').terms} {OWN_FACES}"
    result = mer("clip", "--fps", "10", "--out", "out")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines().count(terms) == 1 == result.stdout.count("SAMM: for research only")
    assert json.loads((tmp_path / "out" / "stream.json").read_text())["terms"] == terms
    figure = json.loads((tmp_path / "out" / "figures" / "stream.json").read_text())
    assert figure["terms"] == terms and figure["caption"].endswith(terms) and figure["faces"] is False
    assert (tmp_path / "out" / "terms.txt").read_text() == f"{terms}\n"
    assert json.loads(mer("clip", "--fps", "10", "--json").stdout)["terms"] == terms


def test_delay_is_told_of_a_stream_in_real_time_alone(mer, video, tmp_path):
    live = mer(video, "--live", "--person", "toy/b", "--out", "live")
    assert live.exit_code == 0, live.output
    about = json.loads((tmp_path / "live" / "stream.json").read_text())
    assert (about["fps"], about["fps_from"], about["frames"], about["models"]) == (20, "video", 6, 1)
    assert about["real_time"] and about["frames_a_second"] < 30 and about["late_after_ms"] == 100
    assert set(pd.read_csv(tmp_path / "live" / "stream.csv")) >= {"delay_ms", "late"}
    assert "of 5 answers came more than 100 ms late" in live.stdout and "delay of each answer" in words_of(
        tmp_path / "live"
    )
    fast = mer(video, "--out", "fast")
    assert fast.exit_code == 0, fast.output
    for columns in (pd.read_csv(path).columns for path in (tmp_path / "fast").rglob("stream.csv")):
        assert not set(columns) & {"delay_ms", "late"}
    told = fast.stdout + words_of(tmp_path / "fast")
    assert not any(word in told for word in ("delay", "late_", '"late"', " late"))


def test_a_rate_that_nothing_notes_is_said_to_be_assumed(mer, tmp_path):
    result = mer("clip", "--out", "out")
    assert "the stream has 30 (assumed)" in result.stdout
    assert "Beware: 30 frames a second assumed, for a folder notes none; give --fps." in result.stdout
    told = words_of(tmp_path / "out")
    assert "give --fps" in told and "(0.27 to 0.43 s before)" in told


def test_a_database_says_the_rate_and_who_it_is(mer, tmp_path):
    rows = "database,subject,clip,frames,fps\ntoy,b,one,clip,10\n"
    (tmp_path / "clips.csv").write_text(rows)
    result = mer("clip")
    assert result.exit_code == 0, result.output
    assert f"the stream has 10 (by clips.csv of {tmp_path.name})" in result.stdout and "assumed" not in result.stdout
    assert "this is toy/b, and the run was trained on a person of this name: --person toy/b asks" in result.stdout
    named = mer("clip", "--person", "toy/b")
    assert "Person: toy/b; 2 other models were left out, trained on this person." in named.stdout
    assert "of this name" not in named.stdout and "has seen all people" not in named.stdout
    (tmp_path / "clips.csv").write_text(rows.replace(",b,", ",stranger,"))
    assert "of this name" not in mer("clip").stdout, "nobody of the run"


def test_of_nobody_named_it_says_as_predict_does_that_scores_may_be_no_test(mer):
    said = mer("clip").stdout
    assert "predicted by 1 of the 3 models of run" in said and "Person: none named" in said
    assert "Each model has seen all people of its training data but one" in said and "--person DATABASE/SUBJECT" in said


def test_numbers_without_an_image_are_told(mer, tmp_path):
    (tmp_path / "clip" / "9.png").unlink()
    said = mer("clip", "--json")
    about = json.loads(said.stdout)
    assert "Images 7 to 12: for 1 of these numbers there is no image" in " ".join(about["caveats"])


def test_a_long_time_without_a_face_is_told_while_it_runs(mer, monkeypatch):
    class Leaving:
        name, looks = "leaving", 0

        def detect(self, image):
            self.looks += 1
            return [] if self.looks in (2, 3) else detector().detect(image)

    monkeypatch.setattr("mer.face.landmarks.make_detector", lambda name: Leaving())
    assert "No face (looked for every 0.5 s): 0.5 to 1.5 s." in mer("clip", "--fps", "2").stdout
    result = mer("clip", "--fps", "2", "--json")
    assert result.exit_code == 0, result.output
    assert (
        "No face to work with since 0.5 s: No face found" in result.stderr and "A face again at 1.5 s" in result.stderr
    )
    (gap,) = json.loads(result.stdout)["gaps"]
    assert (gap["from_frame"], gap["to_frame"], gap["from_s"], gap["to_s"]) == (8, 9, 0.5, 1.5)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["clip", "--models", "4"], "run has 3 models"),
        (["clip", "--models", "2", "--person", "toy/b"], "--person asks the one model"),
        (["clip", "--fps", "0"], "expected 1 to 1000"),
        (["clip", "--person", "toy/z"], "toy/z"),
        (["nowhere"], "nowhere does not exist"),
        (["clip/7.png", "clip/8.png"], "2 images are given. Give the folder of the frames, 'clip' (images 7 to 12)."),
        (["clip", "other"], "2 clips are given, clip first"),
        (["clip/7.png"], "single image. Give the folder of the frames, 'clip' (images 7 to 12)."),
    ],
)
def test_mistakes(mer, arguments, said):
    result = mer(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_machine_that_does_not_keep_up_is_told(mer, video, monkeypatch):
    from mer.training.stream import Streamed

    monkeypatch.setattr(Streamed, "frames_a_second", property(lambda self: 10.0))
    assert "does not keep up with the stream: ask fewer models" in mer(video, "--live", "--models", "2").stdout
    assert "does not keep up with the stream." in mer(video, "--live").stdout
    assert "keep up" not in mer(video).stdout


def test_a_stream_that_shows_no_face_at_all(mer, monkeypatch):
    monkeypatch.setattr("mer.face.landmarks.make_detector", lambda name: type(detector())())
    result = mer("clip")
    assert result.exit_code == 2 and "No frame of clip could be predicted: No face found" in result.stderr


def test_an_assumed_rate_does_not_judge_the_recording(mer):
    """Nobody knows whether 30 frames a second are too few where they were assumed."""
    assert "a micro-expression takes few frames" not in mer("clip").stdout
    assert "At 25 frames a second a micro-expression takes few frames" in mer("clip", "--fps", "25").stdout


def test_ctrl_c_keeps_what_was_found(mer, tmp_path, monkeypatch):
    class Pressed:
        name, looks = "pressed", 0

        def detect(self, image):
            self.looks += 1
            if self.looks == 3:
                time.sleep(2)  # until the frames before are answered
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(2)
            return detector().detect(image)

    monkeypatch.setattr("mer.face.landmarks.make_detector", lambda name: Pressed())
    result = mer("clip", "--fps", "10", "--out", "out")
    assert result.exit_code == 130, result.output
    assert "Beware: Interrupted: this is of the first 0.4 s alone." in result.stdout
    assert pd.read_csv(tmp_path / "out" / "stream.csv")["frame"].tolist() == [7, 8, 9, 10]
    assert json.loads((tmp_path / "out" / "stream.json").read_text())["interrupted"] is True
