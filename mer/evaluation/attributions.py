"""What a prediction rests on: integrated gradients of the classifier's inputs, and regions of the face without motion.

What is explained is the log-odds of a class, log p / (1 - p): its logit minus the logarithm of the summed exponentials
of all others. A softmax does not see a number that is added to all logits, so a logit alone says nothing of the
prediction, and what raises all logits alike would pass for a reason. The log-odds do not change then; unlike the
probability they do not saturate near 0 and 1, and what adds to them multiplies the odds p / (1 - p) by its exponential:
from the probability without motion and the change the probability of the clip can be reckoned.

Integrated gradients (Sundararajan et al., 2017; computed by Captum) add up to the difference of the class's log-odds
between the clip and a baseline. The baseline here is the same face without motion: the onset frame in place of the
apex, a displacement of zero. The part that the finite number of steps leaves unexplained, the convergence delta, is
returned and belongs on every figure.

The gradients are taken at the classifier's input (onset, apex, displacement), not through the displacement module: its
gradient is scaled by 1e-6 on purpose (`mer.models.gradient`), and a displacement is itself what one wants to see on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mer.core.errors import InputError
from mer.models.head_motion import without_head_motion
from mer.motion.warp import warp

Forward = Callable[..., Any]

#: Parts of the straight way from the baseline (0) to the input (1), integrated one by one. A model with normalisation
#: layers changes most in the first hundredth of it, where evenly spread points see nothing: on a fresh `small` model 64
#: even points left more unexplained than there was to explain, the same number over these parts a millionth.
SEGMENTS = (0.0, 1e-4, 1e-3, 1e-2, 1e-1, 1.0)


@dataclass(frozen=True)
class Attribution:
    """Attributions of one batch.

    Attributes:
        onset, apex: float32 (B, H, W), summed over colour channels; zeros when the classifier does not see the frames.
        displacement: float32 (B, 2, H, W), x and y.
        target: int64 (B,), the class index explained.
        log_odds, baseline_log_odds: float32 (B,), of that class, for the clip and without motion.
        delta: float32 (B,), sum of the attributions minus ``log_odds - baseline_log_odds``; near zero when converged.
        baseline_probability: float32 (B,), of that class, without motion. There is no class for a face at rest, so one
            of them has it.
    """

    onset: np.ndarray
    apex: np.ndarray
    displacement: np.ndarray
    target: np.ndarray
    log_odds: np.ndarray
    baseline_log_odds: np.ndarray
    delta: np.ndarray
    baseline_probability: np.ndarray


def logits_of(output: Any) -> Tensor:
    """Logits (B, classes) of what a model returned: a tensor, an object with ``logits`` or a mapping with that key."""
    if isinstance(output, Tensor):
        return output
    if isinstance(output, dict):
        return output["logits"]
    return output.logits


def log_odds(logits: Tensor) -> Tensor:
    """Logarithm of the odds p / (1 - p) of every class: its logit minus the log-sum-exp of the others.

    Args:
        logits: float (B, K), K at least 2.

    Returns:
        float (B, K).

    Raises:
        InputError: there is one class alone, whose probability is always 1.
    """
    classes = logits.shape[1]
    if classes < 2:
        raise InputError("Odds need two classes at least; the model has one. There is nothing to explain.")
    own = torch.eye(classes, dtype=torch.bool, device=logits.device)
    others = logits.unsqueeze(1).masked_fill(own, -torch.inf)  # B x K x K: row k without class k
    return logits - others.logsumexp(dim=2)


def integrated_gradients(
    forward: Forward,
    inputs: Sequence[Tensor],
    baselines: Sequence[Tensor],
    target: Tensor,
    steps: int = 64,
    batch: int = 16,
    extra: Sequence[Tensor] = (),
) -> tuple[tuple[Tensor, ...], Tensor]:
    """Integrated gradients of a class's log-odds from ``baselines`` to ``inputs``.

    Args:
        forward: called with the inputs, then ``extra``; returns logits (`logits_of`). Put the model in eval mode.
        inputs: tensors of the same first dimension B.
        baselines: same shapes.
        target: int64 (B,), class indices.
        steps: points on the way (Gauss-Legendre), shared by its `SEGMENTS`; more is closer.
        batch: samples evaluated at once, for memory.
        extra: tensors (B, ...) handed on without attribution, such as the boxes.

    Returns:
        One attribution tensor an input, and the convergence delta (B,).

    Raises:
        InputError: shapes of inputs and baselines differ.
    """
    from captum.attr import IntegratedGradients

    for position, (value, base) in enumerate(zip(inputs, baselines, strict=True)):
        if value.shape != base.shape:
            raise InputError(f"Input {position} has the shape {tuple(value.shape)}, its baseline {tuple(base.shape)}.")
    method = IntegratedGradients(lambda *tensors: log_odds(logits_of(forward(*tensors))), multiply_by_inputs=True)
    points = [
        tuple((base + at * (value - base)).detach() for value, base in zip(inputs, baselines, strict=True))
        for at in SEGMENTS
    ]
    total: list[Tensor] = [torch.zeros_like(value) for value in inputs]
    delta = torch.zeros(len(target), device=target.device)
    for start, end in pairwise(points):
        parts, rest = method.attribute(
            end,
            start,
            target=target,
            additional_forward_args=tuple(extra) or None,
            n_steps=max(2, round(steps / (len(SEGMENTS) - 1))),
            internal_batch_size=max(batch, len(target)),
            return_convergence_delta=True,
        )
        total = [sum_ + part.detach() for sum_, part in zip(total, parts, strict=True)]
        delta = delta + rest.detach()
    return tuple(total), delta


def attribute_clips(
    model: Any, onset: Tensor, apex: Tensor, boxes: Tensor, target: Tensor | None = None, steps: int = 64
) -> Attribution:
    """Attributions of an FRL-DGT model over onset, apex and the displacement it generated, against no motion.

    Args:
        model: `mer.models.frl_dgt.FRLDGT` (its ``dgm``, ``stack`` and ``fusion`` are used), in eval mode.
        onset: float (B, C, H, W) in [0, 1].
        apex: same.
        boxes: (B, 9, 4) fractions.
        target: class indices (B,); the predicted class when not given.
        steps: of `integrated_gradients`.
    """
    if model.training:
        raise InputError("The model is in training mode. Call model.eval() first: its dropout would blur attributions.")
    with torch.no_grad():
        raw = model.generate(onset, apex)
        inputs = model.stack(onset, apex, raw)
        baseline = model.stack(onset, onset, torch.zeros_like(raw))
        logits = logits_of(model.fusion(inputs, boxes))
        base_logits = logits_of(model.fusion(baseline, boxes))
    target = logits.argmax(1) if target is None else target
    (values,), delta = integrated_gradients(model.fusion, (inputs,), (baseline,), target, steps, extra=(boxes,))
    frames = (values.shape[1] - 2) // 2
    rows = torch.arange(len(target), device=target.device)
    return Attribution(
        onset=_numpy(values[:, :frames].sum(1)),
        apex=_numpy(values[:, frames : 2 * frames].sum(1)),
        displacement=_numpy(values[:, 2 * frames :]),
        target=target.cpu().numpy().astype(np.int64),
        log_odds=_numpy(log_odds(logits)[rows, target]),
        baseline_log_odds=_numpy(log_odds(base_logits)[rows, target]),
        delta=_numpy(delta),
        baseline_probability=_numpy(base_logits.softmax(1)[rows, target]),
    )


@torch.no_grad()
def occlusion_by_region(
    model: Any, onset: Tensor, apex: Tensor, boxes: Tensor, target: Tensor, soft: int = 3, raw: Tensor | None = None
) -> Tensor:
    """How much a class loses when one region moves only as the head does: its own motion is taken out.

    The region's displacement becomes that of the head (`mer.models.head_motion`: the similarity that fits the field
    best), its apex pixels those of the onset moved so. Pixels of the onset where they were would tear the face at the
    region's edge as soon as the head moves, and the loss would be that of the tear.

    Args:
        model: `mer.models.frl_dgt.FRLDGT` (its ``generate`` and ``classify`` are used), in eval mode.
        onset: float (B, C, H, W) in [0, 1].
        apex: same.
        boxes: (B, K, 4) fractions; each box is occluded in turn.
        target: int64 (B,), class indices.
        soft: pixels over which the replacement fades at the box's edge, so that no edge is made.
        raw: (B, 2, H, W), what the model generates of the pair, where that is known.

    Returns:
        float32 (B, K): log-odds of the target class minus those with the box still. Positive: the region speaks for
        the class.
    """
    rows = torch.arange(len(target), device=onset.device)
    raw = model.generate(onset, apex) if raw is None else raw
    own = without_head_motion(raw)
    still = warp(onset, model.config.dgm.alpha * (raw - own))

    def odds(second: Tensor, motion: Tensor) -> Tensor:
        return log_odds(logits_of(model.classify(onset, second, boxes, motion)).float())[rows, target]

    whole = odds(apex, raw)
    masks = region_masks(boxes, onset.shape[-2:], soft).unsqueeze(2)  # B x K x 1 x H x W
    losses = [whole - odds(apex + mask * (still - apex), raw - mask * own) for mask in masks.unbind(1)]
    return torch.stack(losses, dim=1)


def region_masks(boxes: Tensor, size: Sequence[int], soft: int = 3) -> Tensor:
    """Masks of boxes, float (B, K, H, W): 1 inside, falling to 0 over ``soft`` pixels outside, 0 beyond."""
    height, width = size
    y = torch.arange(height, device=boxes.device, dtype=boxes.dtype).view(1, 1, height, 1)
    x = torch.arange(width, device=boxes.device, dtype=boxes.dtype).view(1, 1, 1, width)
    x0, y0, x1, y1 = (boxes[..., k, None, None] * ((width if k % 2 == 0 else height) - 1) for k in range(4))
    outside = torch.stack(torch.broadcast_tensors(x0 - x, x - x1, y0 - y, y - y1)).amax(0).clamp(min=0)
    return (1 - outside / (soft + 1)).clamp(min=0)


def _numpy(values: Tensor) -> np.ndarray:
    return values.detach().float().cpu().numpy()
