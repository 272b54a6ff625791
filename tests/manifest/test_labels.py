"""Label spaces."""

import pytest

from mer.core.errors import InputError
from mer.manifest.labels import COMPOSITE, check_classes


def test_composite_order_is_that_of_the_challenge():
    assert [COMPOSITE.index(name) for name in ("negative", "positive", "surprise")] == [0, 1, 2]


def test_unknown_label_names_the_nearest():
    with pytest.raises(InputError, match=r"'Surprise' is not in label space 'composite'\. Did you mean 'surprise'\?"):
        COMPOSITE.index("Surprise")


def test_missing_classes_are_those_without_any_label():
    assert COMPOSITE.missing(["positive", "", "sleepy", "positive"]) == ("negative", "surprise")
    assert COMPOSITE.missing(COMPOSITE.classes) == ()


def test_a_class_without_clips_names_both_sides():
    check_classes(["negative", "positive", "surprise", ""], COMPOSITE, "mine")
    both = r"'composite' tell 3 classes apart .* 'mine' have 2 \(negative, sleepy\): no clip is positive or surprise\."
    with pytest.raises(InputError, match=both):
        check_classes(["negative", "", "sleepy"], COMPOSITE, "mine")
    with pytest.raises(InputError, match=r"have 0 \(none\).*Do this\."):
        check_classes([""], COMPOSITE, "mine", "Do this.")
