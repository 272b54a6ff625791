"""Leave-one-subject-out on motion maps: stacked folds are the folds one by one."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from mer.core.configs import with_changes
from mer.core.errors import InputError
from mer.datasets.maps import MotionMaps
from mer.face.regions import canonical_boxes
from mer.manifest.labels import COMPOSITE
from mer.models.map_fusion import map_model
from mer.training.augment import AugmentConfig
from mer.training.checkpoints import load_weights
from mer.training.folds import fold_folder
from mer.training.maps_config import MapsConfig
from mer.training.maps_fold import MapsData, MapsFold
from mer.training.maps_loso import run_maps_loso
from mer.training.protocols import protocol_folds

#: Largest difference: rounding, grown over the steps of Adam.
TOLERANCE = 1e-4

CONFIG = with_changes(
    MapsConfig(),
    {
        "fusion.width": 16,
        "fusion.heads": 2,
        "fit.steps": 12,
        "fit.batch": 6,
        "fit.precision": "float32",
        "fit.augment": AugmentConfig(drift=0.1, box_jitter=0.01, scale=1.3, mix=0.4),
    },
)


def made_up_maps(clips_of=(3, 4, 2, 5)):
    """Noise of 28 x 28, people with different numbers of clips."""
    people = [str(k) for k, count in enumerate(clips_of) for _ in range(count)]
    rng = np.random.default_rng(0)
    clips = pd.DataFrame(
        {
            "database": "made-up",
            "subject": people,
            "clip": [str(k) for k in range(len(people))],
            "label": [COMPOSITE.classes[k % 3] for k in range(len(people))],
        }
    )
    maps = rng.standard_normal((len(people), 3, 28, 28)).astype(np.float32)
    return MotionMaps(maps, clips, ("onset-apex",), "made-up")


def with_nonsense(maps, subject):
    """The same with nonsense in place of a person's maps and labels."""
    own = (maps.clips["subject"] == subject).to_numpy()
    return replace(
        maps,
        maps=np.where(own[:, None, None, None], np.float32(1e6), maps.maps),
        clips=maps.clips.assign(label=np.where(own, "surprise", maps.clips["label"])),
        fingerprint="changed",
    )


@pytest.mark.parametrize("together", [2, 4])
def test_stacked_folds_are_the_folds_one_by_one(tmp_path, together):
    maps = made_up_maps()
    alone = run_maps_loso(maps, tmp_path / "alone", CONFIG, 0, "cpu", 1, 1)
    stacked = run_maps_loso(maps, tmp_path / "stacked", CONFIG, 0, "cpu", 1, together)
    for name, values in alone.arrays.items():
        assert np.abs(values - stacked.arrays[name]).max() < TOLERANCE, name
    columns = ["step", "classification"]
    np.testing.assert_allclose(alone.history[columns], stacked.history[columns], rtol=1e-3)
    other = run_maps_loso(maps, tmp_path / "other", CONFIG, 1, "cpu", 1, together)
    assert np.abs(other.arrays["probabilities"] - stacked.arrays["probabilities"]).max() > 100 * TOLERANCE


@pytest.mark.parametrize(
    "parts",
    [
        {"parts.stem": 4},
        {"parts.own_patches": True},
        {"parts.direct": True},
        {"parts.stem": 4, "parts.own_patches": True, "parts.direct": True, "mirrored": True},
    ],
    ids=lambda parts: " ".join(parts),
)
def test_stacked_folds_with_parts_are_the_folds_one_by_one(tmp_path, parts):
    """Each fold keeps its own statistics of the stem, maps of patches, and masks of the direct path."""
    maps, config = made_up_maps(), with_changes(CONFIG, {"fit.steps": 8} | parts)
    alone = run_maps_loso(maps, tmp_path / "alone", config, 0, "cpu", 1, 1)
    stacked = run_maps_loso(maps, tmp_path / "stacked", config, 0, "cpu", 1, 3)
    for name, values in alone.arrays.items():
        assert np.abs(values - stacked.arrays[name]).max() < TOLERANCE, name
    np.testing.assert_allclose(alone.history["classification"], stacked.history["classification"], rtol=1e-4)
    (state, about), (other, about_other) = (
        load_weights(fold_folder(tmp_path / run, "made-up/1") / "weights.safetensors") for run in ("alone", "stacked")
    )
    assert about == about_other and about["parts"]["stem"] == parts.get("parts.stem", 0)
    assert state.keys() == other.keys()
    for name in state:
        assert torch.allclose(state[name].float(), other[name].float(), atol=TOLERANCE), name


def test_mirrored_is_the_mean_of_two_answers_of_the_model_that_was_left(tmp_path):
    maps = made_up_maps()
    parts = {"parts.stem": 4, "parts.own_patches": True, "parts.direct": True, "fit.steps": 4}
    config = with_changes(CONFIG, parts | {"mirrored": True})
    result = run_maps_loso(maps, tmp_path, config, 0, "cpu", 1)
    own = (maps.clips["subject"] == "1").to_numpy()
    scaled = torch.from_numpy(maps.maps[own] / maps.maps[~own].std(axis=(0, 2, 3), ddof=1, keepdims=True))
    other = scaled.flip(-1) * torch.tensor([-1.0, 1, 1])[:, None, None]  # a motion to the left is one to the right
    model = map_model(config.fusion, config.parts, (3, 28, 28), 3)
    model.load_state_dict(load_weights(fold_folder(tmp_path, "made-up/1") / "weights.safetensors")[0])
    boxes = torch.from_numpy(canonical_boxes()).expand(int(own.sum()), -1, -1)
    with torch.no_grad():
        out = [model.eval()(images, boxes) for images in (scaled, other)]
    told = [one.logits.softmax(1).numpy() for one in out]
    assert np.abs(told[0] - told[1]).max() > 0.01
    np.testing.assert_allclose(result.arrays["probabilities"][own], (told[0] + told[1]) / 2, atol=1e-5)
    np.testing.assert_allclose(result.arrays["embedding"][own], out[0].embedding.numpy(), atol=1e-4)


def test_symmetric_maps_are_told_the_same_mirrored_and_not():
    maps, config = made_up_maps(), with_changes(CONFIG, {"parts.direct": True, "fit.steps": 2})
    mirror = maps.maps[..., ::-1] * np.float32([-1, 1, 1])[:, None, None]
    fold = protocol_folds(maps.clips, "loso", COMPOSITE.classes)["made-up/3"]
    apart = []
    for shown in (maps.maps, maps.maps + mirror):
        data = MapsData.on(torch.device("cpu"), replace(maps, maps=shown), config)
        once = MapsFold.begin(fold, data, config, 0)
        once.fit(data)
        twice = replace(once, config=replace(config, mirrored=True))
        told = [one.predict(data)["probabilities"] for one in (once, twice)]
        np.testing.assert_allclose(told[1].sum(1), 1, atol=1e-5)
        apart.append(np.abs(told[0] - told[1]).max())
    assert apart[0] > 1e-3 and apart[1] < 1e-5


def test_the_maps_of_a_test_person_reach_no_other_fold_than_their_own(tmp_path):
    """Stacked folds lie side by side in one tensor; a person's own maps may only change their own predictions."""
    maps = made_up_maps()
    theirs = (maps.clips["subject"] == "1").to_numpy()
    changed = maps.maps.copy()
    changed[theirs] = np.random.default_rng(9).standard_normal(changed[theirs].shape)
    before = run_maps_loso(maps, tmp_path / "before", CONFIG, 0, "cpu", 1, 4)
    other = MotionMaps(changed, maps.clips, maps.kinds, "changed")
    run_maps_loso(other, tmp_path / "after", CONFIG, 0, "cpu", 1, 4)
    weights = [
        (tmp_path / run / "folds" / "made-up__1" / "weights.safetensors").read_bytes() for run in ("before", "after")
    ]
    assert weights[0] == weights[1]
    others = [
        (tmp_path / run / "folds" / "made-up__0" / "weights.safetensors").read_bytes() for run in ("before", "after")
    ]
    assert others[0] != others[1]
    assert before.arrays["probabilities"].shape == (len(maps.clips), 3)


def test_folds_whose_batches_differ_are_trained_one_by_one(tmp_path):
    """With 9 clips left in one fold and 12 in another, a batch of 12 cannot be one size."""
    config, maps = with_changes(CONFIG, {"fit.batch": 12, "fit.steps": 3}), made_up_maps()
    one = run_maps_loso(maps, tmp_path / "one", config, 0, "cpu", 1, 1)
    two = run_maps_loso(maps, tmp_path / "two", config, 0, "cpu", 1, 2)
    assert np.array_equal(one.arrays["probabilities"], two.arrays["probabilities"])


def test_a_number_of_folds_that_cannot_be_is_refused(tmp_path):
    with pytest.raises(InputError, match="at least 1 fold"):
        run_maps_loso(made_up_maps(), tmp_path, CONFIG, 0, "cpu", 1, 0)
