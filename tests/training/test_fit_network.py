from dataclasses import replace

import pytest
import torch
from torch import nn

from mer.core.errors import InputError
from mer.core.seeds import seed_for
from mer.models.baselines.registry import BASELINES, new_baseline
from mer.models.baselines.sssnet import SSSNetConfig
from mer.training.fit_network import NetworkFitConfig, fit_network

FEW = NetworkFitConfig(epochs=3, batch=5, learning_rate=1e-3)
SIZES = SSSNetConfig(size=28, squashed=False)


def _data(n=12, size=28, seed=0):
    made = torch.Generator().manual_seed(seed)
    return torch.rand(n, 3, size, size, generator=made), torch.arange(n) % 3


def _fitted(config=FEW, seed=0, watch=None):
    network = new_baseline(SIZES, 3, 0)
    rows = fit_network(network, *_data(), config, seed, watch=watch and watch(network))
    return network, rows


def _same(one, other):
    return all(torch.equal(value, other.state_dict()[name]) for name, value in one.state_dict().items())


def test_the_same_seed_gives_the_same_bits_and_another_does_not():
    torch.manual_seed(1)
    first, rows = _fitted()
    torch.manual_seed(2)  # torch's own random numbers do not matter
    expected = torch.rand(3)
    torch.manual_seed(2)
    again, others = _fitted()
    assert torch.equal(torch.rand(3), expected), "and are left as they were"
    assert rows == others and _same(first, again)
    assert not _same(first, _fitted(seed=1)[0])


def test_who_watches_changes_no_bit():
    epochs = []

    def watch(network):
        def look(epoch):
            epochs.append(epoch)
            network.eval()
            torch.rand(7)  # as anything that draws would
            with torch.no_grad():
                network(torch.rand(4, 3, 28, 28))

        return look

    watched, rows = _fitted(watch=watch)
    alone, others = _fitted()
    assert epochs == [1, 2, 3] and rows == others
    assert watched.training and _same(watched, alone)


@pytest.mark.parametrize("name", ["off-apexnet", "sssnet", "rcn-a", "flow-resnet"])
def test_every_network_learns_twelve_samples_by_heart(name):
    """Adam for all: whether the published rates suffice is not the question here."""
    baseline = BASELINES[name]
    sizes = baseline.sizes(size=28)
    images, labels = _data()
    network = new_baseline(sizes, 3, 0)
    config = NetworkFitConfig(epochs=80, batch=12, learning_rate=2e-3)
    given = images[:, : len(baseline.channels)]
    rows = fit_network(network, given, labels, config, 0, losses=network.losses)
    assert [row["step"] for row in rows] == list(range(10, 81, 10))
    assert rows[-1]["classification"] < rows[0]["classification"]
    with torch.no_grad():
        assert torch.equal(network.eval()(given).argmax(dim=1), labels)


class _Bias(nn.Module):
    """Scores that are the same for every sample."""

    def __init__(self, start=0.0):
        super().__init__()
        self.bias = nn.Parameter(torch.full((2,), start))
        self.sizes = []

    def forward(self, images):
        self.sizes.append(len(images))
        return self.bias.expand(len(images), -1)


def _bias(config, labels, start=0.0):
    network = _Bias(start)
    rows = fit_network(network, torch.zeros(len(labels), 1, 2, 2), torch.tensor(labels), config, 0)
    return network, rows


def test_one_step_of_gradient_descent_by_hand():
    """The gradient of each score is its probability minus how often it is right: 0.5 - 0.75 for the first."""
    config = NetworkFitConfig(epochs=1, batch=4, learning_rate=0.4, optimiser="sgd")
    network, rows = _bias(config, [0, 0, 0, 1])
    assert network.bias.tolist() == pytest.approx([0.1, -0.1])
    assert rows == [{"step": 1, "phase": "network", "classification": pytest.approx(0.6931, abs=1e-4)}]
    balanced = NetworkFitConfig(epochs=1, batch=4, learning_rate=0.4, optimiser="sgd", balance="loss")
    assert _bias(balanced, [0, 0, 0, 1])[0].bias.tolist() == pytest.approx([0, 0], abs=1e-7)


def test_momentum_and_weight_decay_by_hand():
    config = NetworkFitConfig(epochs=2, batch=2, learning_rate=1.0, optimiser="sgd", momentum=0.5, weight_decay=0.1)
    network, _ = _bias(config, [0, 0])
    first = 0.5  # step against the gradient -0.5 of the right score
    share = torch.tensor([first, -first]).softmax(0)[0].item()
    gradient = (share - 1) + 0.1 * first
    assert network.bias[0].item() == pytest.approx(first - (gradient + 0.5 * -0.5))


def test_two_steps_of_adam_with_weight_decay_by_hand():
    """The decay is part of the gradient: without it the first score would rise from 1, beside it fall less."""
    config = NetworkFitConfig(epochs=1, batch=2, learning_rate=0.1, weight_decay=1.0)
    first = torch.tensor([-0.5 + 1, 0.5 + 1])
    network, _ = _bias(config, [0, 0], start=1.0)
    assert network.bias.tolist() == pytest.approx([0.9, 0.9])  # at first every gradient is divided by its own size
    network, _ = _bias(replace(config, epochs=2), [0, 0], start=1.0)
    second = torch.tensor([-0.5 + 0.9, 0.5 + 0.9])
    mean = (0.9 * 0.1 * first + 0.1 * second) / (1 - 0.9**2)
    square = (0.999 * 0.001 * first**2 + 0.001 * second**2) / (1 - 0.999**2)
    assert network.bias.tolist() == pytest.approx((0.9 - 0.1 * mean / square.sqrt()).tolist(), abs=1e-6)


def test_schedules_by_hand():
    """One sample whose gradient hardly changes: the way gone is the sum of the rates."""
    rates = {
        "constant": [1, 1, 1, 1],
        "step": [1, 1, 0.5, 0.5],
        "cosine": [1, (1 + 2**-0.5) / 2, 0.5, (1 - 2**-0.5) / 2],
    }
    for schedule, expected in rates.items():
        config = NetworkFitConfig(
            epochs=4, batch=1, learning_rate=1e-4, optimiser="sgd", momentum=0, schedule=schedule, decay_every=2
        )
        found = _bias(config, [0])[0].bias[0].item()
        assert found == pytest.approx(0.5e-4 * sum(expected), rel=1e-3), schedule


def test_what_is_left_of_an_epoch_makes_a_smaller_batch():
    network, _ = _bias(NetworkFitConfig(epochs=2, batch=3, learning_rate=0.1), [0, 1] * 4)
    assert network.sizes == [3, 3, 2] * 2
    network, _ = _bias(NetworkFitConfig(epochs=1, batch=100, learning_rate=0.1), [0, 1] * 4)
    assert network.sizes == [8]


def test_each_epoch_goes_through_every_clip_in_a_new_order_or_draws_classes_equally():
    labels = torch.tensor([0] * 90 + [1] * 10)
    images = torch.arange(100.0).view(-1, 1, 1, 1)
    for balance in ("none", "sampling"):
        seen = []
        network = _Bias()
        network.register_forward_pre_hook(lambda _, given, seen=seen: seen.append(given[0].flatten()))
        config = NetworkFitConfig(epochs=20, batch=100, learning_rate=0.1, balance=balance)
        fit_network(network, images, labels, config, 0)
        if balance == "none":
            assert all(torch.equal(one.sort().values, images.flatten()) for one in seen)
            assert not torch.equal(seen[0], seen[1])
        else:
            assert 0.4 < (torch.cat(seen) >= 90).float().mean() < 0.6


def test_the_clips_of_a_batch_are_those_that_runs_were_made_with():
    """Written down here once more: another way to draw would change every kept score."""
    labels = torch.tensor([0] * 9 + [1] * 4)
    images = torch.arange(13.0).view(-1, 1, 1, 1)
    for balance in ("none", "loss", "sampling"):
        seen, expected = [], []
        network = _Bias()
        network.register_forward_pre_hook(lambda _, given, seen=seen: seen.append(given[0].flatten().long()))
        fit_network(network, images, labels, NetworkFitConfig(2, 5, 0.1, balance=balance), 3)
        for epoch in (1, 2):
            made = torch.Generator().manual_seed(seed_for("order", 3, epoch))
            chance = torch.where(labels == 0, 1 / 9, 1 / 4)
            drawn = (
                torch.randperm(13, generator=made)
                if balance != "sampling"
                else chance.multinomial(13, True, generator=made)
            )
            expected += drawn.split(5)
        assert [one.tolist() for one in seen] == [one.tolist() for one in expected], balance


def test_values_out_of_range_are_refused():
    with pytest.raises(InputError, match="batch of NetworkFitConfig is 0"):
        NetworkFitConfig(epochs=1, batch=0, learning_rate=0.1)
    with pytest.raises(InputError, match="momentum"):
        NetworkFitConfig(epochs=1, batch=1, learning_rate=0.1, momentum=2)
