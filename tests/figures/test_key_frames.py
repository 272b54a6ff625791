import numpy as np
import pandas as pd
import pytest

from mer.core.errors import InputError
from mer.figures.key_frames import automatic_figure, deviation_figure, spotting_figure
from tests.figures.gallery.studies import scored

ERRORS = pd.DataFrame(
    {
        "method": ["flow"] * 4 + ["middle"] * 4,
        "error_frames": [0, 1, -1, 2, 3, -5, 4, 4],
        "error_share": np.array([0, 1, -1, 2, 3, -5, 4, 4]) / 40,
    }
)

DEVIATIONS = scored(
    moved=["onset"] * 4 + ["apex"] * 4, percent=[0, 10, 20, 30] * 2, mean_percent=[0, 9.0, 14.5, 20, 0, 10, 20, 29]
)
AUTOMATIC = scored(method=["flow", "capsule", "flow"], trained_on=["annotated", "annotated", "its own"])
AUTOMATIC.loc[[0, 2], ["uf1_paper", "uar_paper"]] = np.nan


def test_shares_of_clips_by_hand():
    """Flow: errors 0 1 1 2, so a quarter at most 0 frames off, three quarters 1, all 2; middle 3 4 4 5."""
    figure = spotting_figure(ERRORS, synthetic=True)
    left, right = figure.axes
    np.testing.assert_allclose(left.lines[0].get_ydata()[:4], [0.25, 0.75, 1, 1])
    np.testing.assert_allclose(left.lines[1].get_ydata()[:6], [0, 0, 0, 0.25, 0.75, 1])
    assert [label.get_text() for label in right.get_yticklabels()] == ["flow  1.0", "middle  4.0"]
    assert "synthetic" in figure.get_suptitle()


def test_deviations_stand_where_they_belong():
    figure = deviation_figure(DEVIATIONS, synthetic=False, epoch_rule="last")
    uf1 = figure.axes[0]
    ours = [line for line in uf1.lines if line.get_marker() in "os" and line.get_color() not in ("#9A9A9A",)]
    np.testing.assert_allclose(np.asarray(ours[0].get_ydata(), float), DEVIATIONS["uf1_ours_synthetic"][:4])
    np.testing.assert_allclose(np.asarray(ours[0].get_xdata(), float), [0, 9, 14.5, 20])  # what was really moved
    np.testing.assert_allclose(uf1.lines[0].get_xdata(), [0, 10, 20, 30])  # what the paper says it moved
    np.testing.assert_allclose(uf1.lines[0].get_ydata(), [0.9, 0.85, 0.85, 0.85])
    assert "synthetic" not in figure.get_suptitle()
    assert figure.get_suptitle().endswith("(epoch rule: last)")


def test_a_dashed_line_at_the_true_apex_and_one_row_a_method():
    true_scores = pd.Series({"uf1_ours_synthetic": 0.77, "uar_ours_synthetic": 0.76})
    figure = automatic_figure(AUTOMATIC, true_scores, synthetic=True, epoch_rule="last")
    assert figure.axes[0].lines[0].get_xdata()[0] == 0.77
    assert figure.axes[1].lines[0].get_xdata()[0] == 0.76
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["flow", "capsule", "paper, real faces"]
    assert {text.get_text() for text in figure.legends[0].get_texts()} == {
        "tested only",
        "trained and tested",
    }


@pytest.mark.parametrize("draw", [spotting_figure, deviation_figure, automatic_figure])
def test_nothing_to_draw_is_said(draw):
    more = {} if draw is spotting_figure else {"epoch_rule": "last"}
    given = (pd.DataFrame(), pd.Series(dtype=float)) if draw is automatic_figure else (pd.DataFrame(),)
    with pytest.raises(InputError, match="to draw"):
        draw(*given, synthetic=True, **more)
