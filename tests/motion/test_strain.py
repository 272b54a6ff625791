import numpy as np
import pytest

from mer.core.errors import InputError
from mer.motion.strain import optical_strain

Y, X = np.mgrid[:20, :30].astype(float)


def test_translation_has_none() -> None:
    assert (optical_strain(np.stack([np.full_like(X, 3), np.full_like(X, -2)])) == 0).all()


@pytest.mark.parametrize("slope", [0.3, -0.3])
def test_stretch_in_one_direction_is_its_slope(slope: float) -> None:
    np.testing.assert_allclose(optical_strain(np.stack([slope * X, 0 * X])), 0.3)
    np.testing.assert_allclose(optical_strain(np.stack([0 * X, slope * Y])), 0.3)


def test_small_rotation_has_none() -> None:
    np.testing.assert_allclose(optical_strain(np.stack([-0.01 * Y, 0.01 * X])), 0, atol=1e-12)


def test_pure_shear_by_hand() -> None:
    """u = a y: the tensor's off-diagonal is a / 2, its norm a / sqrt(2)."""
    np.testing.assert_allclose(optical_strain(np.stack([0.2 * Y, 0 * X])), 0.2 / np.sqrt(2))


def test_expansion_by_hand() -> None:
    np.testing.assert_allclose(optical_strain(np.stack([0.1 * X, 0.1 * Y])), 0.1 * np.sqrt(2))


def test_direction_of_the_flow_does_not_matter() -> None:
    field = np.random.default_rng(0).normal(size=(4, 2, 8, 9)).astype(np.float32)
    strain = optical_strain(field)
    assert strain.shape == (4, 8, 9)
    assert strain.dtype == np.float32
    np.testing.assert_array_equal(strain, optical_strain(-field))


def test_unknown_stays_local() -> None:
    field = np.zeros((2, 9, 9))
    field[:, 4, 4] = np.nan
    unknown = np.isnan(optical_strain(field))
    assert unknown.sum() <= 5
    assert unknown[4, 3:6].any()


def test_shape_is_checked() -> None:
    with pytest.raises(InputError, match=r"\(\.\.\., 2, H, W\)"):
        optical_strain(np.zeros((9, 9, 2)))
