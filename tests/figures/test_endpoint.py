"""The figure of end-point errors draws what the tables hold."""

import numpy as np
import pandas as pd
import pytest

from mer.core.errors import InputError
from mer.figures.endpoint import endpoint_figure, method_looks
from tests.figures.conftest import texts

METHODS = ("paper", "accurate", "dis", "no motion")


@pytest.fixture
def tables():
    bins = pd.DataFrame(
        {"method": name, "motion": motion, "length": length, "error": 0.1 * (k + 1) * length}
        for k, name in enumerate(METHODS)
        for motion in ("all motion", "expression")
        for length in (0.2, 0.7, 1.5)
    )
    bins = bins.assign(error_low=0.9 * bins["error"], error_high=1.1 * bins["error"])
    bins.loc[2, "error"] = np.nan  # an empty bin
    noise = pd.DataFrame(
        {"method": name, "noise": level, "error": 0.1 * (k + 1 + level), "low": 0.05, "high": 2.0}
        for k, name in enumerate(METHODS)
        for level in (0, 4)
    )
    return bins, noise


def test_lines_are_the_values(tables):
    bins, noise = tables
    figure = endpoint_figure(bins, noise, synthetic=True, highlight="accurate")
    panels = figure.axes
    assert len(panels) == 3
    paper, accurate, *_ = panels[0].get_lines()
    np.testing.assert_allclose(paper.get_xydata(), [[0.2, 0.02], [0.7, 0.07]])
    np.testing.assert_allclose(accurate.get_ydata(), [0.04, 0.14, 0.3])
    np.testing.assert_allclose(panels[2].get_lines()[0].get_xydata(), [[0, 0.1], [4, 0.5]])
    assert [len(axes.collections) for axes in panels] == [1, 1, 1]  # the band of the highlighted one alone
    words = texts(figure)
    assert "End-point error of the displacement on held-out people (synthetic faces)" in words
    assert {"paper", "accurate", "DIS", "no motion"} <= set(words)


def test_every_reading_has_a_look_of_its_own_and_flow_is_grey():
    readings = [
        "paper",
        "accurate",
        "scaled",
        "signed",
        "full-range",
        "contrast",
        "robust",
        "closed-form steps",
        "bytes",
    ]
    looks = method_looks([*readings, "tvl1", "dis"], "accurate")
    assert len({look["color"] for look in looks.values()}) == 11
    assert len({looks[name]["marker"] for name in ("tvl1", "dis")}) == 2
    assert looks["tvl1"]["linestyle"] != "-" and looks["paper"]["linestyle"] == "-"
    assert looks["accurate"]["linewidth"] > looks["paper"]["linewidth"]


def test_more_readings_than_colours_differ_by_their_lines():
    looks = method_looks([f"reading {k}" for k in range(20)], None)
    assert len({(look["color"], str(look["linestyle"])) for look in looks.values()}) == 20


def test_nothing_to_draw_is_refused(tables):
    with pytest.raises(InputError, match="No end-point errors"):
        endpoint_figure(tables[0].iloc[:0], tables[1], synthetic=True)
