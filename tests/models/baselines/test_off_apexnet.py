import pytest
import torch

from mer.core.errors import InputError
from mer.models.baselines.off_apexnet import OFFApexNet, OFFApexNetConfig


def test_the_layers_have_807909_numbers():
    convolutions = (2 * 9 * 6 + 6) + (6 * 9 * 16 + 16)  # 114 + 880
    hidden = 7 * 7 * 16 * 1024 + 1024  # 28 halved twice is 7
    last = 1024 * 3 + 3
    network = OFFApexNet(OFFApexNetConfig())
    assert sum(value.numel() for value in network.parameters()) == convolutions + hidden + last == 807_909


def test_shapes_and_that_only_training_drops():
    network, images = OFFApexNet(OFFApexNetConfig()), torch.rand(5, 2, 28, 28)
    assert network.features(images).shape == (5, 1024) and network(images).shape == (5, 3)
    assert not torch.equal(network(images), network(images))
    network.eval()
    assert torch.equal(network(images), network(images))


def test_a_network_by_hand():
    """One filter takes u as it is; what is left after two poolings by 2 are the maxima of blocks of 4 x 4."""
    network = OFFApexNet(OFFApexNetConfig(size=8)).eval()
    with torch.no_grad():
        for value in network.parameters():
            value.zero_()
        network.conv1.weight[0, 0, 1, 1] = 1
        network.conv2.weight[0, 0, 1, 1] = 1
        network.hidden.weight[0, :4] = torch.tensor([1.0, 2, 3, 4])
        network.linear.weight[2, 0] = 10
    images = torch.zeros(1, 2, 8, 8)
    images[0, 0, 1, 2], images[0, 0, 6, 7], images[0, 1] = 0.5, 0.25, 9
    images[0, 0, 0, 5] = -1
    assert network(images).tolist() == [[0, 0, 10 * (0.5 * 1 + 0.25 * 4)]]


def test_a_size_that_cannot_be_pooled_twice_is_refused():
    with pytest.raises(InputError, match="30; expected a multiple of 4"):
        OFFApexNetConfig(size=30)
