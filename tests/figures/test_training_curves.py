import numpy as np
import pandas as pd
import pytest

from mer.core.errors import InputError
from mer.figures.training_curves import curve_names, curves_table, phases_in_a_row, training_figure
from tests.figures.conftest import texts


@pytest.fixture
def history():
    return pd.DataFrame(
        {
            "step": [0, 0, 0, 10, 10, 10],
            "fold": list("abcabc"),
            "loss_cls": [1.0, 2.0, 3.0, 0.5, 0.6, 0.7],
            "loss_sm": [np.nan, np.nan, np.nan, 4.0, 4.0, 4.0],
            "empty": np.nan,
            "note": "x",
        }
    )


def test_quartiles_by_hand(history):
    table = curves_table(history)
    first = table[(table["curve"] == "loss_cls") & (table["step"] == 0)].iloc[0]
    assert (first["low"], first["median"], first["high"], first["folds"]) == (1.5, 2.0, 2.5, 3)
    assert list(table.loc[table["curve"] == "loss_sm", "step"]) == [10]


def test_keys_and_empty_columns_are_no_curves(history):
    assert curve_names(history) == ["loss_cls", "loss_sm"]


def test_line_is_the_median(history):
    figure = training_figure(history, synthetic=True)
    np.testing.assert_allclose(figure.axes[0].lines[0].get_ydata(), [2.0, 0.6])
    words = texts(figure)
    assert "loss cls" in words
    assert any("3 folds" in text for text in words)
    assert any("synthetic" in text for text in words)
    assert any("3 groups" in text for text in texts(training_figure(history, synthetic=True, repeats="groups")))


def test_wide_range_is_logarithmic(history):
    wide = history.assign(loss_cls=[100.0, 100, 100, 0.1, 0.1, 0.1])
    assert training_figure(wide, synthetic=False).axes[0].get_yscale() == "log"
    assert training_figure(history, synthetic=False).axes[0].get_yscale() == "linear"


def test_unknown_column(history):
    with pytest.raises(InputError, match="Did you mean 'loss_cls'"):
        curves_table(history, ["loss_cl"])
    with pytest.raises(InputError, match="epoch"):
        curves_table(history, by="epoch")


def test_empty_history(history):
    with pytest.raises(InputError, match="empty"):
        training_figure(history.iloc[:0], synthetic=False)


def test_phases_follow_one_another():
    history = pd.DataFrame(
        {"step": [10, 20, 1, 2] * 2, "phase": ["fusion", "fusion", "joint", "joint"] * 2, "fold": list("aaaabbbb")}
    ).assign(loss=[4.0, 3.0, 2.0, 1.0] * 2)
    ordered, begins = phases_in_a_row(history)
    assert list(ordered["step"]) == [10, 20, 21, 22] * 2
    assert begins == {"fusion": 0, "joint": 20}
    assert list(history["step"][:4]) == [10, 20, 1, 2]
    figure = training_figure(history, synthetic=False)
    np.testing.assert_allclose(figure.axes[0].lines[0].get_ydata(), [4, 3, 2, 1])
    assert any("quartiles of 2 folds" in text and "joint from 20" in text for text in texts(figure))
    assert phases_in_a_row(history.drop(columns="phase"))[1] == {}
