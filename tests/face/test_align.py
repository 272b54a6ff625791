import numpy as np
import pytest

from mer.core.errors import InputError
from mer.face.align import (
    face_transform,
    matrix_scale,
    similarity,
    transform_points,
    warp_displacement,
    warp_image,
)
from mer.face.canonical import square_points
from mer.face.landmarks import LandmarkDetector, the_face


def rotation(degrees: float, scale: float = 1.0, shift: tuple[float, float] = (0, 0)) -> np.ndarray:
    cosine, sine = scale * np.cos(np.deg2rad(degrees)), scale * np.sin(np.deg2rad(degrees))
    return np.array([[cosine, -sine, shift[0]], [sine, cosine, shift[1]]])


class TestSimilarity:
    def test_recovers_a_known_transform(self) -> None:
        points = np.random.default_rng(0).uniform(0, 100, (12, 2))
        truth = rotation(17, 0.6, (5, -3))
        np.testing.assert_allclose(similarity(points, points @ truth[:, :2].T + truth[:, 2]), truth, atol=1e-9)

    def test_identity(self) -> None:
        points = np.random.default_rng(0).uniform(0, 100, (5, 2))
        np.testing.assert_allclose(similarity(points, points), rotation(0), atol=1e-12)

    def test_never_reflects(self) -> None:
        points = np.random.default_rng(0).uniform(0, 100, (9, 2))
        matrix = similarity(points, points * [-1, 1])
        assert np.linalg.det(matrix[:, :2]) > 0

    def test_beats_neighbouring_transforms_on_noisy_points(self) -> None:
        rng = np.random.default_rng(1)
        points = rng.uniform(0, 100, (20, 2))
        target = points @ rotation(10)[:, :2].T + rng.normal(0, 5, points.shape)
        best = similarity(points, target)

        def error(matrix: np.ndarray) -> float:
            return float(((points @ matrix[:, :2].T + matrix[:, 2] - target) ** 2).sum())

        for turn in (rotation(0.5), rotation(-0.5), rotation(0, 1.01), rotation(0, 0.99), rotation(0, 1, (0.3, 0))):
            changed = np.column_stack([turn[:, :2] @ best[:, :2], turn[:, :2] @ best[:, 2] + turn[:, 2]])
            assert error(changed) > error(best)

    @pytest.mark.parametrize(
        ("source", "message"),
        [
            (np.zeros((5, 2)), "coincide"),
            (np.full((5, 2), np.nan), "finite"),
            (np.zeros((1, 2)), "two sets"),
            (np.zeros((5, 3)), "two sets"),
        ],
    )
    def test_refuses_what_determines_nothing(self, source: np.ndarray, message: str) -> None:
        with pytest.raises(InputError, match=message):
            similarity(source, np.zeros((len(source), source.shape[1])))


class TestFaceTransform:
    def test_canonical_face_stays(self) -> None:
        np.testing.assert_allclose(face_transform(square_points(128), 128), rotation(0), atol=1e-4)

    def test_does_not_depend_on_pose_in_the_frame(self) -> None:
        face = square_points(300) + np.random.default_rng(0).normal(0, 4, (68, 2))
        moved = transform_points(face, rotation(25, 1.7, (40, -20)))
        placed = [transform_points(points, face_transform(points, 128)) for points in (face, moved)]
        np.testing.assert_allclose(placed[0], placed[1], atol=1e-3)

    def test_the_photograph_is_upright_and_fills_the_square(
        self, astronaut: np.ndarray, facemesh: LandmarkDetector
    ) -> None:
        points = the_face(astronaut, facemesh)
        aligned = transform_points(points, face_transform(points, 128))
        assert aligned.min() > 0
        assert aligned.max() < 127
        assert abs(aligned[36:42, 1].mean() - aligned[42:48, 1].mean()) < 3
        assert np.abs(aligned - square_points(128)).mean() < 6


class TestWarpImage:
    def test_identity_returns_the_image(self) -> None:
        image = np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)
        np.testing.assert_array_equal(warp_image(image, rotation(0), 40), image)

    def test_whole_pixel_shift(self) -> None:
        image = np.random.default_rng(0).integers(0, 256, (40, 40), dtype=np.uint8)
        shifted = warp_image(image, rotation(0, 1, (3, -2)), 40)
        np.testing.assert_array_equal(shifted[:38, 3:], image[2:, :37])
        np.testing.assert_array_equal(shifted[:38, :3], np.repeat(image[2:, :1], 3, axis=1))  # the border is repeated

    @pytest.mark.parametrize("scale", [0.25, 0.4, 0.5, 0.7, 1.0, 1.6])
    def test_a_ramp_stays_where_the_points_say(self, scale: float) -> None:
        """Image value = x of the raw frame, so the aligned value tells where each pixel was taken: no half-pixel."""
        ramp = np.tile(np.arange(200, dtype=np.float32), (200, 1))
        matrix = rotation(0, scale, (4, 4))
        size = int(150 * scale)
        aligned = warp_image(ramp, matrix, size)
        expected = (np.arange(size) - 4) / scale
        inside = slice(int(4 + 4 * scale) + 2, size - 2)
        np.testing.assert_allclose(aligned[size // 2, inside], expected[inside], atol=0.05)

    def test_reduction_does_not_alias(self) -> None:
        stripes = np.tile(np.array([0, 255], np.uint8), (200, 100))
        aligned = warp_image(stripes, rotation(0, 0.25), 50)
        assert np.ptp(aligned[5:-5, 5:-5].astype(int)) <= 2
        assert abs(float(aligned.mean()) - 127.5) < 3

    def test_grey_and_colour_agree(self) -> None:
        grey = np.random.default_rng(0).integers(0, 256, (60, 60), dtype=np.uint8)
        matrix = rotation(11, 0.45, (3, 5))
        colour = warp_image(np.repeat(grey[..., None], 3, axis=2), matrix, 32)
        np.testing.assert_array_equal(colour[..., 1], warp_image(grey, matrix, 32))


class TestWarpDisplacement:
    def test_quarter_turn_and_scale_by_hand(self) -> None:
        """Three pixels to the right, turned by 90 degrees (x to y) and halved: 1.5 pixels down."""
        field = np.zeros((2, 100, 100), np.float32)
        field[0] = 3
        aligned = warp_displacement(field, rotation(90, 0.5, (50, 0)), 51)
        np.testing.assert_allclose(aligned[:, 20, 20], [0, 1.5 * 2 / 50], atol=1e-5)

    def test_agrees_with_transformed_points(self) -> None:
        """Both ends of a vector, carried over as points, differ by the carried vector."""
        rng = np.random.default_rng(0)
        y, x = np.mgrid[:120, :120]
        field = np.stack([2 * np.sin(x / 30), np.cos(y / 25)]).astype(np.float32)
        matrix = rotation(-14, 0.8, (12, 22))
        aligned = warp_displacement(field, matrix, 96)
        for column, row in rng.integers(40, 80, (20, 2)):
            ends = np.array([[column, row], np.array([column, row]) + field[:, row, column]])
            start, end = transform_points(ends, matrix)
            at = np.rint(start).astype(int)
            np.testing.assert_allclose(aligned[:, at[1], at[0]] * 95 / 2, end - start, atol=0.06)

    def test_unknown_stays_unknown_and_does_not_leak(self) -> None:
        field = np.full((2, 80, 80), np.nan, np.float32)
        field[:, :, :40] = 1
        aligned = warp_displacement(field, rotation(0, 0.5), 40)
        assert np.isnan(aligned[:, :, 21:]).all()
        np.testing.assert_allclose(aligned[:, :, :19], 0.5 * 2 / 39, atol=1e-6)
        known = aligned[np.isfinite(aligned)]
        np.testing.assert_allclose(known, 0.5 * 2 / 39, atol=1e-6)

    def test_outside_the_frame_is_unknown(self) -> None:
        aligned = warp_displacement(np.ones((2, 40, 40), np.float32), rotation(0, 1, (10, 0)), 40)
        assert np.isnan(aligned[:, :, :9]).all()
        assert np.isfinite(aligned[:, :, 10:]).all()

    def test_shape_is_checked(self) -> None:
        with pytest.raises(InputError, match=r"\(2, height, width\)"):
            warp_displacement(np.zeros((40, 40, 2), np.float32), rotation(0), 40)


def test_matrix_scale() -> None:
    assert matrix_scale(rotation(33, 0.37, (4, 5))) == pytest.approx(0.37)
