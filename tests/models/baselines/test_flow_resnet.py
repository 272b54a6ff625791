import pytest
import torch

from mer.core.errors import InputError
from mer.models.baselines.flow_resnet import FlowResNet, FlowResNetConfig
from mer.models.baselines.residual import ResidualBlock


def _count(network):
    return sum(value.numel() for value in network.parameters())


def test_the_layers_have_77587_numbers():
    first = 3 * 9 * 16 + 2 * 16
    stages = [
        2 * (16 * 9 * 16 + 2 * 16),
        (16 * 9 * 32 + 64) + (32 * 9 * 32 + 64) + (16 * 32 + 64),  # the last: the projection
        (32 * 9 * 64 + 128) + (64 * 9 * 64 + 128) + (32 * 64 + 128),
    ]
    last = 64 * 3 + 3
    assert _count(FlowResNet(FlowResNetConfig())) == first + sum(stages) + last == 77_587
    more = FlowResNet(FlowResNetConfig(blocks=2))
    added = sum(2 * (width * 9 * width + 2 * width) for width in (16, 32, 64))
    assert _count(more) == 77_587 + added


def test_shapes():
    network, images = FlowResNet(FlowResNetConfig()).eval(), torch.rand(5, 3, 28, 28)
    assert network.stages(network.first(images)).shape == (5, 64, 7, 7)
    assert network.features(images).shape == (5, 64) and network(images).shape == (5, 3)
    assert torch.equal(network(images), network(images))


def test_a_block_whose_convolutions_give_nothing_passes_on_what_it_gets():
    block, given = ResidualBlock(4, 4).eval(), torch.rand(2, 4, 6, 6)
    assert not torch.allclose(block(given), given)
    with torch.no_grad():
        block.conv2.weight.zero_()
    assert torch.equal(block(given), given)
    assert ResidualBlock(4, 8, 2)(given).shape == (2, 8, 3, 3)


def test_a_halving_block_passes_on_every_other_place():
    block, given = ResidualBlock(1, 2, 2).eval(), torch.arange(25.0).view(1, 1, 5, 5)
    with torch.no_grad():
        block.conv2.weight.zero_()
        block.straight[0].weight.copy_(torch.tensor([1.0, 10]).view(2, 1, 1, 1))
    every_other = given[0, 0, ::2, ::2]
    assert torch.allclose(block(given)[0], torch.stack([every_other, 10 * every_other]), rtol=1e-4)


def test_no_stage_is_refused():
    with pytest.raises(InputError, match="at least one number above 0"):
        FlowResNetConfig(widths=())
