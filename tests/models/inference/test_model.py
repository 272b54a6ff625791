"""A model made for inference answers as the plain one does, in every variant, size and batch."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from mer.core.configs import with_changes
from mer.models.configs import model_config
from mer.models.frl_dgt import FRLDGT, FRLDGTConfig
from mer.models.inference.model import for_inference
from mer.training.configs import fold_config
from mer.training.variants import VARIANTS, with_variant

SIDE = {"small": 64, "paper": 62}  # not a multiple of the DGM's strides


def trained(config: FRLDGTConfig) -> FRLDGT:
    """A model in which nothing is as it was initialised: scales, shifts and statistics count."""
    torch.manual_seed(0)
    model = FRLDGT(config)
    with torch.no_grad():
        for part in model.modules():
            if isinstance(part, nn.BatchNorm1d | nn.BatchNorm2d):
                part.running_mean.normal_(0, 0.2)
                part.running_var.uniform_(0.5, 2)
        for value in model.parameters():
            value.add_(torch.randn_like(value) * (0.1 if value.ndim == 1 else 0.02))
    return model.eval()


def batch(config: FRLDGTConfig, side: int, count: int) -> tuple[torch.Tensor, ...]:
    torch.manual_seed(1)
    shape = (count, config.pairs, config.image_channels, side, side)
    others = torch.rand(shape) if config.sequence else torch.rand(shape)[:, 0]
    corners = torch.rand(count, 9, 4) * 0.4
    boxes = torch.cat([corners[..., :2], corners[..., 2:] + 0.5], dim=-1)
    given = (
        ()
        if config.motion.source == "dgm"
        else (torch.randn(count * config.pairs, config.motion.channels, side, side),)
    )
    return torch.rand(count, config.image_channels, side, side), others, boxes, *given


def assert_same(config: FRLDGTConfig, side: int, count: int) -> None:
    model = trained(config)
    fast, given = for_inference(model), batch(config, side, count)
    with torch.no_grad():
        plain, found = model(*given), fast(*given)
    for name, wanted in vars(plain).items():
        if wanted is None:
            assert getattr(found, name) is None
            continue
        torch.testing.assert_close(
            getattr(found, name), wanted, rtol=1e-5, atol=1e-5, msg=lambda m, n=name: f"{n}: {m}"
        )
    assert plain.logits.abs().max() > 0.05


@pytest.mark.parametrize("count", [1, 32])
@pytest.mark.parametrize("name", VARIANTS)
def test_small_variants(name: str, count: int) -> None:
    config = with_variant(fold_config("small"), name, "small").model
    assert_same(config, SIDE["small"], min(count, 3) if config.sequence else count)


@pytest.mark.parametrize("name", VARIANTS)
def test_paper_variants(name: str) -> None:
    assert_same(with_variant(fold_config("paper"), name, "paper").model, SIDE["paper"], 1)


def test_paper_in_batches() -> None:
    assert_same(model_config("paper"), SIDE["paper"], 32)


@pytest.mark.parametrize(
    "changes",
    [
        {"image_channels": 3},
        {"fusion.depth": 2},
        {"fusion.depth": 0},
        {"dgm.stride": 1, "dgm.full_range": True},
        {"dgm.batch_norm": False},
        {"motion.normalisation": "instance", "motion.head_motion": False},
    ],
)
def test_other_readings(changes: dict[str, object]) -> None:
    narrow = with_changes(model_config("paper"), {"fusion.width": 32, "dgm.widths": (8, 16, 16)})
    assert_same(with_changes(narrow, changes), SIDE["paper"], 2)


def test_the_plain_model_stays_as_it_is_and_the_other_cannot_be_trained() -> None:
    model = trained(model_config("small"))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    given = batch(model.config, 64, 1)
    model.train()
    fast = for_inference(model)
    fast(*given)
    assert model.training
    assert not fast.training
    assert not any(value.requires_grad for value in fast.parameters())
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert fast.config == replace(model.config)


def test_it_follows_a_model_to_another_type() -> None:
    """Its weights are buffers, so that ``.to`` moves all of them."""
    narrow = with_changes(model_config("paper"), {"fusion.width": 32, "dgm.widths": (8, 16, 16)})
    fast = for_inference(trained(narrow)).double()
    given = [part.double() for part in batch(narrow, 64, 1)]
    assert fast(*given).logits.dtype == torch.float64
