"""STSTNet up to its linear layer for training on a CPU: one step forwards and one back that store no activation."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from mer.models.ststnet import POOLED, STSTNet
from mer.models.ststnet_features import features, spread_gradient
from mer.models.ststnet_kernel import ROWS, backward, forward, pack_weights


def fused_scores(model: STSTNet, images: np.ndarray, rows: Tensor, keep: Tensor) -> Tensor:
    """What ``model`` in training mode says of some images: statistics of the batch, running ones moved on.

    Args:
        model: on the CPU.
        images: all of them (`mer.models.ststnet_kernel.pad_images`).
        rows: int64 (B,), which make the batch.
        keep: bool (B, 16, 10, 10), what dropout keeps.

    Returns:
        (B, classes), as of `STSTNet.forward`. The images get no gradient.
    """
    conv, norm = model.conv, model.norm
    assert norm.running_mean is not None and norm.running_var is not None
    assert norm.num_batches_tracked is not None and norm.momentum is not None
    given = (conv.weight, conv.bias, norm.weight, norm.bias, norm.eps, images, rows, keep)
    seen, mean, variance = _Fused.apply(*given)
    count = len(rows) * ROWS * ROWS
    with torch.no_grad():
        norm.running_mean.lerp_(mean, norm.momentum)
        norm.running_var.lerp_(variance * (count / (count - 1)), norm.momentum)
        norm.num_batches_tracked += 1
    return model.linear(seen)


class _Fused(torch.autograd.Function):
    """Normalisation keeps the order of values, or turns it round where its scale is negative: the maximum (minimum) is
    taken before it, and only what is pooled is ever normalised.
    """

    @staticmethod
    def forward(
        ctx: Any,
        weight: Tensor,
        bias: Tensor,
        scale: Tensor,
        shift: Tensor,
        eps: float,
        images: np.ndarray,
        rows: Tensor,
        keep: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        packed = pack_weights(weight.numpy(), bias.numpy())
        sign = np.where(scale.numpy() < 0, np.float32(-1), np.float32(1))
        pooled, place, total, squares = forward(images, rows.numpy(), packed, sign)
        count = len(rows) * ROWS * ROWS
        mean = total / count
        variance = np.maximum(squares / count - mean**2, 0)
        inverse = (variance + eps) ** -0.5
        factor = scale.double().numpy() * inverse
        kept = keep.numpy().view(np.uint8).reshape(*pooled.shape[:2], POOLED * POOLED)
        seen = features(pooled, kept, _single(factor), _single(shift.double().numpy() - factor * mean))
        ctx.of_images = images, rows.numpy(), packed
        ctx.of_pooling = kept, pooled, place
        ctx.of_norm = mean, inverse, factor
        means = torch.from_numpy(_single(mean)), torch.from_numpy(_single(variance))
        ctx.mark_non_differentiable(*means)
        return torch.from_numpy(seen).flatten(1), *means

    @staticmethod
    def backward(ctx: Any, gradient: Tensor, *_: Tensor) -> tuple[Any, ...]:
        images, rows, packed = ctx.of_images
        kept, pooled, place = ctx.of_pooling
        mean, inverse, factor = ctx.of_norm
        seen = gradient.contiguous().numpy().reshape(*pooled.shape[:2], -1)
        spread, shift, products = spread_gradient(seen, kept, pooled)
        scale = (products - mean * shift) * inverse  # sum of gradient times normalised value
        count = len(rows) * ROWS * ROWS
        # before normalisation: factor (g - mean of g - normalised value times mean of g normalised), at every place
        slope = -factor * inverse * scale / count
        offset = -factor * shift / count - slope * mean
        weights, biases = backward(
            images, rows, packed, _single(offset), _single(slope), _single(factor), spread, pooled, place
        )
        found = (weights.reshape(-1, 3, 3, 3), biases, scale, shift)
        return (*(torch.from_numpy(_single(value)) for value in found), None, None, None, None)


def _single(values: np.ndarray) -> np.ndarray:
    return values.astype(np.float32)
