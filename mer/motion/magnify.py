"""Motion magnification of a pair: the apex frame as it would be if the face had moved m times as far since the onset.

Conventions
-----------
``factor`` m is the total magnification: 1 is the apex frame, 0 about the onset frame, 2 twice the motion. Frames are in
[0, 1]; the displacement is backward, in normalised grid units, x first: ``apex(x) = onset(x + D(x))``.

Methods
-------
linear        onset + m (apex - onset): needs nothing, good while m times the motion is small beside the texture.
phase         local waves moved on (`mer.motion.phase`): keeps texture for larger motion.
displacement  the apex frame warped by the rest of the motion, from a flow method or the DGM.
magnet        a network (`mer.models.magnet`) whose weights the user supplies.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from mer.core.errors import InputError, nearest
from mer.motion.blur import gaussian_blur
from mer.motion.phase import magnify_phase
from mer.motion.warp import warp

METHODS = ("linear", "phase", "displacement", "magnet")

#: Takes onset, apex, factor as `magnify` does; gives the magnified apex frame.
Network = Callable[[Tensor, Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class MagnifyConfig:
    """How, how much and how often apex frames are magnified.

    Attributes:
        method: one of `METHODS`.
        low, high: factors of training samples are drawn evenly between them. Unstated in FRL-DGT's paper; 1.2 to 3.0 in
            an open reimplementation of FGRL-AUF, a method that trains on magnified samples.
        test: factor of every test sample; 1 leaves them as they are. Unstated in FRL-DGT's paper; 2.0 there.
        probability: part of the training samples that is magnified; the rest keep their apex frame.
        sigma: deviation of the Gaussian that smooths the displacement (pixels) or the change of phase (samples of a
            level). The other methods have none.
        orientations: of the pyramid of ``phase``.
        weights: file with weights of ``magnet``; None for the others.
    """

    method: str = "phase"
    low: float = 1.2
    high: float = 3.0
    test: float = 1.0
    probability: float = 0.5
    sigma: float = 2.0
    orientations: int = 4
    weights: str | None = None

    def __post_init__(self) -> None:
        """Check the values."""
        if self.method not in METHODS:
            raise InputError(f"There is no way to magnify called {self.method!r}. {nearest(self.method, METHODS)}")
        if not 0 <= self.low <= self.high < float("inf"):
            raise InputError(f"Factors run from low to high, 0 or more; found low {self.low}, high {self.high}.")
        if not 0 <= self.test < float("inf"):
            raise InputError(f"test is {self.test}; a factor is 0 or more, 1 leaves the frame as it is.")
        if not 0 <= self.probability <= 1:
            raise InputError(f"probability is {self.probability}; expected 0 to 1.")
        if not 0 <= self.sigma < float("inf"):
            raise InputError(f"sigma is {self.sigma}; expected 0 or more.")
        if self.orientations < 2:
            raise InputError(f"orientations is {self.orientations}; expected 2 or more (4 and 8 are usual).")
        if (self.method == "magnet") != (self.weights is not None):
            raise InputError(
                f"method is {self.method!r} and weights is {self.weights!r}: the method 'magnet' needs a file with "
                "weights (this suite has none, see mer.training.magnet_weights); the others take none."
            )


def draw_factors(count: int, config: MagnifyConfig, generator: torch.Generator) -> Tensor:
    """Factors of ``count`` training samples: float32, (count,); 1 for those that are left as they are."""
    chosen = torch.rand(count, generator=generator) < config.probability
    factors = config.low + (config.high - config.low) * torch.rand(count, generator=generator)
    return torch.where(chosen, factors, torch.ones(()))


def magnify(
    onset: Tensor,
    apex: Tensor,
    factor: Tensor | float,
    config: MagnifyConfig,
    displacement: Tensor | None = None,
    network: Network | None = None,
) -> Tensor:
    """The apex frames of a batch with the motion since the onset frames multiplied.

    Args:
        onset, apex: float, shape (B, 1 or 3, H, W), in [0, 1].
        factor: total magnification m, one for all or shape (B,); 0 or more. 1 gives the apex frame back (with
            ``magnet`` only as well as the network rebuilds a frame).
        displacement: for ``displacement``: float, shape (B, 2, H, W); NaN where it is not known.
        network: for ``magnet``: see `Network`.

    Returns:
        float32, shape (B, C, H, W), clipped to [0, 1].

    Raises:
        InputError: shapes that do not fit, a factor below 0, or a method without what it needs.
    """
    onset, apex, factor = _checked(onset, apex, factor)
    if config.method == "linear":
        made = onset + factor[:, None, None, None] * (apex - onset)
    elif config.method == "phase":
        made = magnify_phase(onset, apex, factor, config.sigma, config.orientations)
    elif config.method == "displacement":
        if displacement is None:
            raise InputError("The method 'displacement' needs a displacement: from mer.motion.flow or the DGM.")
        made = _by_displacement(apex, factor, displacement, config.sigma)
    else:
        if network is None:
            raise InputError("The method 'magnet' needs a network: mer.training.magnet_weights.load_magnet(weights).")
        made = network(onset, apex, factor)
    return made.clamp(0, 1)


def _by_displacement(apex: Tensor, factor: Tensor, displacement: Tensor, sigma: float) -> Tensor:
    """The apex frame warped by (m - 1) D, D smoothed.

    For a smooth D, ``onset(x + m D(x))`` is about ``apex(x + (m - 1) D(x))``. The apex frame is warped and not the
    onset frame because it holds what the onset frame does not (wrinkles, teeth, another light), because m = 1 then
    changes nothing, and because the noise of the two frames stays independent, as in every pair that was not magnified.
    """
    if displacement.shape != (len(apex), 2, *apex.shape[2:]):
        raise InputError(
            f"displacement has shape {tuple(displacement.shape)}; expected (B, 2, H, W) of {tuple(apex.shape)}."
        )
    displacement = displacement.to(apex)
    known = displacement.isfinite().all(dim=1, keepdim=True)
    weight = gaussian_blur(known.to(apex), sigma)
    smooth = gaussian_blur(displacement.where(known, 0), sigma)
    smooth = smooth / weight.clamp_min(0.5)  # a mean of what is known; fades to 0 outside
    return warp(apex, (factor - 1)[:, None, None, None] * smooth)


def _checked(onset: Tensor, apex: Tensor, factor: Tensor | float) -> tuple[Tensor, Tensor, Tensor]:
    if onset.shape != apex.shape or apex.ndim != 4 or apex.shape[1] not in (1, 3):
        raise InputError(
            "Onset and apex frames have one shape (B, 1 or 3, H, W); "
            f"found {tuple(onset.shape)} and {tuple(apex.shape)}."
        )
    factor = torch.as_tensor(factor, dtype=torch.float32, device=apex.device)
    if factor.ndim == 0:
        factor = factor.expand(len(apex))
    if factor.shape != (len(apex),):
        raise InputError(f"factor has shape {tuple(factor.shape)}; expected one number or ({len(apex)},).")
    if not bool(((factor >= 0) & factor.isfinite()).all()):
        raise InputError(f"Factors are 0 or more, 1 leaves a frame as it is; found {factor.tolist()[:8]}.")
    return onset.float(), apex.float(), factor
