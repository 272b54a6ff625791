"""Checks that a displacement module must pass whatever it was trained on; none needs the true displacement."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity

from mer.evaluation.displacement_study import HeldOut, flow_method
from mer.models.dgm import DGM
from mer.motion.units import grid_to_pixels
from mer.motion.warp import flip_displacement, warp
from mer.training.device import one_thread
from mer.training.pairs import to_float

#: Column to what a right reading shows there.
EXPECTED = {
    "identity": "mean |D^| of a frame with itself; below 0.001",
    "photometric": "mean |warped onset - apex| over mean |onset - apex|; below 1",
    "reversed": "the same with -D; above 1",
    "saturated": "share of |D^| above 0.95; below 0.01",
    "swapped": "cosine of -D with the field of the swapped pair; near 1",
    "mirrored": "cosine of the mirrored D with the field of the mirrored pair; near 1",
    "tvl1": "cosine of D with TV-L1 flow where that moves by more than 0.3 px; above 0.5",
    "largest_px": "largest shift of a pair, median over pairs, pixels of the aligned face; 1 to 5",
}
MOVING = 0.3  # pixels


@torch.no_grad()
def self_checks(models: Mapping[str, DGM], pairs: HeldOut, most: int = 32) -> pd.DataFrame:
    """The checks of `EXPECTED`, one row a module.

    Args:
        models: in eval mode, on one device.
        pairs: held-out pairs; their true displacement is not looked at.
        most: pairs looked at, evenly spread.

    Returns:
        Index ``method``, columns of `EXPECTED`.
    """
    rows = np.linspace(0, len(pairs.onset) - 1, min(most, len(pairs.onset))).round().astype(int)
    flow = flow_method("tvl1")(pairs.onset[rows], pairs.apex[rows])
    return pd.DataFrame.from_dict(
        {name: _checks(model, pairs.onset[rows], pairs.apex[rows], flow) for name, model in models.items()},
        orient="index",
        columns=list(EXPECTED),
    ).rename_axis("method")


def _checks(model: DGM, onset_bytes: np.ndarray, apex_bytes: np.ndarray, flow: np.ndarray) -> dict[str, float]:
    device = next(model.parameters()).device
    onset, apex = (to_float(frames[..., None], device) for frames in (onset_bytes, apex_bytes))
    with one_thread(device.type):
        raw = model(onset, apex)
        field = model.displacement(raw)
        before = (onset - apex).abs().mean()
        pixels = grid_to_pixels(field)
        return {
            "identity": float(model(onset, onset).abs().mean()),
            "photometric": float((warp(onset, field) - apex).abs().mean() / before),
            "reversed": float((warp(onset, -field) - apex).abs().mean() / before),
            "saturated": float((raw.abs() > 0.95).float().mean()),
            "swapped": cosine(model(apex, onset), -raw),
            "mirrored": cosine(model(onset.flip(-1), apex.flip(-1)), flip_displacement(raw)),
            "tvl1": moving_cosine(pixels.cpu().numpy(), flow),
            "largest_px": float(pixels.norm(dim=1).flatten(1).amax(1).median()),
        }


def cosine(first: Tensor, second: Tensor) -> float:
    """Mean cosine of whole fields (n, 2, H, W), pair by pair."""
    return float(cosine_similarity(first.flatten(1), second.flatten(1)).mean())


def moving_cosine(field: np.ndarray, flow: np.ndarray) -> float:
    """Mean cosine of fields (n, 2, H, W) in pixels where the flow is longer than `MOVING`; NaN where nothing moves."""
    moving = np.hypot(flow[:, 0], flow[:, 1]) > MOVING
    first, second = (np.where(moving[:, None], values, 0).reshape(len(flow), -1) for values in (field, flow))
    size = np.sqrt((first**2).sum(1) * (second**2).sum(1))
    values = np.divide((first * second).sum(1), size, out=np.full(len(flow), np.nan), where=size > 0)
    return float(np.nanmean(values)) if np.isfinite(values).any() else float("nan")
