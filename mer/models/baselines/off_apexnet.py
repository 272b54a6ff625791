"""OFF-ApexNet: two small convolutions and a wide layer on the horizontal and vertical flow from onset to apex.

Source: Gan et al., "OFF-ApexNet on micro-expression recognition system", Signal Processing: Image Communication 2019,
with the layers of github.com/tvaranka/meb (``meb/models/me_networks.py``).
"""

from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn.functional import max_pool2d

from mer.core.errors import InputError
from mer.core.limits import check_limits
from mer.models.baselines.base import BaselineNetwork
from mer.models.baselines.dropout import CheapDropout

#: Filters of the two convolutions, and width of the hidden layer.
FILTERS, HIDDEN = (6, 16), 1024


@dataclass(frozen=True)
class OFFApexNetConfig:
    """Sizes of an OFF-ApexNet.

    Deviation: the paper has a stream of its own for each flow component, joined before the wide layer; the layers here
    are those of the code that the fixed-epoch reference number comes from, one stream for both.

    Attributes:
        size: pixels a side of the input, a multiple of 4; 28 in the paper and the code.
        dropout: before each linear layer; 0.5 in the code.
    """

    size: int = 28
    dropout: float = 0.5

    def __post_init__(self) -> None:
        """Refuse sizes that cannot be pooled twice."""
        check_limits(self, {"size": (4, None), "dropout": (0, 1)})
        if self.size % 4:
            raise InputError(f"size of OFFApexNetConfig is {self.size}; expected a multiple of 4, for instance 28.")


class OFFApexNet(BaselineNetwork):
    """Twice: convolution of 3 x 3, ReLU, max-pooling by 2. Then two linear layers with dropout before each.

    Args:
        config: the sizes.
        classes: number of classes.
        channels: of the input.
    """

    def __init__(self, config: OFFApexNetConfig, classes: int = 3, channels: int = 2) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, FILTERS[0], 3, padding=1)
        self.conv2 = nn.Conv2d(FILTERS[0], FILTERS[1], 3, padding=1)
        self.hidden = nn.Linear(FILTERS[1] * (config.size // 4) ** 2, HIDDEN)
        self.linear = nn.Linear(HIDDEN, classes)
        self.dropout = CheapDropout(config.dropout)

    def features(self, images: Tensor) -> Tensor:
        """Hidden layer after its ReLU: (B, 1024)."""
        seen = max_pool2d(self.conv1(images), 2).relu()  # B x 6 x 14 x 14; the same as ReLU first, of fewer numbers
        seen = max_pool2d(self.conv2(seen), 2).relu()  # B x 16 x 7 x 7
        return self.hidden(self.dropout(seen.flatten(1))).relu()

    def classify(self, features: Tensor) -> Tensor:
        """Scores (B, classes)."""
        return self.linear(self.dropout(features))
