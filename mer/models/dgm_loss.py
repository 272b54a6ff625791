"""The self-supervised loss of the DGM: reconstruction, small motion, smooth motion (paper, section 3.1)."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import conv2d, pad

from mer.models.local_contrast import as_pair
from mer.motion.warp import warp

#: Standard deviation of the grey levels of a face, by which local contrast is scaled so that the lambdas keep their
#: meaning.
SPREAD = 0.12


@dataclass(frozen=True)
class DGMLossConfig:
    """Weights of the three terms.

    Attributes:
        reconstruction: lambda_rec; paper: 10.
        no_motion: lambda_nm; paper: 1.
        smooth: lambda_sm; paper: 0.2.
        blur: deviation in pixels of a Gaussian put over both images before they are compared; 0 is the paper's reading.
            Deviation when positive: sensor noise is then not explained as motion.
        contrast: radius in pixels of the local contrast that is compared instead of grey levels
            (`mer.models.local_contrast`, scaled to the spread of grey levels of a face); 0 is the paper's reading.
            Deviation when positive: a drift of the light is then not explained as motion, and faint texture counts.
    """

    reconstruction: float = 10.0
    no_motion: float = 1.0
    smooth: float = 0.2
    blur: float = 0.0
    contrast: int = 0


@dataclass
class DGMLoss:
    """The weighted total and the three unweighted terms, all scalars."""

    total: Tensor
    reconstruction: Tensor
    no_motion: Tensor
    smooth: Tensor


def dgm_loss(onset: Tensor, apex: Tensor, raw: Tensor, alpha: float, config: DGMLossConfig) -> DGMLoss:
    """Loss of a batch of pairs.

    Args:
        onset, apex: float, (B, C, H, W), values in [0, 1].
        raw: (B, 2, H, W), D^ in [-1, 1]; the onset is warped by ``alpha * raw``, while the two terms on the motion
            act on ``raw`` itself. Unstated: the paper does not say which of the two; on ``alpha * raw`` its lambdas
            let the field explain noise as motion.
        alpha: scale of the displacement.
        config: the weights.

    ``reconstruction`` is the mean of |warp(onset, alpha raw) - apex|, ``no_motion`` the mean of |raw|, ``smooth``
    the mean absolute difference of neighbours, horizontal plus vertical (total variation).
    """
    if config.contrast:
        onset, apex = (SPREAD * image for image in as_pair(onset, apex, config.contrast))
    predicted = warp(onset, alpha * raw)
    reconstruction = gaussian_blur(predicted - apex, config.blur).abs().mean()
    no_motion = raw.abs().mean()
    smooth = raw.diff(dim=-1).abs().mean() + raw.diff(dim=-2).abs().mean()
    total = config.reconstruction * reconstruction + config.no_motion * no_motion + config.smooth * smooth
    return DGMLoss(total, reconstruction, no_motion, smooth)


def gaussian_blur(image: Tensor, sigma: float) -> Tensor:
    """Gaussian blur with repeated borders; ``sigma`` in pixels, 0 leaves the image as it is. Linear in the image."""
    if sigma <= 0:
        return image
    radius = max(1, round(3 * sigma))
    at = torch.arange(-radius, radius + 1, dtype=image.dtype, device=image.device)
    kernel = torch.exp(-0.5 * (at / sigma) ** 2)
    kernel = (kernel / kernel.sum()).expand(image.shape[1], 1, 1, -1)
    padded = pad(image, (radius,) * 4, mode="replicate")
    blurred = conv2d(padded, kernel, groups=image.shape[1])
    return conv2d(blurred, kernel.transpose(2, 3), groups=image.shape[1])
