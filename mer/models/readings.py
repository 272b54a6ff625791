"""The named readings of the displacement generation module: what the paper leaves open in section 3.1.

The paper fixes the three losses, their weights and alpha. It does not say whether the terms on the motion act on D^ or
on alpha D^, which range the images have, nor how the displacement is normalised "before output". The readings differ in
that and in nothing else, but for three that depart from the paper's losses on purpose (``contrast``, ``accurate``,
``robust``). How well each measures motion is what `notebooks/09_displacement.ipynb` shows.

Normalisation after the module (none, percentile, max, instance) changes what the classifier sees, not the motion that
is measured; it is a switch of `mer.models.motion_input`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mer.core.configs import with_changes
from mer.core.errors import InputError
from mer.models.dgm import DGMConfig
from mer.models.dgm_loss import DGMLossConfig
from mer.models.local_motion import LocalMotionConfig


@dataclass(frozen=True)
class Reading:
    """One reading.

    Attributes:
        about: what it is, in words for a table.
        loss: the self-supervised loss.
        dgm: changes of the configuration's module, by dotted name.
        noise: added to what the network sees in pretraining (`mer.training.pretrain`), grey levels of 255.
    """

    about: str
    loss: DGMLossConfig
    dgm: Mapping[str, Any] = field(default_factory=dict)
    noise: float = 0.0

    @property
    def started(self) -> bool:
        """Whether the module starts in closed form, so that its network has little left to learn."""
        return "start" in self.dgm

    def of(self, config: DGMConfig) -> DGMConfig:
        """The module of a configuration under this reading."""
        return with_changes(config, self.dgm)


#: The network sees the frames as they are; the other fields of a module keep the configuration's values.
_GREY = {"contrast": 0}

#: Steps from windows of a quarter of a 128-pixel face to a sixteenth of it, four times at the finest.
_STEPS = LocalMotionConfig(windows=(32.0, 16.0, 8.0, 8.0, 8.0, 8.0))

#: The network after the steps is small and sees no frames, but what the steps leave.
_STARTED = {
    "start": _STEPS,
    "widths": (16, 24, 32),
    "stride": 4,
    "difference": False,
    "contrast": 0,
    "batch_norm": False,
}

_CURVED = DGMLossConfig(reconstruction=10.0, no_motion=0.0, smooth=0.0, curvature=16.0, blur=1.0, contrast=3)

READINGS: dict[str, Reading] = {
    "paper": Reading(
        "The paper's losses and weights; terms on the motion on D^, grey levels in [0, 1].", DGMLossConfig(), _GREY
    ),
    "scaled": Reading("As paper, terms on the motion on alpha D^.", DGMLossConfig(scaled=True), _GREY),
    "signed": Reading("As paper, grey levels in [-1, 1].", DGMLossConfig(image_scale=2.0), _GREY),
    "bytes": Reading("As paper, grey levels in 0..255.", DGMLossConfig(image_scale=255.0), _GREY),
    "full-range": Reading(
        "As paper, each field divided by its largest value before it warps.",
        DGMLossConfig(),
        _GREY | {"full_range": True, "zero_start": False},
    ),
    "contrast": Reading(
        "Local contrast is compared instead of grey levels, after a slight blur; smoothness weighs 7.5 times as much "
        "as in the paper, the no-motion term a fiftieth. Deviation.",
        DGMLossConfig(reconstruction=10.0, no_motion=0.02, smooth=1.5, blur=1.5, contrast=6),
        {"contrast": 6},
    ),
    "accurate": Reading(
        "Steps in closed form, then a small network for the rest; local contrast is compared after a slight blur, and "
        "the curvature of the field is kept small instead of the field itself. Deviation.",
        _CURVED,
        _STARTED,
    ),
    "robust": Reading(
        "As accurate, and the network sees frames with noise added, while the loss compares them without. Deviation.",
        _CURVED,
        _STARTED,
        noise=6.0,
    ),
}


def find_reading(name: str) -> Reading:
    """The reading called ``name``.

    Raises:
        InputError: there is none of that name.
    """
    if name not in READINGS:
        raise InputError(f"There is no reading {name!r} of the displacement module. Valid: {', '.join(READINGS)}.")
    return READINGS[name]
