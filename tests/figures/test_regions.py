import numpy as np
import pytest
from matplotlib.patches import Polygon, Rectangle

from mer.core.errors import InputError
from mer.figures.regions import boxes_table, regions_figure
from tests.figures.conftest import texts


def test_boxes_lie_where_they_should(face, boxes):
    figure = regions_figure(face, boxes, synthetic=False)
    assert len(figure.axes) == 2
    drawn = [patch for axes in figure.axes for patch in axes.patches if isinstance(patch, Rectangle)]
    order = [0, 1, 3, 4, 6, 7, 2, 5, 8]  # one-sided first
    for patch, k in zip(drawn, order, strict=True):
        np.testing.assert_allclose(patch.get_xy(), boxes[k, :2] * 23, rtol=1e-5)
        np.testing.assert_allclose(patch.get_width(), (boxes[k, 2] - boxes[k, 0]) * 23, rtol=1e-5)
    words = texts(figure)
    for name in ("1L", "1R", "2", "3L", "3R", "4", "5L", "5R", "6"):
        assert name in words


def test_regions_of_interest_and_landmarks_have_a_panel(face, boxes):
    rois = {7: np.array([[1, 1], [5, 1], [5, 7]]), 43: np.array([[8, 8], [9, 9], [8, 9]])}
    figure = regions_figure(face, boxes, synthetic=True, rois=rois, landmarks=np.full((68, 2), 3.0))
    assert len(figure.axes) == 3
    assert sum(isinstance(patch, Polygon) for patch in figure.axes[0].patches) == 2
    words = texts(figure)
    assert "2 regions of interest" in words
    assert "43" in words
    assert any("synthetic" in text for text in words)


def test_grid_boxes_have_their_own_names(face, boxes):
    figure = regions_figure(face, boxes[:4], synthetic=False, names=("a", "b", "c", "d"))
    assert len(figure.axes) == 1


def test_wrong_number_of_boxes(face, boxes):
    with pytest.raises(InputError, match=r"\(9, 4\)"):
        regions_figure(face, boxes[:8], synthetic=False)


def test_table_is_the_input(boxes):
    table = boxes_table(boxes)
    np.testing.assert_allclose(table[["x0", "y0", "x1", "y1"]], boxes, rtol=1e-6)
    assert list(table["box"])[:3] == ["1L", "1R", "2"]
