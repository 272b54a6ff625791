"""Leave-one-subject-out on motion maps: stacked folds are the folds one by one."""

import numpy as np
import pandas as pd
import pytest

from mer.core.configs import with_changes
from mer.core.errors import InputError
from mer.datasets.maps import MotionMaps
from mer.manifest.labels import COMPOSITE
from mer.training.augment import AugmentConfig
from mer.training.maps_config import MapsConfig
from mer.training.maps_loso import run_maps_loso

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
