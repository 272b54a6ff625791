import numpy as np
import pandas as pd
import pytest

from mer.core.errors import InputError
from mer.evaluation.attributions import Attribution
from mer.figures.displacement import DisplacementRow
from mer.figures.failure_rows import failure_note, failure_rows, without_head
from mer.figures.failures import failures_figure
from mer.figures.fusion_rows import FusionRow
from mer.motion.units import pixels_to_grid
from tests.figures.conftest import texts


@pytest.fixture
def errors(predictions):
    return predictions[predictions["label"] != predictions["predicted"]]


def attribution(sign):
    field = np.zeros((2, 2, 24, 24), np.float32)
    field[0, 0, 4:8, 4:8] = sign
    none = np.zeros((2, 24, 24), np.float32)
    return Attribution(none, none + 0.5, field, np.zeros(2, int), *(np.zeros(2) for _ in range(4)))


@pytest.fixture
def rows(errors, face, boxes):
    """Two wrong clips: of the first the true motion is known."""
    field = np.random.default_rng(1).normal(0, 0.05, (2, 24, 24)).astype(np.float32)
    clips = [
        DisplacementRow("a\nb", face, face[::-1], {"true": field, "FRL-DGT": field}),
        DisplacementRow("c\nd", face, face[::-1], {"true": None, "FRL-DGT": field}),
    ]
    weights = FusionRow("", face, boxes, np.full((9, 4), 0.25), np.full(9, 1 / 9), np.full(16, 1 / 16))
    return failure_rows(clips, [weights] * 2, errors, attribution(1.0), attribution(-1.0), ["note one", "note two"])


def test_rows_hold_classes_scores_and_sums_of_attributions(rows, errors):
    assert [row.label for row in rows] == errors["label"].tolist()
    assert [row.predicted for row in rows] == errors["predicted"].tolist()
    assert rows[0].scores == pytest.approx({"negative": 0.1, "positive": 0.8, "surprise": 0.1})
    assert rows[0].for_predicted[5, 5] == pytest.approx(1.5) and rows[0].for_predicted[0, 0] == pytest.approx(0.5)
    assert rows[0].for_true[5, 5] == pytest.approx(-0.5)


def test_the_figure_names_classes_and_what_is_not_known(rows):
    figure = failures_figure(rows, synthetic=True)
    words = texts(figure)
    assert "negative\ntrue" in words and "positive\npredicted" in words and "surprise" in words
    assert words.count("why positive") == 2 and words.count("why negative") == 2
    assert words.count("generated") == 2 and words.count("true motion") == 2
    assert words.count("not known") == 1
    assert {"note one", "note two"} <= set(words)
    assert any("synthetic" in text for text in words)
    widths = [patch.get_width() for axes in figure.axes if axes.get_title() == "scores" for patch in axes.patches]
    assert widths == pytest.approx([0.1, 0.8, 0.1, 0.8, 0.1, 0.1])


def test_nothing_lies_outside_the_page(rows):
    figure = failures_figure(rows * 2, synthetic=False)
    page, inside = figure.bbox, figure.get_tightbbox()
    assert inside.x0 > -0.02 and inside.y0 > -0.02
    assert inside.x1 * figure.dpi < page.x1 + 2 and inside.y1 * figure.dpi < page.y1 + 2


def test_a_model_without_full_face_module_says_so(rows):
    from dataclasses import replace

    row = replace(rows[0], weights=replace(rows[0].weights, weights_full=None))
    assert texts(failures_figure([row], synthetic=False)).count("no full-face module") == 1


def test_five_classes_are_drawn_in_five_colours(rows):
    names = ("happiness", "disgust", "repression", "surprise", "others")
    from dataclasses import replace

    row = replace(rows[0], label="others", predicted="disgust", scores=dict.fromkeys(names, 0.2))
    figure = failures_figure([row], synthetic=False)
    bars = next(axes for axes in figure.axes if axes.get_title() == "scores")
    assert len({patch.get_facecolor() for patch in bars.patches}) == 5


def test_the_motion_of_the_head_is_taken_out_of_what_is_known(face):
    """Shift, rotation and scaling leave nothing; where nothing is known nothing is made up."""
    y, x = np.mgrid[-1:1:24j, -1:1:24j].astype(np.float32)
    field = np.stack([0.3 + 0.02 * x - 0.05 * y, -0.1 + 0.02 * y + 0.05 * x])
    field[:, :5] = np.nan
    found = without_head(DisplacementRow("a", face, face, {"true": field, "none": None})).fields
    np.testing.assert_allclose(found["true"][:, 5:], 0, atol=1e-6)
    assert np.isnan(found["true"][:, :5]).all() and found["none"] is None
    moved = np.zeros((2, 24, 24), np.float32)
    moved[0, 10:12, 10:12] = 1
    kept = without_head(DisplacementRow("a", face, face, {"x": pixels_to_grid(moved)})).fields["x"]
    assert kept[0, 10, 10] > 0.9 * pixels_to_grid(moved)[0, 10, 10]


def test_notes_say_what_is_known():
    real = pd.Series({"motion_px": 1.234})
    assert failure_note(real) == "generated motion: 1.23 px"
    row = pd.Series({"motion_px": 1.0, "peak_px": 0.7, "head_drift_px": 1.21, "blink": 0.5})
    assert failure_note(row).split("\n")[1:] == ["expression: 0.70 px", "head moved: 1.2 px", "blink: lids 50% closed"]
    assert failure_note(row.replace({0.5: 0.0})).endswith("no blink")


def test_no_error_is_said_in_words():
    with pytest.raises(InputError, match="No wrong prediction"):
        failures_figure([], synthetic=False)
