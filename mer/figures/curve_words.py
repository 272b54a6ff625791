"""What the curves of a training are, in words: names for panels and axes, and what each number is, for captions.

The terms of the loss are those of `mer.models.dgm_loss`; the rest is logged by `mer.training`.
"""

from collections.abc import Iterable

#: Curve to its name, its unit for an axis, and what it is.
_CURVES: dict[str, tuple[str, str, str]] = {
    "classification": ("classification loss", "cross-entropy, nats", ""),
    "total": (
        "loss of the DGM",
        "weighted sum",
        "weighted sum of the losses of the displacement generation module (DGM)",
    ),
    "reconstruction": (
        "reconstruction",
        "mean |difference|",
        "difference of the onset, warped by the displacement, from the apex",
    ),
    "no_motion": (
        "no-motion term",
        "share of largest",
        "mean size of the displacement's components, as a share of the largest that the DGM can give; its weight "
        "keeps motion small",
    ),
    "smooth": (
        "smoothness",
        "share of largest",
        "mean difference of neighbouring displacements (total variation)",
    ),
    "curvature": ("curvature", "share of largest", "mean second difference of the displacement"),
    "gradient_ratio": (
        "gradient ratio",
        "ratio of norms",
        "norm of the gradient that the classification sends into the DGM over that of the DGM's own losses, at the "
        "first joint step",
    ),
}


def curve_name(curve: str) -> str:
    """What a curve is called."""
    return _CURVES[curve][0] if curve in _CURVES else curve.replace("_", " ")


def curve_unit(curve: str) -> str:
    """What its axis counts; ``value`` where that is not known."""
    return _CURVES[curve][1] if curve in _CURVES else "value"


def curve_axis(curve: str) -> str:
    """Name and unit, for an axis that stands alone; the name where the unit is not known."""
    return f"{curve_name(curve)} ({curve_unit(curve)})" if curve in _CURVES else curve_name(curve)


def curves_explained(curves: Iterable[str]) -> str:
    """One sentence on the curves whose names do not say what they are; empty where all do."""
    said = [f"{_CURVES[name][0]}: {_CURVES[name][2]}" for name in curves if name in _CURVES and _CURVES[name][2]]
    sentence = "; ".join(said)
    return f"{sentence[:1].upper()}{sentence[1:]}." if said else ""
