import math

import pytest
import torch

from mer.core.errors import InputError
from mer.models.baselines.sssnet import SSSNet, SSSNetConfig


def test_the_layers_have_1349251_numbers():
    first = 3 * 25 * 32 + 32 + 2 * 32  # convolution and normalisation: 2432 + 64
    second = 32 * 9 * 64 + 64 + 2 * 64  # 18496 + 128
    hidden = 9 * 9 * 64 * 256 + 256  # 64 -> 60 -> 20 -> 18 -> 9
    last = 256 * 3 + 3
    network = SSSNet(SSSNetConfig())
    assert sum(value.numel() for value in network.parameters()) == first + second + hidden + last == 1_349_251


def test_shapes_and_that_only_training_drops():
    network, images = SSSNet(SSSNetConfig(size=28)), torch.rand(5, 3, 28, 28)
    assert network.features(images).shape == (5, 256) and network(images).shape == (5, 3)
    assert not torch.equal(network(images), network(images))
    network.eval()
    assert torch.equal(network(images), network(images))


def test_normalisation_comes_after_the_relu():
    network = SSSNet(SSSNetConfig(size=28, dropout=0))
    seen = []
    network.conv2.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    network(torch.rand(8, 3, 28, 28))
    assert seen[0].min() < 0, "a ReLU after the normalisation would leave nothing below zero"


def test_a_softmax_before_the_loss_keeps_it_above_its_floor():
    squashed, plain = SSSNet(SSSNetConfig(size=28)), SSSNet(SSSNetConfig(size=28, squashed=False))
    labels, sure = torch.tensor([1]), torch.zeros(1, 256)
    for network in (squashed.eval(), plain.eval()):
        with torch.no_grad():
            network.linear.bias.copy_(torch.tensor([0.0, 50, 0]))
    assert squashed.classify(sure)[0].tolist() == pytest.approx([0, 1, 0])
    floor = -math.log(math.e / (math.e + 2))  # 0.5514: cross-entropy of the scores 0, 1, 0
    assert squashed.losses(squashed.classify(sure), labels).item() == pytest.approx(floor)
    assert plain.losses(plain.classify(sure), labels).item() == pytest.approx(0, abs=1e-6)
    for network in (squashed, plain):
        assert network.probabilities(network.classify(sure)).sum().item() == pytest.approx(1)


def test_squashed_scores_are_the_probabilities_and_others_become_them():
    squashed, plain = SSSNet(SSSNetConfig(size=28)).eval(), SSSNet(SSSNetConfig(size=28, squashed=False)).eval()
    features = torch.randn(6, 256, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        plain.load_state_dict(squashed.state_dict())
        scores = squashed.classify(features)
        assert torch.equal(squashed.probabilities(scores), scores)
        assert scores.sum(dim=1).tolist() == pytest.approx([1] * 6) and scores.std(dim=1).min() > 0.01
        assert torch.equal(plain.probabilities(plain.classify(features)), scores)


def test_too_small_a_size_is_refused():
    with pytest.raises(InputError, match="size of SSSNetConfig is 12"):
        SSSNetConfig(size=12)
