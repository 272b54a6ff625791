from pathlib import Path

import numpy as np
import pytest

from mer.core.errors import InputError
from mer.motion.tim import interpolate, tim_matrix


def frames_of(n: int, shape: tuple[int, ...] = (4, 5), seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0.3, 0.7, (n, *shape))


def by_decomposition(frames: np.ndarray, wanted: int) -> np.ndarray:
    """TIM as published: singular vectors of the frames, eigenvectors of the path graph, sines through them."""
    n = len(frames)
    x = frames.reshape(n, -1).T  # (pixels, n)
    mean = x.mean(axis=1, keepdims=True)
    u, s, vt = np.linalg.svd(x - mean, full_matrices=False)
    u, q = u[:, : n - 1], s[: n - 1, None] * vt[: n - 1]
    joined = np.diag(np.ones(n - 1), 1)
    joined += joined.T
    _, vectors = np.linalg.eigh(np.diag(joined.sum(axis=1)) - joined)
    w = np.linalg.solve(q @ q.T, q @ vectors[:, 1:])
    k = np.arange(1, n)

    def sines(t: float) -> np.ndarray:
        return np.sin(k * np.pi * t + np.pi * (n - k) / (2 * n))

    scale = (q[:, 0] @ w) / sines(1 / n)
    instants = np.linspace(0, 1, wanted) * (1 - 1 / n) + 1 / n
    made = [u @ np.linalg.solve(w.T, scale * sines(t)) + mean[:, 0] for t in instants]
    return np.stack(made).reshape(wanted, *frames.shape[1:])


def test_two_frames_by_hand() -> None:
    """n = 2: h(tau) = 1/2 +- cos(pi/4) cos(pi/2 (tau - 1/2)); half way both weigh 1/2, a quarter way 1/2 +- 0.2706."""
    quarter = np.cos(np.pi / 4) * np.cos(np.pi / 2 * 0.75)
    expected = [[1, 0], [0.5 + quarter, 0.5 - quarter], [0.5, 0.5], [0.5 - quarter, 0.5 + quarter], [0, 1]]
    np.testing.assert_allclose(tim_matrix(2, 5), expected, atol=1e-14)


@pytest.mark.parametrize("n", [1, 2, 3, 10, 67])
def test_as_many_frames_are_the_input_exactly(n: int) -> None:
    np.testing.assert_array_equal(tim_matrix(n, n), np.eye(n))
    frames = frames_of(n).astype(np.float32)
    np.testing.assert_array_equal(interpolate(frames, n), frames)


@pytest.mark.parametrize(("n", "wanted"), [(1, 1), (1, 4), (2, 1), (2, 7), (10, 10), (67, 10), (5, 40)])
def test_rows_sum_to_one(n: int, wanted: int) -> None:
    matrix = tim_matrix(n, wanted)
    assert matrix.shape == (wanted, n)
    assert matrix.dtype == np.float64
    np.testing.assert_allclose(matrix.sum(axis=1), 1, atol=1e-12)


@pytest.mark.parametrize("wanted", [1, 3, 10, 50])
def test_a_still_clip_stays_still(wanted: int) -> None:
    still = np.full((13, 3, 4, 1), 200, np.uint8)
    np.testing.assert_array_equal(interpolate(still, wanted), np.full((wanted, 3, 4, 1), 200))


@pytest.mark.parametrize(("n", "wanted"), [(9, 4), (4, 9), (30, 10)])
def test_reversed_time_reverses_the_result(n: int, wanted: int) -> None:
    np.testing.assert_allclose(tim_matrix(n, wanted)[::-1, ::-1], tim_matrix(n, wanted), atol=1e-13)
    frames = frames_of(n).astype(np.float32)
    np.testing.assert_allclose(interpolate(frames[::-1], wanted), interpolate(frames, wanted)[::-1], atol=1e-6)


@pytest.mark.parametrize(("n", "wanted"), [(2, 5), (3, 10), (8, 10), (12, 5), (20, 20)])
def test_equals_the_published_decomposition(n: int, wanted: int) -> None:
    frames = frames_of(n, (6, 7))
    weighted = np.tensordot(tim_matrix(n, wanted), frames, axes=1)
    np.testing.assert_allclose(weighted, by_decomposition(frames, wanted), atol=1e-10)


def test_original_frames_reappear_where_the_instants_meet() -> None:
    frames = np.random.default_rng(1).integers(0, 256, (5, 4, 4, 1), dtype=np.uint8)
    longer = interpolate(frames, 9)  # every second instant is a given frame
    np.testing.assert_array_equal(longer[::2], frames)
    assert not np.array_equal(longer[1], frames[0])


def test_repeated_frames_are_no_special_case() -> None:
    """The decomposition breaks down on them; the matrix keeps every given frame."""
    frames = frames_of(6).astype(np.float32)
    frames[3] = frames[2]
    again = interpolate(frames, 11)
    np.testing.assert_array_equal(again[::2], frames)
    # smooth between the equal frames: no further away from them than the neighbours are
    assert np.abs(again[5] - frames[2]).max() < 0.2


def test_overshoot_is_clipped() -> None:
    step = np.repeat([0.0, 1.0], 5)
    curve = tim_matrix(10, 200) @ step
    assert curve.min() == pytest.approx(-0.143, abs=0.001)
    assert curve.max() == pytest.approx(1.143, abs=0.001)
    made = interpolate(step, 200)
    assert (made.min(), made.max()) == (0, 1)
    black_and_white = interpolate((255 * step).astype(np.uint8), 200)
    # without clipping, 1.143 x 255 would wrap round to 35
    assert black_and_white[100:].min() > 120
    assert black_and_white[:100].max() < 135


def test_a_ramp_stays_a_ramp() -> None:
    assert np.abs(tim_matrix(10, 91) @ np.linspace(0, 1, 10) - np.linspace(0, 1, 91)).max() < 0.006


def test_one_frame_is_repeated_and_one_wanted_is_the_first() -> None:
    frames = frames_of(4).astype(np.float32)
    np.testing.assert_array_equal(interpolate(frames[:1], 3), np.repeat(frames[:1], 3, axis=0))
    np.testing.assert_array_equal(interpolate(frames, 1), frames[:1])
    np.testing.assert_array_equal(interpolate(frames, 2), frames[[0, -1]])


@pytest.mark.parametrize("dtype", [np.uint8, np.float16, np.float32, np.float64])
def test_type_is_kept(dtype: type) -> None:
    frames = (frames_of(5) * (255 if dtype is np.uint8 else 1)).astype(dtype)
    made = interpolate(frames, 8)
    assert made.dtype == dtype
    assert made.shape == (8, 4, 5)


def test_a_mapped_clip_gives_the_same_and_is_not_changed(tmp_path: Path) -> None:
    frames = np.random.default_rng(2).integers(0, 256, (7, 4, 4, 3), dtype=np.uint8)
    np.save(tmp_path / "f.npy", frames)
    mapped = np.load(tmp_path / "f.npy", mmap_mode="r")
    np.testing.assert_array_equal(interpolate(mapped, 4), interpolate(frames, 4))
    np.testing.assert_array_equal(mapped, frames)


def test_the_matrix_cannot_be_spoilt() -> None:
    with pytest.raises(ValueError, match="read-only"):
        tim_matrix(4, 3)[0, 0] = 9


def test_wrong_input_is_refused() -> None:
    with pytest.raises(InputError, match="found 0 and 10"):
        interpolate(np.zeros((0, 4, 4), np.uint8), 10)
    with pytest.raises(InputError, match="found 3 and 0"):
        interpolate(np.zeros((3, 4, 4), np.uint8), 0)
    with pytest.raises(InputError, match="found int64"):
        interpolate(np.zeros((3, 4, 4), np.int64), 2)
    with pytest.raises(InputError, match=r"0 to 255\. Scale"):
        interpolate(np.array([0.0, 255.0]), 2)
    with pytest.raises(InputError, match="found nan"):
        interpolate(np.array([0.0, np.nan]), 2)


@pytest.mark.parametrize("wanted", [1, 2, 9, 10, 64])
@pytest.mark.parametrize("n", [1, 2, 3, 10, 58, 141, 700])
def test_the_sum_of_cosines_is_summed(n: int, wanted: int) -> None:
    """What the module's formula says term by term, which takes the square of the frames."""
    instants = 1 + (n - 1) * np.arange(wanted) / max(wanted - 1, 1)
    k, i = np.arange(1, n), np.arange(1, n + 1)
    at_frames, at_instants = (np.cos(np.pi * k * (t[:, None] - 0.5) / n) for t in (i, instants))
    expected = 1 / n + 2 / n * at_instants @ at_frames.T
    np.testing.assert_allclose(tim_matrix(n, wanted), expected, rtol=0, atol=1e-12)


def test_a_long_clip_needs_no_square_of_its_frames() -> None:
    matrix = tim_matrix(200_000, 10)  # 320 GB of cosines, were they laid out
    np.testing.assert_allclose(matrix.sum(axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("whole", [True, False])
def test_a_long_clip_in_parts_is_the_same(monkeypatch: pytest.MonkeyPatch, whole: bool) -> None:
    frames = np.random.default_rng(0).integers(0, 256, (20, 6, 7), dtype=np.uint8)
    given = frames if whole else frames.astype(np.float32) / 255
    at_once = interpolate(given, 9)
    monkeypatch.setattr("mer.motion.tim._AT_ONCE", 100)  # 5 of 42 pixels
    np.testing.assert_allclose(interpolate(given, 9), at_once, atol=1e-6)
    if not whole:
        given[3, 5, 6] = 1.5  # in the last part
        with pytest.raises(InputError, match=r"found .* to 1\.5"):
            interpolate(given, 9)
