import pytest
import torch

from mer.core.errors import InputError
from mer.models.motion_input import MotionConfig
from mer.models.normalise import EPSILON, NORMALISATIONS, normalise


@pytest.mark.parametrize("how", ["percentile", "max", "instance"])
def test_normalisation_makes_small_and_large_motion_alike(how):
    """Both far above EPSILON, whose share of the divisor is all that is left between them; small motion is enlarged."""
    torch.manual_seed(0)
    field = torch.rand(1, 2, 40, 40) - 0.5
    large, less, little = (normalise(size * EPSILON * field, how) for size in (200, 100, 10))
    assert (less.abs().mean() / large.abs().mean()).item() == pytest.approx(1, abs=0.03)
    assert little.abs().mean() > 8 * (10 * EPSILON * field).abs().mean()
    assert torch.equal(normalise(field, "none"), field)


@pytest.mark.parametrize("how", sorted(NORMALISATIONS))
def test_pairs_of_a_clip_are_equalised_together(how):
    """A pair with a hundredth of the motion keeps a hundredth; a clip does not depend on the next one of the batch."""
    torch.manual_seed(0)
    field = 0.5 * (torch.rand(1, 2, 24, 24) - 0.5)
    raw = torch.cat([field / 100, field, field / 100, field / 100])  # two clips of two pairs
    made = MotionConfig(normalisation=how).equalised(raw, pairs=2)
    assert made.shape == raw.shape
    assert (made[0].abs().mean() / made[1].abs().mean()).item() == pytest.approx(0.01, rel=0.03)
    assert torch.equal(made[2], made[3])
    assert torch.allclose(made[2:], MotionConfig(normalisation=how).equalised(raw[2:], pairs=2))
    if how != "none":
        assert made[2].abs().mean() > 5 * made[0].abs().mean(), "alone, small motion is made larger"


def test_instance_by_hand():
    """x 1 and 3, y 0 and 0.4 of one pair: deviations 1 and 0.2; of two pairs, the other still, they are shared."""
    pair = torch.tensor([[[[1.0, 3.0]], [[0.0, 0.4]]]])
    expected = torch.tensor([[[[-1.0, 1.0]], [[-0.2, 0.2]]]])
    divisor = torch.tensor([1.0, 0.2])[:, None, None]
    assert torch.allclose(normalise(pair, "instance"), expected / (divisor + EPSILON))
    both = normalise(torch.cat([pair, torch.zeros_like(pair)], dim=1), "instance")
    assert torch.allclose(both[:, :2], expected / (divisor / 2**0.5 + EPSILON))
    assert both[:, 2:].abs().max() == 0


def test_gain_is_for_motion_that_is_not_equalised():
    raw = torch.rand(1, 2, 4, 4)
    assert torch.allclose(MotionConfig(normalisation="none", gain=12.7).equalised(raw), 12.7 * raw)
    with pytest.raises(InputError, match=r"gain is 12.7 and normalisation 'percentile'.*Leave gain at 1"):
        MotionConfig(gain=12.7)


def test_normalisation_of_no_motion_is_no_motion():
    for how in sorted(NORMALISATIONS):
        assert normalise(torch.zeros(2, 2, 8, 8), how).abs().max() == 0


def test_percentile_by_hand():
    field = torch.zeros(1, 2, 10, 10)
    field[0, 0].view(-1)[:] = torch.arange(1.0, 101) / 200
    # 200 values, 100 of them zero; the 198th smallest is 98 / 200.
    assert normalise(field, "percentile").max().item() == pytest.approx(min(1, 0.5 / (0.49 + EPSILON)))
    assert normalise(field, "percentile")[0, 0, 0, 0].item() == pytest.approx(0.005 / (0.49 + EPSILON))


def test_unknown_normalisation_is_refused():
    with pytest.raises(InputError, match="normalisation 'mean'"):
        MotionConfig(normalisation="mean")
