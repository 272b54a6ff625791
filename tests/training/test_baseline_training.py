"""What the baseline networks are trained with, seen in the first row of their history."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from mer.manifest.labels import COMPOSITE
from mer.models.baselines.capsule import CapsuleConfig
from mer.training.network_configs import baseline_config
from mer.training.network_loso import NetworkFold, train_folds
from mer.training.protocols import protocol_folds


def test_capsulenet_is_trained_with_the_margin_loss():
    """One epoch of one batch: its loss is that of the initial weights, no matter in which order the clips come."""
    labels, subjects = [COMPOSITE.classes[k % 3] for k in range(8)], list("00011122")
    clips = pd.DataFrame({"database": "made-up", "subject": subjects, "clip": list("abcdefgh"), "label": labels})
    images = np.random.default_rng(0).random((8, 3, 40, 40), np.float32)
    config = baseline_config("capsulenet")
    sizes = CapsuleConfig(size=40, widths=(4, 4, 4), hidden=4, kernel=3, capsules=2, values=4, class_values=4)
    config = replace(config, architecture=sizes, fit=replace(config.fit, epochs=1, batch=8))
    (result,) = train_folds(["made-up/2"], images, clips, config, 0, "cpu")

    fold = protocol_folds(clips, "loso", COMPOSITE.classes)["made-up/2"]
    own = NetworkFold.begin(fold, images, clips, config, 0, torch.device("cpu"))
    with torch.no_grad():
        lengths = own.network.train()(own.training).double().numpy()
    true = np.eye(3)[[COMPOSITE.index(label) for label in labels[:6]]]
    margin = true * np.maximum(0, 0.99 - lengths) ** 2 + 0.5 * (1 - true) * np.maximum(0, lengths - 0.01) ** 2
    row = result.history.iloc[0]
    assert row["step"] == 1 and row["classification"] == pytest.approx(margin.sum(axis=1).mean(), abs=1e-5)
    assert margin.sum(axis=1).mean() < 1.05 < np.log(3), "what cross-entropy would be near"
