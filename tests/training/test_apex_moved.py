"""Scores with the apex at other frames: those of each frame asked alone, and what is said of them."""

from dataclasses import asdict, replace

import numpy as np
import pytest

from mer.motion.magnify import MagnifyConfig
from mer.training import apex_moved
from mer.training.apex_moved import ApexMoved
from mer.training.ask_models import ask, ask_apexes
from mer.training.predict import predict_clip, read_own_clip, with_apex_moved
from mer.training.run_models import open_models
from tests.own_clip import detector, write_clip, write_run

CLASSES = ("negative", "positive", "surprise")


@pytest.fixture
def clip(tmp_path):
    models = open_models(write_run(tmp_path / "run"))
    return models, read_own_clip(models, write_clip(tmp_path / "clip"), detector=detector())


def of(*names, chosen=0, first=10):
    """Scores of 0.6 for the class that leads at each frame."""
    scores = np.array([[0.6 if one == name else 0.2 for one in CLASSES] for name in names], np.float32)
    return ApexMoved(tuple(range(first, first + len(names))), first + chosen, CLASSES, scores, "which")


def test_each_apex_gives_what_it_gives_alone(clip):
    models, own = clip
    scores = ask_apexes(models, own.frames[0], own.frames[2:6], own.boxes)
    assert scores.shape == (3, 4, 3)
    for place in range(4):
        alone = ask(models, own.frames[0], own.frames[2 + place], own.boxes)
        np.testing.assert_allclose(scores[:, place], alone.by_model, atol=1e-5)
    assert np.abs(scores[:, 0] - scores[:, 2]).max() > 1e-4  # they differ


def test_models_of_magnified_motion_are_shown_each_apex_magnified(tmp_path):
    models = open_models(
        write_run(tmp_path / "run", magnify=asdict(MagnifyConfig("linear", probability=0.0, test=3.0)))
    )
    own = read_own_clip(models, write_clip(tmp_path / "clip"), detector=detector())
    scores = ask_apexes(models, own.frames[0], own.frames[3:5], own.boxes)
    alone = ask(models, own.frames[0], own.frames[4], own.boxes)
    np.testing.assert_allclose(scores[:, 1], alone.by_model, atol=1e-5)


def test_a_prediction_has_the_scores_of_the_frames_around_its_apex(clip):
    models, own = clip
    found = with_apex_moved(predict_clip(models, own))
    moved = found.moved
    assert moved.chosen == found.apex and moved.chosen in moved.frames and min(moved.frames) >= 2
    assert len(moved.frames) >= 2 and "90 % of its top" in moved.which
    assert dict(zip(CLASSES, moved.scores[moved.frames.index(found.apex)], strict=True)) == pytest.approx(
        found.pair.scores, abs=1e-6
    )
    other = next(frame for frame in moved.frames if frame != found.apex)
    chosen = with_apex_moved(predict_clip(models, own, apex=other))
    assert chosen.moved.chosen == other and "about the chosen one" in chosen.moved.which
    at = moved.frames.index(other)
    np.testing.assert_allclose(moved.scores[at], list(chosen.pair.scores.values()), atol=1e-5)


def test_two_images_and_a_still_clip_have_none(tmp_path, clip):
    models, _ = clip
    folder = tmp_path / "clip"
    pair = read_own_clip(models, folder / "1.png", folder / "5.png", detector())
    assert with_apex_moved(predict_clip(models, pair)).moved is None
    still = (folder / "1.png").read_bytes()
    for number in range(2, 7):
        (folder / f"{number}.png").write_bytes(still)
    still_clip = read_own_clip(models, folder, detector=detector())
    assert with_apex_moved(predict_clip(models, still_clip)).moved is None


def test_of_many_candidates_some_are_asked_the_ends_and_the_chosen_among_them(clip, monkeypatch):
    models, own = clip
    monkeypatch.setattr(apex_moved, "MOST_APEXES", 3)
    monkeypatch.setattr(apex_moved, "candidates_about", lambda *_: (1, 5))
    moved = with_apex_moved(predict_clip(models, own, apex=3)).moved
    assert moved.frames == (2, 3, 6) and moved.candidates == 5 and moved.which.endswith(", 3 of these 5")
    assert "asked at 3 frames from 2 to 6" in moved.words
    monkeypatch.setattr(apex_moved, "MOST_APEXES", 5)
    moved = with_apex_moved(predict_clip(models, own, apex=3)).moved
    assert moved.frames == (2, 3, 4, 5, 6) and "of these" not in moved.which and "asked at" not in moved.words


def test_a_prediction_does_not_wait_for_the_frames_around_its_apex(clip, monkeypatch):
    def refuse(*_given):
        raise AssertionError("asked about other frames")

    models, own = clip
    monkeypatch.setattr(apex_moved, "ask_apexes", refuse)
    found = predict_clip(models, own)
    assert found.moved is None and found.weighed is not None
    with pytest.raises(AssertionError, match="other frames"):
        with_apex_moved(found)


def test_a_class_that_stays_is_said_with_its_scores():
    moved = of("surprise", "surprise", "surprise", chosen=1)
    moved.scores[2, 2] = 0.9
    assert moved.stays
    assert moved.words == "The class stays surprise for apexes at frames 10 to 12, score 0.60 to 0.90."


def test_a_class_that_changes_is_said_with_its_frames():
    names = ("negative", "surprise", "surprise", "negative", "surprise", "positive", "positive")
    moved = of(*names, chosen=1)
    assert not moved.stays and moved.predicted == names
    assert moved.words == (
        "The class hangs on the apex, among frames 10 to 16: surprise at 11 to 12, 14; negative at 10, 13; positive "
        "at 15 to 16."
    )


def test_of_frames_between_which_were_not_asked_nothing_is_claimed():
    stays = replace(of("surprise", "surprise"), frames=(10, 30), candidates=21)
    assert stays.words == "The class stays surprise, asked at 2 frames from 10 to 30, score 0.60 to 0.60."
    hangs = replace(of("surprise", "negative"), frames=(10, 30), candidates=21)
    assert hangs.words == (
        "The class hangs on the apex, asked at 2 frames from 10 to 30: surprise at 10; negative at 30."
    )
    assert "asked at" not in replace(of("surprise", "negative"), candidates=2).words
