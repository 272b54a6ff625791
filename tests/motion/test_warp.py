import pytest
import torch

from mer.motion.warp import flip_displacement, identity_grid, warp


def image(height: int = 9, width: int = 13) -> torch.Tensor:
    return torch.rand(2, 3, height, width, generator=torch.Generator().manual_seed(0))


def shift(pixels_x: float, pixels_y: float, height: int = 9, width: int = 13) -> torch.Tensor:
    field = torch.empty(2, 2, height, width)
    field[:, 0] = pixels_x * 2 / (width - 1)
    field[:, 1] = pixels_y * 2 / (height - 1)
    return field


def test_no_displacement_returns_the_image() -> None:
    torch.testing.assert_close(warp(image(), shift(0, 0)), image(), atol=1e-6, rtol=0)


def test_whole_pixels_are_exact_and_the_sign_is_backward() -> None:
    """D = +2 pixels in x takes each value from two pixels further right: the picture moves left."""
    moved = warp(image(), shift(2, 0))
    torch.testing.assert_close(moved[..., :-2], image()[..., 2:], atol=1e-5, rtol=0)
    torch.testing.assert_close(moved[..., -2:], image()[..., -1:].expand(-1, -1, -1, 2), atol=1e-5, rtol=0)  # border
    torch.testing.assert_close(warp(image(), shift(0, -1))[:, :, 1:], image()[:, :, :-1], atol=1e-5, rtol=0)


def test_half_a_pixel_is_the_mean_of_two() -> None:
    half = warp(image(), shift(0.5, 0))[..., :-1]
    torch.testing.assert_close(half, (image()[..., :-1] + image()[..., 1:]) / 2, atol=1e-5, rtol=0)


def test_identity_grid_runs_over_pixel_centres() -> None:
    grid = identity_grid(3, 5)
    assert grid.shape == (2, 3, 5)
    assert grid[0, 0].tolist() == [-1, -0.5, 0, 0.5, 1]
    assert grid[1, :, 0].tolist() == [-1, 0, 1]


def test_gradient_reaches_the_displacement() -> None:
    field = shift(0.3, 0.2).double().requires_grad_()
    warp(image(), field).square().sum().backward()
    assert field.grad is not None
    assert (field.grad != 0).float().mean() > 0.8


def test_mirrored_displacement_warps_the_mirrored_image() -> None:
    field = 0.2 * torch.randn(2, 2, 9, 13, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(
        warp(image().flip(-1), flip_displacement(field)), warp(image(), field).flip(-1), atol=1e-5, rtol=0
    )


def test_flip_by_hand_and_twice() -> None:
    field = torch.tensor([[[1.0, 2]], [[3, 4]]])  # (2, 1, 2)
    assert flip_displacement(field).tolist() == [[[-2, -1]], [[4, 3]]]
    assert torch.equal(flip_displacement(flip_displacement(field)), field)


def test_shape_is_checked() -> None:
    with pytest.raises(ValueError, match="displacement has shape"):
        warp(image(), torch.zeros(2, 2, 9, 12))
