"""Equalising the intensity of displacement fields before they are classified.

The paper normalises the displacement "increasing the intensity of minor expressions and decreasing that of major
ones", and
its ablation M1 applies the same to plain optical flow: it acts a sample at a time and has no parameters. The formula is
not given (Unstated); the readings are named here.
"""

from torch import Tensor

#: Fields below this size are not blown up: 0.06 pixels of a 128-pixel face at alpha 0.2.
EPSILON = 0.005

NORMALISATIONS = {"none", "percentile", "max", "instance"}


def normalise(field: Tensor, how: str) -> Tensor:
    """Equalise each field of a batch.

    Args:
        field: (B, 2, H, W), the raw displacement in [-1, 1]; or (B, 2 P, H, W), those of the P pairs of a clip, x
            before y, which then have one divisor and keep their ratio.
        how: ``none``; ``percentile``, divided by the 99th percentile of |field| and clipped to [-1, 1]; ``max``,
            divided by the largest |field|; ``instance``, mean 0 and deviation 1 for each component.

    Returns:
        As ``field``. No gradient passes through the divisor of ``percentile`` and ``max``.
    """
    if how == "none":
        return field
    if how == "instance":
        mean = field.mean((2, 3), keepdim=True)
        centred = (field - mean).unflatten(1, (-1, 2))
        deviation = centred.square().mean((1, 3, 4), keepdim=True).sqrt()
        return (centred / (deviation + EPSILON)).flatten(1, 2)
    size = field.detach().abs().flatten(1)
    if how == "max":
        divisor = size.amax(1)
    elif how == "percentile":
        # Every fourth value is enough for a percentile of a smooth field, and sorting is what costs.
        sample = size[:, ::4] if size.shape[1] > 4096 else size
        divisor = sample.float().kthvalue(max(1, round(0.99 * sample.shape[1])), dim=1).values
    else:
        raise ValueError(f"normalisation {how!r}, expected one of {sorted(NORMALISATIONS)}")
    return (field / (divisor.to(field.dtype) + EPSILON)[:, None, None, None]).clamp(-1, 1)
