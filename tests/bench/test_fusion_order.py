import pytest
import torch

from mer.bench import fusion_order
from mer.bench.frame import Comparison, Measurement
from mer.bench.fusion_plain import plain_fusion
from mer.bench.options import Options
from mer.bench.record import checks
from mer.models.fusion_layer import FusionAfterLayer, FusionLayer


@pytest.mark.parametrize("groups", [1, 3])
@pytest.mark.parametrize("layer", [FusionLayer, FusionAfterLayer])
def test_the_plain_formula_is_that_of_the_layers(layer, groups):
    torch.manual_seed(0)
    made = layer(groups, 5, 8, 2).eval()
    if layer is FusionLayer:
        made.norm.running_mean.normal_()
        made.norm.running_var.uniform_(0.5, 2)
        torch.nn.init.uniform_(made.fuse_queries)
    x = torch.randn(4, groups, 5, 8)
    with torch.no_grad():
        torch.testing.assert_close(plain_fusion(made, x), made(x)[0])


def test_one_set_of_weights_for_every_region_of_the_input():
    torch.manual_seed(0)
    made = FusionLayer(1, 5, 8, 2).eval()
    x = torch.randn(2, 3, 5, 8)
    with torch.no_grad():
        torch.testing.assert_close(plain_fusion(made, x), made(x)[0])


def test_a_quick_run_compares_both_orders_at_both_batches():
    results = list(fusion_order.run(Options(quick=True, rounds=1)))
    compared = [one for one in results if isinstance(one, Comparison)]
    assert [one.name.split(", ")[1] for one in compared] == ["batch 1", "batch 32"]
    assert all((one.ratios[0].over, one.ratios[0].under) == ("before", "after") for one in compared)
    assert all(check.holds for _, check in checks(results))
    (ratio,) = [one for one in results if isinstance(one, Measurement) and one.name == "operations, before / after"]
    assert ratio.value < 0.85, "operations are counted, not timed, so this cannot be noise"


def test_a_wrong_formula_is_found(monkeypatch):
    real = FusionLayer._normalise
    monkeypatch.setattr(FusionLayer, "_normalise", lambda self, logits: 1.1 * real(self, logits))
    results = list(fusion_order.run(Options(quick=True, rounds=1)))
    assert not any(check.holds for _, check in checks(results))
