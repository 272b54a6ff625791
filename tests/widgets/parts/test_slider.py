import pytest

from mer.widgets.parts.slider import Slider


@pytest.mark.parametrize(("wish", "value"), [(5, 5), (0.5, 1), (50, 20)])
def test_a_value_is_kept_within_its_ends(wish, value):
    slider = Slider(1, 1, 20, 0.5, "Magnified")
    slider.value = wish
    assert slider.value == value
