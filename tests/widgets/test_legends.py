import numpy as np
import pytest

from mer.figures.images import flow_to_colour
from mer.widgets.legends import wheel


def test_the_wheel_is_a_disc_of_the_colours_of_motion():
    image = wheel(101)
    assert image.shape == (101, 101, 4) and image.dtype == np.uint8
    assert list(image[50, 50]) == [255] * 4
    assert (image[[0, 0, -1, -1], [0, -1, 0, -1], 3] == 0).all() and (image[20:81, 20:81, 3] == 255).all()
    for (y, x), motion in (((50, 90), (0.8, 0.0)), ((90, 50), (0.0, 0.8)), ((50, 10), (-0.8, 0.0))):
        colour = flow_to_colour(np.array(motion).reshape(2, 1, 1), 1.0)[0, 0] * 255
        assert image[y, x, :3] == pytest.approx(colour, abs=1)
