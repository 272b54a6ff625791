import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from mer.bench.ststnet_plain import ThreeStreams
from mer.models.ststnet import STSTNet, new_ststnet
from mer.models.ststnet_fused import fused_scores
from mer.models.ststnet_kernel import forward, pack_weights, pad_images
from mer.models.ststnet_stacked import StackedSTSTNet


def _batch(n=6, seed=0):
    made = torch.Generator().manual_seed(seed)
    images = torch.randint(0, 256, (n, 3, 28, 28), generator=made).float()
    labels = torch.randint(0, 3, (n,), generator=made)
    keep = torch.rand(n, 16, 10, 10, generator=made) < 0.5
    return images, labels, keep


def _varied(seed=0, turned=False):
    """A network whose normalisation does something, with some scales below zero where ``turned``."""
    network = new_ststnet(seed)
    with torch.no_grad():
        network.norm.weight.uniform_(0.5, 1.5)
        network.norm.bias.normal_()
        if turned:
            network.norm.weight[::3] *= -1
    return network


def _gradients(network):
    return {name: value.grad for name, value in network.named_parameters()}


def test_the_published_layers_have_1683_numbers_and_give_400_features():
    network = STSTNet().eval()
    assert sum(value.numel() for value in network.parameters()) == 84 + 140 + 224 + 2 * 16 + 1203 == 1683
    images = _batch(2)[0]
    assert network.conv(images).shape == (2, 16, 30, 30)
    assert network.pooled(images).shape == (2, 16, 10, 10)
    assert network.features(network.pooled(images)).shape == (2, 400)
    assert network(images).shape == (2, 3)


def test_normalisation_comes_after_the_relu():
    network = STSTNet()
    pooled = network.pooled(_batch(8)[0])
    assert pooled.min() < 0, "a ReLU after the normalisation would leave nothing below zero"


def test_one_convolution_is_the_three_streams():
    network = _varied()
    streams = ThreeStreams(network)
    images, labels, keep = _batch()
    assert sum(value.numel() for value in streams.parameters()) == 1683
    for model in (network, streams):
        cross_entropy(model(images, keep), labels).backward()
    assert torch.allclose(network(images, keep), streams(images, keep), atol=1e-5)
    whole = torch.cat([conv.weight.grad for conv, _ in streams.streams])
    assert torch.allclose(network.conv.weight.grad, whole, atol=1e-5)
    means = torch.cat([norm.running_mean for _, norm in streams.streams])
    assert torch.allclose(network.norm.running_mean, means, rtol=1e-5)


def test_dropout_keeps_the_mean_of_what_it_keeps():
    network = STSTNet().eval()
    pooled = torch.ones(1, 16, 10, 10)
    keep = torch.zeros_like(pooled, dtype=torch.bool)
    keep[..., ::2] = True
    assert torch.allclose(network.classify(pooled, keep), network.classify(pooled), atol=1e-5)


def test_a_seed_gives_the_same_network_and_leaves_torchs_own_numbers():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    first = new_ststnet(1)
    assert torch.equal(torch.rand(3), expected)
    assert torch.equal(first.conv.weight, new_ststnet(1).conv.weight)
    assert not torch.equal(first.conv.weight, new_ststnet(2).conv.weight)


@pytest.mark.parametrize("turned", [False, True])
def test_the_compiled_step_is_torchs(turned):
    images, labels, keep = _batch(9)
    rows = torch.tensor([7, 0, 3, 3, 8])
    plain, fast = _varied(turned=turned), _varied(turned=turned)
    fast.load_state_dict(plain.state_dict())
    scores = plain(images[rows], keep[:5])
    found = fused_scores(fast, pad_images(images.numpy()), rows, keep[:5])
    assert torch.allclose(scores, found, atol=1e-5)
    cross_entropy(scores, labels[rows]).backward()
    cross_entropy(found, labels[rows]).backward()
    for name, gradient in _gradients(plain).items():
        assert torch.allclose(gradient, _gradients(fast)[name], rtol=1e-4, atol=2e-5), name
    for name, value in plain.state_dict().items():
        assert torch.allclose(value, fast.state_dict()[name], rtol=1e-5), name


def test_pooling_by_hand():
    images = np.zeros((1, 3, 28, 28), np.float32)
    images[0, 0, 0, 0] = 5  # of the padded image row and column 2, which the tap in the middle sees at 1, 1
    weight, bias = np.zeros((8, 3, 3, 3), np.float32), np.zeros(8, np.float32)
    weight[0, 0, 1, 1], bias[1] = 2, 3
    packed = pack_weights(weight, bias)
    pooled, place, total, squares = forward(pad_images(images), np.array([0]), packed, np.ones(8, np.float32))
    assert pooled[0, 0, 0] == 10 and place[0, 0, 0] == 32 + 1
    assert pooled[0, 0, 1:].max() == 0
    assert total[0] == 10 and squares[0] == 100
    assert (pooled[0, 1] == 3).all() and total[1] == 3 * 900, "idle columns must not count"


def test_constant_images_give_no_nan():
    network = new_ststnet(0)
    images = torch.zeros(4, 3, 28, 28)
    keep = torch.ones(4, 16, 10, 10, dtype=torch.bool)
    scores = fused_scores(network, pad_images(images.numpy()), torch.arange(4), keep)
    cross_entropy(scores, torch.zeros(4, dtype=torch.long)).backward()
    assert all(torch.isfinite(gradient).all() for gradient in _gradients(network).values())


def test_stacked_networks_are_the_networks_with_batches_of_different_sizes():
    networks = [_varied(0), _varied(1, turned=True)]
    alone = [_varied(0), _varied(1, turned=True)]
    for one, other in zip(alone, networks, strict=True):
        one.load_state_dict(other.state_dict())
    stacked = StackedSTSTNet(networks)
    images, labels, keep = _batch(5)
    counts = torch.ones(2, 5, dtype=torch.bool)
    counts[1, 3:] = False
    keeps = torch.stack([keep, ~keep])
    scores = stacked.scores(images.expand(2, -1, -1, -1, -1), keeps, counts)
    for k, size in enumerate((5, 3)):
        expected = alone[k](images[:size], keeps[k, :size])
        assert torch.allclose(scores[k, :size], expected, atol=1e-5)
        cross_entropy(expected, labels[:size]).backward()
        cross_entropy(scores[k, :size], labels[:size]).backward(retain_graph=True)
        own = stacked.weight.grad[16 * k : 16 * k + 16]
        assert torch.allclose(own, alone[k].conv.weight.grad, rtol=1e-4, atol=2e-5)
    stacked.put_back(networks)
    for one, other in zip(alone, networks, strict=True):
        for name, value in one.state_dict().items():
            assert torch.allclose(value, other.state_dict()[name], rtol=1e-4), name
