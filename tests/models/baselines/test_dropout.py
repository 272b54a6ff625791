import pytest
import torch

from mer.models.baselines.dropout import CheapDropout


@pytest.mark.parametrize("p", [0.5, 0.1])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_what_stays_is_scaled_and_as_many_are_dropped_as_asked_for(p, layout):
    torch.manual_seed(0)
    x = torch.rand(8, 16, 30, 30).add(1).to(memory_format=layout).requires_grad_()
    found = CheapDropout(p)(x)
    kept = found != 0
    assert found.stride() == x.stride()
    assert torch.allclose(found[kept], x[kept] / (1 - p), rtol=1e-4)
    assert (~kept).float().mean().item() == pytest.approx(p, abs=0.01)
    assert (~kept).float().mean(dim=(0, 2, 3)).sub(p).abs().max() < 0.03, "in every channel"
    found.sum().backward()
    assert torch.equal(x.grad != 0, kept)


def test_a_layout_with_gaps_and_an_odd_number_of_values():
    torch.manual_seed(0)
    x = torch.ones(7, 10)[:, ::2]
    found = CheapDropout(0.5)(x)
    assert found.shape == (7, 5) and set(found.unique().tolist()) == {0, 2}


def test_nothing_is_dropped_in_evaluation_or_at_zero_and_all_at_one():
    x = torch.rand(5, 7)
    assert torch.equal(CheapDropout(0.5).eval()(x), x)
    assert torch.equal(CheapDropout(0.0)(x), x)
    assert CheapDropout(1.0)(x).abs().max() == 0


def test_torchs_seed_decides():
    x, drop, found = torch.ones(40, 40), CheapDropout(0.5), []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        found.append(drop(x))
    assert torch.equal(found[0], found[1]) and not torch.equal(found[0], found[2])
