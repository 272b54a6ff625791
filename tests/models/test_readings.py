"""Each named reading changes what its name says, and nothing else."""

from dataclasses import fields

import pytest
import torch

from mer.core.errors import InputError
from mer.models.configs import model_config
from mer.models.dgm import DGM, DGMConfig
from mer.models.dgm_loss import DGMLossConfig, curvature, dgm_loss
from mer.models.readings import READINGS, find_reading
from mer.motion.warp import warp
from mer.training.configs import READING_OF, fold_config, pretrain_config


def frames(seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(2, 2, 1, 16, 16, generator=generator)


def field(seed=1):
    return 0.2 * torch.randn(2, 2, 16, 16, generator=torch.Generator().manual_seed(seed))


def test_the_papers_reading_is_the_papers_losses_and_module():
    assert find_reading("paper").loss == DGMLossConfig(10.0, 1.0, 0.2)
    assert model_config("paper", reading="paper").dgm == DGMConfig(convolutions=1, skips="added")
    assert pretrain_config("paper").loss == DGMLossConfig()
    assert not model_config("small", reading="paper").dgm.start.windows


def test_readings_of_the_paper_differ_from_it_in_one_thing():
    paper = find_reading("paper").loss
    changed = {
        name: [
            item.name for item in fields(DGMLossConfig) if getattr(reading.loss, item.name) != getattr(paper, item.name)
        ]
        for name, reading in READINGS.items()
    }
    assert changed["scaled"] == ["scaled"]
    assert changed["signed"] == changed["bytes"] == ["image_scale"]
    assert changed["full-range"] == []
    assert find_reading("full-range").of(DGMConfig()).full_range


@pytest.mark.parametrize("configuration", ["small", "paper"])
@pytest.mark.parametrize("name", sorted(READINGS))
def test_every_reading_goes_with_every_configuration_and_loss_and_module_agree(configuration, name):
    fold, pretraining, reading = (
        fold_config(configuration, reading=name),
        pretrain_config(configuration, name),
        READINGS[name],
    )
    assert fold.model.dgm == model_config(configuration, reading=name).dgm
    assert all(getattr(fold.model.dgm, switch) == value for switch, value in reading.dgm.items())
    assert fold.joint.loss == pretraining.loss == reading.loss
    assert pretraining.noise == reading.noise


def test_robust_is_accurate_but_for_the_noise():
    accurate, robust = READINGS["accurate"], READINGS["robust"]
    assert (accurate.loss, accurate.dgm, accurate.noise) == (robust.loss, robust.dgm, 0) and robust.noise > 0


def test_a_configuration_without_a_reading_has_its_own():
    for name, own in READING_OF.items():
        assert pretrain_config(name) == pretrain_config(name, own)
        assert fold_config(name) == fold_config(name, reading=own)


def test_an_unknown_reading_is_refused_with_all_names():
    with pytest.raises(InputError, match=r"no reading 'acurate'.*accurate"):
        find_reading("acurate")
    with pytest.raises(InputError, match="no reading"):
        model_config("small", reading="acurate")


def test_scaled_terms_are_alpha_times_the_unscaled():
    (onset, apex), raw = frames(), field()
    plain = dgm_loss(onset, apex, raw, 0.2, DGMLossConfig())
    scaled = dgm_loss(onset, apex, raw, 0.2, DGMLossConfig(scaled=True))
    assert scaled.no_motion.item() == pytest.approx(0.2 * plain.no_motion.item())
    assert scaled.smooth.item() == pytest.approx(0.2 * plain.smooth.item())
    assert scaled.reconstruction.item() == pytest.approx(plain.reconstruction.item())
    expected = 10 * plain.reconstruction + 0.2 * (plain.no_motion + 0.2 * plain.smooth)
    assert scaled.total.item() == pytest.approx(expected.item())


def test_the_range_of_the_images_scales_the_reconstruction_alone():
    (onset, apex), raw = frames(), field()
    plain = dgm_loss(onset, apex, raw, 0.2, DGMLossConfig())
    signed = dgm_loss(onset, apex, raw, 0.2, DGMLossConfig(image_scale=2))
    assert signed.reconstruction.item() == pytest.approx(2 * plain.reconstruction.item())
    assert signed.no_motion.item() == pytest.approx(plain.no_motion.item())
    mapped = (warp(2 * onset - 1, 0.2 * raw) - (2 * apex - 1)).abs().mean()  # what a range of [-1, 1] is
    assert signed.reconstruction.item() == pytest.approx(mapped.item(), rel=1e-5)


def test_curvature_by_hand():
    y, x = torch.meshgrid(torch.arange(6.0), torch.arange(6.0), indexing="ij")
    linear = torch.stack([0.3 * x - 0.1 * y + 2, 0.5 * y])[None]
    assert curvature(linear).item() == pytest.approx(0, abs=1e-6)
    # Second differences of x^2 are 2 along x; of x y, 1 across: both in one of two components.
    squared = torch.stack([x**2, 0 * x])[None]
    assert curvature(squared).item() == pytest.approx(2 / 2)
    assert curvature(torch.stack([0 * x, x * y])[None]).item() == pytest.approx(2 * 1 / 2)
    (onset, apex), raw = frames(), field()
    with_term = dgm_loss(onset, apex, raw, 0.2, DGMLossConfig(curvature=3.0)).total
    without = dgm_loss(onset, apex, raw, 0.2, DGMLossConfig()).total
    assert (with_term - without).item() == pytest.approx(3 * curvature(raw).item(), rel=1e-4)


def test_full_range_brings_every_field_to_one_and_leaves_no_motion_alone():
    torch.manual_seed(0)
    onset, apex = frames()
    dgm = DGM(DGMConfig(widths=(8, 12), full_range=True, zero_start=False))
    assert dgm(onset, apex).abs().amax((1, 2, 3)).tolist() == pytest.approx([1, 1], abs=1e-4)
    still = DGM(DGMConfig(widths=(8, 12), full_range=True))
    assert still(onset, apex).abs().max() == 0
