import numpy as np
import pytest
import torch

from mer.core.errors import InputError
from mer.motion.units import grid_to_pixels, pixels_to_grid


def test_by_hand() -> None:
    """In 5 x 3 pixels one pixel is 2/4 of the grid horizontally and 2/2 vertically."""
    field = np.ones((2, 3, 5), np.float32)
    grid = pixels_to_grid(field)
    assert grid.dtype == np.float32
    assert (grid[0] == 0.5).all()
    assert (grid[1] == 1).all()


@pytest.mark.parametrize("shape", [(2, 7, 9), (4, 2, 7, 9)])
def test_back_and_forth(shape: tuple[int, ...]) -> None:
    field = np.random.default_rng(0).normal(size=shape)
    np.testing.assert_allclose(grid_to_pixels(pixels_to_grid(field)), field)


def test_tensors_and_arrays_agree() -> None:
    field = np.random.default_rng(0).normal(size=(2, 7, 9)).astype(np.float32)
    tensor = pixels_to_grid(torch.from_numpy(field))
    assert isinstance(tensor, torch.Tensor)
    np.testing.assert_allclose(tensor.numpy(), pixels_to_grid(field), rtol=1e-6)


def test_unknown_stays_unknown() -> None:
    field = np.full((2, 4, 4), np.nan, np.float16)
    assert np.isnan(grid_to_pixels(field)).all()
    assert grid_to_pixels(field).dtype == np.float16


@pytest.mark.parametrize("shape", [(3, 4, 4), (4, 4), (2, 1, 4)])
def test_shape_is_checked(shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="H and W at least 2"):
        pixels_to_grid(np.zeros(shape))
