import pytest
import torch

from mer.core.configs import with_changes
from mer.face.regions import canonical_boxes
from mer.models.fusion import TransformerFusion
from mer.training.augment import AugmentConfig
from mer.training.batches import class_weights
from mer.training.fit_fusion import FusionFitConfig, fit_fusion
from tests.training.conftest import model_config

PLAIN = FusionFitConfig(steps=23, batch=4, augment=AugmentConfig(flip=False), precision="float32")


def fitted(config, n=6, variants=2, seed=0):
    """A fusion fitted to random images, and the history of the fit."""
    torch.manual_seed(0)
    fusion = TransformerFusion(model_config().fusion, 2, 3)
    images = torch.randn(variants, n, 2, 16, 16)
    boxes = torch.from_numpy(canonical_boxes()).expand(n, -1, -1)
    labels = torch.arange(n) % 3
    return fusion, fit_fusion(fusion, images, boxes, labels, (0, 1), config, seed)


def test_class_weights_by_hand():
    """Three, two and one of six samples: 6 / (3 classes x count)."""
    labels = torch.tensor([0, 0, 0, 1, 1, 2])
    weights = class_weights(labels, 3, True)
    assert torch.allclose(weights, torch.tensor([2 / 3, 1.0, 2.0]))
    assert weights[labels].mean() == pytest.approx(1)
    assert class_weights(labels, 3, False).tolist() == [1, 1, 1]


def test_a_class_without_samples_weighs_nothing_and_the_others_share_all():
    """Three and one of four samples in two classes: 4 / (2 x count)."""
    labels = torch.tensor([0, 0, 0, 2])
    weights = class_weights(labels, 4, True)
    assert torch.allclose(weights, torch.tensor([2 / 3, 0, 2.0, 0]))
    assert weights[labels].mean() == pytest.approx(1)


def test_a_fit_without_samples_of_a_class_stays_finite():
    torch.manual_seed(0)
    fusion = TransformerFusion(model_config().fusion, 2, 3)
    boxes = torch.from_numpy(canonical_boxes()).expand(4, -1, -1)
    labels = torch.tensor([0, 2, 0, 2])
    rows = fit_fusion(fusion, torch.randn(1, 4, 2, 16, 16), boxes, labels, (0, 1), PLAIN, 0)
    assert all(value.isfinite().all() for value in fusion.state_dict().values())
    assert rows[-1]["classification"] < rows[0]["classification"]


def test_history_has_a_row_every_ten_steps_and_one_at_the_end():
    _, rows = fitted(PLAIN)
    assert [row["step"] for row in rows] == [10, 20, 23]
    assert all(set(row) == {"step", "phase", "classification"} and row["phase"] == "fusion" for row in rows)


def test_history_is_the_mean_loss_since_the_row_before():
    """Without learning and with the whole set in each batch, the loss of every step is the same."""
    still = with_changes(PLAIN, {"learning_rate": 0, "batch": 6})
    fusion, rows = fitted(still, variants=1)
    torch.manual_seed(0)
    same = TransformerFusion(model_config().fusion, 2, 3)
    images = torch.randn(1, 6, 2, 16, 16)[0]
    logits = same(images, torch.from_numpy(canonical_boxes()).expand(6, -1, -1)).logits
    loss = torch.nn.functional.cross_entropy(logits, torch.arange(6) % 3).item()
    assert [row["classification"] for row in rows] == pytest.approx([loss] * 3, rel=1e-4)
    assert all(torch.equal(a, b) for a, b in zip(fusion.parameters(), same.parameters(), strict=True))


@pytest.mark.parametrize("n", [1, 3])
def test_a_batch_larger_than_the_data_is_the_data(n):
    large, _ = fitted(with_changes(PLAIN, {"batch": 32, "steps": 3}), n=n)
    exact, _ = fitted(with_changes(PLAIN, {"batch": n, "steps": 3}), n=n)
    assert all(torch.equal(a, b) for a, b in zip(large.state_dict().values(), exact.state_dict().values(), strict=True))


def test_weights_depend_on_the_seed_only():
    first, again, other = (fitted(PLAIN, seed=seed)[0].head[-1].weight for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
