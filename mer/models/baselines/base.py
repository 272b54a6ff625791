"""What training and testing need to know of a baseline network."""

from torch import Tensor, nn
from torch.nn.functional import cross_entropy


class BaselineNetwork(nn.Module):
    """A classifier of images (B, C, H, W) that also says what it saw, and how it is to be judged."""

    def features(self, images: Tensor) -> Tensor:
        """What the last layer sees: (B, F)."""
        raise NotImplementedError

    def classify(self, features: Tensor) -> Tensor:
        """Scores (B, classes) of such features."""
        raise NotImplementedError

    def forward(self, images: Tensor) -> Tensor:
        """Scores of the classes, the greatest wins.

        Args:
            images: float32 (B, C, H, W), of the size that the network's configuration says.

        Returns:
            (B, classes).
        """
        return self.classify(self.features(images))

    def losses(self, scores: Tensor, labels: Tensor) -> Tensor:
        """Loss of each sample, (B,), from scores (B, classes) and int64 labels (B,): cross-entropy."""
        return cross_entropy(scores, labels, reduction="none")

    def probabilities(self, scores: Tensor) -> Tensor:
        """Scores as (B, classes) of at least 0 that sum to 1, in the same order."""
        return scores.softmax(dim=1)
