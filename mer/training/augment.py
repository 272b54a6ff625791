"""Augmentation of training samples, on the device, whole batches at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from mer.face.regions import MIRROR_REGIONS
from mer.motion.warp import identity_grid


@dataclass(frozen=True)
class AugmentConfig:
    """What is done to a training sample; test samples are never touched.

    Attributes:
        flip: mirror half of the samples: frames, boxes, and the displacement with its x component negated.
        drift: deviation of a random affine field added to the displacement, as a fraction of its range: heads move a
            little, and the class must not depend on it. Deviation (0 in the paper's configuration).
        box_jitter: deviation of the boxes' borders, as a fraction of the image. Deviation.
        scale: the displacement is multiplied by up to this factor or its inverse. Deviation.
        noise: deviation of white noise added to the images. Deviation.
        mix: parameter of the Beta distribution that two samples are mixed by (Zhang et al. 2018), 0 for none.
            Deviation.
    """

    flip: bool = True
    drift: float = 0.0
    box_jitter: float = 0.0
    scale: float = 1.0
    noise: float = 0.0
    mix: float = 0.0


def mirror_boxes(boxes: Tensor) -> Tensor:
    """Boxes (..., 9, 4) of the mirrored image, in the usual order."""
    x0, y0, x1, y1 = boxes[..., _index(MIRROR_REGIONS, boxes.device), :].unbind(-1)
    return torch.stack([1 - x1, y0, 1 - x0, y1], dim=-1)


def flip_some(images: Tensor, boxes: Tensor, negated: tuple[int, ...], which: Tensor) -> tuple[Tensor, Tensor]:
    """Mirror the samples where ``which`` (bool, (B,)) is true; the channels ``negated`` are x components of motion."""
    sign = images.new_ones(images.shape[1]).index_fill_(0, _index(negated, images.device), -1)
    mirrored = images.flip(-1) * sign[:, None, None]
    return (
        torch.where(which[:, None, None, None], mirrored, images),
        torch.where(which[:, None, None], mirror_boxes(boxes), boxes),
    )


@dataclass(frozen=True)
class AugmentDraws:
    """What was drawn at random for a batch of B samples; None for what is not done.

    Attributes:
        flip: bool, (B,).
        exponent: (B, 1, 1, 1), in [-1, 1], of the factor on the displacement.
        linear, shift: (B, 2, 2) and (B, 2), the affine field added to it.
        noise: (B, M, H, W).
        jitter: (B, 9, 4).
    """

    flip: Tensor | None = None
    exponent: Tensor | None = None
    linear: Tensor | None = None
    shift: Tensor | None = None
    noise: Tensor | None = None
    jitter: Tensor | None = None


def draw_augment(
    images: Sequence[int], boxes: Sequence[int], config: AugmentConfig, generator: torch.Generator
) -> AugmentDraws:
    """Random numbers for a batch, always drawn in this order.

    Args:
        images, boxes: shapes of the batch.
        config: how much of each.
        generator: of the device that the batch is on.
    """
    batch, device = images[0], generator.device

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator, device=device)

    def uniform(*shape: int) -> Tensor:
        return torch.rand(shape, generator=generator, device=device)

    return AugmentDraws(
        flip=uniform(batch) < 0.5 if config.flip else None,
        exponent=2 * uniform(batch, 1, 1, 1) - 1 if config.scale != 1 else None,
        linear=normal(batch, 2, 2) if config.drift else None,
        shift=normal(batch, 2) if config.drift else None,
        noise=normal(*images) if config.noise else None,
        jitter=normal(*boxes) if config.box_jitter else None,
    )


def augment_motion(
    images: Tensor, boxes: Tensor, motion: Sequence[int], config: AugmentConfig, drawn: AugmentDraws
) -> tuple[Tensor, Tensor]:
    """Flip, drift, scale, noise and box jitter for stacks that hold a displacement.

    Args:
        images: (B, M, H, W).
        boxes: (B, 9, 4).
        motion: channels of the displacement, x and y component in turn, of one pair or of several; a single channel is
            no displacement (a dynamic image) and is mirrored like an image.
        config: how much of each.
        drawn: of `draw_augment`.
    """
    fields = tuple(motion) if len(motion) > 1 else ()
    if drawn.flip is not None:
        images, boxes = flip_some(images, boxes, fields[::2], drawn.flip)
    if drawn.linear is not None or drawn.exponent is not None or drawn.noise is not None:
        images = images.clone()
        channels = _index(fields, images.device)
        field = images[:, channels]
        if drawn.exponent is not None:
            field = field * config.scale**drawn.exponent
        if drawn.linear is not None and drawn.shift is not None:
            grid = identity_grid(images.shape[-2], images.shape[-1], images.device)
            linear = torch.einsum("bij,jhw->bihw", drawn.linear * 0.5, grid)
            drift = config.drift * (linear + drawn.shift[:, :, None, None])
            field = field + drift.repeat(1, len(fields) // 2, 1, 1)
        images[:, channels] = field
        if drawn.noise is not None:
            images = images + config.noise * drawn.noise
    if drawn.jitter is not None:
        boxes = boxes + config.box_jitter * drawn.jitter
    return images, boxes


def draw_mix(batch: int, alpha: float) -> tuple[Tensor, Tensor]:
    """Share of each sample of a batch (float32, (B,)), and which other it is mixed with (int64, (B,)).

    Drawn from torch's own random numbers, which the fold has seeded: the Beta distribution takes no generator.
    """
    return torch.distributions.Beta(alpha, alpha).sample((batch,)), torch.randperm(batch)


def mix_samples(images: Tensor, targets: Tensor, share: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
    """Mixup: each sample blended with another of the batch, its soft target (B, classes) likewise.

    Args:
        images: (B, M, H, W).
        targets: (B, classes).
        share, other: of `draw_mix`, on the images' device.
    """
    wide = share[:, None, None, None]
    return wide * images + (1 - wide) * images[other], share[:, None] * targets + (1 - share[:, None]) * targets[other]


@cache
def _index(places: tuple[int, ...], device: torch.device) -> Tensor:
    """Places along a dimension, int64, made once: indexed by a list, a GPU waits for a copy of it in every step."""
    return torch.tensor(places, dtype=torch.int64, device=device)
