"""What the Transformer Fusion sees of the motion: where it comes from and how it is equalised."""

from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from mer.core.errors import InputError, nearest
from mer.models.head_motion import without_head_motion
from mer.models.normalise import NORMALISATIONS, normalise
from mer.motion.flow import FLOW_METHODS


@dataclass(frozen=True)
class MotionConfig:
    """The motion channels of the Transformer Fusion.

    Attributes:
        source: ``dgm``, the generated displacement; ``flow``, optical flow in its place (ablations M0 and M1 of the
            paper's table 2); ``dynamic_image``, one channel that sums onset..offset (M2). Unstated: the span and the
            weights of the dynamic image.
        flow: which optical flow (`mer.motion.flow.FLOW_METHODS`). Unstated: the paper does not name its method.
        head_motion: whether shift, scaling and rotation of the whole face stay in a displacement
            (`mer.models.head_motion`). Deviation when False.
        normalisation: how a displacement is equalised (`mer.models.normalise`): the paper's "normalise", which M0
            leaves out.
        gain: factor on a displacement that is not equalised. Unstated: the units of M0's flow. In units of the DGM's
            own output a pixel of a 128-pixel face is 0.08, so 12.7 makes it 1.
    """

    source: Literal["dgm", "flow", "dynamic_image"] = "dgm"
    flow: str = "tvl1"
    head_motion: bool = True
    normalisation: str = "percentile"
    gain: float = 1.0

    def __post_init__(self) -> None:
        """Check the values."""
        if self.normalisation not in NORMALISATIONS:
            raise InputError(
                f"There is no normalisation {self.normalisation!r}. {nearest(self.normalisation, NORMALISATIONS)}"
            )
        if self.flow not in FLOW_METHODS:
            raise InputError(f"There is no flow method {self.flow!r}. {nearest(self.flow, FLOW_METHODS)}")
        if self.gain != 1 and self.normalisation != "none":
            raise InputError(
                f"gain is {self.gain} and normalisation {self.normalisation!r}, which already sets how large motion "
                "is. Leave gain at 1, or set normalisation to 'none'."
            )

    @property
    def channels(self) -> int:
        """Motion channels: x and y of a displacement, or one of a dynamic image."""
        return 1 if self.source == "dynamic_image" else 2

    @property
    def mirrored(self) -> tuple[int, ...]:
        """Those of them whose sign changes when the face is mirrored."""
        return () if self.source == "dynamic_image" else (0,)

    def equalised(self, raw: Tensor, pairs: int = 1) -> Tensor:
        """The motion as the Transformer Fusion sees it.

        Args:
            raw: (B, 2, H, W), a displacement in the DGM's units (normalised grid over alpha), or (B, 1, H, W), a
                dynamic image in [-1, 1], which stays as it is.
            pairs: of one clip, one after another. They are equalised together, so that frames with little motion stay
                below those with much. Unstated: alone, a frame near the onset would be all noise.
        """
        if self.source == "dynamic_image":
            return raw
        field = raw if self.head_motion else without_head_motion(raw)
        by_clip = field.reshape(-1, pairs * 2, *field.shape[2:])
        return normalise(by_clip, self.normalisation).view_as(field) * self.gain
