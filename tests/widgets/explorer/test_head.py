import cv2
import numpy as np
import pytest

from mer.core.errors import InputError
from mer.face.canonical import square_points
from mer.face.regions import region_boxes
from mer.widgets.explorer.head import head_transform, held_still, without_head
from tests.widgets.explorer_store import blob

SIZE = 128
BOXES = region_boxes(square_points(SIZE), SIZE)
Y, X = np.mgrid[:SIZE, :SIZE].astype(np.float64)


def field_of(matrix):
    """Forward motion on the later frame's grid of a head that this matrix takes back to the onset."""
    return np.stack(
        [
            X - (matrix[0, 0] * X + matrix[0, 1] * Y + matrix[0, 2]),
            Y - (matrix[1, 0] * X + matrix[1, 1] * Y + matrix[1, 2]),
        ]
    ).astype(np.float32)


def turned(degrees=1.5, size=1.02, shift=(2.0, -1.0)):
    matrix = cv2.getRotationMatrix2D((SIZE / 2, SIZE / 2), degrees, size)
    matrix[:, 2] += shift
    return matrix


def smile():
    """A corner of the mouth that moves 3 px."""
    return np.stack([0 * X, -3 * np.exp(-((X - 85) ** 2 + (Y - 95) ** 2) / (2 * 6**2))]).astype(np.float32)


def test_shift_turn_and_size_of_the_head_are_found_beside_a_smile():
    found = head_transform(field_of(turned()) + smile(), BOXES)
    assert np.abs(found[:, :2] - turned()[:, :2]).max() < 0.004
    corners = np.array([[20, 20, 1], [100, 20, 1], [64, 110, 1]]).T
    assert np.abs(found @ corners - turned() @ corners).max() < 0.2  # px
    left = without_head(field_of(turned()) + smile(), BOXES)
    assert left.dtype == np.float32
    np.testing.assert_allclose(left, smile(), atol=0.15)


def test_a_head_at_rest_takes_nothing_off():
    np.testing.assert_allclose(without_head(smile(), BOXES), smile(), atol=1e-3)
    np.testing.assert_allclose(without_head(np.zeros((2, SIZE, SIZE), np.float32), BOXES), 0, atol=1e-9)


def test_unknown_places_are_left_out_and_stay_unknown():
    field = field_of(turned())
    field[:, :, :40] = np.nan
    left = without_head(field, BOXES)
    assert np.isnan(left[:, :, :40]).all()
    np.testing.assert_allclose(left[:, :, 40:], 0, atol=1e-3)
    with pytest.raises(InputError, match="too few"):
        without_head(np.full_like(field, np.nan), BOXES)


def test_a_frame_is_put_where_its_head_was():
    onset = blob(0, size=SIZE)[..., None]
    matrix = turned()
    later = cv2.warpAffine(onset, cv2.invertAffineTransform(matrix), (SIZE, SIZE), flags=cv2.INTER_CUBIC)[..., None]
    back = held_still(later, field_of(matrix), BOXES)
    assert back.shape == onset.shape
    inner = np.s_[12:-12, 12:-12]
    assert np.abs(back[inner].astype(int) - onset[inner]).mean() < 1.5
    assert np.abs(later[inner].astype(int) - onset[inner]).mean() > 8
