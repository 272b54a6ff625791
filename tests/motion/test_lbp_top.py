import numpy as np
import pytest

from mer.core.errors import InputError
from mer.motion import lbp_top as module
from mer.motion.lbp_top import LBPTOPConfig, bin_of_code, lbp_top, lbp_top_codes

ONE_PIXEL = LBPTOPConfig(radii=(1, 1, 1), mapping="plain", blocks=1, frames=3)
UNIFORM = (0, 1, 2, 3, 4, 6, 7, 8, 9, 11, 12, 13, 14, 15)  # at most two changes all round; 5 and 10 have four


@pytest.fixture
def volumes():
    """Two clips of a size that 5 does not divide, with few grey values so that many are equal."""
    return np.random.default_rng(0).integers(0, 6, (2, 11, 23, 18), dtype=np.uint8)


@pytest.fixture
def by_hand():
    """One pixel of value 5 with all its neighbours; corners are not looked at.

    XY: right 6 (1), up 4 (0), left 5 (1: equal), down 1 (0): 1 + 4 = 5.
    XT: right (1), later 9 (1), left (1), earlier 2 (0): 1 + 2 + 4 = 7. YT: up (0), later (1), down (0), earlier (0): 2.
    """
    volume = np.full((1, 3, 3, 3), 7, np.uint8)
    volume[0, 1, 1] = [5, 5, 6]
    volume[0, 1, :, 1] = [4, 5, 1]
    volume[0, :, 1, 1] = [2, 5, 9]
    return volume


def test_codes_by_hand(by_hand):
    assert lbp_top_codes(by_hand, ONE_PIXEL).ravel().tolist() == [5, 7, 2]


def test_histograms_by_hand(by_hand):
    wanted = np.zeros((3, 16))
    wanted[[0, 1, 2], [5, 7, 2]] = 1
    np.testing.assert_array_equal(lbp_top(by_hand, ONE_PIXEL), wanted.reshape(1, -1))
    uniform = LBPTOPConfig(radii=(1, 1, 1), blocks=1, frames=3)
    wanted = np.zeros((3, 15))
    wanted[[0, 1, 2], [14, 6, 2]] = 1  # 5 is not uniform; 7 is the seventh of the uniform codes, 2 the third
    np.testing.assert_array_equal(lbp_top(by_hand, uniform), wanted.reshape(1, -1))


def test_shares_of_two_pixels_by_hand():
    """Two pixels beside each other: 1 and 0, all around 0. The left one lies above all; the right one above none."""
    volume = np.zeros((1, 3, 3, 4), np.uint8)
    volume[0, 1, 1, 1] = 1
    histograms = lbp_top(volume, ONE_PIXEL).reshape(3, 16)
    np.testing.assert_array_equal(histograms[:, [0, 15]], np.full((3, 2), 0.5))


def test_uniform_bins():
    bins = bin_of_code("uniform")
    assert [int(bins[code]) for code in UNIFORM] == list(range(14))
    assert bins[5] == bins[10] == 14
    np.testing.assert_array_equal(bin_of_code("plain"), np.arange(16))


def test_each_axis_has_its_radius():
    """The middle pixel is 1, and so are the pixels two to the right, three up and four frames later; all else is 0."""
    volume = np.zeros((1, 9, 7, 5), np.uint8)
    volume[0, 4, 3, [2, 4]] = 1
    volume[0, 4, 0, 2] = 1
    volume[0, 8, 3, 2] = 1
    codes = lbp_top_codes(volume, LBPTOPConfig(radii=(2, 3, 4), frames=9))
    assert codes.shape == (1, 3, 1, 1, 1)
    assert codes.ravel().tolist() == [0b0011, 0b0011, 0b0011]


def test_or_each_plane_has_its_radius():
    """The same volume: on the circle of radius 3 in XT and 4 in YT only those at that distance count."""
    config = LBPTOPConfig(radii=(2, 3, 4), notation="planes", frames=9)
    assert config.reach == (4, 4, 3)
    volume = np.zeros((1, 9, 9, 7), np.uint8)
    volume[0, 4, 4, 3] = 1
    volume[0, 4, 4, 5] = 1  # right, distance 2: XY
    volume[0, 4, 4, 6] = 1  # right, distance 3: XT
    volume[0, 7, 4, 3] = 1  # later, distance 3: XT
    volume[0, 8, 4, 3] = 1  # later, distance 4: YT
    volume[0, 4, 1, 3] = 1  # up, distance 3: no plane
    assert lbp_top_codes(volume, config).ravel().tolist() == [0b0001, 0b0011, 0b0010]


def test_equal_radii_are_the_same_in_both_notations(volumes):
    axes, planes = (LBPTOPConfig(radii=(2, 2, 2), notation=notation) for notation in ("axes", "planes"))
    np.testing.assert_array_equal(lbp_top(volumes, axes), lbp_top(volumes, planes))


@pytest.mark.parametrize("value", [0, 7, 255])
def test_nothing_that_changes_is_all_in_the_code_of_equality(value):
    histograms = lbp_top(np.full((1, 10, 12, 12), value, np.uint8)).reshape(25, 3, 15)
    assert (histograms[..., 13] == 1).all()
    assert histograms.sum() == 75


@pytest.mark.parametrize("mapping", ["uniform", "plain"])
@pytest.mark.parametrize("notation", ["axes", "planes"])
def test_every_histogram_sums_to_one(volumes, mapping, notation):
    config = LBPTOPConfig(radii=(1, 1, 2), mapping=mapping, notation=notation)
    made = lbp_top(volumes, config)
    assert made.dtype == np.float32
    assert made.shape == (2, 25 * 3 * {"uniform": 15, "plain": 16}[mapping])
    np.testing.assert_allclose(made.reshape(-1, config.bins).sum(axis=1), 1, atol=1e-6)


def test_a_mirrored_face_has_mirrored_blocks_and_codes(volumes):
    """Left and right, bits 0 and 2 of XY and XT, change places; YT stays."""
    config = LBPTOPConfig(mapping="plain")
    plain, mirrored = (lbp_top(clips, config).reshape(2, 5, 5, 3, 16) for clips in (volumes, volumes[..., ::-1]))
    codes = np.arange(16)
    swapped = (codes & 0b1010) | ((codes & 1) << 2) | ((codes >> 2) & 1)
    np.testing.assert_array_equal(mirrored[:, :, ::-1, :2][..., swapped], plain[:, :, :, :2])
    np.testing.assert_array_equal(mirrored[:, :, ::-1, 2], plain[:, :, :, 2])
    assert not np.array_equal(mirrored, plain)


def test_grey_values_count_by_their_order_only(volumes):
    np.testing.assert_array_equal(lbp_top(volumes), lbp_top(volumes / 255.0))
    np.testing.assert_array_equal(lbp_top(volumes), lbp_top(10 * volumes.astype(np.int64) - 3))


def test_appearance_is_that_of_scikit_image(volumes):
    feature = pytest.importorskip("skimage.feature", reason="needs scikit-image")
    codes = lbp_top_codes(volumes)[:, 0]
    for clip, found in zip(volumes, codes, strict=True):
        wanted = [feature.local_binary_pattern(frame, 4, 1)[1:-1, 1:-1] for frame in clip[4:-4]]
        np.testing.assert_array_equal(found, wanted)


def test_many_clips_are_the_clips_one_by_one(volumes, monkeypatch):
    together = lbp_top(volumes)
    monkeypatch.setattr(module, "_AT_ONCE", 1)
    np.testing.assert_array_equal(together, lbp_top(volumes))
    assert lbp_top(volumes[:0]).shape == (0, 25 * 3 * 15)


def test_a_block_is_described_by_its_own_pixels(volumes):
    changed = volumes.copy()
    changed[..., :3, :3] = 255 - changed[..., :3, :3]
    before, after = (lbp_top(clips).reshape(2, 25, -1) for clips in (volumes, changed))
    np.testing.assert_array_equal(before[:, 1:], after[:, 1:])
    assert not np.array_equal(before[:, 0], after[:, 0])


def test_too_few_frames_or_pixels_are_refused(volumes):
    with pytest.raises(InputError, match=r"8 frames; radii \(1, 1, 4\) \(axes\) need 9 or more"):
        lbp_top(volumes[:, :8])
    with pytest.raises(InputError, match="2 rows"):
        lbp_top(volumes[:, :, :2])
    with pytest.raises(InputError, match="some block has no pixel"):
        lbp_top(volumes[:, :, :5, :5])
    with pytest.raises(InputError, match="frames is 8; a radius of 4 in time needs 9"):
        LBPTOPConfig(frames=8)


def test_wrong_input_is_refused(volumes):
    with pytest.raises(InputError, match=r"found uint8, shape \(11, 23, 18\)"):
        lbp_top(volumes[0])
    with pytest.raises(InputError, match="not finite"):
        lbp_top(np.where(volumes > 2, np.nan, 0.0))
    with pytest.raises(InputError, match="notation is 'axis'"):
        LBPTOPConfig(notation="axis")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="mapping is 'unifrom'"):
        LBPTOPConfig(mapping="unifrom")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="radii are"):
        LBPTOPConfig(radii=(1, 0, 4))
    with pytest.raises(InputError, match="blocks is 0"):
        LBPTOPConfig(blocks=0)
