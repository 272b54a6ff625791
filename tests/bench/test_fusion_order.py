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
    forms = (fusion_order.TRAINED, fusion_order.SHORT)
    cases = [f"all fusions, {form}, batch {batch}, float32" for batch in (1, 32) for form in forms]
    assert [one.name for one in compared] == cases
    assert [one.aim for one in compared] == ["before/after", "before/after, short"] * 2
    assert all((one.ratios[0].over, one.ratios[0].under) == ("before", "after") for one in compared)
    assert all(check.holds for _, check in checks(results))
    (ratio,) = [one for one in results if isinstance(one, Measurement) and one.name == "operations, before / after"]
    assert ratio.value < 0.85, "operations are counted, not timed, so this cannot be noise"


def test_an_inference_form_that_computes_something_else_is_found(monkeypatch):
    def wrong(model):
        made = inference_form(model)
        made.full_fusion.feed_forward.outer.weight.mul_(1.05)
        return made

    inference_form = fusion_order.inference_form
    monkeypatch.setattr(fusion_order, "inference_form", wrong)
    results = list(fusion_order.run(Options(quick=True, rounds=1)))
    assert [name.split(", ")[1] for name, check in checks(results) if not check.holds] == [fusion_order.SHORT] * 2


def test_a_wrong_formula_is_found(monkeypatch):
    real = FusionLayer._normalise
    monkeypatch.setattr(FusionLayer, "_normalise", lambda self, logits: 1.1 * real(self, logits))
    results = list(fusion_order.run(Options(quick=True, rounds=1)))
    assert not any(check.holds for _, check in checks(results))
