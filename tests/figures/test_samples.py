import numpy as np
import pandas as pd
import pytest

from mer.core.errors import InputError
from mer.figures.histograms import peak_displacement_px, peak_figure
from mer.figures.samples import MotionCurve, contact_sheet, curve_table, difference_curve, motion_figure
from tests.figures.conftest import texts


def test_contact_sheet_has_a_face_a_name(face):
    figure = contact_sheet([face, face[..., None], np.dstack([face] * 3)], ["a", "b", "c"], synthetic=True, columns=2)
    assert len(figure.axes) == 3
    words = texts(figure)
    assert {"a", "b", "c"} <= set(words)
    assert any("synthetic" in text for text in words)


def test_contact_sheet_needs_faces(face):
    with pytest.raises(InputError, match="0 images"):
        contact_sheet([], [], synthetic=False)
    with pytest.raises(InputError, match="1 images and 2 names"):
        contact_sheet([face], ["a", "b"], synthetic=False)


def test_difference_curve_by_hand():
    frames = np.zeros((3, 2, 2, 1), np.uint8)
    frames[1], frames[2, 0, 0] = 10, 200
    np.testing.assert_allclose(difference_curve(frames), [0, 10, 50])


def test_motion_marks_are_seconds_from_the_onset():
    curve = MotionCurve("c", np.arange(100, 141), np.linspace(0, 1, 41), 100, 120, 140, "negative", fps=200.0)
    blind = MotionCurve("d", np.arange(5), np.zeros(5), 0, None, 4, "positive", fps=200.0)
    figure = motion_figure([curve, blind], synthetic=True)
    marks = [line.get_xdata()[0] for line in figure.axes[0].lines[1:]]
    np.testing.assert_allclose(marks, [0, 0.1, 0.2])
    np.testing.assert_allclose(figure.axes[0].lines[0].get_ydata(), curve.values)
    assert len(figure.axes[1].lines) == 3  # curve, onset, offset: no apex
    words = texts(figure)
    assert "time from onset, s" in words
    assert any("synthetic" in text for text in words)
    table = curve_table([curve, blind])
    assert len(table) == 46
    assert table.loc[table["clip"] == "c", "value"].iloc[-1] == 1


def test_motion_without_rate_counts_frames():
    curve = MotionCurve("c", np.arange(3, 6), np.zeros(3), 3, 4, 5)
    assert "frame" in texts(motion_figure([curve], synthetic=False))
    with pytest.raises(InputError, match="at least one clip"):
        motion_figure([], synthetic=False)


def test_peak_in_pixels():
    fields = np.zeros((2, 2, 11, 11))
    fields[0, 0, 5, 5] = 2 / 10 * 3
    fields[0, :, 0] = np.nan
    fields[1] = np.nan
    peaks = peak_displacement_px(fields, percentile=100)
    assert peaks[0] == pytest.approx(3, abs=1e-5)
    assert np.isnan(peaks[1])


def test_unknown_peaks_are_counted():
    table = pd.DataFrame({"label": ["positive", "negative", "negative"], "peak_px": [1.0, 2.0, np.nan]})
    figure = peak_figure(table, synthetic=True)
    words = texts(figure)
    assert "negative (n = 1)" in words
    assert any("1 clip(s) without" in text for text in words)
    assert sum(patch.get_height() for patch in figure.axes[0].patches) == 1
    nothing = texts(peak_figure(table.iloc[2:], synthetic=False))
    assert "not known: none of the 1 clips has a true displacement" in nothing, "real clips end no notebook"
