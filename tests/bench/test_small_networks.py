import pytest
import torch

from mer.bench import small_networks
from mer.bench.frame import Comparison, Measurement
from mer.bench.options import Options
from mer.bench.record import checks
from mer.models.ststnet import STSTNet

QUICK = Options(quick=True, rounds=1, threads=1)


@pytest.mark.slow
def test_plain_and_fast_train_the_same_folds():
    results = list(small_networks.run(QUICK))
    assert all(check.holds for _, check in checks(results))
    assert sum(isinstance(result, Comparison) for result in results) == 1
    named = {result.name: result.value for result in results if isinstance(result, Measurement)}
    assert named["operations of a sample, least"] == pytest.approx(2 * 900 * 16 * 27 / 1e6)
    assert named["68 folds, 500 epochs, fast"] > 0


def test_other_numbers_are_found_out(monkeypatch):
    monkeypatch.setattr(STSTNet, "features", lambda self, pooled: torch.zeros(len(pooled), 400))
    first = next(small_networks.run(QUICK))
    assert not first.holds
