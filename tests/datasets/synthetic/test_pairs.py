import numpy as np
import pytest

from mer.core.errors import InputError
from mer.datasets.synthetic.pairs import rendered_pairs


def test_pairs_are_frames_of_different_people():
    pairs = rendered_pairs(2, width=160, height=120)
    for onset, apex in pairs:
        assert onset.shape == apex.shape == (120, 160, 3) and onset.dtype == np.uint8
        assert 0 < np.abs(onset.astype(int) - apex).mean() < 20
    assert np.abs(pairs[0][0].astype(int) - pairs[1][0]).mean() > 10
    with pytest.raises(InputError, match="0 pairs"):
        rendered_pairs(0)
