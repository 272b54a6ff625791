import numpy as np
import pytest

from mer.core.errors import InputError
from mer.motion import biwoof as module
from mer.motion.biwoof import BiWOOFConfig, biwoof
from mer.motion.strain import optical_strain

RIGHT, DOWN = 4, 6


def even(u: float, v: float, strain: float = 1.0, size: int = 10) -> np.ndarray:
    """A field that is the same everywhere, with its strain as told: float32 (1, 3, size, size)."""
    return np.broadcast_to(np.float32([u, v, strain])[:, None, None], (3, size, size))[None].copy()


@pytest.fixture
def flow():
    return np.random.default_rng(0).normal(size=(3, 2, 28, 31)).astype(np.float32)


def test_motion_to_the_right_is_one_bin_a_block():
    blocks = biwoof(even(2, 0)).reshape(25, 8)
    np.testing.assert_allclose(blocks[:, RIGHT], 0.2)  # 25 equal numbers of length 1
    assert (np.delete(blocks, RIGHT, axis=1) == 0).all()


@pytest.mark.parametrize(
    ("u", "v", "wanted"),
    [(-1, 0, 0), (-1, -1, 1), (0, -1, 2), (1, -1, 3), (1, 0, 4), (1, 1, 5), (0, 1, 6), (-1, 1, 7), (-1, -0.0, 0)],
)
def test_bins_begin_at_minus_180_degrees(u, v, wanted):
    assert np.flatnonzero(biwoof(even(u, v), BiWOOFConfig(blocks=1))).tolist() == [wanted]


def test_pixels_count_by_their_magnitude():
    """Three pixels move right by 1, one down by 5: shares 3/8 and 5/8, over sqrt(9 + 25) / 8."""
    flow = even(1, 0, size=2)
    flow[0, :2, 0, 0] = 0, 5
    made = biwoof(flow, BiWOOFConfig(blocks=1))[0]
    np.testing.assert_allclose(made[[RIGHT, DOWN]], np.array([3, 5]) / np.sqrt(34), rtol=1e-6)


def test_blocks_count_by_the_sum_of_their_strain():
    """Strain sums of 3 and 4 in the upper blocks, none below; how far a block moves does not count."""
    flow = even(1, 0, strain=0, size=4)
    flow[0, 0, :2, :2] = 100
    flow[0, 2, 0, 0] = 3
    flow[0, 2, :2, 2:] = 1
    blocks = biwoof(flow, BiWOOFConfig(blocks=2)).reshape(4, 8)
    np.testing.assert_allclose(blocks[:, RIGHT], [0.6, 0.8, 0, 0], rtol=1e-6)


def test_strain_is_that_of_the_field(flow):
    given = np.concatenate([flow, optical_strain(flow)[:, None]], axis=1)
    np.testing.assert_allclose(biwoof(flow), biwoof(given), atol=1e-6)


@pytest.mark.parametrize(
    "fields", [np.zeros((2, 2, 28, 28)), np.zeros((2, 3, 28, 28)), even(1, 2)[:, :2], even(1, 2, 0)]
)
def test_no_motion_or_no_strain_is_zero(fields):
    made = biwoof(fields)
    assert made.shape == (len(fields), 200)
    assert (made == 0).all()


def test_lengths_are_one_and_nothing_is_negative(flow):
    made = biwoof(flow)
    assert made.dtype == np.float32
    assert (made >= 0).all()
    np.testing.assert_allclose(np.linalg.norm(made, axis=1), 1, atol=1e-6)


def test_a_quarter_turn_moves_two_bins(flow):
    turned = np.stack([-flow[:, 1], flow[:, 0]], axis=1)  # from right to down
    strain = np.abs(flow[:, :1])
    plain, other = (biwoof(np.concatenate([field, strain], axis=1)).reshape(3, 25, 8) for field in (flow, turned))
    np.testing.assert_allclose(np.roll(plain, 2, axis=2), other, atol=1e-6)


def test_a_mirrored_face_has_mirrored_blocks_and_orientations(flow):
    """Orientation a becomes 180 - a: bin k becomes 7 - k turned by half a circle."""
    mirrored = flow[..., ::-1] * np.float32([-1, 1])[:, None, None]
    plain, other = (biwoof(fields).reshape(3, 5, 5, 8) for fields in (flow, mirrored))
    np.testing.assert_allclose(np.roll(other[:, :, ::-1, ::-1], 4, axis=3), plain, atol=1e-6)


def test_the_size_of_the_motion_does_not_count(flow):
    np.testing.assert_allclose(biwoof(flow), biwoof(1e-3 * flow), atol=1e-6)


def test_many_fields_are_the_fields_one_by_one(flow, monkeypatch):
    together = biwoof(flow)
    monkeypatch.setattr(module, "_AT_ONCE", 1)
    np.testing.assert_array_equal(together, biwoof(flow))
    assert biwoof(flow[:0]).shape == (0, 200)


def test_wrong_input_is_refused(flow):
    for wrong in (flow[0], flow[:, :1], flow.astype(np.int64)):
        with pytest.raises(InputError, match="Flow is float"):
            biwoof(wrong)
    with pytest.raises(InputError, match="not finite"):
        biwoof(np.where(flow > 1, np.nan, flow))
    with pytest.raises(InputError, match="at least 0; found -1"):
        biwoof(even(1, 0, -1))
    with pytest.raises(InputError, match="into 5 x 5 blocks"):
        biwoof(flow[..., :4])
    with pytest.raises(InputError, match="bins is 0"):
        BiWOOFConfig(bins=0)
