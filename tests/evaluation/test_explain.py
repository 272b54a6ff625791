"""Explanations of a run, each by the model that made the prediction."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from mer.core.configs import with_changes
from mer.core.errors import InputError
from mer.evaluation import explain
from mer.evaluation.attributions import log_odds, occlusion_by_region
from mer.evaluation.explain import attribute_run, each_fold_model, explain_run
from mer.evaluation.predictions import predictions_table
from mer.manifest.labels import COMPOSITE
from mer.models.configs import model_config
from mer.models.frl_dgt import FRLDGT
from mer.motion.magnify import MagnifyConfig
from mer.training.fold_model import fold_model
from mer.training.loso import run_loso, save_clip_arrays
from tests.training.conftest import SIZE, align, fold_config, write_database

pytest.importorskip("captum")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run of a few steps: result, folder, arrays and predictions."""
    return _trained(tmp_path_factory.mktemp("run"), 4, fold_config())


def _trained(folder, people, config):
    store = align(write_database(folder / "frames", people, 3), folder / "cache")
    result = run_loso(store, folder, config, None, 0, "cpu", 1)
    save_clip_arrays(store, result, folder / "arrays" / "clips.npz")
    probabilities = result.arrays["probabilities"]
    table = predictions_table(result.clips, COMPOSITE.classes, probabilities, result.fold, "last", "run", 0)
    with np.load(folder / "arrays" / "clips.npz") as stored:
        return result, folder, dict(stored), table


def test_a_run_is_explained_row_by_row_by_the_model_that_predicted_it(run):
    """Rows chosen out of order; log-odds and occlusion are those of the fold's own model."""
    result, folder, arrays, table = run
    chosen = [7, 2]
    found = explain_run(folder, arrays, table, chosen, steps=10)
    assert found.occlusion.shape == (12, 9) and np.abs(found.occlusion).max() > 0
    assert found.attribution.displacement.shape == (2, 2, SIZE, SIZE)
    assert [COMPOSITE.classes[k] for k in found.attribution.target] == table["predicted"].iloc[chosen].tolist()
    for position, row in enumerate(chosen):
        own = {fold: _outputs(folder, fold, arrays, row) for fold in set(result.fold)}
        target = found.attribution.target[position]
        odds = {fold: float(log_odds(out)[0, target]) for fold, out in own.items()}
        assert found.attribution.log_odds[position] == pytest.approx(odds[result.fold[row]], abs=1e-5)
        assert len({round(value, 4) for value in odds.values()}) == 4
        mine = own[result.fold[row]].softmax(1)[0].numpy()
        np.testing.assert_allclose(mine, result.arrays["probabilities"][row], atol=1e-5)


def _outputs(folder, fold, arrays, row):
    model, _ = fold_model(folder / "folds" / fold.replace("/", "__") / "weights.safetensors")
    onset, apex = (torch.from_numpy(arrays[name][row]).float()[None, None] / 255 for name in ("onset", "apex"))
    with torch.no_grad():
        return model(onset, apex, torch.from_numpy(arrays["boxes"][row])[None]).logits


def test_occlusion_is_of_the_true_class_by_the_folds_own_model(run):
    result, folder, arrays, table = run
    labels = result.clips["label"]
    found = explain_run(folder, arrays, table, [0], steps=5)
    for row in (4, 11):
        model, classes = fold_model(folder / "folds" / result.fold[row].replace("/", "__") / "weights.safetensors")
        onset, apex = (torch.from_numpy(arrays[name][[row]]).float()[:, None] / 255 for name in ("onset", "apex"))
        truth = torch.tensor([classes.index(labels[row])])
        expected = occlusion_by_region(model, onset, apex, torch.from_numpy(arrays["boxes"][[row]]), truth)
        np.testing.assert_allclose(found.occlusion[row], expected[0].numpy(), atol=1e-5)


def test_the_true_class_of_a_clip_is_explained_by_its_own_model(run):
    result, folder, arrays, table = run
    targets = ["surprise", "positive"]
    found = attribute_run(folder, arrays, table, [7, 2], targets, steps=10)
    assert [COMPOSITE.classes[k] for k in found.target] == targets
    for position, row in enumerate((7, 2)):
        odds = log_odds(_outputs(folder, result.fold[row], arrays, row))[0]
        assert found.log_odds[position] == pytest.approx(float(odds[found.target[position]]), abs=1e-5)
    with pytest.raises(InputError, match="'surprised' is not a class"):
        attribute_run(folder, arrays, table, [7], ["surprised"])
    with pytest.raises(InputError, match="at least one clip"):
        attribute_run(folder, arrays, table, [], [])


def test_a_model_of_other_motion_is_told_from_one_that_can_be_explained(run, monkeypatch):
    _, folder, arrays, table = run
    config = with_changes(model_config("small"), {"motion.source": "flow"})
    monkeypatch.setattr(explain, "fold_model", lambda path: (FRLDGT(config).eval(), list(COMPOSITE.classes)))
    with pytest.raises(InputError, match="see motion 'flow'"):
        explain_run(folder, arrays, table, [0])


def test_what_is_explained_is_the_magnified_clip_where_that_was_predicted(tmp_path):
    """The kept frames are as they were; the prediction was of three times their motion."""
    magnify = MagnifyConfig("linear", probability=0.0, test=3.0)
    result, folder, arrays, table = _trained(tmp_path, 2, replace(fold_config(), magnify=magnify))
    rows = [4, 1]
    targets = table["predicted"].iloc[rows].tolist()
    asked = list(each_fold_model(folder, arrays, table, rows, targets))
    for row, (model, (onset, apex, boxes), _) in zip(rows, asked, strict=True):
        kept = [torch.from_numpy(arrays[name][row]).float()[None, None] / 255 for name in ("onset", "apex")]
        torch.testing.assert_close(apex, (kept[0] + 3 * (kept[1] - kept[0])).clamp(0, 1))
        with torch.no_grad():
            seen = model(onset, apex, boxes).logits.softmax(1)[0].numpy()
            unchanged = model(*kept, boxes).logits.softmax(1)[0].numpy()
        np.testing.assert_allclose(seen, result.arrays["probabilities"][row], atol=1e-5)
        assert np.abs(unchanged - seen).max() > 1e-4
    chosen = attribute_run(folder, arrays, table, rows, targets, steps=4)
    np.testing.assert_allclose(explain_run(folder, arrays, table, rows, steps=4).attribution.log_odds, chosen.log_odds)
