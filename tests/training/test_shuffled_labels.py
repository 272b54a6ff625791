"""Scores come from learning: motion that tells the class is learned, and shuffled training labels fall to chance."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mer.core.configs import with_changes
from mer.datasets.maps import MotionMaps
from mer.evaluation.metrics import confusion_matrix, uf1
from mer.manifest.labels import COMPOSITE
from mer.models.patches import PatchConfig
from mer.training.loso import run_loso
from mer.training.maps_config import MapsConfig
from mer.training.maps_loso import run_maps_loso
from mer.training.pretrain_groups import pretrain_groups
from tests.training.conftest import align, fold_config, pretrain_config, write_database


def score(result, truth=None):
    labels = result.clips["label"] if truth is None else truth
    true = np.array([COMPOSITE.index(name) for name in labels])
    return float(uf1(confusion_matrix(true, result.arrays["probabilities"].argmax(1), 3)))


@pytest.fixture(scope="module")
def learnable(tmp_path_factory):
    """Six persons with six clips each (every texture its own, so only motion tells the class), and pretrained DGMs."""
    folder = tmp_path_factory.mktemp("learnable")
    store = align(write_database(folder / "frames", 6, 6), folder / "cache")
    changes = {"batch": 8, "learning_rate": 0.01, "loss.no_motion": 0.05, "apex_share": 0.7}
    pretrain = with_changes(pretrain_config(steps=120), changes)
    own = {"warm_up.batch": 30, "model.dgm.zero_start": True, "joint.loss.no_motion": 0.05}
    config = with_changes(fold_config(warm_up=30, joint=2), own)
    pretrain_groups(store, folder / "pretrained", config.model.dgm, pretrain, 0, "cpu", 1)
    return store, config, folder / "pretrained"


def test_frl_dgt_learns_true_labels_and_falls_to_chance_with_shuffled_ones(learnable, tmp_path):
    store, config, pretrained = learnable
    assert score(run_loso(store, tmp_path / "true", config, pretrained, 0, "cpu", 1)) > 0.8
    shuffled = replace(config, shuffle_labels=True)
    assert score(run_loso(store, tmp_path / "shuffled", shuffled, pretrained, 0, "cpu", 1)) < 0.5


def class_coded_maps(seed):
    """Six persons with six clips each; a patch of the map moves as the class says, under noise."""
    rng = np.random.default_rng(seed)
    rows = [
        {"database": "toy", "subject": f"{who:02d}", "clip": f"{k}", "label": COMPOSITE.classes[k % 3]}
        for who in range(6)
        for k in range(6)
    ]
    maps = rng.normal(0, 0.3, (len(rows), 3, 28, 28)).astype(np.float32)
    for one, row in zip(maps, rows, strict=True):
        channel, y, x, size = {"negative": (1, 6, 6, 1), "positive": (1, 20, 14, -1), "surprise": (0, 6, 20, 1)}[
            row["label"]
        ]
        one[channel, y - 3 : y + 3, x - 3 : x + 3] += size
    return MotionMaps(maps, pd.DataFrame(rows), ("onset-apex",), f"toy {seed}")


MAPS = with_changes(
    MapsConfig(),
    {
        "fusion.image": 14,
        "fusion.region": PatchConfig(image=8, patch=4),
        "fusion.face": PatchConfig(image=14, patch=7),
        "fusion.width": 16,
        "fusion.heads": 2,
        "fusion.depth": 0,
        "fusion.dropout": 0.0,
        "fit.steps": 20,
        "fit.batch": 16,
        "fit.learning_rate": 5e-3,
        "fit.augment.flip": False,
        "fit.precision": "float32",
    },
)


def test_motion_maps_are_learned_and_fall_to_chance_with_shuffled_labels(tmp_path):
    """Shuffled by hand here, over all clips: what a fold learns then says nothing of the true labels."""
    maps = class_coded_maps(0)
    truth = maps.clips["label"]
    assert score(run_maps_loso(maps, tmp_path / "true", MAPS, 0, "cpu", 1)) > 0.8
    labels = np.random.default_rng(0).permutation(truth)
    shuffled = replace(maps, clips=maps.clips.assign(label=labels), fingerprint="shuffled")
    assert score(run_maps_loso(shuffled, tmp_path / "shuffled", MAPS, 0, "cpu", 1), truth) < 0.5
