"""Contributions of the fusion's modules: they add up, and belong to the module that they are given to."""

import numpy as np
import pytest
import torch

from mer.core.configs import with_changes
from mer.core.errors import InputError
from mer.evaluation.layer_attribution import (
    BRANCHES,
    FULL_NAME,
    GLOBAL_NAME,
    LOCAL,
    UNEXPLAINED,
    attribute_layers,
    handed_on,
    layer_table,
)
from mer.models.configs import model_config
from mer.models.frl_dgt import FRLDGT

pytest.importorskip("captum")
BOXES = [f"box {k}" for k in range(9)]


def small(**changes):
    torch.manual_seed(0)
    return FRLDGT(with_changes(model_config("small"), changes)).eval()


@pytest.fixture(scope="module")
def model():
    return small()


@pytest.fixture(scope="module")
def clip():
    torch.manual_seed(1)
    onset = torch.rand(2, 1, 64, 64)
    return (
        onset,
        (onset + 0.1 * torch.rand_like(onset)).clamp(0, 1),
        torch.tensor([[0.1, 0.2, 0.6, 0.7]]).expand(2, 9, 4),
    )


def test_what_is_handed_on_makes_the_logits(model, clip):
    onset, apex, boxes = clip
    with torch.no_grad():
        images = model.stack(onset, apex, model.generate(onset, apex))
        found = handed_on(model.fusion, images, boxes)
        out = model.fusion(images, boxes)
        assert torch.equal(found.logits, out.logits)
        assert torch.equal(torch.cat([found.across, found.full], dim=-1), out.embedding)
        again, _ = model.fusion.global_fusion((found.local + model.fusion.region_position).unsqueeze(1))
    torch.testing.assert_close(again.squeeze(1), found.across)
    assert not model.fusion.local_fusion._forward_hooks


def test_contributions_add_up_to_the_gain_of_the_log_odds(model, clip):
    found = attribute_layers(model, *clip)
    gain = found.log_odds - found.baseline_log_odds
    assert np.abs(gain).min() > 1e-3
    local, branches = found.local.sum(1) + found.full_beside_local, found.across + found.full
    np.testing.assert_allclose(branches - gain, found.delta_branches, atol=1e-5)
    np.testing.assert_allclose(local - gain, found.delta_local, atol=1e-5)
    np.testing.assert_allclose(branches, gain, atol=0.02 * np.abs(gain).max())
    np.testing.assert_allclose(local, gain, atol=0.02 * np.abs(gain).max())


def test_a_linear_classifier_by_hand(model, clip):
    """Of two classes, without normalisation: differences of the classes' weights times those of what is handed on."""
    onset, apex, boxes = clip
    linear = torch.nn.Linear(2 * model.fusion.config.width, 2)
    head, model.fusion.head = model.fusion.head, linear
    try:
        found = attribute_layers(model, *clip, target=torch.tensor([1, 0]))
        with torch.no_grad():
            raw = model.generate(onset, apex)
            moved = handed_on(model.fusion, model.stack(onset, apex, raw), boxes)
            still = handed_on(model.fusion, model.stack(onset, onset, 0 * raw), boxes)
            weight = linear.weight[[1, 0]] - linear.weight[[0, 1]]
            across = (weight[:, : weight.shape[1] // 2] * (moved.across - still.across)).sum(1)
    finally:
        model.fusion.head = head
    np.testing.assert_allclose(found.across, across.numpy(), atol=1e-5)
    assert found.target.tolist() == [1, 0]


def test_a_module_that_sees_no_change_contributes_nothing(model, clip, monkeypatch):
    """Motion outside a box leaves its local module at the baseline."""
    onset, _, _ = clip
    apex = onset.clone()
    apex[:, :, 40:, 40:] += 0.2
    boxes = torch.tensor([[0.0, 0.0, 0.3, 0.3]] * 8 + [[0.5, 0.5, 1.0, 1.0]]).expand(2, 9, 4)
    monkeypatch.setattr(model, "generate", lambda first, second: (second - first).repeat(1, 2, 1, 1))
    # without the equalisation, which takes the motion of the whole face out of every place
    monkeypatch.setattr(model, "stack", lambda first, second, raw: raw)
    found = attribute_layers(model, onset, apex, boxes)
    assert np.abs(found.local[:, :8]).max() < 1e-6 < np.abs(found.local[:, 8]).min()


def test_a_model_without_the_full_face_module(clip):
    found = attribute_layers(small(**{"fusion.full_face": False}), *clip)
    assert np.isnan(found.full).all() and np.isnan(found.full_beside_local).all()
    np.testing.assert_allclose(found.across, found.log_odds - found.baseline_log_odds + found.delta_branches, atol=1e-5)
    table = layer_table(found, ["a", "b"], ["x", "y", "z"], BOXES)
    assert FULL_NAME not in set(table["module"])


def test_table_rows_of_a_sum_add_up_to_the_gain(model, clip):
    table = layer_table(attribute_layers(model, *clip), ["a", "b"], ["x", "y", "z"], BOXES)
    for _, group in table.groupby(["clip", "sum"]):
        assert group["log_odds"].sum() == pytest.approx(group["log_odds_gain"].iloc[0], abs=1e-5)
    first = table[(table["clip"] == "a")]
    assert first.loc[first["sum"] == BRANCHES, "module"].tolist() == [GLOBAL_NAME, FULL_NAME, UNEXPLAINED]
    assert first.loc[first["sum"] == LOCAL, "module"].tolist() == [*BOXES, FULL_NAME, UNEXPLAINED]


def test_training_mode_is_refused(model, clip):
    model.train()
    try:
        with pytest.raises(InputError, match="training mode"):
            attribute_layers(model, *clip)
    finally:
        model.eval()
