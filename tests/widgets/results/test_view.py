"""The linked views of a run: a selection in one is a selection in all."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from mer.figures.style import database_label
from mer.widgets.names import database_words
from mer.widgets.parts.notice import Notice
from mer.widgets.results.data import plane, read_results
from mer.widgets.results.view import ResultsExplorer, explore_results
from tests.widgets.large_run import large_run
from tests.widgets.timing import best_of


@pytest.fixture
def view(run):
    return explore_results(run)


def chosen_everywhere(view):
    """What each view shows as chosen; all must agree."""
    selected = view.map.cloud.selectedpoints
    assert tuple(() if selected is None else selected) == view.selection.rows
    assert tuple(view.table._rows) == view.selection.rows
    marked = np.array(view.matrix.chosen).ravel() if view.matrix.chosen else np.zeros(9, int)
    cells = np.bincount(view.results.cell[list(view.selection.rows)], minlength=9)
    assert marked.tolist() == cells.tolist()
    assert [item["row"] for item in view.strip.items] == list(view.selection.shown)[:12]
    return view.selection.rows


def test_points_are_rows_with_their_symbol(view):
    assert isinstance(view, ResultsExplorer)
    cloud = view.map.cloud
    assert list(cloud.x) == list(range(12))
    assert [symbol == "circle" for symbol in cloud.marker.symbol] == view.results.right.tolist()
    title = view.map.plot.layout.title.text
    assert "synthetic" in title and "last" in title


def test_a_lasso_chooses_in_all_views(view):
    view.map._lasso(view.map.cloud, SimpleNamespace(point_inds=[5, 1, 7]), None)
    assert chosen_everywhere(view) == (1, 5, 7)
    assert "3 of 12 clips chosen" in view.summary.value and "n/a" in view.summary.value  # of two classes only
    view.map._lasso(view.map.cloud, SimpleNamespace(point_inds=[]), None)  # what the page answers when the outline goes
    view.map._deselect(view.map.cloud, None)
    assert chosen_everywhere(view) == (1, 5, 7)
    view.map._deselect(view.map.cloud, None)  # a double click
    assert chosen_everywhere(view) == ()
    assert "Nothing chosen" in view.summary.value and "n/a" not in view.summary.value


def test_an_empty_lasso_chooses_nothing(view):
    view.selection.choose([1, 2])
    view.map._lasso(view.map.cloud, SimpleNamespace(point_inds=[]), None)
    assert chosen_everywhere(view) == ()


def test_a_cell_and_a_head_of_the_matrix_choose_in_all_views(view):
    label, predicted = view.results.predictions["label"], view.results.predictions["predicted"]
    row, column = (int(k) for k in np.argwhere(np.array(view.matrix.counts) > 0)[0])
    view.matrix._heard(None, {"kind": "picked", "row": row, "column": column, "add": False}, None)
    cell = np.flatnonzero((label == view.results.classes[row]) & (predicted == view.results.classes[column]))
    assert chosen_everywhere(view) == tuple(cell)
    view.matrix._heard(None, {"kind": "picked", "row": 2, "column": None, "add": True}, None)
    assert chosen_everywhere(view) == tuple(np.union1d(cell, np.flatnonzero(label == "surprise")))


def test_an_empty_cell_is_said_and_the_selection_stays(view, monkeypatch):
    view.selection.choose([2])
    monkeypatch.setattr("mer.widgets.results.view.rows_of_cell", lambda *_: np.array([], int))
    view._picked(1, 1, False)
    assert view.selection.rows == (2,) and "No clip" in view.notice.text
    view.selection.choose([3])
    assert view.notice.text == ""


def test_a_row_of_the_table_chooses_in_all_views(view):
    view.table._rows = [3, 4]
    assert chosen_everywhere(view) == (3, 4)
    view.table._focus = 4
    assert view.selection.focus == 4 and "&lt;c4&gt;" in view.detail.heading.value


def test_buttons_choose_the_wrong_and_the_right_and_clear(view):
    view.buttons["Choose the wrong"].click()
    assert chosen_everywhere(view) == tuple(np.flatnonzero(~view.results.right))
    view.buttons["Choose the right"].click()
    assert chosen_everywhere(view) == tuple(np.flatnonzero(view.results.right))
    view.buttons["Clear selection"].click()
    assert chosen_everywhere(view) == ()


def test_a_click_on_a_point_or_a_picture_looks_at_the_clip(view):
    view.map._click(view.map.cloud, SimpleNamespace(point_inds=[3]), None)
    assert view.selection.focus == 3 and view.table._focus == 3 and view.strip.focus == 3
    assert view.map.plot._ring == [3.0, float(view.map.points["y"][3])]
    view.strip._heard(None, {"kind": "look", "row": 9}, None)
    assert view.selection.focus == 9 and "&lt;c9&gt;" in view.detail.heading.value
    assert view.selection.rows == ()


@pytest.mark.parametrize("by", ["class", "predicted", "right", "database", "subject", "fold", "confidence"])
def test_colours_change_and_the_selection_stays(view, by):
    view.selection.choose([1, 2])
    view.map.colour.value = by
    assert chosen_everywhere(view) == (1, 2)
    assert len(view.map.cloud.marker.color) == 12
    names = [trace.name for trace in view.map.plot.data[1:]]
    expected = {
        "right": ["right", "wrong"],
        "confidence": [],
        "database": [database_label("synthetic-casme2"), database_label("synthetic-samm")],
    }
    if by in expected:
        assert names == expected[by]
    assert view.map.cloud.marker.showscale is (by == "confidence")


def test_that_subjects_share_colours_is_said_beside_the_plane(tmp_path):
    shown = explore_results(*large_run(tmp_path, 100)).map
    assert "share" not in shown.note.value
    shown.colour.value = "subject"
    assert "<b>68 subjects share 7 colours</b>; " in shown.note.value


def shown_places(row):
    return [box.layout.display != "none" for box in row.children]


def test_a_run_without_weights_says_so_beside_its_motion(run):
    path = run / "arrays" / "clips.npz"
    with np.load(path) as stored:
        arrays = {name: stored[name] for name in ("onset", "apex", "displacement", "embedding")}
    np.savez(path, **arrays)
    pictures = explore_results(run).detail.pictures
    assert shown_places(pictures.motion) == [True] * 3 + [False] and "wheel" in pictures.wheel.value
    assert shown_places(pictures.weights) == [False] * 3 and "no fusion weights" in pictures.bar.value


def test_strip_says_clip_and_classes(view):
    view.buttons["Choose the wrong"].click()
    item, row = view.strip.items[0], view.selection.rows[0]
    one = view.results.predictions.iloc[row]
    assert item["clip"] == one["clip"] and item["place"] == f"{database_words('synthetic-casme2')}, {one['subject']}"
    assert item["place"].startswith("synthetic, ")
    assert item["classes"] == [one["label"], one["predicted"]] and item["right"] is False


def test_scores_of_a_selection_are_called_descriptive(view):
    view.selection.choose(range(11))
    assert "descriptive" in view.summary.value and "n/a" not in view.summary.value


def test_scores_of_wrong_clips_are_not_given(view):
    view.buttons["Choose the wrong"].click()
    assert "n/a" in view.summary.value and "only wrong clips are chosen" in view.summary.value
    assert "0.000" not in view.summary.value
    view.buttons["Clear selection"].click()
    assert "n/a" not in view.summary.value


def test_words_of_the_plane_say_seed_and_caveat(view):
    assert "UMAP seed 0" in view.map.plot.layout.title.text
    assert "clips of different folds are placed by different networks" in view.map.children[-1].value


def test_strip_turns_its_pages_and_reads_only_what_it_shows(run, monkeypatch):
    read = []
    monkeypatch.setattr("mer.widgets.results.view.thumbnail", lambda arrays, row: read.append(row) or b"x")
    monkeypatch.setattr("mer.widgets.results.clip_strip.ClipStrip.page", 5)
    view = explore_results(run)
    assert read == [0, 1, 2, 3, 4] and view.strip.total == 12
    view.strip._heard(None, {"kind": "page", "first": 10}, None)
    assert [item["row"] for item in view.strip.items] == [10, 11] and view.strip.first == 10
    view.strip._heard(None, {"kind": "page", "first": 0}, None)
    assert read == [0, 1, 2, 3, 4, 10, 11]  # remembered


def test_detail_shows_pictures_scores_and_the_true_motion(run, store):
    view = explore_results(run)
    motion, weights = view.detail.pictures.motion, view.detail.pictures.weights
    pictures = [*motion.pictures[:3], *weights.pictures]
    sizes = {cv2.imdecode(np.frombuffer(p.image, np.uint8), cv2.IMREAD_COLOR).shape for p in pictures if p.image}
    assert sizes == {(400, 400, 3)}
    assert shown_places(motion) == [True] * 3 + [False]  # nobody asked for the true motion
    assert shown_places(weights) == [True] * 3 and all(p.alt and not p.message for p in pictures)
    assert "Colour wheel" in view.detail.pictures.wheel.value
    assert "each patch of a box has 1/4" in view.detail.pictures.bar.value
    assert "each box 1/9" in view.detail.pictures.bar.value and "no preference" in view.detail.pictures.bar.value
    store.clips[["database", "subject", "clip"]] = view.results.predictions.iloc[[4, 5, 6]][
        ["database", "subject", "clip"]
    ].to_numpy()
    view = explore_results(run, store)
    motion = view.detail.pictures.motion
    assert "not in the store" in motion.pictures[3].message
    view.selection.look_at(5)
    assert not motion.pictures[3].message and "true motion" in motion.heads[3].value
    assert "free" in view.children[0].value  # the terms of use


def test_databases_say_synthetic_also_where_the_terms_of_use_do_not(view):
    assert "(synthetic, CASME II style; synthetic, SAMM style); epoch rule" in view.children[0].value


def test_names_are_escaped(view):
    assert "<c0>" not in view.detail.heading.value and "&lt;c0&gt;" in view.detail.heading.value
    assert "&lt;c0&gt;" in view.map.cloud.text[0]


def test_a_run_without_arrays_shows_what_there_is(run):
    (run / "arrays" / "clips.npz").unlink()
    (run / "figures" / "features.csv").unlink()
    view = explore_results(run)
    assert isinstance(view.map, Notice) and "no features" in view.map.text
    assert "no onset frames" in view.children[0].value
    view._picked(None, None, False)
    assert len(view.table._rows) == 12
    pictures = view.detail.pictures
    assert shown_places(pictures.motion) == [True] + [False] * 3 and shown_places(pictures.weights) == [False] * 3
    assert "no frames" in pictures.motion.pictures[0].message and not pictures.wheel.value + pictures.bar.value
    view.explain.explain()
    assert view.explain.notice.kind == "error" and "cannot be explained" in view.explain.notice.text


def test_a_run_deleted_while_it_is_looked_at_is_said_in_place(run, monkeypatch):
    monkeypatch.setattr("mer.widgets.results.run_arrays.KEPT_BYTES", 0)
    view = explore_results(run)
    (run / "arrays" / "clips.npz").unlink()
    view.selection.look_at(7)
    said = view.detail.notice
    assert said.kind == "error" and "deleted or moved" in said.text and view.detail.pictures.layout.display == "none"
    assert "&lt;c7&gt;" in view.detail.heading.value and view.detail.scores.value  # what does not lie in the arrays
    view._picked(0, None, False)
    assert view.selection.rows and said.text  # the views stay usable
    view.selection.clear()
    assert said.text


def test_what_cannot_be_opened_is_said(tmp_path):
    (notice,) = explore_results(tmp_path / "nothing").children
    assert notice.kind == "error" and "is gone" in notice.text
    (notice,) = explore_results(tmp_path).children
    assert "predictions.csv" in notice.text


def test_points_of_other_clips_are_refused_in_place(run, view):
    points = plane(read_results(run)).assign(clip="other")
    shown = explore_results(run, features=points)
    assert "not of this run" in shown.map.text
    shown.selection.choose([1])
    assert shown.selection.rows == (1,)


@pytest.mark.parametrize(("count", "seconds"), [(442, 0.2), (10_000, 0.5)])
def test_each_interaction_is_answered_in_time(tmp_path, count, seconds):
    view = explore_results(*large_run(tmp_path, count))
    rng = np.random.default_rng(0)
    actions = {
        "lasso": lambda: view.map._lasso(None, SimpleNamespace(point_inds=rng.choice(count, count // 2, False)), None),
        "cell": lambda: view._picked(int(rng.integers(3)), int(rng.integers(3)), False),
        "head": lambda: view._picked(int(rng.integers(3)), None, False),
        "clear": lambda: view.selection.clear() if view.selection.rows else view.selection.choose(range(count)),
        "look": lambda: view.selection.look_at(int(rng.integers(count))),
        "colour": lambda: setattr(view.map.colour, "value", str(rng.choice(["class", "subject", "right", "fold"]))),
        "page": lambda: view.strip.show(int(rng.integers(count))),
    }
    slow = {name: took for name, action in actions.items() if (took := best_of(action)) > seconds}
    assert not slow
