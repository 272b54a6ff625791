"""Convolutions with what follows them folded in, in the memory layout that the processor's library is fastest at."""

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, leaky_relu_

from mer.models.dgm import DGM, ConvolutionBlock


class FoldedConvolution(nn.Module):
    """Convolution with its batch normalisation folded into the weights, channels last, then leaky ReLU.

    Both leave three quarters of the time of the paper's DGM; its convolutions then run at four fifths of what the
    processor can do. Measured and left out: weights brought into the library's own blocks beforehand with the leaky
    ReLU inside the convolution (another 4 %, by functions of torch that are not public), a frozen graph (no gain), and
    the products of Winograd, which need half the multiply-adds and twice the memory traffic, and lose digits.
    """

    def __init__(self, convolution: nn.Conv2d, norm: nn.Module | None = None) -> None:
        """Fold.

        Args:
            convolution: zero padding.
            norm: what follows it: batch normalisation is folded, another one is kept; None also for no leaky ReLU.
        """
        super().__init__()
        weight = convolution.weight.detach()
        bias = weight.new_zeros(len(weight)) if convolution.bias is None else convolution.bias.detach()
        self.leaky, self.norm = norm is not None, norm
        if isinstance(norm, nn.BatchNorm2d):
            scale, shift = scale_and_shift(norm)
            weight, bias, self.norm = weight * scale[:, None, None, None], bias * scale + shift, None
        self.stride, self.padding = convolution.stride, convolution.padding
        self.weight: Tensor
        self.bias: Tensor
        self.register_buffer("weight", weight.contiguous(memory_format=torch.channels_last))
        self.register_buffer("bias", bias)

    def forward(self, x: Tensor) -> Tensor:
        """``x``: (B, inputs, h, w) to (B, outputs, h', w'), channels last."""
        x = x.contiguous(memory_format=torch.channels_last)
        y = conv2d(x, self.weight, self.bias, self.stride, self.padding)
        y = y if self.norm is None else self.norm(y)
        return leaky_relu_(y, 0.2) if self.leaky else y


def fold_dgm(dgm: DGM) -> None:
    """Put folded convolutions in the place of a DGM's own; what it computes around them stays."""
    levels = [[_folded(block) for block in level.children()] for level in dgm.down]
    parts: dict[str, nn.Module] = {
        "stem": _folded(dgm.stem),
        "down": nn.ModuleList(nn.Sequential(*level) for level in levels),
        "narrow": nn.ModuleList(FoldedConvolution(cast(nn.Conv2d, one)) for one in dgm.narrow),
        "up": nn.ModuleList(_folded(block) for block in dgm.up),
        "last": FoldedConvolution(dgm.last),
    }
    for name, part in parts.items():
        setattr(dgm, name, part)


def scale_and_shift(norm: nn.BatchNorm1d | nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """What batch normalisation does to a channel once it is trained: ``x * scale + shift``, each (channels,)."""
    assert norm.running_mean is not None and norm.running_var is not None
    scale = norm.weight.detach() * (norm.running_var + norm.eps).rsqrt()
    return scale, norm.bias.detach() - norm.running_mean * scale


def _folded(block: nn.Module) -> FoldedConvolution:
    assert isinstance(block, ConvolutionBlock)
    convolution, norm, _ = block
    assert isinstance(convolution, nn.Conv2d)
    return FoldedConvolution(convolution, norm)
