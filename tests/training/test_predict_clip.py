"""A clip of one's own, predicted: the apex spotted or chosen, the spread over the models, runs with magnification."""

from dataclasses import asdict, replace

import cv2
import numpy as np
import pytest
import torch

from mer.core.errors import InputError
from mer.face.canonical import square_points
from mer.motion.magnify import MagnifyConfig, magnify
from mer.training.ask_models import ask, pair_tensors
from mer.training.predict import predict_clip, predict_pair, read_own_clip
from mer.training.run_models import open_models
from tests.face.conftest import FixedDetector
from tests.training.conftest import FRAMES, SIZE, moving_clip
from tests.training.test_run_models import write_run


@pytest.fixture
def run(tmp_path):
    return write_run(tmp_path / "run")


@pytest.fixture
def detector():
    return FixedDetector(square_points(SIZE))


@pytest.fixture
def folder(tmp_path):
    """Frames 1 to 6 of a clip whose motion is largest in frame 5 and stays."""
    place = tmp_path / "clip"
    place.mkdir()
    for number, frame in enumerate(moving_clip(0, 0, "negative"), start=1):
        cv2.imwrite(str(place / f"{number}.png"), frame)
    return place


def test_a_clip_says_the_same_as_its_onset_and_apex(run, folder, detector):
    models = open_models(run)
    found = predict_clip(models, read_own_clip(models, folder, detector=detector), apex=5)
    frames = moving_clip(0, 0, "negative")
    images = [cv2.cvtColor(frames[k], cv2.COLOR_GRAY2RGB) for k in (0, 4)]
    pair = predict_pair(run, *images, detector)
    assert found.pair.scores == pytest.approx(pair.scores, abs=1e-6)
    assert (found.onset, found.apex, found.offset, found.apex_source) == (1, 5, 6, "chosen")
    two = read_own_clip(models, folder / "1.png", folder / "5.png", detector)
    found = predict_clip(models, two)
    assert found.pair.scores == pytest.approx(pair.scores, abs=1e-6)
    assert (found.onset, found.apex, found.apex_source) == (0, 1, "given") and found.curve is None


def test_the_apex_is_spotted(run, folder, detector):
    models = open_models(run)
    clip = read_own_clip(models, folder, detector=detector)
    found = predict_clip(models, clip)
    assert found.apex_source == "spotted" and 3 <= found.apex <= 6
    chosen = predict_clip(models, clip, apex=3)
    assert chosen.apex == 3 and chosen.spotted == found.spotted == found.apex
    assert found.curve.shape == found.weighed.shape == (FRAMES,) and found.curve[0] == 0
    assert np.isfinite(found.curve[:-1]).all() and np.isfinite(found.weighed[:-1]).all()
    assert np.isnan(found.curve[-1]) and np.isnan(found.weighed[-1])  # zero by construction is no finding
    still = moving_clip(0, 0, "negative")[0]
    for number in range(1, 7):
        cv2.imwrite(str(folder / f"{number}.png"), still)
    found = predict_clip(models, read_own_clip(models, folder, detector=detector))
    assert (found.apex, found.apex_source) == (4, "middle") and found.weighed is found.spotted is None


def test_the_onset_is_no_apex_and_the_apex_is_a_frame_of_the_clip(run, folder, detector):
    models = open_models(run)
    clip = read_own_clip(models, folder, detector=detector, onset=2, offset=5)
    with pytest.raises(InputError, match="Frame 2 of clip is the onset"):
        predict_clip(models, clip, apex=2)
    with pytest.raises(InputError, match="Frame 6 is none of the frames 2 to 5 of clip"):
        predict_clip(models, clip, apex=6)
    with pytest.raises(InputError, match="Leave --onset and --offset out"):
        read_own_clip(models, folder / "1.png", folder / "5.png", detector, onset=1)


def test_the_spread_is_over_the_models(run, folder, detector):
    models = open_models(run)
    pair = predict_clip(models, read_own_clip(models, folder, detector=detector)).pair
    assert pair.by_model.shape == (3, 3)
    for k, (name, (low, high)) in enumerate(pair.spread.items()):
        assert low == pair.by_model[:, k].min() < pair.scores[name] < high == pair.by_model[:, k].max()
    assert pair.scores[pair.predicted] == max(pair.scores.values())
    best = [models.classes[k] for k in pair.by_model.argmax(1)]
    assert pair.agreeing == best.count(pair.predicted)


def test_colour_models_see_colour(tmp_path, folder, detector):
    models = open_models(write_run(tmp_path / "colour", changes={"image_channels": 3, "appearance": True}))
    grey = read_own_clip(models, folder, detector=detector)
    assert grey.frames.shape[-1] == 3
    plain = predict_clip(models, grey, apex=5).pair
    assert plain.onset.shape == (SIZE, SIZE, 3)
    for number in range(1, 7):
        image = cv2.imread(str(folder / f"{number}.png"))
        image[..., 1] = 0
        cv2.imwrite(str(folder / f"{number}.png"), image)
    tinted = predict_clip(models, read_own_clip(models, folder, detector=detector), apex=5).pair
    assert not np.allclose(plain.by_model, tinted.by_model, atol=1e-6)
    images = [cv2.cvtColor(cv2.imread(str(folder / f"{k}.png")), cv2.COLOR_BGR2RGB) for k in (1, 5)]
    assert predict_pair(models.folder, *images, detector).scores == pytest.approx(tinted.scores, abs=1e-6)


def test_a_clip_of_another_run_is_refused(run, tmp_path, folder, detector):
    clip = read_own_clip(open_models(run), folder, detector=detector)
    larger = open_models(write_run(tmp_path / "larger", size=40))
    with pytest.raises(InputError, match="Read it again for this run"):
        predict_clip(larger, clip)


@pytest.mark.parametrize("method", ["linear", "displacement"])
def test_models_trained_on_magnified_clips_see_magnified_apexes(tmp_path, method):
    config = MagnifyConfig(method=method, test=2.0)
    models = open_models(write_run(tmp_path / "magnified", magnify=asdict(config)))
    plain = open_models(write_run(tmp_path / "plain"))
    frames = [frame[..., None] for frame in moving_clip(0, 0, "negative")]
    boxes = np.tile(np.float32([0.1, 0.1, 0.6, 0.6]), (9, 1))
    found = ask(models, frames[0], frames[4], boxes)
    assert not np.allclose(found.by_model, ask(plain, frames[0], frames[4], boxes).by_model, atol=1e-6)
    onset, apex, tensor = pair_tensors(frames[0], frames[4], boxes)
    with torch.no_grad():
        for model, row in zip(models, found.by_model, strict=True):
            field = model.dgm.displacement(model.generate(onset, apex)) if method == "displacement" else None
            larger = magnify(onset, apex, torch.tensor([2.0]), config, field)
            np.testing.assert_allclose(model(onset, larger, tensor).logits.softmax(1)[0], row, atol=1e-5)


def test_the_displacement_is_in_pixels_of_a_face_of_128(run, folder, detector):
    models = open_models(run)
    found = predict_clip(models, read_own_clip(models, folder, detector=detector), apex=5)
    grid = np.full((2, SIZE, SIZE), 2 / 127, np.float32)  # backward, a pixel of 128 across a grid of -1 to 1
    moved = replace(found, pair=replace(found.pair, displacement=grid))
    np.testing.assert_allclose(moved.displacement_px, -1, atol=1e-6)
