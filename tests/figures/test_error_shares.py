import numpy as np
import pandas as pd
import pytest

from mer.core.errors import InputError
from mer.evaluation.failures import error_shares
from mer.figures.error_shares import error_shares_figure
from tests.figures.conftest import texts


def test_every_kind_of_clips_has_its_line_and_number(predictions):
    table = error_shares(predictions, np.arange(8.0))
    figure = error_shares_figure(table, synthetic=True, epoch_rule="last")
    words = texts(figure)
    assert "25%  (2 of 8)" in words  # all clips
    assert "CASME II" in words and "SMIC" in words and "negative" in words
    assert "generated motion" in words and "blink" not in words
    assert any("synthetic" in text for text in words) and any("epoch rule: last" in text for text in words)
    points = figure.axes[0].collections[-1].get_offsets()
    np.testing.assert_allclose(points[:, 0], table["share"])


def test_faultless_and_empty_tables(predictions):
    right = predictions.assign(predicted=predictions["label"])
    figure = error_shares_figure(error_shares(right, np.arange(8.0)), synthetic=False, epoch_rule="last")
    assert "0%  (0 of 8)" in texts(figure)
    with pytest.raises(InputError, match="at least one clip"):
        error_shares_figure(pd.DataFrame(columns=["by", "share"]), synthetic=False, epoch_rule="last")
