"""Augmentation of training samples, on the device, whole batches at once."""

from collections.abc import Sequence
from dataclasses import dataclass

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
    x0, y0, x1, y1 = boxes[..., list(MIRROR_REGIONS), :].unbind(-1)
    return torch.stack([1 - x1, y0, 1 - x0, y1], dim=-1)


def flip_some(images: Tensor, boxes: Tensor, negated: tuple[int, ...], which: Tensor) -> tuple[Tensor, Tensor]:
    """Mirror the samples where ``which`` (bool, (B,)) is true; the channels ``negated`` are x components of motion."""
    sign = images.new_ones(images.shape[1])
    sign[list(negated)] = -1
    mirrored = images.flip(-1) * sign[:, None, None]
    return (
        torch.where(which[:, None, None, None], mirrored, images),
        torch.where(which[:, None, None], mirror_boxes(boxes), boxes),
    )


def augment_motion(
    images: Tensor, boxes: Tensor, motion: Sequence[int], config: AugmentConfig, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Flip, drift, scale, noise and box jitter for stacks that hold a displacement.

    Args:
        images: (B, M, H, W).
        boxes: (B, 9, 4).
        motion: channels of the displacement, x and y component in turn, of one pair or of several; a single channel is
            no displacement (a dynamic image) and is mirrored like an image.
        config: how much of each.
        generator: random numbers of the images' device.
    """
    batch, device = images.shape[0], images.device
    fields = list(motion) if len(motion) > 1 else []

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator, device=device)

    if config.flip:
        which = torch.rand(batch, generator=generator, device=device) < 0.5
        images, boxes = flip_some(images, boxes, tuple(fields[::2]), which)
    if config.drift or config.scale != 1 or config.noise:
        images = images.clone()
        field = images[:, fields]
        if config.scale != 1:
            exponent = 2 * torch.rand(batch, 1, 1, 1, generator=generator, device=device) - 1
            field = field * config.scale**exponent
        if config.drift:
            grid = identity_grid(images.shape[-2], images.shape[-1], device)
            linear = torch.einsum("bij,jhw->bihw", normal(batch, 2, 2) * 0.5, grid)
            drift = config.drift * (linear + normal(batch, 2)[:, :, None, None])
            field = field + drift.repeat(1, len(fields) // 2, 1, 1)
        images[:, fields] = field
        if config.noise:
            images = images + config.noise * normal(*images.shape)
    if config.box_jitter:
        boxes = boxes + config.box_jitter * normal(*boxes.shape)
    return images, boxes


def mix_samples(images: Tensor, targets: Tensor, alpha: float) -> tuple[Tensor, Tensor]:
    """Mixup: each sample blended with another of the batch, its soft target (B, classes) likewise.

    Draws from torch's global random numbers, which the fold has seeded: the Beta distribution takes no generator.
    """
    if alpha <= 0:
        return images, targets
    share = torch.distributions.Beta(alpha, alpha).sample((len(images),)).to(images.device)
    other = torch.randperm(len(images)).to(images.device)
    wide = share[:, None, None, None]
    return wide * images + (1 - wide) * images[other], share[:, None] * targets + (1 - share[:, None]) * targets[other]
