"""RCN-A: a recurrent convolution on an image of flow and strain, with an attention unit that has no weights of its own.

Source: Xia et al., "Revealing the invisible with model and data shrinking for composite-database micro-expression
recognition", IEEE TIP 2020; github.com/xiazhaoqiang/ParameterFreeRCNs-MicroExpressionRec (``MeNets.py``: ``RCN_A`` in
its version 3, ``RclBlock``, ``SpatialAttentionBlock_P``).
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d, max_pool2d

from mer.core.limits import check_limits
from mer.models.baselines.base import BaselineNetwork
from mer.models.baselines.dropout import CheapDropout

#: How often the recurrent convolution is applied.
PASSES = 2


@dataclass(frozen=True)
class RCNConfig:
    """Sizes of an RCN-A.

    Deviation: where an attention map is the same everywhere it counts as 0; the authors' code divides 0 by 0.

    Attributes:
        size: pixels a side of the input. Unstated in the authors' code; 60 in the rerun of github.com/tvaranka/meb.
        maps: channels; 32 in the authors' README, 64 by default in their training script.
        pool: side of what the classifier sees; 5 in their README, 7 by default in their script.
        dropout: after the first convolution and after the recurrent one; torch's 0.5 in their code.
    """

    size: int = 60
    maps: int = 32
    pool: int = 5
    dropout: float = 0.5

    def __post_init__(self) -> None:
        """Refuse values that the layers would stumble over."""
        check_limits(self, {"size": (8, None), "maps": (1, None), "pool": (1, None), "dropout": (0, 1)})


class RCNA(BaselineNetwork):
    """Convolution of 5 x 5, one recurrent layer, and a linear layer on places weighed by attention.

    Each convolution is followed by batch normalisation and ReLU. The recurrent layer begins with ``y = f(x)``, f of
    1 x 1, and goes on with ``y = r(x + y)``, twice with one and the same r of 3 x 3.

    Args:
        config: the sizes.
        classes: number of classes.
        channels: of the input.
    """

    def __init__(self, config: RCNConfig, classes: int = 3, channels: int = 3) -> None:
        super().__init__()
        self.pool, maps = config.pool, config.maps
        self.first = _conv(channels, maps, 5, 0)
        self.forwards = _conv(maps, maps, 1, 0)
        self.recurrent = _conv(maps, maps, 3, 1)
        self.dropout = CheapDropout(config.dropout)
        self.linear = nn.Linear(maps * self.pool**2, classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        nn.init.normal_(self.linear.weight, 0, 0.01)
        nn.init.zeros_(self.linear.bias)

    def features(self, images: Tensor) -> Tensor:
        """Pooled output of the recurrent layer times the attention: (B, maps * pool * pool)."""
        # Pooling before ReLU gives the same as after it, of fewer numbers.
        x = self.dropout(max_pool2d(self.first(images), 2).relu())  # B x maps x 28 x 28 of 60 x 60
        y = self.forwards(x).relu()
        for _ in range(PASSES):
            y = self.recurrent(x + y).relu()
        seen = adaptive_avg_pool2d(self.dropout(max_pool2d(y, 2)), self.pool)
        return (seen * self.attention(x)).flatten(1)

    def attention(self, first: Tensor) -> Tensor:
        """How much each place counts, from the first layer's output and the classifier's own weights.

        A class's map is the mean over channels of weight times output, stretched to 0 to 1; the attention is the mean
        over the classes.

        Args:
            first: (B, maps, H, W).

        Returns:
            (B, 1, pool, pool), 0 to 1.
        """
        pooled = adaptive_avg_pool2d(first, self.pool)
        weights = self.linear.weight.view(-1, *pooled.shape[1:])
        maps = torch.einsum("kmij,bmij->bkij", weights, pooled) / pooled.shape[1]
        maps = maps - maps.amin(dim=(2, 3), keepdim=True)
        return (maps / maps.amax(dim=(2, 3), keepdim=True).clamp_min(1e-30)).mean(dim=1, keepdim=True)

    def classify(self, features: Tensor) -> Tensor:
        """Scores (B, classes)."""
        return self.linear(features)


def _conv(inputs: int, outputs: int, kernel: int, padding: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, kernel, padding=padding), nn.BatchNorm2d(outputs))
