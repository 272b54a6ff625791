from itertools import combinations

import matplotlib.text
import numpy as np
import pytest

from mer.figures.box_labels import name_plates
from mer.figures.fusion_rows import FusionRow
from mer.figures.fusion_weights import fusion_weights_figure
from mer.figures.regions import NINE
from mer.figures.styles import use_style

#: The nine boxes, mean over faces, as fractions.
FACE = np.array(
    [
        [0.151, 0.051, 0.426, 0.270],
        [0.573, 0.053, 0.846, 0.269],
        [0.229, 0.051, 0.768, 0.252],
        [0.175, 0.199, 0.519, 0.496],
        [0.486, 0.198, 0.824, 0.497],
        [0.290, 0.092, 0.712, 0.614],
        [0.097, 0.376, 0.523, 0.778],
        [0.482, 0.376, 0.902, 0.777],
        [0.112, 0.497, 0.887, 0.921],
    ]
)
SIDE = 400
SIZES = [(30 if len(name) == 2 else 20, 22) for name in NINE]


def overlap(one, other):
    """Area that two plates share."""
    across = min(one.x1, other.x1) - max(one.x0, other.x0)
    down = min(one.y1, other.y1) - max(one.y0, other.y0)
    return max(0.0, across) * max(0.0, down)


def lines_below(plate, box):
    """Whether a line of the box runs through the plate."""
    x0, y0, x1, y1 = box
    touches = plate.x0 < x1 and plate.x1 > x0 and plate.y0 < y1 and plate.y1 > y0
    return touches and not (plate.x0 > x0 and plate.x1 < x1 and plate.y0 > y0 and plate.y1 < y1)


@pytest.mark.parametrize("seed", range(20))
def test_on_any_face_no_two_plates_overlap_and_none_is_on_another_box(seed):
    moved = np.random.default_rng(seed).normal(0, 0.015, FACE.shape) if seed else 0
    boxes = np.clip(FACE + moved, 0, 1) * (SIDE - 1)
    plates = name_plates(boxes, SIZES, (SIDE, SIDE))
    assert all(overlap(*two) == 0 for two in combinations(plates, 2))
    on_others = sum(lines_below(plate, box) for k, plate in enumerate(plates) for box in np.delete(boxes, k, axis=0))
    assert on_others <= (1 if seed else 0), "a name stands on a line of another box"
    for plate, box, (width, height) in zip(plates, boxes, SIZES, strict=True):
        assert min(plate.x0, plate.y0) >= 0 and max(plate.x1, plate.y1) <= SIDE
        assert (plate.x1 - plate.x0, plate.y1 - plate.y0) == pytest.approx((width, height))
        assert plate.leader is None, "there is room at every box"
        x, y = plate.centre
        beside = max(box[0] - x, x - box[2], box[1] - y, y - box[3])
        assert -1e-6 <= beside <= max(width, height) / 2 + 1e-6, "outside of its box, or on its line"


def test_one_box_has_its_name_at_a_corner_outside():
    (plate,) = name_plates(np.array([[100, 100, 300, 300.0]]), [(30, 22)], (SIDE, SIDE))
    assert (plate.x0, plate.y1) == (100, 100) or (plate.x1, plate.y0) == (100, 100)


def test_where_there_is_no_room_at_the_box_a_line_leads_to_it():
    boxes = np.repeat([[0, 0, SIDE, SIDE]], 3, axis=0)
    plates = name_plates(np.repeat([[180, 180, 200, 200]], 60, axis=0), [(30, 22)] * 60, (SIDE, SIDE))
    assert all(overlap(*two) == 0 for two in combinations(plates, 2))
    far = [plate for plate in plates if plate.leader is not None]
    assert far and all(plate.leader[0] == plate.centre and set(plate.leader[1]) <= {180, 200} for plate in far)
    whole = name_plates(boxes, [(30, 22)] * 3, (SIDE, SIDE))  # no outside: on the line is outside the picture, too
    assert all(overlap(*two) == 0 for two in combinations(whole, 2))


@pytest.mark.parametrize(("style", "width", "named"), [("ieee", "page", True), ("cvpr", "column", False)])
def test_names_on_the_weights_of_boxes_where_the_panel_has_room(style, width, named):
    rng = np.random.default_rng(0)
    image = rng.integers(0, 255, (64, 64), dtype=np.uint8)
    weights = rng.dirichlet(np.ones(4), 9), rng.dirichlet(np.ones(9))
    with use_style(style, width):
        figure = fusion_weights_figure([FusionRow("a", image, FACE, *weights)] * 3, synthetic=True)
        figure.canvas.draw()
    words = [text for text in figure.axes[1].findobj(matplotlib.text.Text) if text.get_text() in NINE]
    assert [text.get_text() for text in words] == (list(NINE) if named else [])
    for one, other in combinations([path.get_extents() for path in plates_of(figure.axes[1])], 2):
        assert min(one.x1, other.x1) - max(one.x0, other.x0) <= 1e-6 or min(one.y1, other.y1) <= max(one.y0, other.y0)
    for text, path in zip(words, plates_of(figure.axes[1]), strict=True):
        letters = text.get_tightbbox().transformed(figure.axes[1].transData.inverted())
        x0, x1 = path.get_extents().intervalx
        assert x0 <= letters.x0 and letters.x1 <= x1, "the name is on its plate"


def plates_of(axes):
    """Plates of the names, as paths in pixels of the image."""
    return [path for part in axes.collections for path in part.get_paths()]
