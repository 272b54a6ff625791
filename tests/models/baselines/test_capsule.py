import pytest
import torch

from mer.core.errors import InputError
from mer.models.baselines.capsule import CapsuleConfig, CapsuleNet, margin_losses, route, squash

SMALL = CapsuleConfig(size=40, widths=(4, 6, 8), hidden=8, kernel=3, capsules=2, values=4, class_values=6)


def test_the_published_layers_have_13842496_numbers():
    first = 3 * 49 * 64 + 2 * 64
    one = 4 * (64 * 9 * 64 + 128)
    two = (64 * 9 * 128 + 256) + 3 * (128 * 9 * 128 + 256) + (64 * 128 + 256)
    three = (128 * 9 * 256 + 512) + 3 * (256 * 9 * 256 + 512) + (128 * 256 + 512)
    convolutions = 2 * (256 * 81 * 256 + 256)
    capsules = 3 * (6 * 6 * 32) * 16 * 8
    assert CapsuleConfig().side == 6
    network = CapsuleNet(CapsuleConfig())
    total = first + one + two + three + convolutions + capsules
    assert sum(value.numel() for value in network.parameters()) == total == 13_842_496


def test_shapes_at_a_small_size():
    network, images = CapsuleNet(SMALL).eval(), torch.rand(3, 3, 40, 40)
    assert network.stages(network.first(images)).shape == (3, 8, 5, 5)  # an eighth, as 224 -> 28
    assert SMALL.side == 1 and network.weight.shape == (3, 2, 6, 4)
    assert network.features(images).shape == (3, 18)
    lengths = network(images)
    assert lengths.shape == (3, 3) and (lengths >= 0).all() and (lengths < 1).all()
    probabilities = network.probabilities(lengths)
    assert torch.allclose(probabilities.sum(dim=1), torch.ones(3))
    assert torch.equal(probabilities.argsort(dim=1), lengths.argsort(dim=1))
    network(images).sum().backward()
    assert all(value.grad is not None for value in network.parameters())


def test_squashed_lengths():
    vectors = torch.tensor([[3.0, 4.0], [0.0, 0.0], [60.0, 80.0], [0.06, 0.08]])
    found = squash(vectors).norm(dim=1)
    expected = [25 / 26, 0, 10_000 / 10_001, 0.01 / 1.01]
    assert found.tolist() == pytest.approx(expected) and (found < 1).all()
    assert torch.allclose(squash(vectors)[0] * 26 / 25, torch.tensor([0.6, 0.8]))


def test_routing_shares_a_capsule_out_over_the_classes():
    says = torch.randn(4, 3, 10, 6, generator=torch.Generator().manual_seed(0))
    capsules, shares = route(says, 3)
    assert capsules.shape == (4, 3, 6) and shares.shape == (4, 3, 10)
    assert torch.allclose(shares.sum(dim=1), torch.ones(4, 10))
    assert torch.equal(route(says, 1)[1], torch.full((4, 3, 10), 1 / 3)), "nothing is known at the first pass"


def test_routing_by_hand():
    """Two capsules agree on class 0 and contradict each other on class 1: they turn to class 0."""
    says = torch.tensor([[[[1.0], [1.0]], [[1.0], [-1.0]]]])  # 1 x 2 classes x 2 capsules x 1 value
    capsules, shares = route(says, 2)
    # first pass: shares of a half, sums 1 and 0; lengths 1 / 2 and 0; agreement 0.5 and 0
    turned = torch.tensor([0.5, 0.0]).softmax(dim=0)
    assert torch.allclose(shares[0, :, 0], turned) and torch.allclose(shares[0, :, 1], turned)
    total = 2 * turned[0].item()
    assert capsules[0, 0].item() == pytest.approx(total**2 / (1 + total**2))
    assert capsules[0, 1].item() == pytest.approx(0)


def test_only_the_last_pass_of_routing_carries_a_gradient():
    """How capsules share themselves out is a constant to the gradient."""
    says = torch.randn(2, 3, 5, 4, generator=torch.Generator().manual_seed(0)).requires_grad_()
    towards = torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(1))
    capsules, shares = route(says, 3)
    (found,) = torch.autograd.grad((capsules * towards).sum(), says)
    last = squash(torch.einsum("bkn,bknd->bkd", shares.detach(), says))
    (expected,) = torch.autograd.grad((last * towards).sum(), says)
    assert not shares.requires_grad and found.abs().max() > 0.1
    assert torch.allclose(found, expected, atol=1e-6)


def test_margin_loss_by_hand():
    lengths = torch.tensor([[0.99, 0.01, 0.0], [0.5, 0.31, 0.99], [0.0, 0.0, 0.0]])
    found = margin_losses(lengths, torch.tensor([0, 1, 2]))
    second = (0.99 - 0.31) ** 2 + 0.5 * ((0.5 - 0.01) ** 2 + (0.99 - 0.01) ** 2)
    assert found.tolist() == pytest.approx([0, second, 0.99**2])


def test_too_small_a_face_is_refused():
    with pytest.raises(InputError, match="at least 136 pixels"):
        CapsuleConfig(size=128)
    assert CapsuleConfig(size=136).side == 1
