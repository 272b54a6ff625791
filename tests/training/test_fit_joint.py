import numpy as np
import pytest
import torch

from mer.core.configs import with_changes
from mer.face.regions import canonical_boxes
from mer.models.dgm_loss import DGMLossConfig
from mer.models.frl_dgt import FRLDGT
from mer.models.motion_input import MotionConfig
from mer.motion.warp import flip_displacement
from mer.training.augment import AugmentConfig, mirror_boxes
from mer.training.fit_joint import JointFitConfig, fit_joint, take_sample
from mer.training.inputs import Inputs
from mer.training.pairs import RandomPairs
from tests.training.conftest import SIZE, model_config

NOTHING = DGMLossConfig(reconstruction=0.0, no_motion=0.0, smooth=0.0)
PLAIN = JointFitConfig(steps=2, batch=4, random_pairs=0, augment=AugmentConfig(flip=False), precision="float32")


def fit(config, gradient_scale=1e-6, pairs=None, n=6, variants=2):
    """A model whose DGM generates some motion, its weights before the fit, and the history."""
    torch.manual_seed(0)
    config_of_model = {"gradient_scale": gradient_scale, "motion.normalisation": "none"}
    model = FRLDGT(with_changes(model_config(), config_of_model))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    onset, apex = torch.rand(n, 1, SIZE, SIZE), torch.rand(variants, n, 1, SIZE, SIZE)
    boxes = torch.from_numpy(canonical_boxes()).expand(n, -1, -1)
    inputs = Inputs(onset, apex[:, :, None], boxes)
    rows = fit_joint(model, inputs, torch.arange(n) % 3, pairs, config, 0)
    return model, before, rows


def changed(model, before, part):
    return any(not torch.equal(value, before[name]) for name, value in model.state_dict().items() if name[:3] == part)


@pytest.mark.parametrize(("scale", "moves"), [(1.0, True), (0.0, False)])
def test_the_classification_gradient_reaches_the_dgm_scaled(scale, moves):
    """With the DGM's own losses at zero, nothing but classification can move its weights."""
    model, before, _ = fit(with_changes(PLAIN, {"loss": NOTHING}), scale)
    assert changed(model, before, "dgm") == moves
    assert changed(model, before, "fus")


def test_the_dgms_own_loss_moves_it_without_classification():
    model, before, _ = fit(PLAIN, 0.0)
    assert changed(model, before, "dgm")


def test_gradient_ratio_is_in_the_first_row_only_and_follows_the_scale():
    ratios = {}
    for scale in (1.0, 1e-6):
        _, _, rows = fit(PLAIN, scale)
        assert "gradient_ratio" not in rows[1]
        ratios[scale] = rows[0]["gradient_ratio"]
    assert 0 < ratios[1e-6] < 1e-3
    assert ratios[1e-6] == pytest.approx(1e-6 * ratios[1.0], rel=1e-2)
    assert fit(with_changes(PLAIN, {"loss": NOTHING, "steps": 1}))[2][0]["gradient_ratio"] == float("inf")


def test_history_has_the_terms_of_both_losses():
    _, _, rows = fit(with_changes(PLAIN, {"steps": 12}))
    assert [row["step"] for row in rows] == [1, 5, 10, 12]
    columns = {"step", "phase", "classification", "total", "reconstruction", "no_motion", "smooth", "curvature"}
    assert all(set(row) - {"gradient_ratio"} == columns and row["phase"] == "joint" for row in rows)
    for row in rows:  # the paper's weights
        expected = 10 * row["reconstruction"] + row["no_motion"] + 0.2 * row["smooth"]
        assert row["total"] == pytest.approx(expected, rel=1e-4)
        assert row["curvature"] > 0  # weight 0, and logged all the same


def test_the_term_on_curvature_is_logged_as_it_is_weighed():
    curved = DGMLossConfig(reconstruction=10.0, no_motion=0.0, smooth=0.0, curvature=16.0)
    for row in fit(with_changes(PLAIN, {"loss": curved}))[2]:
        assert row["total"] == pytest.approx(10 * row["reconstruction"] + 16 * row["curvature"], rel=1e-4)


def test_history_is_the_mean_since_the_row_before():
    """Without learning and with one apex variant and the whole set in each batch, every step has the same loss."""
    still = {"steps": 8, "batch": 6, "learning_rate_dgm": 0, "learning_rate_fusion": 0}
    model, before, rows = fit(with_changes(PLAIN, still), variants=1)
    assert not changed(model, before, "dgm")
    for name in ("classification", "total", "reconstruction", "no_motion", "smooth", "curvature"):
        assert [row[name] for row in rows] == pytest.approx([rows[0][name]] * 3, rel=1e-4)


def test_random_pairs_feed_the_dgms_loss_and_not_the_classifier(toy_store):
    pairs = RandomPairs(toy_store, np.arange(len(toy_store)), 2)
    still = {"steps": 1, "learning_rate_dgm": 0, "learning_rate_fusion": 0, "random_pairs": 8}
    alone, with_pairs = (fit(with_changes(PLAIN, still), pairs=given)[2][0] for given in (None, pairs))
    assert with_pairs["classification"] == pytest.approx(alone["classification"], rel=1e-5)
    assert with_pairs["reconstruction"] != pytest.approx(alone["reconstruction"], rel=1e-2)
    none_asked = fit(with_changes(PLAIN, still | {"random_pairs": 0}), pairs=pairs)[2][0]
    assert none_asked["reconstruction"] == alone["reconstruction"]


def test_a_batch_larger_than_the_data_is_the_data():
    large, exact = (fit(with_changes(PLAIN, {"batch": batch}), n=3)[0].state_dict() for batch in (32, 3))
    assert all(torch.equal(large[name], exact[name]) for name in large)


@pytest.mark.parametrize("source", ["flow", "dynamic_image", "dgm"])
def test_mirrored_samples_are_mirrored_whole(source):
    """Frames, boxes and motion of a sample together, of every pair; others stay, and each has the drawn variant."""
    mirrored = MotionConfig(source=source).mirrored
    torch.manual_seed(0)
    variants, n, pairs = 2, 8, 3
    frames, others = torch.rand(n, 1, 6, 6), torch.rand(variants, n, pairs, 1, 6, 6)
    motion = torch.randn(variants, n, pairs, 1 if source == "dynamic_image" else 2, 6, 6)
    inputs = Inputs(frames, others, torch.rand(n, 9, 4), None if source == "dgm" else motion)
    variant, chosen = torch.arange(n) % 2, torch.arange(n).flip(0)
    flipped = [True, False, False, True, True, False, True, False]
    made = take_sample(inputs, variant, chosen, torch.tensor(flipped), mirrored)
    for k, (v, row) in enumerate(zip(variant.tolist(), chosen.tolist(), strict=True)):
        expected = [frames[row], others[v, row], inputs.boxes[row], motion[v, row]]
        if flipped[k]:
            turned = expected[3].flip(-1) if source == "dynamic_image" else flip_displacement(expected[3])
            expected = [expected[0].flip(-1), expected[1].flip(-1), mirror_boxes(expected[2]), turned]
        for found, wanted in zip((made.onset[k], made.others[0, k], made.boxes[k]), expected[:3], strict=True):
            assert torch.equal(found, wanted)
        assert (made.motion is None) if source == "dgm" else torch.equal(made.motion[0, k], expected[3])
    still = take_sample(inputs, variant, chosen, None, mirrored)
    assert torch.equal(still.onset, frames[chosen]) and torch.equal(still.boxes, inputs.boxes[chosen])


def test_balanced_sampling_draws_rare_classes_and_weighs_none():
    """With every other sample of one class, batches that draw classes evenly give another fit than batches of all."""
    plain, drawn = (fit(with_changes(PLAIN, {"balance": how}), n=5)[0].state_dict() for how in ("none", "sampling"))
    assert any(not torch.equal(plain[name], drawn[name]) for name in plain)
    assert all(value.isfinite().all() for value in drawn.values())
