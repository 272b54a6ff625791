import numpy as np
import pandas as pd
import pytest

from mer.core.errors import InputError
from mer.evaluation.agreement import Agreement
from mer.figures.save import figure_bytes
from mer.figures.styles import use_style
from mer.figures.two_runs import two_runs_figure, two_runs_numbers

AGREEMENT = Agreement(np.array([[50, 4], [11, 7]]), np.zeros(72, int), 0.1185)


def scores():
    rows = [("uf1", 0.8, 0.9, -0.1), ("uar", 0.7, 0.75, -0.05), ("accuracy", 0.7, 0.8, -0.1)]
    table = {"run": ["a", "b", "a − b"], "n": [72] * 3, "subjects": [9] * 3}
    for name, *values in rows:
        middle = np.array(values)
        table |= {name: middle, f"{name}_low": middle - 0.04, f"{name}_high": middle + 0.03}
    return pd.DataFrame(table)


def test_counts_scores_and_rule_are_printed():
    figure = two_runs_figure(AGREEMENT, scores(), ("a", "b"), synthetic=True, epoch_rule="last")
    left, middle, right = figure.axes
    assert [text.get_text() for text in left.texts] == ["50", "4", "11", "7"]
    assert "p = 0.118" in left.get_title() or "p = 0.119" in left.get_title()
    assert [text.get_text() for text in middle.texts] == ["0.800", "0.700", "0.900", "0.750"]
    assert [text.get_text() for text in right.texts] == ["-0.100", "-0.050"]
    assert "(synthetic faces; epoch rule: last)" in figure.get_suptitle()


def test_a_column_of_print():
    with use_style("notebook", "column"):
        figure = two_runs_figure(AGREEMENT, scores(), ("a", "b"), synthetic=False, epoch_rule="last")
        assert figure_bytes(figure)


def test_numbers_are_those_drawn():
    numbers = two_runs_numbers(AGREEMENT, scores(), ("first", "second"))
    assert numbers["agreement"]["clips"].tolist() == [50, 4, 11, 7]
    assert numbers["agreement"][["first", "second"]].iloc[1].tolist() == ["right", "wrong"]


def test_no_common_clip_is_refused():
    with pytest.raises(InputError, match="No common clips"):
        two_runs_figure(
            Agreement(np.zeros((2, 2), int), np.zeros(0, int), 1.0),
            scores(),
            ("a", "b"),
            synthetic=True,
            epoch_rule="last",
        )
