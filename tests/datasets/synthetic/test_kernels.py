import numpy as np

from mer.datasets.synthetic.kernels import rasterise, value_noise, vertex_normals

# Seen from the front with y down: this order is counter-clockwise in space, where y points up.
CORNERS = np.array([[0.0, 8.0], [8.0, 8.0], [0.0, 0.0], [8.0, 0.0]])
FRONT = np.array([[0, 1, 2]], np.int32)


def test_triangle_covers_its_pixels_with_barycentric_weights():
    index, weights = rasterise(CORNERS, np.zeros(4), FRONT, 10, 10, False)
    assert index[8, 0] == 0 and index[0, 0] == 0 and index[4, 2] == 0
    assert index[1, 7] == -1 and index[9, 9] == -1
    assert np.allclose(weights[8, 8], (0, 1)) and np.allclose(weights[0, 0], (0, 0))
    assert np.allclose(weights[4, 0], (0.5, 0))


def test_back_of_a_triangle_is_left_out_unless_asked_for():
    back = FRONT[:, ::-1].copy()
    assert (rasterise(CORNERS, np.zeros(4), back, 10, 10, False)[0] == -1).all()
    assert (rasterise(CORNERS, np.zeros(4), back, 10, 10, True)[0] == 0).any()


def test_nearer_triangle_wins():
    points = np.concatenate([CORNERS, CORNERS])
    depth = np.array([0.0] * 4 + [1.0] * 4)
    triangles = np.array([[4, 5, 6], [0, 1, 2]], np.int32)
    index, _ = rasterise(points, depth, triangles, 10, 10, False)
    assert set(np.unique(index)) == {-1, 0}


def test_triangle_partly_or_wholly_outside_is_cut():
    index, _ = rasterise(CORNERS - 4.0, np.zeros(4), FRONT, 5, 5, False)
    assert index[4, 0] == 0
    assert (rasterise(CORNERS + 100.0, np.zeros(4), FRONT, 5, 5, False)[0] == -1).all()


def test_normals_of_a_plane_point_out_of_it():
    square = np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
    normals = vertex_normals(square, np.array([[0, 1, 2], [0, 2, 3]], np.int32))
    assert np.allclose(normals, [0, 0, 1])


def test_noise_is_smooth_centred_and_depends_on_the_seed_only():
    points = np.random.default_rng(0).uniform(-20, 20, (20000, 3)).astype(np.float32)
    noise = value_noise(points, 3.0, 5, 3, 0.6)
    assert abs(noise.mean()) < 0.02 and 0.2 < noise.std() < 0.6 and np.abs(noise).max() <= 1.6
    assert np.array_equal(noise, value_noise(points, 3.0, 5, 3, 0.6))
    assert np.abs(np.corrcoef(noise, value_noise(points, 3.0, 6, 3, 0.6))[0, 1]) < 0.05
    near = value_noise(points + np.float32(1e-3), 3.0, 5, 3, 0.6)
    assert np.abs(near - noise).max() < 0.1
