import json

import numpy as np
import pandas as pd
import pytest

from mer.core.errors import InputError, MissingPath
from mer.evaluation.predictions import predictions_table, write_predictions
from mer.evaluation.report import evaluate
from mer.widgets.names import class_words, database_words
from mer.widgets.results.clip import heading_html
from mer.widgets.results.data import (
    clips_table,
    fits,
    no_scores,
    plane,
    read_results,
    rows_of_cell,
    selection_scores,
)
from mer.widgets.results.view import about_html
from tests.made_up_runs import correct_label, keeps_corrections


@pytest.fixture
def results(run):
    return read_results(run)


def test_what_is_read(results):
    assert results.classes == ("negative", "positive", "surprise")
    assert results.missing == ()
    assert results.synthetic and results.epoch_rule == "last"
    one = results.predictions.iloc[4]
    assert results.confidence[4] == pytest.approx(one[f"score_{one['predicted']}"])
    assert results.right[4] == (one["label"] == one["predicted"])
    assert results.name(4) == f"{database_words('synthetic-casme2')} / 001 / <c4>"


def test_results_read_before_are_taken_as_they_are(results):
    assert read_results(results) is results


def test_arrays_of_other_clips_are_left_out_and_said(run):
    with np.load(run / "arrays" / "clips.npz") as stored:
        arrays = dict(stored)
    arrays["embedding"] = arrays["embedding"][:7]
    np.savez(run / "arrays" / "clips.npz", **arrays)
    results = read_results(run)
    assert "embedding" not in results.arrays and "onset" in results.arrays
    assert "embedding of 7" in results.missing[0] and "no features" in results.missing[1]


@pytest.mark.parametrize("content", [None, b"PK broken"])
def test_a_run_without_arrays_says_what_is_missing(run, content):
    path = run / "arrays" / "clips.npz"
    path.unlink() if content is None else path.write_bytes(content)
    (sentence,) = read_results(run).missing
    assert "no features" in sentence and "no generated motion" in sentence


def test_a_deleted_run_a_run_without_predictions_and_several_seeds_are_refused(run, tmp_path):
    with pytest.raises(MissingPath, match="is gone"):
        read_results(tmp_path / "nothing")
    predictions = read_results(run).predictions
    write_predictions(pd.concat([predictions, predictions.assign(seed=1)]), run / "predictions.csv")
    with pytest.raises(InputError, match="several runs or seeds"):
        read_results(run)
    (run / "predictions.csv").unlink()
    with pytest.raises(MissingPath, match=r"predictions\.csv"):
        read_results(run)


def test_scores_of_a_selection_are_those_of_its_clips(results):
    whole = selection_scores(results.cell, (), 3)
    report = evaluate(results.predictions, resamples=10).iloc[0]
    assert whole["n"] == 12 and whole["uf1"] == report["uf1"] and whole["uar"] == report["uar"]
    wrong = np.flatnonzero(~results.right)
    rows = (0, 3, 4, 5, 7, 8)
    part = evaluate(results.predictions.iloc[list(rows)], resamples=10).iloc[0]
    found = selection_scores(results.cell, rows, 3)
    assert 0 < found["right"] < 6 and set(wrong) & set(rows)  # or it would have no score
    assert found["n"] == 6 and found["uf1"] == part["uf1"] and found["uar"] == part["uar"]
    assert found["right"] == results.right[list(rows)].sum()


def test_a_selection_by_outcome_or_class_has_no_scores(results):
    cell = np.array([0, 1, 2, 3, 4, 8])  # true 0 0 0 1 1 2, predicted 0 1 2 0 1 2
    for rows, why in (((1, 2, 3), "only wrong"), ((0, 4, 5), "only right"), ((0, 1, 4), "some true classes")):
        assert why in no_scores(cell, rows, 3)
        found = selection_scores(cell, rows, 3)
        assert np.isnan(found["uf1"]) and np.isnan(found["uar"]) and found["n"] == 3
    assert no_scores(cell, (0, 3, 5), 3) == "" and selection_scores(cell, (0, 3, 5), 3)["uar"] == pytest.approx(2 / 3)
    assert no_scores(cell[:5], (0, 3), 3) == ""  # of a run without clips of a class


def test_cells_rows_and_columns_of_the_matrix(results):
    label, predicted = results.predictions["label"], results.predictions["predicted"]
    chosen = rows_of_cell(results.cell, 3, 1, 2)
    assert chosen.tolist() == np.flatnonzero((label == "positive") & (predicted == "surprise")).tolist()
    assert rows_of_cell(results.cell, 3, 0, None).tolist() == np.flatnonzero(label == "negative").tolist()
    assert rows_of_cell(results.cell, 3, None, 0).tolist() == np.flatnonzero(predicted == "negative").tolist()
    assert len(rows_of_cell(results.cell, 3, None, None)) == 12


def test_table_of_clips(results):
    shown = clips_table(results)
    assert shown["right"].tolist() == ["right" if right else "wrong" for right in results.right]
    assert shown["database"].tolist() == ["synthetic, CASME II style"] * 6 + ["synthetic, SAMM style"] * 6
    assert shown["clip"].tolist() == results.predictions["clip"].tolist()


def test_plane_is_that_of_the_saved_figure(results):
    assert plane(results)["x"].tolist() == list(range(12))


@pytest.mark.parametrize(("old", "new"), [("<c3>", "<other>"), (",1.5", ",none")])
def test_plane_is_computed_once_when_the_saved_one_does_not_fit(run, results, old, new, monkeypatch, tmp_path):
    monkeypatch.setenv("MER_CACHE", str(tmp_path / "cache"))
    calls = []
    monkeypatch.setattr(
        "mer.figures.features.umap_coordinates", lambda values, seed: calls.append(seed) or values[:, :2] * 3
    )
    path = run / "figures" / "features.csv"
    path.write_text(path.read_text().replace(old, new))
    assert plane(results)["x"].to_numpy() == pytest.approx(results.arrays["embedding"][:, 0] * 3)
    plane(results)
    assert len(calls) == 1


def test_points_fit_only_their_own_clips(results):
    points = plane(results)
    assert fits(points, results)
    assert not fits(points.iloc[::-1], results)
    assert not fits(points.drop(columns="x"), results)
    assert not fits(points.assign(predicted=points["predicted"].iloc[::-1].to_numpy()), results)


def test_an_empty_table_is_refused(tmp_path):
    clips = pd.DataFrame({name: [] for name in ("database", "subject", "clip", "label")}, dtype=str)
    write_predictions(
        predictions_table(clips, ["a"], np.zeros((0, 1)), [], "last", "r", 0), tmp_path / "predictions.csv"
    )
    with pytest.raises(InputError, match="no rows"):
        read_results(tmp_path)


def test_a_run_older_than_corrections_says_so_above_its_views(run, tmp_path, monkeypatch):
    predictions = read_results(run).predictions
    keeps_corrections(run, "synthetic", predictions, monkeypatch)
    assert read_results(run).older == "" and "Out of date" not in about_html(read_results(run))
    correct_label(predictions.iloc[2], "", tmp_path / "mine.csv", monkeypatch)
    older = read_results(run)
    assert "Run it again, then" in older.older
    assert f"Out of date.</b> {run.parent.name}/{run.name} was made before corrections of yours" in about_html(older)


def test_a_corrected_class_is_marked_in_words_beside_that_of_the_database(run):
    plain = read_results(run)
    row = plain.predictions.iloc[4]
    assert plain.true_class(4) == row["label"] and clips_table(plain)["label"].equals(plain.predictions["label"])
    key = {name: row[name] for name in ("database", "subject", "clip")}
    corrected = [{**key, "column": "label", "labels": "composite", "value": row["label"], "was": "other"}]
    corrected += [{**key, "clip": "x", "column": "label", "was": "other"}, {**key, "column": "apex", "was": "4"}]
    (run / "record.json").write_text(json.dumps({"corrections": corrected}))
    results = read_results(run)
    words = f"{row['label']} (corrected; database: other)"
    assert clips_table(results)["label"].tolist().count(words) == 1 and clips_table(results)["label"][4] == words
    assert words in heading_html(results, 4) and "corrected" not in heading_html(results, 3)
    assert results.predictions["label"].equals(plain.predictions["label"])
    assert class_words("", "positive") == "no class (corrected; database: positive)"
    assert class_words("positive", "") == "positive (corrected; database: no class)"
    assert class_words("positive", "positive") == "positive"
