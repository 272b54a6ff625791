import pytest
import torch

from mer.models.head_motion import without_head_motion
from mer.models.motion_input import MotionConfig
from mer.motion.warp import identity_grid


def similarity_field(height, width, shift, scale, angle):
    """Displacement of a point (x, y): scale * (x, y) + angle * (-y, x) + shift, written out by hand."""
    x = torch.linspace(-1, 1, width).expand(height, width)
    y = torch.linspace(-1, 1, height)[:, None].expand(height, width)
    return torch.stack([shift[0] + scale * x - angle * y, shift[1] + scale * y + angle * x])[None]


def bump(height=32, width=32):
    grid = identity_grid(height, width)
    size = torch.exp(-((grid[0] - 0.4) ** 2 + (grid[1] + 0.5) ** 2) / 0.02)
    return torch.stack([torch.zeros_like(size), -0.1 * size])[None]


@pytest.mark.parametrize("size", [(32, 32), (24, 40)])
@pytest.mark.parametrize(
    ("shift", "scale", "angle"),
    [((0.1, -0.2), 0, 0), ((0, 0), 0.1, 0), ((0, 0), 0, 0.1), ((0.1, 0.05), -0.03, 0.07)],
)
def test_a_similarity_field_leaves_nothing(size, shift, scale, angle):
    field = similarity_field(*size, shift, scale, angle)
    assert field.abs().max() > 0.05
    assert without_head_motion(field).abs().max() < 1e-6


def test_what_is_not_a_similarity_stays():
    """Stretching x and shrinking y by the same factor has no part that is a similarity."""
    x, y = identity_grid(32, 32)
    stretched = torch.stack([0.1 * x, -0.1 * y])[None]
    assert torch.allclose(without_head_motion(stretched), stretched, atol=1e-6)


def test_the_rest_is_the_same_with_and_without_head_motion_and_taking_it_out_twice_changes_nothing():
    torch.manual_seed(0)
    local = torch.randn(2, 2, 32, 32)
    moved = local + similarity_field(32, 32, (0.3, -0.1), 0.2, -0.3)
    rest = without_head_motion(local)
    assert torch.allclose(without_head_motion(moved), rest, atol=1e-5)
    assert torch.allclose(without_head_motion(rest), rest, atol=1e-6)
    assert (rest.square().sum((1, 2, 3)) < local.square().sum((1, 2, 3))).all()  # least squares


def test_a_local_bump_survives():
    field = bump()
    rest = without_head_motion(field + similarity_field(32, 32, (0.2, 0.1), 0.05, 0.05))
    assert (rest - field).abs().max() < 0.2 * field.abs().max()
    assert rest[0, 1].argmin() == field[0, 1].argmin()


def test_fields_of_a_batch_are_independent_and_the_input_is_left_alone():
    torch.manual_seed(0)
    batch = torch.randn(3, 2, 16, 16)
    kept = batch.clone()
    assert torch.allclose(without_head_motion(batch)[1:2], without_head_motion(batch[1:2]), atol=1e-6)
    assert torch.equal(batch, kept)


@pytest.mark.parametrize("keeps", [True, False])
def test_the_classifier_sees_head_motion_only_where_the_configuration_says_so(keeps):
    motion = MotionConfig(head_motion=keeps, normalisation="none")
    field = similarity_field(32, 32, (0.1, 0.2), 0.0, 0.1)
    assert torch.allclose(motion.equalised(field), field if keeps else torch.zeros_like(field), atol=1e-6)
