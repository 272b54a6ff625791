import pytest
import torch

from mer.models.baselines.rcn import RCNA, RCNConfig


def _count(network):
    return sum(value.numel() for value in network.parameters())


def test_the_layers_have_15331_numbers_and_the_recurrent_ones_count_once():
    first = 3 * 25 * 32 + 32 + 2 * 32  # convolution and normalisation
    forwards = 32 * 32 + 32 + 2 * 32
    recurrent = 32 * 32 * 9 + 32 + 2 * 32  # once, though it is applied twice
    last = 5 * 5 * 32 * 3 + 3  # the attention has no weights of its own
    assert _count(RCNA(RCNConfig())) == first + forwards + recurrent + last == 15_331
    wide = RCNA(RCNConfig(maps=64, pool=7))
    assert _count(wide) == 4864 + 128 + 4160 + 128 + 36928 + 128 + (49 * 64 * 3 + 3) == 55_747


def test_the_recurrent_convolution_is_applied_twice():
    network, seen = RCNA(RCNConfig(size=20)), []
    network.recurrent.register_forward_hook(lambda *given: seen.append(given[2]))
    network(torch.rand(2, 3, 20, 20))
    assert len(seen) == 2 and not torch.equal(*seen)


def test_shapes_and_that_only_training_drops():
    network, images = RCNA(RCNConfig(size=20)), torch.rand(5, 3, 20, 20)
    assert network.features(images).shape == (5, 800) and network(images).shape == (5, 3)
    assert not torch.equal(network(images), network(images))
    network.eval()
    assert torch.equal(network(images), network(images))


def test_attention_by_hand():
    """Two channels, two classes, 2 x 2 places."""
    network = RCNA(RCNConfig(maps=2, pool=2), classes=2)
    with torch.no_grad():
        network.linear.weight[0] = torch.tensor([1.0, 0, 0, 2, 0, 0, 0, 4])  # channel 0, then channel 1
        network.linear.weight[1] = torch.tensor([0.0, 0, -1, 0, 0, 0, 0, 0])
    first = torch.tensor([[[1.0, 1], [1, 1]], [[2, 2], [2, 1]]])[None]
    # class 0: means over the channels 0.5, 0, 0, (2 + 4) / 2 = 3, which become 1/6, 0, 0, 1
    # class 1: 0, 0, -0.5, 0, which become 1, 1, 0, 1
    expected = torch.tensor([[(1 / 6 + 1) / 2, 0.5], [0, 1]])
    assert torch.allclose(network.attention(first)[0, 0], expected)


def test_attention_that_says_nothing_is_zero_and_gives_no_nan():
    network = RCNA(RCNConfig(maps=4, pool=2))
    assert network.attention(torch.zeros(3, 4, 6, 6)).tolist() == torch.zeros(3, 1, 2, 2).tolist()
    network(torch.zeros(3, 3, 20, 20)).sum().backward()
    assert all(torch.isfinite(value.grad).all() for value in network.parameters())


def test_the_start_is_the_authors():
    network = RCNA(RCNConfig())
    assert network.linear.weight.std().item() == pytest.approx(0.01, rel=0.1)
    assert network.linear.bias.abs().max() == 0
    wide = (2 / (32 * 9)) ** 0.5  # Kaiming, by what a filter gives
    assert network.recurrent[0].weight.std().item() == pytest.approx(wide, rel=0.05)
