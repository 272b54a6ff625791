import pytest
import torch

from mer.core.errors import InputError
from mer.models.motion_input import MotionConfig
from mer.models.normalise import EPSILON, NORMALISATIONS, normalise


def test_normalisation_makes_small_and_large_motion_alike():
    field = torch.randn(1, 2, 40, 40)
    small_motion, large_motion = 0.05 * field / field.abs().max(), 0.5 * field / field.abs().max()
    for how in ("percentile", "max", "instance"):
        a, b = normalise(small_motion, how), normalise(large_motion, how)
        assert (a.abs().mean() / b.abs().mean()).item() == pytest.approx(1, abs=0.35)
        assert a.abs().mean() > 4 * small_motion.abs().mean()
    assert torch.equal(normalise(field, "none"), field)


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
