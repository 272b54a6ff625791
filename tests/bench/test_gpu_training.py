"""The benchmarks of training on a GPU, run small on a CPU: they check that stacked folds are the folds alone."""

import pytest

from mer.bench import stacked_folds, whole_study
from mer.bench.frame import Comparison, Measurement
from mer.bench.options import Options

QUICK = Options(quick=True, rounds=1)


def test_stacked_folds_give_the_same_losses():
    results = list(stacked_folds.run(QUICK))
    assert [type(one) for one in results] == [Comparison, Comparison, Measurement, Measurement]
    assert [one.check.holds for one in results[:2]] == [True, True]


def test_a_stacked_fold_that_learns_from_other_clips_is_found_out(monkeypatch):
    original = stacked_folds.fit_fusions

    def wrong(models, images, sources, boxes, labels, training, *rest):
        return original(models, images, sources, boxes, labels, [training[-1]] * len(training), *rest)

    monkeypatch.setattr(stacked_folds, "fit_fusions", wrong)
    first = next(stacked_folds.run(QUICK))
    assert not first.check.holds


def test_the_whole_study_runs_by_the_public_path(tmp_path, monkeypatch):
    monkeypatch.setenv("MER_CACHE", str(tmp_path))
    found = {one.name: one.value for one in whole_study.run(QUICK)}
    assert found["clips predicted"] == 12
    pretraining, folds = found["pretraining, 2 groups held out"], found["2 folds end to end"]
    assert found["whole study, pretraining included"] == pytest.approx(pretraining + folds)
    assert found["share of the fastest matrix product"] > 0
