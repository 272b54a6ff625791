"""Two runs side by side."""

import shutil
import threading
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mer.evaluation.paired import paired_difference
from mer.evaluation.predictions import predictions_table, write_predictions
from mer.widgets.results import stored_rows
from mer.widgets.results.data import read_results
from mer.widgets.two_runs.data import (
    mcnemar_words,
    rows_of_verdicts,
    score_lines,
    table_titles,
    two_runs_data,
    two_runs_table,
)
from mer.widgets.two_runs.view import TwoRuns, compare_runs
from tests.widgets.timing import best_of


@pytest.fixture
def other(run, tmp_path_factory):
    """The same clips in another order, two fewer, predicted anew; arrays of the same faces."""
    folder = tmp_path_factory.mktemp("other")
    shutil.copytree(run / "arrays", folder / "arrays")
    table = read_results(run).predictions
    right = table["label"] == table["predicted"]
    order = np.random.default_rng(5).permutation(12)[:10]
    order = order[np.argsort(~right[order], kind="stable")]  # what the first run gets right comes first
    clips = table.iloc[order].reset_index(drop=True)
    scores = clips[["score_negative", "score_positive", "score_surprise"]].to_numpy()
    scores[:5] = np.roll(scores[:5], 1, axis=1)  # half of the clips are predicted otherwise
    made = predictions_table(clips, ["negative", "positive", "surprise"], scores, clips["fold"], "last", "other", 1)
    write_predictions(made, folder / "predictions.csv")
    with np.load(run / "arrays" / "clips.npz") as stored:
        np.savez(folder / "arrays" / "clips.npz", **{name: stored[name][order] for name in stored.files})
    return folder


@pytest.fixture
def view(run, other):
    return compare_runs(run, other)


def test_clips_are_matched_and_what_is_not_common_is_said(run, other):
    data = two_runs_data(run, other, resamples=50)
    assert data.names == ("small", "other")
    assert data.notes == ("2 clips of small are not in other and are left out here.",)
    table = two_runs_table(data)
    assert len(table) == 10
    assert set(table["database"]) == {"synthetic, CASME II style", "synthetic, SAMM style"}
    first, second = (read_results(folder).predictions.set_index("clip") for folder in (run, other))
    assert table["predicted_a"].tolist() == first.loc[table["clip"], "predicted"].tolist()
    assert table["predicted_b"].tolist() == second.loc[table["clip"], "predicted"].tolist()
    right = second.loc[table["clip"], "predicted"] == second.loc[table["clip"], "label"]
    assert (table["right_b"] == "right").tolist() == right.tolist()
    for letter, predictions in (("a", first), ("b", second)):
        truth = [
            predictions.at[clip, f"score_{label}"] for clip, label in zip(table["clip"], table["label"], strict=True)
        ]
        assert table[f"probability_{letter}"].to_numpy() == pytest.approx(truth, abs=6e-4)
    assert list(table_titles(data)) == list(table.columns)  # several databases
    assert table_titles(data)["probability_b"] == "B p(true)"
    one = replace(data, common=replace(data.common, first=data.common.first.assign(database="synthetic-samm")))
    assert "database" not in table_titles(one)


def test_scores_are_the_paired_ones(run, other):
    data = two_runs_data(run, other, resamples=50)
    expected = paired_difference(data.common.first, data.common.second, resamples=50).iloc[0]
    found = data.scores.iloc[2]
    assert [found[name] for name in ("uf1", "uf1_low", "uar_high")] == [
        expected[name] for name in ("uf1", "uf1_low", "uar_high")
    ]
    assert found["uf1"] == pytest.approx(data.scores["uf1"][0] - data.scores["uf1"][1])
    assert score_lines(data)[2][0] == "small − other"
    assert "not" in mcnemar_words(data) and f"p = {data.agreement.p:.3f}" in mcnemar_words(data)


def test_a_cell_chooses_the_clips_that_one_run_alone_gets_right(view):
    assert isinstance(view, TwoRuns)
    first = view.data.common.first["label"] == view.data.common.first["predicted"]
    second = view.data.common.second["label"] == view.data.common.second["predicted"]
    assert np.array(view.matrix.counts).tolist() == [
        [int((a & b).sum()) for b in (second, ~second)] for a in (first, ~first)
    ]
    wanted = np.flatnonzero(first & ~second)
    assert len(wanted)
    view.matrix._heard(None, {"kind": "picked", "row": 0, "column": 1, "add": False}, None)
    assert view.selection.rows == tuple(wanted) == tuple(view.table._rows)
    assert view.matrix.chosen == [[0, len(wanted)], [0, 0]]
    assert f"{len(wanted)} of 10" in view.chosen.value
    view.matrix._heard(None, {"kind": "picked", "row": None, "column": 0, "add": True}, None)
    assert view.selection.rows == tuple(np.flatnonzero((first & ~second) | second))
    view.clear.click()
    assert view.selection.rows == () and view.matrix.chosen == []


def test_an_empty_cell_is_said(view):
    view.data.agreement.cell[:] = 0
    view._picked(1, 1, False)
    assert view.selection.rows == () and "No clip" in view.notice.text
    assert rows_of_verdicts(np.array([0, 1, 2, 3]), None, 1).tolist() == [1, 3]


def test_both_runs_show_the_same_clip(view, run, other):
    view.selection.look_at(6)
    key = view.data.common.first["clip"].iloc[6]
    assert key.replace("<", "&lt;").replace(">", "&gt;") in view.heading.value
    for side, folder in zip(view.sides, (run, other), strict=True):
        predictions = read_results(folder).predictions
        own = predictions.index[predictions["clip"] == key][0]
        assert predictions["predicted"][own] in side.words.value
        pictures = [*side.pictures.motion.pictures[:2], *side.pictures.weights.pictures]
        assert all(picture.image and not picture.message for picture in pictures)
    apex = [bytes(side.pictures.motion.pictures[0].image) for side in view.sides]
    assert apex[0] == apex[1]  # the same face, at another row of each run
    assert view.sides[0].pictures.bar.value == view.sides[1].pictures.bar.value  # one scale for both
    assert view.sides[0].pictures.wheel.value == view.sides[1].pictures.wheel.value


def test_faces_that_differ_under_the_same_names_are_said(run, other):
    with np.load(other / "arrays" / "clips.npz") as stored:
        arrays = dict(stored)
    arrays["onset"] = 255 - arrays["onset"]
    np.savez(other / "arrays" / "clips.npz", **arrays)
    assert "10 of 10" in two_runs_data(run, other, resamples=10).notes[1]


def test_other_protocols_are_said_and_compared(run, other):
    table = read_results(other).predictions
    write_predictions(table.assign(fold=table["database"]), other / "predictions.csv")
    (note,) = (note for note in two_runs_data(run, other, resamples=10).notes if "protocols" in note)
    assert "different protocols, small: " in note and "; other: leave one database out. Part of" in note


def test_other_epoch_rules_are_said_and_compared(run, other):
    table = pd.read_csv(other / "predictions.csv", dtype=str).assign(epoch_rule="nested")
    table.to_csv(other / "predictions.csv", index=False)
    view = compare_runs(run, other)
    assert "last in small and nested in other" in view.children[0].value
    assert "differs, see above" in view.children[2].children[1].value


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"label": "negative"}, "another label"),
        ({"database": "elsewhere"}, "no clip in common"),
        ({"score_extra": "0.0"}, "other classes"),
    ],
)
def test_runs_that_cannot_be_compared_are_said_in_place(run, other, change, words):
    table = pd.read_csv(other / "predictions.csv", dtype=str).assign(**change)
    table.to_csv(other / "predictions.csv", index=False)
    (notice,) = compare_runs(run, other).children
    assert notice.kind == "error" and words in notice.text


def test_a_deleted_run_and_a_run_beside_itself(run, tmp_path):
    (notice,) = compare_runs(run, tmp_path / "gone").children
    assert "is gone" in notice.text
    view = compare_runs(run, run)
    assert view.data.names[0] != view.data.names[1]
    assert view.data.agreement.counts[0, 1] == 0 and view.data.agreement.p == 1


def test_a_run_without_arrays_beside_one_with(run, other):
    (other / "arrays" / "clips.npz").unlink()
    view = compare_runs(run, other)
    assert "other: This run keeps no" in view.children[0].value
    assert "no frames" in view.sides[1].pictures.motion.pictures[0].message
    assert any(picture.image for picture in view.sides[0].pictures.motion.pictures)


def test_a_run_deleted_while_it_is_looked_at_leaves_nothing_of_the_clip_before(run, other, monkeypatch):
    monkeypatch.setattr("mer.widgets.results.run_arrays.KEPT_BYTES", 0)
    view = compare_runs(run, other)
    first, second = view.sides
    (other / "arrays" / "clips.npz").unlink()
    view.selection.look_at(6)
    for side, table in zip(view.sides, (view.data.common.first, view.data.common.second), strict=True):
        assert f"<b>{table['predicted'].iloc[6]}</b>" in side.words.value
        assert f"{table['score_negative'].iloc[6]:+.2f}"[1:] in side.scores.value
    assert second.notice.kind == "error" and "deleted or moved" in second.notice.text
    assert second.pictures.layout.display == "none"
    assert first.notice.text == "" and first.pictures.layout.display != "none"  # its run is still there
    name = view.data.common.first["clip"].iloc[6]
    assert name in first.pictures.motion.pictures[0].alt
    view.selection.choose([1])
    assert view.selection.rows == (1,) and view.notice.text == ""


def large(folder, seed, count=1500):
    """A run of so many clips whose archive must be inflated from its beginning."""
    rng = np.random.default_rng(seed)
    clips = pd.DataFrame({"database": "synthetic-x", "subject": [f"{k % 30:02d}" for k in range(count)]})
    clips = clips.assign(
        clip=[f"c{k}" for k in range(count)], label=["negative", "positive", "surprise"] * (count // 3)
    )
    scores = rng.dirichlet([1, 1, 1], count)
    classes = ["negative", "positive", "surprise"]
    made = predictions_table(clips, classes, scores, clips["subject"], "last", f"run {seed}", 0)
    (folder / "arrays").mkdir(parents=True)
    write_predictions(made, folder / "predictions.csv")
    faces = np.repeat(np.arange(count, dtype=np.uint8)[:, None], 32 * 32, axis=1).reshape(count, 32, 32)
    moved = rng.normal(0, 0.02, (count, 2, 16, 16)).astype(np.float16)
    np.savez_compressed(folder / "arrays" / "clips.npz", onset=faces, apex=faces, displacement=moved)
    return folder


def test_both_runs_are_read_ahead_so_that_a_clip_far_behind_is_near(tmp_path, monkeypatch):
    data = two_runs_data(large(tmp_path / "a", 0), large(tmp_path / "b", 1), resamples=10)
    view = TwoRuns(data)
    for thread in threading.enumerate():
        if thread.name.startswith(f"rows of {tmp_path}"):
            thread.join()
    inflated, inflate = [], stored_rows._inflate
    monkeypatch.setattr(stored_rows, "_inflate", lambda *given: inflated.append(given[1].name) or inflate(*given))
    for run in data.runs:
        assert all(run.arrays[name]._blocks > 4 for name in run.arrays)
        run.arrays.kept.clear()
    view.selection.look_at(1400)
    assert sorted(inflated) == ["apex", "apex", "displacement", "displacement", "onset", "onset"]  # one block each
    assert "c1400" in view.sides[1].pictures.motion.pictures[0].alt


def test_each_interaction_is_answered_in_time(run, other):
    view = compare_runs(run, other)
    rng = np.random.default_rng(0)
    assert best_of(lambda: view.selection.look_at(int(rng.integers(10)))) < 0.2
    assert best_of(lambda: view._picked(int(rng.integers(2)), None, False)) < 0.2
