"""FRL-DGT whole: displacement generation, then Transformer Fusion (Zhai et al., CVPR 2023)."""

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from mer.models.dgm import DGM, DGMConfig
from mer.models.fusion import FusionConfig, FusionOutput, TransformerFusion
from mer.models.gradient import scale_gradient


@dataclass(frozen=True)
class FRLDGTConfig:
    """The model.

    Attributes:
        dgm, fusion: its two parts.
        classes: number of classes.
        image_channels: 1 (grey) or 3.
        appearance: whether onset and apex themselves go to the Transformer Fusion beside the displacement. Paper: M
            channels stacked, M Unstated; 4 (onset, apex, two of displacement) is our reading. Deviation when False.
        gradient_scale: factor on the classification gradient that reaches the DGM; paper: 1e-6.
    """

    dgm: DGMConfig = field(default_factory=DGMConfig)
    fusion: FusionConfig = field(default_factory=FusionConfig)
    classes: int = 3
    image_channels: int = 1
    appearance: bool = True
    gradient_scale: float = 1e-6


@dataclass
class FRLDGTOutput(FusionOutput):
    """Fusion output and ``raw``, the DGM's field D^ (B, 2, H, W), and ``displacement`` = alpha * D^."""

    raw: Tensor
    displacement: Tensor


class FRLDGT(nn.Module):
    """Onset-apex pair and AU boxes to class logits."""

    def __init__(self, config: FRLDGTConfig) -> None:
        super().__init__()
        self.config = config
        self.dgm = DGM(config.dgm)
        channels = 2 + (2 * config.image_channels if config.appearance else 0)
        self.fusion = TransformerFusion(config.fusion, channels, config.classes)

    def forward(self, onset: Tensor, apex: Tensor, boxes: Tensor) -> FRLDGTOutput:
        """Generate the displacement and classify.

        Args:
            onset, apex: float, (B, 1 or 3, H, W), values in [0, 1].
            boxes: (B, 9, 4), AU boxes of the onset frame as fractions of the image.
        """
        return self.classify(onset, apex, boxes, self.dgm(onset, apex))

    def classify(self, onset: Tensor, apex: Tensor, boxes: Tensor, raw: Tensor) -> FRLDGTOutput:
        """Classify with a displacement generated before (``raw`` as `DGM.forward` returns it)."""
        out = self.fusion(self.stack(onset, apex, raw), boxes)
        return FRLDGTOutput(**vars(out), raw=raw, displacement=self.dgm.displacement(raw))

    def stack(self, onset: Tensor, apex: Tensor, raw: Tensor) -> Tensor:
        """The channels that the Transformer Fusion sees: (onset, apex,) displacement x, displacement y."""
        motion = scale_gradient(self.dgm.for_fusion(raw), self.config.gradient_scale)
        return torch.cat([onset - 0.5, apex - 0.5, motion], dim=1) if self.config.appearance else motion
