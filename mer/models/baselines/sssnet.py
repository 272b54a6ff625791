"""SSSNet: a shallow network of two convolutions on an image of flow and strain.

Source: Varanka et al., "Data leakage and evaluation issues in micro-expression analysis", TAFFC 2024, with the layers
of their code, github.com/tvaranka/meb (``meb/models/me_networks.py``; the notebook "Figure 2. Different F1-metrics" of
its experiments trains it).
"""

from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn.functional import max_pool2d

from mer.core.limits import check_limits
from mer.models.baselines.base import BaselineNetwork
from mer.models.baselines.dropout import CheapDropout

#: Filters of the two convolutions, and width of the hidden layer.
FILTERS, HIDDEN = (32, 64), 256


@dataclass(frozen=True)
class SSSNetConfig:
    """Sizes of an SSSNet.

    Attributes:
        size: pixels a side of the input; 64 in the code.
        dropout: of whole channels after each convolution, of single values before the last layer; 0.5 in the code.
        squashed: whether the scores go through a softmax before the loss, which takes another one. It is an oddity of
            the run that the fixed-epoch reference number comes from (the loss cannot fall below 0.55), kept to be
            comparable; the network's own default in that code is without.
    """

    size: int = 64
    dropout: float = 0.5
    squashed: bool = True

    def __post_init__(self) -> None:
        """Refuse sizes of which nothing is left after the layers."""
        check_limits(self, {"size": (22, None), "dropout": (0, 1)})

    @property
    def seen(self) -> int:
        """Side of what the hidden layer sees: 64 -> 60 -> 20 -> 18 -> 9."""
        return ((self.size - 4) // 3 - 2) // 2


class SSSNet(BaselineNetwork):
    """Twice: convolution without border, ReLU, max-pooling, batch normalisation, dropout. Then two linear layers.

    Args:
        config: the sizes.
        classes: number of classes.
        channels: of the input.
    """

    def __init__(self, config: SSSNetConfig, classes: int = 3, channels: int = 3) -> None:
        super().__init__()
        self.squashed = config.squashed
        self.conv1 = nn.Conv2d(channels, FILTERS[0], 5)
        self.norm1 = nn.BatchNorm2d(FILTERS[0])
        self.conv2 = nn.Conv2d(FILTERS[0], FILTERS[1], 3)
        self.norm2 = nn.BatchNorm2d(FILTERS[1])
        self.drop_channels = nn.Dropout2d(config.dropout)
        self.hidden = nn.Linear(FILTERS[1] * config.seen**2, HIDDEN)
        self.dropout = CheapDropout(config.dropout)
        self.linear = nn.Linear(HIDDEN, classes)

    def features(self, images: Tensor) -> Tensor:
        """Hidden layer after its ReLU: (B, 256)."""
        # Pooling before ReLU gives the same as after it, of fewer numbers.
        seen = self.drop_channels(self.norm1(max_pool2d(self.conv1(images), 3).relu()))  # B x 32 x 20 x 20
        seen = self.drop_channels(self.norm2(max_pool2d(self.conv2(seen), 2).relu()))  # B x 64 x 9 x 9
        return self.hidden(seen.flatten(1)).relu()

    def classify(self, features: Tensor) -> Tensor:
        """Scores (B, classes); ``squashed`` ones are at least 0 and sum to 1."""
        scores = self.linear(self.dropout(features))
        return scores.softmax(dim=1) if self.squashed else scores

    def probabilities(self, scores: Tensor) -> Tensor:
        """Squashed scores are probabilities already."""
        return scores if self.squashed else super().probabilities(scores)
