"""Many STSTNets computed as one, for a GPU: grouped convolution, statistics and a linear layer for each of them."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, conv2d, max_pool2d

from mer.models.ststnet import FILTERS, POOLED, STSTNet

#: Places of a channel of the convolution.
PLACES = 30 * 30


class StackedSTSTNet:
    """F networks in training mode; each has its own batch, dropout and statistics, nothing passes between them.

    Batches may be of different sizes: they are filled up with samples that do not count.

    Attributes:
        parameters: leaves, (16 F, ...) or (F, ...); Adam on them is Adam on each network.
    """

    def __init__(self, networks: Sequence[STSTNet]) -> None:
        """Copy the networks' values; `put_back` returns them."""
        self.count = len(networks)
        first = networks[0].norm
        assert first.momentum is not None
        self.eps, self.momentum = first.eps, first.momentum
        self.weight, self.bias = (self._joined(networks, f"conv.{name}") for name in ("weight", "bias"))
        self.scale, self.shift = (self._joined(networks, f"norm.{name}") for name in ("weight", "bias"))
        self.linear_weight = torch.stack([one.linear.weight.detach().T for one in networks])  # F x 400 x classes
        self.linear_bias = torch.stack([one.linear.bias.detach()[None] for one in networks])
        self.parameters = [self.weight, self.bias, self.scale, self.shift, self.linear_weight, self.linear_bias]
        for value in self.parameters:
            value.requires_grad_()
        self.mean, self.variance = (self._joined(networks, f"norm.running_{name}") for name in ("mean", "var"))
        self.batches = int(first.num_batches_tracked or 0)

    def scores(self, images: Tensor, keep: Tensor, counts: Tensor) -> Tensor:
        """Scores of each network's batch; running statistics move on.

        Args:
            images: (F, B, 3, 28, 28).
            keep: bool, (F, B, 16, 10, 10), what dropout keeps.
            counts: bool, (F, B), which samples count; the scores of the others mean nothing.

        Returns:
            (F, B, classes).
        """
        networks, batch = images.shape[:2]
        side_by_side = images.transpose(0, 1).reshape(batch, -1, *images.shape[-2:])  # B x 3 F x 28 x 28
        z = conv2d(side_by_side, self.weight, self.bias, padding=2, groups=networks).relu()
        mean, variance = self._statistics(z, counts)
        factor = self.scale * (variance + self.eps).rsqrt()
        sign = torch.where(self.scale.detach() < 0, -1.0, 1.0)[:, None, None]
        # normalisation keeps the order of values or turns it round: pool first, a ninth of the values is left to it
        pooled = max_pool2d(z * sign, 3, stride=3, padding=1) * sign
        normed = pooled * factor[:, None, None] + (self.shift - factor * mean)[:, None, None]
        kept = normed * (2.0 * keep.transpose(0, 1).reshape(batch, -1, POOLED, POOLED))
        seen = avg_pool2d(kept, 2).view(batch, networks, -1).transpose(0, 1)  # F x B x 400
        return torch.baddbmm(self.linear_bias, seen, self.linear_weight)

    @torch.no_grad()
    def put_back(self, networks: Sequence[STSTNet]) -> None:
        """Give the networks, in their order, the values as they are now."""
        for k, one in enumerate(networks):
            own = slice(k * FILTERS, (k + 1) * FILTERS)
            values = {"conv.weight": self.weight[own], "conv.bias": self.bias[own]}
            values |= {"norm.weight": self.scale[own], "norm.bias": self.shift[own]}
            values |= {"norm.running_mean": self.mean[own], "norm.running_var": self.variance[own]}
            values |= {"linear.weight": self.linear_weight[k].T, "linear.bias": self.linear_bias[k, 0]}
            values["norm.num_batches_tracked"] = torch.tensor(self.batches)
            one.load_state_dict({name: value.detach().clone() for name, value in values.items()})

    def _statistics(self, z: Tensor, counts: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and variance of every channel over the samples that count, (16 F) each."""
        share = counts.to(z.dtype)
        values = share.sum(dim=1) * PLACES  # F
        share = (share / values[:, None]).T.repeat_interleave(FILTERS, dim=1)  # B x 16 F
        mean = (z.sum(dim=(2, 3)) * share).sum(dim=0)
        centred = z - mean[:, None, None]  # a second pass: squares of grey values leave too few digits for a difference
        variance = ((centred * centred).sum(dim=(2, 3)) * share).sum(dim=0)
        with torch.no_grad():
            unbiased = (values / (values - 1)).repeat_interleave(FILTERS)
            self.mean.lerp_(mean, self.momentum)
            self.variance.lerp_(variance * unbiased, self.momentum)
        self.batches += 1
        return mean, variance

    @staticmethod
    def _joined(networks: Sequence[STSTNet], name: str) -> Tensor:
        """One value of all networks, along its first axis; a copy."""
        return torch.cat([one.state_dict()[name] for one in networks]).clone()
