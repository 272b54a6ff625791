from types import SimpleNamespace

import numpy as np
import pytest
import torch

from mer.core.errors import InputError
from mer.evaluation.attributions import (
    attribute_clips,
    integrated_gradients,
    log_odds,
    logits_of,
    occlusion_by_region,
    region_masks,
)
from mer.models.configs import model_config
from mer.models.frl_dgt import FRLDGT
from mer.models.head_motion import without_head_motion
from mer.motion.warp import identity_grid, warp

WEIGHT = torch.tensor([[1.0, -2.0], [0.5, 3.0], [0.0, 1.0]])


def test_log_odds_by_hand():
    """Probabilities 1/2, 1/3, 1/6: odds 1, 1/2, 1/5."""
    found = log_odds(torch.tensor([[3.0, 2.0, 1.0]]).log())
    torch.testing.assert_close(found, torch.tensor([[1.0, 1 / 2, 1 / 5]]).log(), rtol=1e-5, atol=1e-6)


def test_log_odds_of_two_classes_are_the_difference_of_their_logits():
    found = log_odds(torch.tensor([[1.5, -0.25], [200.0, -200.0]]))
    torch.testing.assert_close(found, torch.tensor([[1.75, -1.75], [400.0, -400.0]]))


def test_log_odds_give_the_probability():
    logits = torch.randn(5, 4, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(log_odds(logits).sigmoid(), logits.softmax(1))


def test_one_class_has_no_odds():
    with pytest.raises(InputError, match="two classes"):
        log_odds(torch.zeros(2, 1))


def test_two_linear_classes_by_hand():
    """Log-odds of class 1 are x0 (0.5 - 1) + x1 (3 + 2): weights times differences from the baseline."""

    def forward(x, shift):
        return {"logits": x @ WEIGHT[:2].T + shift}

    x, base, shift = torch.tensor([[2.0, 1.0]]), torch.tensor([[1.0, 0.0]]), torch.zeros(1, 2)
    (values,), delta = integrated_gradients(forward, (x,), (base,), torch.tensor([1]), steps=4, extra=(shift,))
    torch.testing.assert_close(values, torch.tensor([[-0.5, 5.0]]), rtol=1e-5, atol=1e-6)
    assert delta.abs().max() < 1e-5


def test_the_gradient_of_a_linear_model_by_hand():
    """d log-odds of k = w_k - sum of the others' weights, each by its share q of the others' probability.

    Over a way of next to no length the attribution is this gradient times the way.
    """
    x = torch.tensor([[0.3, -0.2]], dtype=torch.float64)
    weight, step = WEIGHT.double(), torch.tensor([[1e-3, 2e-3]], dtype=torch.float64)
    share = (x @ weight.T)[0, [0, 2]].softmax(0)
    expected = step * (weight[1] - share[0] * weight[0] - share[1] * weight[2])
    (values,), _ = integrated_gradients(lambda y: y @ weight.T, (x + step,), (x,), torch.tensor([1]))
    torch.testing.assert_close(values, expected, rtol=5e-3, atol=1e-7)


def test_a_number_added_to_all_logits_explains_nothing():
    """A softmax does not see it; explained alone, the logit would give most to the input that adds it."""

    def forward(x, common):
        return x @ WEIGHT.T + common

    x, common, target = torch.tensor([[2.0, 1.0]]), torch.tensor([[7.0]]), torch.tensor([0])
    (values, nothing), delta = integrated_gradients(forward, (x, common), (0 * x, 0 * common), target)
    (alone,), _ = integrated_gradients(lambda y: y @ WEIGHT.T, (x,), (0 * x,), target)
    torch.testing.assert_close(values, alone, rtol=1e-5, atol=1e-5)
    assert nothing.abs().max() < 1e-5 and delta.abs().max() < 1e-4
    torch.testing.assert_close(log_odds(x @ WEIGHT.T + 7), log_odds(x @ WEIGHT.T))


def test_steep_start_is_integrated():
    """A function that jumps beside the baseline, as normalised layers do."""

    def forward(x):
        return torch.stack([torch.tanh(x.sum(1) * 2000), -x.sum(1)], dim=1)

    (values,), delta = integrated_gradients(forward, (torch.ones(1, 2),), (torch.zeros(1, 2),), torch.tensor([0]))
    torch.testing.assert_close(values, torch.full((1, 2), 1.5), rtol=0, atol=1e-3)  # 1 + 2, halved
    assert delta.abs().max() < 1e-3


def test_shapes_must_agree():
    with pytest.raises(InputError, match="Input 0"):
        integrated_gradients(lambda x: x, (torch.zeros(1, 2),), (torch.zeros(1, 3),), torch.tensor([0]))


def test_logits_of_every_kind():
    logits = torch.ones(1, 3)
    assert logits_of(logits) is logits
    assert logits_of({"logits": logits}) is logits


@pytest.fixture(scope="module")
def parts():
    torch.manual_seed(0)
    model = FRLDGT(model_config("small")).eval()
    for parameter in model.parameters():  # the last layers start at zero
        torch.nn.init.normal_(parameter, std=0.3)
    onset, apex = torch.rand(2, 1, 64, 64), torch.rand(2, 1, 64, 64)
    boxes = torch.tensor([0.2, 0.2, 0.7, 0.6]).expand(2, 9, 4)
    return model, onset, apex, boxes


def test_attributions_add_up_to_the_gain(parts):
    model, onset, apex, boxes = parts
    result = attribute_clips(model, onset, apex, boxes, steps=48)
    total = result.onset.sum((1, 2)) + result.apex.sum((1, 2)) + result.displacement.sum((1, 2, 3))
    gain = result.log_odds - result.baseline_log_odds
    assert abs(gain).max() > 0.05  # something to explain, well above the tolerances
    assert total == pytest.approx(gain + result.delta, abs=1e-4)
    assert abs(result.delta).max() < 0.01 * abs(gain).max() + 1e-4
    assert result.displacement.shape == (2, 2, 64, 64)
    assert not result.onset.any()  # the small model sees the displacement only


def test_target_can_be_chosen(parts):
    model, onset, apex, boxes = parts
    same = attribute_clips(model, onset, apex, boxes, target=torch.tensor([1, 1]), steps=4)
    assert list(same.target) == [1, 1]
    with torch.no_grad():
        probability = model(onset, apex, boxes).logits.softmax(1)[:, 1]
    assert same.log_odds == pytest.approx(probability.logit().numpy(), abs=1e-4)
    still = 1 / (1 + np.exp(-same.baseline_log_odds))
    assert same.baseline_probability == pytest.approx(still, abs=1e-6)


def test_training_mode_is_refused(parts):
    model, onset, apex, boxes = parts
    model.train()
    try:
        with pytest.raises(InputError, match=r"model\.eval"):
            attribute_clips(model, onset, apex, boxes)
    finally:
        model.eval()


def test_masks_are_boxes_with_soft_edges():
    boxes = torch.tensor([[[0.2, 0.4, 0.6, 0.8]]])
    mask = region_masks(boxes, (11, 11), soft=1)[0, 0]
    assert mask[4:9, 2:7].eq(1).all()
    assert mask[3, 4] == pytest.approx(0.5, abs=1e-5)
    assert mask[0].eq(0).all()
    assert region_masks(boxes, (11, 11), soft=0)[0, 0].sum() == 25


class Motions:
    """Stands for FRL-DGT: a given displacement; its logits are the energy of what it is shown."""

    config = SimpleNamespace(dgm=SimpleNamespace(alpha=0.2))

    def __init__(self, raw, of="motion"):
        self.raw, self.of = raw, of

    def generate(self, onset, apex):
        return self.raw

    def classify(self, onset, apex, boxes, raw):
        seen = without_head_motion(raw) if self.of == "motion" else apex - warp(onset, 0.2 * self.raw)
        energy = seen.square().mean((1, 2, 3)) * 1000
        return SimpleNamespace(logits=torch.stack([energy, -energy], dim=1))


CORNERS = torch.tensor([[[0.0, 0.0, 0.4, 0.4], [0.6, 0.6, 1.0, 1.0]]])


def head_motion(size=21):
    """A shift, a turn and a change of size."""
    grid = identity_grid(size, size)
    return (0.3 + 0.1 * grid + 0.2 * torch.stack([-grid[1], grid[0]]))[None]


def test_only_the_region_with_motion_of_its_own_matters():
    raw = head_motion()
    raw[..., 2:6, 2:6] += torch.tensor([0.2, -0.3])[:, None, None]
    faces = torch.rand(2, 1, 1, 21, 21, generator=torch.Generator().manual_seed(0))
    losses = occlusion_by_region(Motions(raw), faces[0], faces[1], CORNERS, torch.tensor([0]))
    assert losses.shape == (1, 2)
    assert losses[0, 0] > 0.3
    assert losses[0, 1].abs() < 0.02  # the local motion pulls at the fit of the head, a little


def test_a_head_that_moves_without_expression_speaks_for_no_region():
    faces = torch.rand(1, 1, 21, 21, generator=torch.Generator().manual_seed(0))
    raw = head_motion()
    moved = warp(faces, 0.2 * raw)
    for seen in ("motion", "frames"):
        losses = occlusion_by_region(Motions(raw, seen), faces, moved, CORNERS, torch.tensor([0]))
        assert losses.abs().max() < 1e-4, seen


def test_the_motion_known_is_not_generated_again(monkeypatch):
    raw = head_motion() + torch.rand(1, 2, 21, 21, generator=torch.Generator().manual_seed(1))
    face, model = torch.zeros(1, 1, 21, 21), Motions(raw)
    expected = occlusion_by_region(model, face, face, CORNERS, torch.tensor([1]))
    monkeypatch.setattr(model, "generate", None)
    assert occlusion_by_region(model, face, face, CORNERS, torch.tensor([1]), raw=raw).equal(expected)
