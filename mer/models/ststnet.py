"""STSTNet: a shallow network of three streams on small optical-flow images.

Source: Liong et al., "Shallow Triple Stream Three-dimensional CNN (STSTNet) for Micro-expression Recognition", FG
2019, with the layers of the authors' code.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d

#: Filters of the three streams, of all together, and side of the images.
STREAMS = (3, 5, 8)
FILTERS = sum(STREAMS)
SIDE = 28
#: Side of the pooled convolution, and of what the linear layer sees.
POOLED, SEEN = 10, 5


class STSTNet(nn.Module):
    """Convolution, ReLU, batch normalisation, max-pooling, dropout; average pooling and a linear layer.

    The three streams see the same image through 3, 5 and 8 filters of one size and are put side by side, so they are
    one convolution of 16 filters: the same function of the same 1683 numbers (three classes).

    Batch normalisation comes after the ReLU, as in the authors' code.

    Args:
        classes: number of classes.
    """

    conv: nn.Conv2d
    norm: nn.BatchNorm2d
    linear: nn.Linear

    def __init__(self, classes: int = 3) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, FILTERS, 3, padding=2)
        self.norm = nn.BatchNorm2d(FILTERS)
        self.linear = nn.Linear(FILTERS * SEEN * SEEN, classes)

    def forward(self, images: Tensor, keep: Tensor | None = None) -> Tensor:
        """Scores of the classes.

        Args:
            images: (B, 3, 28, 28): u, v and strain as grey values 0 to 255, not rescaled.
            keep: bool, (B, 16, 10, 10), what dropout keeps, each with a chance of a half; None drops nothing.

        Returns:
            (B, classes).
        """
        return self.classify(self.pooled(images), keep)

    def pooled(self, images: Tensor) -> Tensor:
        """What the convolution gives after normalisation and max-pooling: (B, 16, 10, 10)."""
        return nn.functional.max_pool2d(self.norm(self.conv(images).relu()), 3, stride=3, padding=1)

    def classify(self, pooled: Tensor, keep: Tensor | None = None) -> Tensor:
        """Scores (B, classes) of the pooled convolution (B, 16, 10, 10)."""
        return self.linear(self.features(pooled if keep is None else pooled * (2.0 * keep)))

    def features(self, pooled: Tensor) -> Tensor:
        """What the linear layer sees: (B, 400)."""
        return avg_pool2d(pooled, 2).flatten(1)


def new_ststnet(seed: int, classes: int = 3) -> STSTNet:
    """A network with torch's own initial weights, drawn from ``seed`` alone; torch's global stream stays."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed % 2**32)
        return STSTNet(classes)
