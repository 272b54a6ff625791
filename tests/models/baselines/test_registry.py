import pytest
import torch

from mer.core.errors import InputError
from mer.models.baselines.registry import BASELINES, baseline_name, find_baseline, new_baseline


@pytest.mark.parametrize("name", sorted(set(BASELINES) - {"capsulenet"}))
def test_a_seed_gives_the_same_network_and_leaves_torchs_own_numbers(name):
    sizes = BASELINES[name].sizes()
    assert baseline_name(sizes) == name
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    first, again, other = (list(new_baseline(sizes, 4, seed).parameters()) for seed in (1, 1, 2))
    assert torch.equal(torch.rand(3), expected)
    assert all(torch.equal(*pair) for pair in zip(first, again, strict=True))
    assert not torch.equal(first[0], other[0])
    assert first[-1].shape == (4,), "as many classes as asked for"


@pytest.mark.parametrize("name", sorted(set(BASELINES) - {"capsulenet"}))
def test_how_numbers_lie_in_memory_changes_no_value(name):
    sizes = BASELINES[name].sizes()
    network, plain = new_baseline(sizes, 3, 0), new_baseline(sizes, 3, 0).to(memory_format=torch.contiguous_format)
    first = next(iter(network.parameters()))
    assert first.is_contiguous(memory_format=torch.channels_last) and not first.is_contiguous()
    images = torch.rand(4, len(BASELINES[name].channels), sizes.size, sizes.size)
    for one in (network, plain):
        for module in one.modules():
            if hasattr(module, "p"):
                module.p = 0.0  # no dropout, but statistics of the batch
        one.losses(one(images), torch.tensor([0, 1, 2, 0])).sum().backward()
    for one, other in zip(network.parameters(), plain.parameters(), strict=True):
        assert torch.allclose(one.grad, other.grad, rtol=1e-3, atol=1e-4)


def test_only_capsulenet_sees_the_apex_and_says_that_it_starts_at_random():
    assert [name for name, baseline in BASELINES.items() if not baseline.sees_flow] == ["capsulenet"]
    assert BASELINES["capsulenet"].title == "CapsuleNet architecture, random initialisation"


def test_an_unknown_name_is_refused():
    with pytest.raises(InputError, match="sssnet"):
        find_baseline("sssnt")
