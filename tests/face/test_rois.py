import numpy as np
import pytest

from mer.face.canonical import canonical_points
from mer.face.rois import MIRROR_ROIS, ROI_POINTS, roi_polygons


def test_there_are_43_polygons_of_distinct_corners() -> None:
    polygons = roi_polygons(canonical_points())
    assert sorted(polygons) == list(range(1, 44)) == sorted(ROI_POINTS)
    for roi, polygon in polygons.items():
        assert len(polygon) == len(ROI_POINTS[roi].split())
        assert len(np.unique(polygon.round(6), axis=0)) == len(polygon)


def test_corners_run_around_the_centroid() -> None:
    for polygon in roi_polygons(canonical_points()).values():
        offsets = (polygon - polygon.mean(0)).astype(float)
        angles = np.unwrap(np.arctan2(offsets[:, 1], offsets[:, 0]))
        assert (np.diff(angles) >= 0).all()
        assert angles[-1] - angles[0] < 2 * np.pi


def test_mirror_pairs_mirror() -> None:
    polygons = roi_polygons(canonical_points())

    def corners(roi: int, mirrored: bool) -> np.ndarray:
        polygon = polygons[roi] * [-1, 1] + [1, 0] if mirrored else polygons[roi]
        return polygon[np.lexsort(polygon.round(3).T)]

    for left, right in MIRROR_ROIS:
        if left != 7:  # three points on one side, four on the other
            np.testing.assert_allclose(corners(left, True), corners(right, False), atol=2e-4)
    np.testing.assert_allclose(corners(37, True), corners(37, False), atol=2e-4)
    assert sorted([roi for pair in MIRROR_ROIS for roi in pair] + [37]) == list(range(1, 44))


def test_lift_is_five_percent_of_the_height() -> None:
    points = canonical_points()
    height = points[8, 1] - points[17:27, 1].min()
    assert roi_polygons(points)[1][:, 1].min() == pytest.approx(points[19, 1] - 0.05 * height, abs=1e-6)
    raised_twice = points[27] - [0, 0.10 * height]
    assert np.abs(roi_polygons(points)[3] - raised_twice).sum(axis=1).min() < 1e-6
