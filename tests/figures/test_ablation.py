import numpy as np
import pandas as pd
import pytest

from mer.core.errors import InputError
from mer.figures.ablation import ablation_figure
from tests.figures.conftest import texts


@pytest.fixture
def table():
    rows = []
    for k, variant in enumerate(("M0", "M3")):
        row = {"part": "all", "variant": variant, "change": f"change {k}", "runs": 1}
        for m, metric in enumerate(("uf1", "uar")):
            ours = -0.1 * (k + 1) + 0.01 * m
            column = f"{metric}_difference"
            row |= {f"{column}_ours_synthetic": ours, f"{column}_ours_synthetic_low": ours - 0.05}
            row |= {f"{column}_ours_synthetic_high": ours + 0.04, f"{column}_paper": -0.07 + 0.02 * k}
        rows.append(row)
    return pd.DataFrame(rows)


def test_marks_are_the_values(table):
    figure = ablation_figure(table, synthetic=True, epoch_rule="last")
    for axes, metric in zip(figure.axes, ("uf1", "uar"), strict=True):
        ours, paper = (c for c in axes.collections if "ours" in c.get_label() or c.get_label() == "paper")
        np.testing.assert_allclose(ours.get_offsets()[:, 0], table[f"{metric}_difference_ours_synthetic"])
        np.testing.assert_allclose(paper.get_offsets()[:, 0], table[f"{metric}_difference_paper"])
    words = texts(figure)
    assert "M3  change 1" in words and "all clips" in words and any("epoch rule: last)" in word for word in words)
    assert sum("synthetic" in text for text in words) == 2, "title and legend"


def test_real_faces_do_not_say_synthetic(table):
    real = table.rename(columns=lambda name: name.replace("_synthetic", ""))
    words = texts(ablation_figure(real, synthetic=False, epoch_rule="last"))
    assert not [text for text in words if "synthetic" in text]


def test_a_part_that_is_not_there(table):
    with pytest.raises(InputError, match="No differences of 'smic'"):
        ablation_figure(table, synthetic=True, epoch_rule="last", part="smic")
