"""FRL-DGT whole: displacement generation, then Transformer Fusion (Zhai et al., CVPR 2023)."""

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from mer.core.errors import InputError
from mer.models.dgm import DGM, DGMConfig
from mer.models.fusion import FusionConfig, FusionOutput, TransformerFusion
from mer.models.gradient import scale_gradient
from mer.models.motion_input import MotionConfig


@dataclass(frozen=True)
class FRLDGTConfig:
    """The model.

    Attributes:
        dgm, fusion: its two parts.
        motion: what stands between them: source of the motion, and how it is equalised.
        classes: number of classes.
        image_channels: 1 (grey) or 3.
        appearance: whether onset and apex themselves go to the Transformer Fusion beside the displacement. Paper: M
            channels stacked, M Unstated; 4 (onset, apex, two of displacement) is our reading. Deviation when False.
        gradient_scale: factor on the classification gradient that reaches the DGM; paper: 1e-6.
        sequence: frames that a clip is interpolated to (`mer.motion.tim`) in the sequence model FRL-DGT-S, 10 in the
            paper; 0 for the onset-apex pair.
    """

    dgm: DGMConfig = field(default_factory=DGMConfig)
    fusion: FusionConfig = field(default_factory=FusionConfig)
    motion: MotionConfig = field(default_factory=MotionConfig)
    classes: int = 3
    image_channels: int = 1
    appearance: bool = True
    gradient_scale: float = 1e-6
    sequence: int = 0

    def __post_init__(self) -> None:
        """Refuse parts that do not go together."""
        if self.sequence and self.sequence < 3:
            raise InputError(f"sequence is {self.sequence}; expected 3 frames or more, or 0 for the onset-apex pair.")
        if self.sequence and self.motion.source == "dynamic_image":
            raise InputError(
                "sequence is "
                f"{self.sequence} and motion.source 'dynamic_image', which sums a clip into one image. "
                "Choose 'dgm' or 'flow', or sequence 0."
            )

    @property
    def pairs(self) -> int:
        """Pairs a clip: the onset with every other frame of a sequence, or with the apex."""
        return max(1, self.sequence - 1)

    @property
    def channels(self) -> int:
        """Channels that the Transformer Fusion sees of a pair."""
        return self.motion.channels + (2 * self.image_channels if self.appearance else 0)

    def motion_channels(self) -> list[int]:
        """Which of a clip's channels are motion, pair after pair, x before y."""
        first = self.channels - self.motion.channels
        return [pair * self.channels + first + k for pair in range(self.pairs) for k in range(self.motion.channels)]


@dataclass
class FRLDGTOutput(FusionOutput):
    """Fusion output with the motion that it saw.

    ``raw`` is the DGM's field D^ (B, 2, H, W) and ``displacement`` is alpha times it; of a sequence that of the pair
    with the largest motion. Both are None where the motion is a dynamic image.
    """

    raw: Tensor | None = None
    displacement: Tensor | None = None


class FRLDGT(nn.Module):
    """Onset-apex pair (or a sequence) and AU boxes to class logits."""

    def __init__(self, config: FRLDGTConfig) -> None:
        super().__init__()
        self.config = config
        self.dgm = DGM(config.dgm) if config.motion.source == "dgm" else None
        self.fusion = TransformerFusion(config.fusion, config.channels, config.classes, times=config.pairs)

    def forward(self, onset: Tensor, apex: Tensor, boxes: Tensor, motion: Tensor | None = None) -> FRLDGTOutput:
        """Generate the displacement and classify.

        Args:
            onset: float, (B, 1 or 3, H, W), values in [0, 1].
            apex: the same; of a sequence (B, S, 1 or 3, H, W), its other frames.
            boxes: (B, 9, 4), AU boxes of the onset frame as fractions of the image.
            motion: as `generate` returns it, where it is not the DGM that makes it.
        """
        first, second = self.as_pairs(onset, apex)
        return self.classify(first, second, boxes, self.generate(first, second) if motion is None else motion)

    def as_pairs(self, onset: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
        """Onset (B, C, H, W) with each of its S other frames (B, S, C, H, W) as two batches of B S frames."""
        if others.ndim == 4:
            return onset, others
        return onset.repeat_interleave(others.shape[1], dim=0), others.flatten(0, 1)

    def generate(self, first: Tensor, second: Tensor) -> Tensor:
        """The raw motion of pairs of frames: (N, 2, H, W), the DGM's D^."""
        if self.dgm is None:
            raise InputError(
                f"This model's motion is {self.config.motion.source!r}, which is computed beforehand "
                "(mer.training.inputs) and given to it. Give a run whose displacement the DGM generates (variant M9)."
            )
        return self.dgm(first, second)

    def classify(self, first: Tensor, second: Tensor, boxes: Tensor, raw: Tensor) -> FRLDGTOutput:
        """Classify with motion generated before: N = B S pairs, ``boxes`` (B, 9, 4), ``raw`` (N, 2 or 1, H, W)."""
        out = self.fusion(self.stack(first, second, raw), boxes)
        if self.config.motion.source == "dynamic_image":
            return FRLDGTOutput(**vars(out))
        shown = raw
        if self.config.pairs > 1:
            by_clip = raw.unflatten(0, (-1, self.config.pairs))
            largest = by_clip.abs().mean((2, 3, 4)).argmax(dim=1)
            shown = by_clip[torch.arange(len(by_clip), device=raw.device), largest]
        return FRLDGTOutput(**vars(out), raw=shown, displacement=self.config.dgm.alpha * shown)

    def stack(self, first: Tensor, second: Tensor, raw: Tensor) -> Tensor:
        """What the Transformer Fusion sees: for each pair (onset, apex,) motion, (B, S M, H, W)."""
        motion = scale_gradient(self.config.motion.equalised(raw, self.config.pairs), self.config.gradient_scale)
        images = torch.cat([first - 0.5, second - 0.5, motion], dim=1) if self.config.appearance else motion
        return images.reshape(-1, self.config.pairs * images.shape[1], *images.shape[2:])
