from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from mer.widgets.results import ResultsExplorer, clips_html, explore_results, plane, read_arrays


@pytest.fixture
def view(run):
    return explore_results(run)


def test_points_are_those_of_the_saved_figure(view, run):
    assert isinstance(view, ResultsExplorer)
    xs = {row: x for trace in view.plot.data for row, x in zip(trace.customdata, trace.x, strict=True)}
    assert xs == {k: float(k) for k in range(12)}
    assert "synthetic" in view.plot.layout.title.text
    assert "last" in view.plot.layout.title.text


def test_plane_is_computed_when_the_saved_one_is_of_other_clips(run, view):
    path = run / "figures" / "features.csv"
    path.write_text(path.read_text().replace("<c3>", "<other>"))
    table = plane(run, view.predictions, np.random.default_rng(0).normal(size=(12, 4)))
    assert not np.array_equal(table["x"], np.arange(12))
    assert np.isfinite(table[["x", "y"]].to_numpy()).all()


def test_points_can_be_given(run, view):
    table = plane(run, view.predictions, view.arrays["embedding"]).assign(x=7.0)
    assert all((trace.x == 7).all() for trace in explore_results(run, table).plot.data)


def test_lasso_lists_the_clips_of_all_classes(view):
    first, second = view.plot.data[0], view.plot.data[1]
    view._lasso(first, SimpleNamespace(point_inds=[0, 1]), None)
    view._lasso(second, SimpleNamespace(point_inds=[2]), None)
    assert "3 clips" in view.table.value
    assert view.table.value.count("<tr>") == 4
    view._lasso(first, SimpleNamespace(point_inds=[]), None)
    view._lasso(second, SimpleNamespace(point_inds=[]), None)
    assert "No clip inside the lasso" in view.table.value


def test_click_chooses_the_clip(view):
    trace = view.plot.data[1]
    view._click(trace, SimpleNamespace(point_inds=[3]), None)
    assert view.clip.value == trace.customdata[3]
    assert "positive" in view.caption.value


def test_strip_holds_four_pictures(view):
    picture = cv2.imdecode(np.frombuffer(view.strip.value, np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (230, 4 * 230 + 3 * 6, 3)


def test_names_are_escaped(view):
    assert "&lt;c0&gt;" in view.caption.value
    assert "&lt;c" in clips_html(view.predictions)
    assert "<c0>" not in clips_html(view.predictions)


def test_long_lists_are_cut(view):
    many = view.predictions.loc[[0] * 50]
    assert "and 10 more" in clips_html(many)


def test_missing_arrays_fall_back_to_the_table(run):
    (run / "arrays" / "clips.npz").unlink()
    shown = explore_results(run)
    assert "Train again" in shown.children[0].value
    assert "<table>" in shown.children[1].value


def test_broken_arrays_are_like_missing_ones(run):
    (run / "arrays" / "clips.npz").write_bytes(b"PK broken")
    assert read_arrays(run) == {}


def test_missing_predictions_are_said(tmp_path):
    shown = explore_results(tmp_path)
    assert "No results to show yet" in shown.children[0].value
