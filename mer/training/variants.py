"""The models of the paper's table 2, M0 to M9, and its sequence model: each a few switches of one configuration."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mer.core.configs import with_changes
from mer.core.errors import InputError
from mer.training.fold_config import FoldConfig


@dataclass(frozen=True)
class Variant:
    """A named departure from the whole model.

    Attributes:
        title: a few words for tables.
        switches: changes of `FoldConfig` by dotted name.
        small: further changes in the configuration ``small``, where most steps fit the fusion to a fixed DGM.
    """

    title: str
    switches: Mapping[str, Any] = field(default_factory=dict)
    small: Mapping[str, Any] = field(default_factory=dict)


VARIANTS: dict[str, Variant] = {
    # Unstated: which flow (model.motion.flow; TV-L1 here, as most of the field), and its units: about pixels here.
    "M0": Variant(
        "optical flow in place of the DGM",
        {"model.motion.source": "flow", "model.motion.normalisation": "none", "model.motion.gain": 12.7},
    ),
    "M1": Variant("normalised optical flow", {"model.motion.source": "flow"}),
    "M2": Variant("dynamic image", {"model.motion.source": "dynamic_image"}),
    # Unstated: whether the gradient stays scaled. At 1e-6 a DGM that only classification teaches would not move.
    # It starts from random fields, because from fields of zero classification has nothing to begin with; in `small` it
    # is a network alone, without steps in closed form. Deviation: with nothing learnt there is nothing to fit a fusion
    # to, so there all steps train both, fewer and with other settings than the whole model's.
    "M3": Variant(
        "no self-supervision",
        {"self_supervision": False, "model.gradient_scale": 1.0, "model.dgm.zero_start": False},
        {
            "model.dgm.start.windows": (),
            "model.dgm.difference": True,
            "warm_up.steps": 0,
            "joint.steps": 120,
            "joint.learning_rate_fusion": 3e-3,
        },
    ),
    "M4": Variant("fusion after attention", {"model.fusion.order": "after"}),
    "M5": Variant("3 x 3 grid in place of AU regions", {"model.fusion.regions": "grid"}),
    "M6": Variant("no full-face fusion", {"model.fusion.full_face": False}),
    "M7": Variant("no local fusion", {"model.fusion.local_fusion": False}),
    "M8": Variant("no global fusion", {"model.fusion.global_fusion": False}),
    "M9": Variant("whole model"),
    # Paper: T = 10, batch 5. Deviation: in `small`, where nine pairs a clip are nine times the work, pairs come first,
    # and two steps only train DGM and fusion together.
    "S": Variant(
        "sequence model FRL-DGT-S",
        {"model.sequence": 10, "warm_up.batch": 5, "joint.batch": 5},
        {
            "pairs_first": 160,
            "warm_up.steps": 80,
            "warm_up.learning_rate": 1e-3,
            "joint.steps": 2,
            "joint.random_pairs": 2,
        },
    ),
}


def with_variant(config: FoldConfig, name: str, configuration: str) -> FoldConfig:
    """The configuration with the switches of a variant.

    Args:
        config: of the whole model.
        name: in `VARIANTS`.
        configuration: ``paper`` or ``small``, which ``config`` is.

    Raises:
        InputError: there is no such variant.
    """
    if name not in VARIANTS:
        raise InputError(f"There is no variant {name!r}. Valid: {', '.join(VARIANTS)}.")
    variant = VARIANTS[name]
    return with_changes(config, {**variant.switches, **(variant.small if configuration == "small" else {})})


def method_name(variant: str, reading: str, apex: str, overrides: Mapping[str, Any]) -> str:
    """What a run is called in tables: ``FRL-DGT``, and in what it departs from the plain method.

    Args:
        variant: in `VARIANTS`.
        reading: of the DGM, empty for the configuration's own.
        apex: of `mer.motion.prepare.DataConfig`; annotated ones go unsaid.
        overrides: changes of the configuration.
    """
    parts = ["FRL-DGT" if variant == "M9" else f"{variant}: {VARIANTS[variant].title}"]
    parts += [f"reading {reading}"] * bool(reading) + [f"apex {apex}"] * (apex != "annotated")
    for name, value in overrides.items():
        inner = " ".join(str(part) for part in value.values()) if isinstance(value, Mapping) else value
        parts.append(f"{name} {inner}")
    return ", ".join(parts)
