"""STSTNet as one would write it down: three streams, torch's own layers, one fold after another on all threads."""

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, cross_entropy

from mer.models.ststnet import FILTERS, POOLED, SEEN, STREAMS, STSTNet
from mer.training.counted import coins, orders, substream
from mer.training.fit_ststnet import DROPOUT, ORDER, STSTNetFitConfig


class ThreeStreams(nn.Module):
    """The published layers, a stream at a time. The numbers are those of an `STSTNet`, cut in three."""

    def __init__(self, model: STSTNet) -> None:
        """Copy the network's values."""
        super().__init__()
        self.streams = nn.ModuleList(nn.Sequential(nn.Conv2d(3, k, 3, padding=2), nn.BatchNorm2d(k)) for k in STREAMS)
        self.linear = nn.Linear(FILTERS * SEEN * SEEN, model.linear.out_features)
        self.linear.load_state_dict(model.linear.state_dict())
        first = 0
        for stream, filters in zip(self.streams, STREAMS, strict=True):
            for layer, of_all in zip(
                stream.children(), (model.conv.state_dict(), model.norm.state_dict()), strict=True
            ):
                own = {name: value[first : first + filters] if value.ndim else value for name, value in of_all.items()}
                layer.load_state_dict(own)
            first += filters

    def forward(self, images: Tensor, keep: Tensor | None = None) -> Tensor:
        """As `STSTNet.forward`."""
        parts = []
        for stream in self.streams:
            conv, norm = stream.children()
            parts.append(nn.functional.max_pool2d(norm(conv(images).relu()), 3, stride=3, padding=1))
        pooled = torch.cat(parts, dim=1)
        if keep is not None:
            pooled = pooled * (2.0 * keep)
        return self.linear(avg_pool2d(pooled, 2).flatten(1))


def plain_fit(
    network: ThreeStreams, images: Tensor, labels: Tensor, training: Tensor, seed: int, config: STSTNetFitConfig
) -> list[float]:
    """Fit one fold in place; the mean loss of every epoch. Order of clips and dropout as in `fit_ststnets`."""
    optimiser = torch.optim.Adam(network.parameters(), config.learning_rate)
    streams = torch.tensor([seed], device=images.device)
    size = torch.tensor([len(training)], device=images.device)
    network.train()
    history, step = [], 0
    order = torch.arange(len(training), device=images.device)
    for epoch in range(1, config.epochs + 1):
        if config.shuffle:
            order = orders(substream(substream(streams, ORDER), epoch), size, len(training))[0]
        losses = []
        for rows in training[order].split(config.batch):
            step += 1
            keep = coins(substream(substream(streams, DROPOUT), step), (config.batch, FILTERS, POOLED, POOLED))[0]
            loss = cross_entropy(network(images[rows], keep[: len(rows)]), labels[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(loss.detach())
        history.append(torch.stack(losses).mean())
    return torch.stack(history).tolist() if history else []
