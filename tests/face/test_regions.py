import numpy as np
import pytest

from mer.core.errors import InputError
from mer.face.align import face_transform, transform_points
from mer.face.canonical import canonical_points, square_points
from mer.face.landmarks import LandmarkDetector, the_face
from mer.face.mesh68 import mirror_points
from mer.face.regions import (
    MIRROR_GRID,
    REGION_MEANINGS,
    REGION_NAMES,
    REGION_ROIS,
    REGION_VARIANTS,
    RegionConfig,
    canonical_boxes,
    grid_boxes,
    mirror_boxes,
    region_boxes,
)
from mer.face.rois import AU_GROUPS, ROI_POINTS, roi_polygons

#: Tight boxes on the canonical face: x in jaw widths, y in brow-to-chin heights.
EXPECTED = {
    "1L": (0.131, -0.050, 0.410, 0.192),
    "2": (0.243, -0.050, 0.757, 0.154),
    "3L": (0.138, 0.148, 0.500, 0.472),
    "4": (0.274, 0.007, 0.726, 0.614),
    "5L": (0.048, 0.327, 0.500, 0.847),
    "6": (0.091, 0.496, 0.909, 1.000),
    "2 whole brows": (0.131, -0.050, 0.869, 0.174),
    "2 glabella": (0.410, -0.043, 0.590, 0.154),
    "6 mouth and chin": (0.172, 0.496, 0.828, 1.000),
}


def tight_box(rois: tuple[int, ...]) -> np.ndarray:
    polygons = roi_polygons(canonical_points())
    corners = np.concatenate([polygons[roi] for roi in rois])
    height = canonical_points()[8, 1]
    return np.concatenate([corners.min(0), corners.max(0)]) / [1, height, 1, height]


@pytest.mark.parametrize("name", EXPECTED)
def test_boxes_on_the_canonical_face(name: str) -> None:
    rois = dict(zip(REGION_NAMES, REGION_ROIS, strict=True)) | REGION_VARIANTS
    np.testing.assert_allclose(tight_box(rois[name]), EXPECTED[name], atol=1.5e-3)


def test_right_edge_of_the_left_cheek_is_below_the_nose() -> None:
    """Box 5L ends at x of point 33, on any face."""
    points = square_points(200) + np.random.default_rng(0).normal(0, 1, (68, 2)).astype(np.float32)
    box = region_boxes(points, 200, RegionConfig(margin=0))[REGION_NAMES.index("5L")]
    assert box[2] * 199 == pytest.approx(points[33, 0], abs=1e-3)


def test_lift_follows_the_scale_of_the_face() -> None:
    small, large = (region_boxes(square_points(size), size) for size in (65, 513))
    np.testing.assert_allclose(small, large, atol=1e-6)


def test_margin_by_hand() -> None:
    points = square_points(101)
    tight, wide = (region_boxes(points, 101, RegionConfig(margin=margin)) for margin in (0, 0.05))
    width = tight[0, 2] - tight[0, 0]
    assert wide[0, 0] == pytest.approx(tight[0, 0] - 0.05 * width, abs=1e-6)
    assert wide[0, 2] == pytest.approx(tight[0, 2] + 0.05 * width, abs=1e-6)


@pytest.mark.parametrize("rois", [REGION_ROIS, ((30, 16), (1,), tuple(range(1, 44)))])
def test_boxes_hold_the_outlines_of_their_regions_to_the_last_bit(rois: tuple[tuple[int, ...], ...]) -> None:
    config = RegionConfig(rois, margin=0.07, lift=0.06)
    for seed in range(50):
        points = (square_points(180) + np.random.default_rng(seed).normal(0, 2, (68, 2))).astype(np.float32)
        polygons = roi_polygons(points, config.lift)
        for box, group in zip(region_boxes(points, 180, config), rois, strict=True):
            corners = np.concatenate([polygons[roi] for roi in group])
            low, high = corners.min(0), corners.max(0)
            space = config.margin * (high - low)
            wanted = np.clip(np.concatenate([low - space, high + space]).astype(np.float64) / 179, 0, 1)
            assert np.array_equal(box, wanted.astype(np.float32))


def test_boxes_are_clipped_to_the_image() -> None:
    boxes = region_boxes(square_points(128) - [0, 20], 128)
    assert boxes.dtype == np.float32
    assert boxes.shape == (9, 4)
    assert (boxes[[0, 1, 2], 1] == 0).all()
    assert boxes.min() >= 0
    assert boxes.max() <= 1


def test_a_box_outside_the_image_is_an_error() -> None:
    with pytest.raises(InputError, match="Box number 1 of 9 lies outside"):
        region_boxes(square_points(128) - [0, 60], 128)


def test_canonical_boxes_are_symmetric_and_inside() -> None:
    boxes = canonical_boxes()
    assert 0 < boxes.min() < boxes.max() < 1
    np.testing.assert_allclose(mirror_boxes(boxes), boxes, atol=3e-4)


def test_mirrored_points_give_mirrored_boxes() -> None:
    points = square_points(128) + np.random.default_rng(2).normal(0, 2, (68, 2)).astype(np.float32)
    np.testing.assert_allclose(
        region_boxes(mirror_points(points, 128), 128), mirror_boxes(region_boxes(points, 128)), atol=1e-5
    )


def test_mirror_by_hand() -> None:
    boxes = np.zeros((9, 4))
    boxes[0] = 0.1, 0.2, 0.3, 0.4
    mirrored = mirror_boxes(boxes)
    np.testing.assert_allclose(mirrored[1], [0.7, 0.2, 0.9, 0.4])
    np.testing.assert_allclose(mirror_boxes(np.stack([mirrored, mirrored]))[1], boxes)
    with pytest.raises(InputError, match=r"\(\.\.\., 9, 4\)"):
        mirror_boxes(boxes[:8])


def test_grid() -> None:
    boxes = grid_boxes()
    assert boxes.shape == (9, 4)
    np.testing.assert_allclose(boxes[5], [2 / 3, 1 / 3, 1, 2 / 3], atol=1e-6)
    assert np.prod(boxes[:, 2:] - boxes[:, :2], axis=1).sum() == pytest.approx(1)
    np.testing.assert_allclose(mirror_boxes(boxes, MIRROR_GRID), boxes, atol=1e-6)


def test_names_and_groups_are_complete() -> None:
    assert list(REGION_MEANINGS) == list(REGION_NAMES)
    assert len(REGION_NAMES) == len(REGION_ROIS) == 9
    assert sorted({unit for units, _ in AU_GROUPS.values() for unit in units}) == [
        *(1, 2, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20, 22, 23, 24, 25, 26, 27, 28),
        *(41, 42, 43, 44, 45, 46, 61, 62, 63, 64),
    ]
    assert {roi for _, rois in AU_GROUPS.values() for roi in rois} <= set(ROI_POINTS)


def test_unknown_regions_and_shapes_are_refused() -> None:
    with pytest.raises(InputError, match=r"1 to 43.*\[44\]"):
        RegionConfig(rois=((1, 44),))
    with pytest.raises(InputError, match=r"at least one a box"):
        RegionConfig(rois=((1,), ()))
    with pytest.raises(InputError, match=r"\(68, 2\)"):
        roi_polygons(np.zeros((5, 2)))


def test_boxes_of_the_photograph_hold_what_they_are_named_for(
    astronaut: np.ndarray, facemesh: LandmarkDetector
) -> None:
    points = the_face(astronaut, facemesh)
    aligned = transform_points(points, face_transform(points, 256))
    boxes = dict(zip(REGION_NAMES, region_boxes(aligned, 256), strict=True))
    holds = {
        "1L": (17, 18, 19, 20, 21, 37, 38),
        "1R": (22, 23, 24, 25, 26, 43, 44),
        "2": (19, 20, 21, 22, 23, 24, 27),
        "3L": (36, 40, 41),
        "3R": (45, 46, 47),
        "4": (28, 29, 30, 33),
        "5L": (48, 31),
        "5R": (54, 35),
        "6": (*range(48, 68), 8, 33),
    }
    for name, which in holds.items():
        x0, y0, x1, y1 = boxes[name] * 255
        inside = (aligned[:, 0] >= x0) & (aligned[:, 0] <= x1) & (aligned[:, 1] >= y0) & (aligned[:, 1] <= y1)
        assert inside[list(which)].all(), name
    assert min(box[0] for box in boxes.values()) > 0
    assert max(box.max() for box in boxes.values()) < 1
