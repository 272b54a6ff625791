import io
import re

import cv2
import numpy as np
import pytest
from PIL import Image

from mer.widgets import render
from mer.widgets.explorer import layouts, legends, overlays
from tests.widgets.explorer_store import SIZE, blob

CANVAS = np.full((256, 256, 3), 120, np.uint8)


def field(x=2.0, y=0.0):
    made = np.empty((2, SIZE, SIZE), np.float32)
    made[0], made[1] = x, y
    return made


def test_jpeg_keeps_thin_coloured_lines():
    canvas = CANVAS.copy()
    canvas[:, 100] = (255, 0, 0)
    back = cv2.cvtColor(cv2.imdecode(np.frombuffer(render.jpeg(canvas), np.uint8), 1), cv2.COLOR_BGR2RGB)
    assert back[:, 100, 0].mean() - back[:, 100, 2].mean() > 150  # colour at half resolution would halve this


def test_png_is_exact_with_and_without_transparency():
    for channels in (3, 4):
        image = np.random.default_rng(0).integers(0, 255, (8, 9, channels), dtype=np.uint8)
        back = np.array(Image.open(io.BytesIO(render.png(image))))
        np.testing.assert_array_equal(back, image)


def test_two_frames_take_turns_at_the_rate_asked_for():
    data = render.two_frames(CANVAS, CANVAS // 2, 2.0)
    image = Image.open(io.BytesIO(data))
    assert (image.n_frames, image.info["loop"], image.info["duration"]) == (2, 0, 500)
    assert data.startswith(b"\x89PNG")


def test_a_blend_of_none_is_the_first_and_of_all_the_second():
    first, second = blob(0), blob(8)
    np.testing.assert_array_equal(layouts.blend(first, second, 0), render.face(first))
    np.testing.assert_array_equal(layouts.blend(first, second, 1), render.face(second))


def test_a_difference_of_equal_frames_is_dark_or_white():
    assert layouts.difference(blob(0), blob(0), 8, signed=False).max() <= 4
    assert layouts.difference(blob(0), blob(0), 8, signed=True).min() == 255


def test_a_signed_difference_is_orange_where_it_became_brighter():
    dark, bright = np.full((SIZE, SIZE), 100, np.uint8), np.full((SIZE, SIZE), 110, np.uint8)
    up = layouts.difference(dark, bright, 25.5, signed=True)[50, 50].astype(int)
    down = layouts.difference(bright, dark, 25.5, signed=True)[50, 50].astype(int)
    assert up[0] > up[2] + 100  # ten grey levels are the full colour at this strength
    assert down[2] > down[0] + 100


def test_landmarks_stand_where_the_enlarged_pixel_is():
    points = np.array([[10.0, 20.0]])
    drawn = overlays.with_landmarks(CANVAS, points, SIZE)
    rows, columns = np.nonzero((drawn != CANVAS).any(axis=2))
    assert (columns.mean(), rows.mean()) == pytest.approx((10.5 * 4 - 0.5, 20.5 * 4 - 0.5), abs=0.3)
    assert (CANVAS == 120).all(), "the canvas given is not drawn into"


def test_boxes_reach_from_the_first_to_the_last_pixel():
    drawn = overlays.with_boxes(CANVAS, np.array([[0.0, 0.25, 1.0, 0.75]]), SIZE, ["4"])
    changed = (drawn != CANVAS).any(axis=2)
    columns = np.flatnonzero(changed.any(axis=0))
    assert columns[0] <= 3
    assert columns[-1] >= 252


def test_all_43_regions_are_numbered():
    square = np.array([[5, 5], [9, 5], [9, 9]], np.float32)
    one = overlays.with_regions(CANVAS, {7: square}, SIZE)
    two = overlays.with_regions(CANVAS, {7: square, 40: square + 30}, SIZE)
    assert (one != CANVAS).any()
    assert (two[130:180, 130:180] != one[130:180, 130:180]).any()


def test_arrows_point_to_where_the_face_went():
    drawn, gain = overlays.with_arrows(np.zeros_like(CANVAS), field(2.0, 0.0))
    assert gain == pytest.approx(1.2 * 256 / 14 / 2.0)
    rows, columns = np.nonzero(drawn[..., 0] > 150)  # yellow
    assert columns.max() > rows.max()  # they end at the right beyond the last place of the grid


def test_unknown_and_absent_motion_leaves_the_face_as_it_is():
    nothing = field(np.nan, np.nan)
    for drawn in (overlays.with_arrows, overlays.with_colour):
        np.testing.assert_array_equal(drawn(CANVAS, nothing)[0], CANVAS)
    still, scale = overlays.with_colour(CANVAS, field(0.0, 0.0))
    np.testing.assert_array_equal(still, CANVAS)
    assert scale == overlays.LEAST_PX
    flat, scale = overlays.with_strain(CANVAS, np.full((SIZE, SIZE), np.nan))
    np.testing.assert_array_equal(flat, CANVAS)
    assert scale == overlays.LEAST_STRAIN


def test_opposite_motions_have_different_hues():
    right = overlays.with_colour(CANVAS, field(2.0))[0][128, 128]
    left = overlays.with_colour(CANVAS, field(-2.0))[0][128, 128]
    assert np.abs(right.astype(int) - left.astype(int)).max() > 60


def test_legends_say_what_the_pictures_were_drawn_with():
    html = legends.legends_html([legends.wheel_legend(1.234), legends.strain_legend(0.0567)])
    assert "1.2 px" in html
    assert "0.057" in html
    assert html.count("<img") == 2
    assert "31.9" in legends.difference_legend(8, signed=True).words


@pytest.mark.parametrize("gain", [0.7, 11.0, 88.0, 900.0])
def test_the_arrow_of_the_legend_is_as_long_as_it_says(gain):
    legend = legends.arrow_legend(gain)
    length = float(re.search(r"motion of ([\d.]+) px", legend.words)[1])
    inked = np.flatnonzero(legend.image[..., 3].any(axis=0))
    assert inked[-1] - inked[0] == pytest.approx(length * gain, abs=5)
    assert legend.image.shape[1] < 110
