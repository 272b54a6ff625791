import numpy as np

from mer.motion.spotters.local_patterns import local_patterns


def test_by_hand() -> None:
    """Neighbours clockwise from the upper left: 1 9 1 9 1 9 5 1 around 5; bits 1, 3, 5 and 6 (equal counts) are set."""
    image = np.array([[[1, 9, 1], [1, 5, 9], [5, 9, 1]]], np.uint8)
    assert local_patterns(image).tolist() == [[[0b01101010]]]


def test_an_even_face_has_all_bits() -> None:
    assert (local_patterns(np.full((2, 6, 7), 80, np.uint8)) == 255).all()
    assert local_patterns(np.full((2, 6, 7), 80, np.uint8)).shape == (2, 4, 5)


def test_brightness_changes_nothing() -> None:
    image = np.random.default_rng(0).integers(0, 60, (1, 20, 20), np.uint8)
    np.testing.assert_array_equal(local_patterns(image), local_patterns(image * 2 + 17))
