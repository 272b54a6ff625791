"""Scores, lost faces and errors of displacement by condition, on made-up predictions and fields."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from mer.core.errors import InputError, MissingPath
from mer.evaluation.applied import Applied
from mer.evaluation.conditions import apply_under_conditions, conditions_table, scores_by_condition, shared_clips
from mer.figures.conditions import calm_example, condition_rows
from tests.evaluation.conftest import make_predictions

SIZE = 11  # one pixel is 2 / (SIZE - 1) = 0.2 of the grid


@dataclass
class Store:
    """What is read of an aligned store."""

    displacement: np.ndarray | None
    skipped: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"kind": pd.Series([], dtype=str)}))
    config: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(size=SIZE))

    def pair(self, clip):
        return tuple(np.full((SIZE, SIZE, 1), 10 * clip + k, np.uint8) for k in (0, 1))


def constant(count, x_px, y_px=0.0):
    grid = np.zeros((count, 2, SIZE, SIZE), np.float32)
    grid[:, 0], grid[:, 1] = x_px * 0.2, y_px * 0.2
    return grid


@pytest.fixture
def plain(clips):
    return Applied(make_predictions(clips, clips["label"].tolist(), run="plain"), np.arange(7), constant(7, 3.0))


@pytest.fixture
def glasses(clips):
    """The first clip's face is lost; of the others all are called negative."""
    table = make_predictions(clips.iloc[1:].reset_index(drop=True), ["negative"] * 6, run="glasses")
    return Applied(table, np.arange(6), None)


def test_falls_are_of_the_clips_in_both_and_errors_in_pixels(plain, glasses):
    truth = constant(7, 3.0, 4.0)
    truth[:, :, :5] = np.nan
    lost = pd.DataFrame({"kind": ["face", "data"]})
    stores = {"plain": Store(truth), "glasses": Store(constant(6, 1.0), lost)}
    table = conditions_table({"plain": plain, "glasses": glasses}, stores, resamples=20).set_index("condition")
    assert table["clips"].tolist() == [7, 6] and table["lost"].tolist() == [0, 1]
    assert table["uf1"]["plain"] == 1 and table["uf1_fall"]["plain"] == 0
    assert table["uar_fall"]["glasses"] == pytest.approx(1 - 1 / 3) and table["uar"]["glasses"] == pytest.approx(1 / 3)
    assert table["error_px"]["plain"] == pytest.approx(4, abs=1e-4)
    assert table["no_motion_px"]["plain"] == pytest.approx(5, abs=1e-4)
    assert table["expression_error_px"]["plain"] == pytest.approx(0, abs=1e-4), "both are shifts of the whole head"
    assert table["no_motion_expression_px"]["plain"] == pytest.approx(0, abs=1e-4)
    assert np.isnan(table["error_px"]["glasses"]), "nothing was generated"


def test_scores_of_a_condition_are_a_part_of_the_figure(plain, glasses):
    stores = {"plain": Store(None), "glasses": Store(None)}
    scores = scores_by_condition(conditions_table({"plain": plain, "glasses": glasses}, stores, resamples=20))
    assert list(dict.fromkeys(scores["part"])) == ["plain", "glasses"]
    assert set(scores["metric"]) == {"uf1", "uar"} and set(scores["method"]) == {"FRL-DGT"}
    assert scores.loc[scores["part"] == "glasses", "n"].tolist() == [6, 6]


def test_clips_of_all_conditions_and_their_rows(plain, glasses):
    tests = {"plain": plain, "glasses": glasses}
    assert shared_clips(tests).index.tolist() == [1, 2, 3, 4, 5, 6]
    stores = {"plain": Store(constant(7, 3.0)), "glasses": Store(None)}
    first, second = condition_rows(plain.predictions.iloc[1], tests, stores)
    assert (first.onset == 10).all() and (second.onset == 0).all(), "row 1 of the one store is row 0 of the other"
    assert first.name == "plain\n→ negative" and set(first.fields) == {"true", "FRL-DGT"} and second.fields == {}
    assert len(condition_rows(plain.predictions.iloc[0], tests, stores)) == 1, "its face is lost under glasses"


def test_other_clips_than_the_plain_ones_are_refused(plain, clips):
    strange = make_predictions(clips.assign(subject="x" + clips["subject"]), clips["label"].tolist(), run="glasses")
    tests = {"plain": plain, "glasses": Applied(strange, np.arange(7), None)}
    with pytest.raises(InputError, match="'glasses' are none of the plain ones"):
        conditions_table(tests, {"plain": Store(None), "glasses": Store(None)}, resamples=5)
    with pytest.raises(InputError, match="No test is called 'plain'; found glasses"):
        conditions_table({"glasses": plain}, {"glasses": Store(None)}, resamples=5)


def test_the_example_is_calm_and_tested_under_all(plain, glasses):
    truth = constant(7, 1.0)
    truth[1:6] *= np.arange(5, 0, -1)[:, None, None, None]
    chosen = calm_example({"plain": plain, "glasses": glasses}, {"plain": Store(truth), "glasses": Store(None)})
    calmest = plain.predictions.iloc[[4, 5, 6]]
    assert tuple(chosen[["database", "clip"]]) in set(zip(calmest["database"], calmest["clip"], strict=True))
    any_clip = calm_example({"plain": plain, "glasses": glasses}, {"plain": Store(None), "glasses": Store(None)})
    assert any_clip["label"] == any_clip["predicted"]


def test_a_clip_whose_apex_was_moved_has_no_truth_and_stops_nothing(plain, glasses):
    truth = constant(7, 1.0)
    truth[1:6] *= np.arange(5, 0, -1)[:, None, None, None]
    truth[5] = np.nan
    stores = {"plain": Store(truth), "glasses": Store(None)}
    chosen = calm_example({"plain": plain, "glasses": glasses}, stores)
    calmest = plain.predictions.iloc[[3, 4, 6]]
    assert tuple(chosen[["database", "clip"]]) in set(zip(calmest["database"], calmest["clip"], strict=True))
    assert calm_example({"plain": plain, "glasses": glasses}, stores | {"plain": Store(truth * np.nan)}) is not None
    row = condition_rows(plain.predictions.iloc[5], {"plain": plain}, stores)[0]
    assert row.fields["true"] is None
    table = conditions_table({"plain": plain}, {"plain": Store(truth)}, resamples=5)
    assert np.isfinite(table["error_px"]).all() == (plain.displacement is not None)


def test_conditions_are_tested_at_annotated_apexes_only(clips, tmp_path):
    """Refused before the run is opened, which is none; the plain clips alone may have others."""
    plain, spotted = (SimpleNamespace(clips=clips.assign(apex_source=kind)) for kind in ("annotated", "spotted"))
    with pytest.raises(InputError, match=r"under 'glasses' are 'spotted'.*Choose apex annotated"):
        apply_under_conditions(tmp_path, {"plain": plain, "glasses": spotted})
    with pytest.raises(MissingPath):
        apply_under_conditions(tmp_path, {"plain": spotted, "glasses": plain})
