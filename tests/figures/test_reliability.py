import numpy as np
import pytest

from mer.core.errors import InputError
from mer.figures.reliability import reliability_figure, reliability_table
from tests.figures.conftest import texts


def test_bars_are_the_values(predictions):
    table = reliability_table({"as they are": predictions, "again": predictions}, bins=5)
    assert list(table["panel"].unique()) == ["as they are", "again"] and len(table) == 10
    own = table[(table["panel"] == "again") & (table["n"] > 0)]
    assert own["n"].tolist() == [8] and own["accuracy"].tolist() == [6 / 8]  # all eight said 0.8
    figure = reliability_figure(table, synthetic=True, epoch_rule="last", words={"again": "ECE 0.050"})
    upper = figure.axes[1]
    bars = [patch for patch in upper.patches if patch.get_height() > 0 and patch.get_y() == 0]
    np.testing.assert_allclose([(bar.get_x(), bar.get_height()) for bar in bars], [(0.6, 0.75)])
    words = texts(figure)
    assert "again\nECE 0.050" in words and any("epoch rule: last" in text for text in words)
    assert any("synthetic" in text for text in words)


def test_many_panels_and_none(predictions):
    table = reliability_table({f"run {k}": predictions for k in range(6)})
    assert len(reliability_figure(table, synthetic=False, epoch_rule="last").axes) == 12
    with pytest.raises(InputError, match="No runs"):
        reliability_table({})
