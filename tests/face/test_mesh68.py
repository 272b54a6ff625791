import numpy as np
import pytest

from mer.core.errors import InputError
from mer.face.canonical import canonical_points, square_points
from mer.face.mesh68 import MESH_VERTICES, MIRROR_68, USED_VERTICES, mesh_to_68, mirror_points


def test_a_point_is_the_mean_of_its_vertices() -> None:
    vertices = np.column_stack([np.arange(478.0), -np.arange(478.0)])
    points = mesh_to_68(vertices)
    assert points.shape == (68, 2)
    assert points.dtype == np.float32
    assert points[8].tolist() == [152, -152]  # chin
    assert points[3].tolist() == [95, -95]  # mean of 132 and 58
    assert points[13].tolist() == [324.5, -324.5]  # mean of 361 and 288: the symmetric reading
    assert points[54].tolist() == [291, -291]  # right mouth corner


def test_the_table_names_68_points_of_vertices_in_the_mesh() -> None:
    assert len(MESH_VERTICES) == 68
    assert all(0 <= vertex < 468 for group in MESH_VERTICES for vertex in group)
    assert len(set(MESH_VERTICES)) == 68


def test_the_vertices_used_are_all_that_matter() -> None:
    vertices = np.random.default_rng(0).normal(size=(478, 2))
    unused = np.setdiff1d(np.arange(478), USED_VERTICES)
    emptied = vertices.copy()
    emptied[unused] = 0
    assert 0 < len(unused) < 478
    assert np.array_equal(mesh_to_68(emptied), mesh_to_68(vertices))


def test_too_few_vertices_are_refused() -> None:
    with pytest.raises(InputError, match=r"468.*\(68, 2\)"):
        mesh_to_68(np.zeros((68, 2)))


def test_mirror_is_its_own_inverse() -> None:
    assert [MIRROR_68[MIRROR_68[i]] for i in range(68)] == list(range(68))
    assert [i for i in range(68) if MIRROR_68[i] == i] == [8, 27, 28, 29, 30, 33, 51, 57, 62, 66]
    points = np.random.default_rng(0).uniform(0, 99, (68, 2))
    np.testing.assert_allclose(mirror_points(mirror_points(points, 100), 100), points)


def test_canonical_face_is_symmetric_and_lies_in_its_square() -> None:
    face = canonical_points()
    np.testing.assert_allclose(mirror_points(face, 2.0), face, atol=1.1e-4)  # width 2: x becomes 1 - x
    assert np.ptp(face[:17, 0]) == 1
    square = square_points(128)
    assert square.min() > 0
    assert square.max() < 127
    np.testing.assert_allclose(mirror_points(square, 128), square, atol=0.02)


def test_the_square_scales_about_pixel_centres() -> None:
    np.testing.assert_allclose(square_points(257) / 256, square_points(65) / 64, atol=1e-6)
