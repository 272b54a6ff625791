"""Label spaces."""

import pytest

from mer.core.errors import InputError
from mer.manifest.labels import COMPOSITE


def test_composite_order_is_that_of_the_challenge():
    assert [COMPOSITE.index(name) for name in ("negative", "positive", "surprise")] == [0, 1, 2]


def test_unknown_label_names_the_nearest():
    with pytest.raises(InputError, match=r"'Surprise' is not in label space 'composite'\. Did you mean 'surprise'\?"):
        COMPOSITE.index("Surprise")
