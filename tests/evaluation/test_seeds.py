"""Seeds, their mean and their ensemble."""

import numpy as np
import pytest

from mer.core.errors import InputError
from mer.evaluation.calibration import calibration_scores
from mer.evaluation.ensemble import ensemble
from mer.evaluation.report import evaluate
from mer.evaluation.seeds import by_seed, calibration_table, gain_table, seeds_table, tempered_runs
from mer.evaluation.temperature import person_temperatures
from mer.manifest.labels import COMPOSITE
from tests.made_up_runs import made_up_predictions


@pytest.fixture(scope="module")
def seeds():
    return by_seed([made_up_predictions(COMPOSITE.classes, 1.0, seed) for seed in (2, 0, 1)])


def test_seeds_are_named_and_sorted(seeds):
    assert list(seeds) == ["seed 0", "seed 1", "seed 2"]
    with pytest.raises(InputError, match="both have the seed 0"):
        by_seed([seeds["seed 0"], seeds["seed 0"]])


def test_rows_of_the_seeds_their_mean_and_the_ensemble(seeds):
    table = seeds_table(seeds, resamples=50).set_index("run")
    assert list(table.index) == ["seed 0", "seed 1", "seed 2", "mean over seeds", "ensemble"]
    alone = [evaluate(one, resamples=50).iloc[0]["uf1"] for one in seeds.values()]
    assert table["uf1"].tolist()[:3] == pytest.approx(alone)
    assert table.loc["mean over seeds", "uf1"] == pytest.approx(np.mean(alone))
    assert table.loc["mean over seeds", "uf1_spread"] == pytest.approx(np.std(alone, ddof=1))
    assert table["uf1_spread"].notna().sum() == 1
    assert table.loc["ensemble", "uf1"] > max(alone), "independent errors average out"
    assert (table["uf1_low"] <= table["uf1"]).all()


def test_gains_are_ensemble_minus_the_other(seeds):
    gains = gain_table(seeds, resamples=50).set_index("against")
    scores = seeds_table(seeds, resamples=50).set_index("run")["uar"]
    assert list(gains.index) == ["seed 0", "seed 1", "seed 2", "mean over seeds"]
    for name, row in gains.iterrows():
        assert row["uar"] == pytest.approx(scores["ensemble"] - scores[name])
        assert row["uar_low"] <= row["uar"] <= row["uar_high"]


def test_calibration_of_all(seeds):
    runs = tempered_runs(seeds)
    assert list(runs) == [*seeds, "ensemble", *(f"{name}, tempered" for name in seeds), "ensemble, tempered"]
    table = calibration_table(runs, resamples=30).set_index("run")
    plain = ensemble(list(seeds.values()))
    assert table.loc["ensemble", "ece"] == pytest.approx(calibration_scores(plain, resamples=30)["ece"][0])
    assert np.isnan(table.loc["ensemble", "temperature"])
    assert table.loc["ensemble, tempered", "temperature"] == pytest.approx(person_temperatures(plain).median())
    assert table.loc["ensemble, tempered", "nll"] < table.loc["ensemble", "nll"], "the mean of scores is too careful"
