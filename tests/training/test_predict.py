"""Predictions for a new pair by the models that a run left, and runs on motion maps."""

from dataclasses import asdict, replace

import cv2
import numpy as np
import pytest
import torch

from mer.core.configs import with_changes
from mer.core.errors import InputError, MissingPath
from mer.core.files import write_json
from mer.face.canonical import square_points
from mer.face.landmarks import NoFace
from mer.face.regions import region_boxes
from mer.manifest.labels import COMPOSITE
from mer.models.frl_dgt import FRLDGT
from mer.training.checkpoints import load_weights, save_weights
from mer.training.fold_model import fold_model
from mer.training.loso import run_loso
from mer.training.maps_loso import run_maps_loso
from mer.training.predict import predict_pair
from mer.training.run_folder import fold_weights
from tests.face.conftest import FixedDetector
from tests.training.conftest import FRAMES, SIZE, fold_config, model_config, moving_clip
from tests.training.test_maps_loso import with_nonsense
from tests.training.test_shuffled_labels import MAPS, class_coded_maps


@pytest.fixture(scope="module")
def run(toy_store, tmp_path_factory):
    """A run of a few steps: result and folder."""
    folder = tmp_path_factory.mktemp("run")
    return run_loso(toy_store, folder, fold_config(), None, 0, "cpu", 1), folder


@pytest.fixture
def detector():
    return FixedDetector(square_points(SIZE))


def images(person=0, clip=0):
    """Onset and apex as RGB."""
    frames = moving_clip(person, clip, "negative")
    return [cv2.cvtColor(frames[k], cv2.COLOR_GRAY2RGB) for k in (0, FRAMES - 2)]


def test_scores_are_the_mean_over_all_fold_models(run, detector):
    found = predict_pair(run[1], *images(), detector)
    assert tuple(found.scores) == COMPOSITE.classes
    assert sum(found.scores.values()) == pytest.approx(1, abs=1e-6)
    assert found.models == 4
    onset, apex = (torch.from_numpy(frame)[None, None] / 255 for frame in (found.onset, found.apex))
    boxes = torch.from_numpy(region_boxes(square_points(SIZE), SIZE))[None]
    outputs = []
    for path in sorted(run[1].glob("folds/*/weights.safetensors")):
        with torch.no_grad():
            outputs.append(fold_model(path)[0](onset, apex, boxes))
    expected = torch.cat([out.logits.softmax(1) for out in outputs]).mean(0)
    np.testing.assert_allclose(list(found.scores.values()), expected.numpy(), atol=1e-6)
    fields = torch.cat([out.displacement for out in outputs]).mean(0)
    np.testing.assert_allclose(found.displacement, fields.numpy(), atol=1e-6)
    assert len({tuple(out.logits[0].tolist()) for out in outputs}) == 4


def test_the_pair_is_aligned_by_the_onsets_face(run):
    """The same face, shifted by some pixels in a larger image, gives the same aligned pair and scores."""
    plain = predict_pair(run[1], *images(), FixedDetector(square_points(SIZE)))
    shifted = [np.zeros((50, 60, 3), np.uint8) for _ in range(2)]
    for large, image in zip(shifted, images(), strict=True):
        large[7 : 7 + SIZE, 11 : 11 + SIZE] = image
    found = predict_pair(run[1], *shifted, FixedDetector(square_points(SIZE) + np.float32([11, 7])))
    assert found.onset.shape == (SIZE, SIZE) and found.onset.dtype == np.uint8
    assert np.array_equal(plain.onset, images()[0][..., 0])
    assert np.array_equal(found.apex, plain.apex)
    assert found.scores == pytest.approx(plain.scores, abs=1e-4)


def test_images_of_two_sizes_and_images_without_face_are_refused(run, detector):
    onset, apex = images()
    with pytest.raises(InputError, match="in one size"):
        predict_pair(run[1], onset, apex[:-1], detector)
    with pytest.raises(NoFace):
        predict_pair(run[1], onset, apex, FixedDetector())


def test_the_face_is_aligned_in_the_size_that_the_run_was_trained_on(run, detector, tmp_path):
    """As the weights say, else as the record does, else 128 pixels."""
    state, about = load_weights(fold_weights(run[1])[0])
    path = tmp_path / "folds" / "one" / "weights.safetensors"
    for size, record, expected in ((40, {"data.size": 48}, 40), (None, {"data.size": 48}, 48), (None, {}, 128)):
        save_weights(path, state, {**about, "size": size})
        write_json(tmp_path / "record.json", {"config": record})
        found = predict_pair(tmp_path, *images(), detector)
        assert found.onset.shape == (expected, expected) and found.displacement.shape == (2, expected, expected)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"sequence": 4}, "a sequence of 4 frames"),
        ({"motion.source": "flow"}, "motion 'flow'"),
        ({"motion.source": "dynamic_image"}, "motion 'dynamic_image'"),
    ],
)
def test_a_run_of_models_that_see_more_than_two_images_is_refused(changes, what, detector, tmp_path):
    model = FRLDGT(with_changes(model_config(), changes))
    about = {"model": asdict(model.config), "classes": COMPOSITE.classes}
    save_weights(tmp_path / "folds" / "one" / "weights.safetensors", model.state_dict(), about)
    with pytest.raises(InputError, match=rf"see {what}; a clip of your own .*Give one"):
        predict_pair(tmp_path, *images(), detector)


def test_a_folder_without_weights_is_refused(tmp_path, detector):
    with pytest.raises(MissingPath, match="folder of a finished LOSO run"):
        predict_pair(tmp_path, *images(), detector)


@pytest.fixture(scope="module")
def maps_run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("maps")
    maps = class_coded_maps(0)
    return maps, run_maps_loso(maps, folder, with_changes(MAPS, {"fit.steps": 1}), 0, "cpu", 1), folder


def test_a_run_on_motion_maps_is_refused(maps_run, detector):
    with pytest.raises(InputError, match="a run on motion maps"):
        predict_pair(maps_run[2], *images(), detector)


def test_maps_are_predicted_once_in_the_order_of_the_table(maps_run):
    maps, result, folder = maps_run
    assert result.rows.tolist() == list(range(36))
    assert result.fold == ("toy/" + maps.clips["subject"]).tolist()
    assert len(list(folder.glob("folds/*/fold.json"))) == 6
    assert "displacement" not in result.arrays


def test_a_maps_fold_does_not_depend_on_maps_and_labels_of_its_person(tmp_path):
    maps = class_coded_maps(0)
    changed = with_nonsense(maps, "02")
    config = with_changes(MAPS, {"fit.steps": 2})
    for name, one in (("plain", maps), ("changed", changed)):
        run_maps_loso(one, tmp_path / name, config, 0, "cpu", 1)
    for who, same in (("02", True), ("03", False)):
        weights = [
            (tmp_path / n / "folds" / f"toy__{who}" / "weights.safetensors").read_bytes() for n in ("plain", "changed")
        ]
        assert (weights[0] == weights[1]) == same


def test_maps_without_a_class_are_refused(tmp_path):
    maps = class_coded_maps(0)
    clips = maps.clips.copy()
    clips.loc[5, "label"] = ""
    with pytest.raises(InputError, match="1 clips have no label"):
        run_maps_loso(replace(maps, clips=clips), tmp_path, MAPS, 0, "cpu", 1)


def test_weights_of_another_model_are_refused(run, tmp_path):
    state, about = load_weights(next(run[1].glob("folds/*/weights.safetensors")))
    about["model"]["fusion"]["width"] = 24
    save_weights(tmp_path / "weights.safetensors", state, about)
    with pytest.raises(InputError, match="does not fit FRLDGT"):
        fold_model(tmp_path / "weights.safetensors")


def test_weights_of_an_older_version_say_which_file_and_what_to_do(run, tmp_path):
    state, about = load_weights(next(run[1].glob("folds/*/weights.safetensors")))
    about["model"]["fusion"]["stem"] = {"width": 24}
    save_weights(tmp_path / "weights.safetensors", state, about)
    words = r"weights\.safetensors was trained by another version of this suite: .*no field \['stem'\].*Make it again"
    with pytest.raises(InputError, match=words):
        fold_model(tmp_path / "weights.safetensors")
