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


def test_only_capsulenet_sees_the_apex_and_says_that_it_starts_at_random():
    assert [name for name, baseline in BASELINES.items() if not baseline.sees_flow] == ["capsulenet"]
    assert BASELINES["capsulenet"].title == "CapsuleNet architecture, random initialisation"


def test_an_unknown_name_is_refused():
    with pytest.raises(InputError, match="sssnet"):
        find_baseline("sssnt")
