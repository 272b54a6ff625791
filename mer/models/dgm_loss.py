"""The self-supervised loss of the DGM: reconstruction, small motion, smooth motion (paper, section 3.1)."""

from dataclasses import dataclass

from torch import Tensor

from mer.models.local_contrast import as_pair
from mer.motion.blur import gaussian_blur
from mer.motion.warp import warp

#: Standard deviation of the grey levels of a face, by which local contrast is scaled so that the lambdas keep their
#: meaning.
SPREAD = 0.12

#: Terms of the loss, in the order of `DGMLoss` and of every history; each is named as its weight in `DGMLossConfig`.
TERMS = ("reconstruction", "no_motion", "smooth", "curvature")


@dataclass(frozen=True)
class DGMLossConfig:
    """Weights of the terms, and the readings that the paper leaves open.

    Attributes:
        reconstruction: lambda_rec; paper: 10.
        no_motion: lambda_nm; paper: 1.
        smooth: lambda_sm; paper: 0.2.
        blur: deviation in pixels of a Gaussian put over both images before they are compared; 0 is the paper's reading.
            Deviation when positive: sensor noise is then not explained as motion.
        contrast: radius in pixels of the local contrast that is compared instead of grey levels
            (`mer.models.local_contrast`, scaled to the spread of grey levels of a face); 0 is the paper's reading.
            Deviation when positive: a drift of the light is then not explained as motion, and faint texture counts.
        curvature: weight of a fourth term, the mean absolute second difference of the field. Deviation when positive:
            the field may tilt and stretch freely, as that of a turning head does, where ``smooth`` wants it constant.
        scaled: the terms on the motion act on ``alpha * D^`` instead of D^. Unstated: the paper does not say which of
            the two; on ``alpha * D^`` its lambdas let the field explain noise as motion.
        image_scale: factor on grey levels in [0, 1] before they are compared: 1, 2 for a range of [-1, 1], 255 for
            bytes. Unstated: the paper does not give the range that its lambdas belong to.
    """

    reconstruction: float = 10.0
    no_motion: float = 1.0
    smooth: float = 0.2
    blur: float = 0.0
    contrast: int = 0
    curvature: float = 0.0
    scaled: bool = False
    image_scale: float = 1.0


@dataclass
class DGMLoss:
    """The weighted total and the unweighted terms, all scalars; a term whose weight is 0 is there all the same."""

    total: Tensor
    reconstruction: Tensor
    no_motion: Tensor
    smooth: Tensor
    curvature: Tensor


def dgm_loss(onset: Tensor, apex: Tensor, raw: Tensor, alpha: float, config: DGMLossConfig) -> DGMLoss:
    """Loss of a batch of pairs.

    Args:
        onset, apex: float, (B, C, H, W), values in [0, 1].
        raw: (B, 2, H, W), D^ in [-1, 1]; the onset is warped by ``alpha * raw``.
        alpha: scale of the displacement.
        config: the weights.

    ``reconstruction`` is the mean of |warp(onset, alpha raw) - apex|, ``no_motion`` the mean of |raw|, ``smooth``
    the mean absolute difference of neighbours, horizontal plus vertical (total variation), ``curvature`` the mean
    absolute second difference.
    """
    if config.contrast:
        onset, apex = (SPREAD * image for image in as_pair(onset, apex, config.contrast))
    predicted = warp(onset, alpha * raw)
    reconstruction = config.image_scale * gaussian_blur(predicted - apex, config.blur).abs().mean()
    field = alpha * raw if config.scaled else raw
    no_motion = field.abs().mean()
    smooth = field.diff(dim=-1).abs().mean() + field.diff(dim=-2).abs().mean()
    total = config.reconstruction * reconstruction + config.no_motion * no_motion + config.smooth * smooth
    bend = curvature(field)
    if config.curvature:
        total = total + config.curvature * bend
    return DGMLoss(total, reconstruction, no_motion, smooth, bend)


def curvature(field: Tensor) -> Tensor:
    """Mean absolute second difference of a field (B, 2, H, W), over all directions: 0 where it is linear in x and y."""
    across = field.diff(dim=-1).diff(dim=-2).abs().mean()
    return field.diff(n=2, dim=-1).abs().mean() + field.diff(n=2, dim=-2).abs().mean() + 2 * across
