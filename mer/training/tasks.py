"""What a training step computes of one batch: the losses. The same for a model alone and for models stacked as one."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from mer.models.dgm import DGM
from mer.models.dgm_loss import TERMS, DGMLoss, DGMLossConfig, dgm_loss
from mer.models.frl_dgt import FRLDGT
from mer.models.fusion import TransformerFusion
from mer.models.map_fusion import MapFusion
from mer.training.device import mixed_precision


class FusionTask(nn.Module):
    """Classification by a Transformer Fusion, from image stacks that are there."""

    #: What `forward` returns.
    LOSSES: Sequence[str] = ("classification",)

    def __init__(self, fusion: TransformerFusion | MapFusion, label_smoothing: float, precision: str) -> None:
        super().__init__()
        self.fusion = fusion
        self.label_smoothing, self.precision = label_smoothing, precision

    def forward(self, images: Tensor, boxes: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
        """Loss of a batch, float32, (1,).

        Args:
            images: (B, M, H, W).
            boxes: (B, 9, 4).
            targets: float, (B, classes), soft labels.
            weights: of the classes, (classes,).
        """
        with mixed_precision(images.device, self.precision):
            logits = self.fusion(images, boxes).logits
        loss = cross_entropy(logits.float(), targets, weight=weights, label_smoothing=self.label_smoothing)
        return loss[None]


class JointTask(nn.Module):
    """Classification end to end, and the DGM's own losses."""

    LOSSES: Sequence[str] = ("sum", "classification", "total", *TERMS)

    def __init__(
        self, model: FRLDGT, loss: DGMLossConfig, own_losses: bool, label_smoothing: float, precision: str
    ) -> None:
        """``own_losses`` False: classification alone; the other losses are 0."""
        super().__init__()
        self.model = model
        self.loss, self.own_losses = loss, own_losses
        self.label_smoothing, self.precision = label_smoothing, precision

    def forward(
        self,
        onset: Tensor,
        others: Tensor,
        boxes: Tensor,
        labels: Tensor,
        weights: Tensor,
        more: Tensor | None = None,
        motion: Tensor | None = None,
    ) -> Tensor:
        """Losses of a batch, float32, (7,) as named by `LOSSES`; the first is what is minimised.

        Args:
            onset: (B, C, H, W).
            others: (B, S, C, H, W).
            boxes: (B, 9, 4).
            labels: int64, (B,).
            weights: of the classes, (classes,).
            more: (2, R, C, H, W), random pairs for the DGM's own losses.
            motion: (B, S, 2 or 1, H, W), where it is not the DGM that makes it.
        """
        model = self.model
        first, second = model.as_pairs(onset, others)
        shown = len(first)
        if more is not None:
            first, second = torch.cat([first, more[0]]), torch.cat([second, more[1]])
        with mixed_precision(onset.device, self.precision):
            raw = model.generate(first, second) if motion is None else motion.flatten(0, 1)
            logits = model.classify(first[:shown], second[:shown], boxes, raw[:shown]).logits
        classification = cross_entropy(logits.float(), labels, weight=weights, label_smoothing=self.label_smoothing)
        if self.own_losses:
            own = dgm_loss(first, second, raw.float(), model.config.dgm.alpha, self.loss)
        else:
            own = DGMLoss(*(classification.new_zeros(()) for _ in range(1 + len(TERMS))))
        return torch.stack([classification + own.total, classification, *_terms(own)])


class PretrainTask(nn.Module):
    """The DGM's own losses alone."""

    LOSSES: Sequence[str] = ("total", *TERMS)

    def __init__(self, dgm: DGM, loss: DGMLossConfig, precision: str) -> None:
        super().__init__()
        self.dgm, self.loss, self.precision = dgm, loss, precision

    def forward(self, first: Tensor, second: Tensor, seen_first: Tensor, seen_second: Tensor) -> Tensor:
        """Losses of a batch of pairs, float32, (5,).

        Args:
            first, second: (B, C, H, W), which the loss compares.
            seen_first, seen_second: the same as the module sees them, perhaps with noise.
        """
        with mixed_precision(first.device, self.precision):
            raw = self.dgm(seen_first, seen_second)
        return torch.stack(_terms(dgm_loss(first, second, raw.float(), self.dgm.config.alpha, self.loss)))


def _terms(loss: DGMLoss) -> list[Tensor]:
    """The total, and the terms for the history, through which no gradient passes."""
    return [loss.total, *(getattr(loss, name).detach() for name in TERMS)]
