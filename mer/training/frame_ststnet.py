"""STSTNet on aligned frames: flow measured here, in the form of the public motion maps."""

from pathlib import Path

import numpy as np
import torch

from mer.face.aligned_store import AlignedStore
from mer.models.resize import resized
from mer.models.ststnet import SIDE
from mer.motion.flow import FlowConfig
from mer.training.fold import labelled_clips
from mer.training.folds import LosoResult
from mer.training.network_inputs import flow_fields
from mer.training.ststnet_loso import STSTNetConfig, run_ststnet_loso


def run_ststnet_on_frames(
    store: AlignedStore,
    folder: Path,
    config: STSTNetConfig,
    seed: int,
    device: str = "auto",
    flow: str | FlowConfig = "tvl1",
) -> LosoResult:
    """Train and test fold by fold on the clips that have a class and an apex.

    Args:
        store: the aligned clips.
        folder: run folder.
        config: the settings.
        seed: of the whole study.
        device: ``auto``, ``cpu`` or ``cuda``.
        flow: how flow is measured.

    Returns:
        With ``rows`` as positions in the store's clip table.

    Raises:
        InputError: no clip, or none of some class (`mer.training.fold.labelled_clips`).
    """
    rows = labelled_clips(store, config.labels)
    clips = store.clips.iloc[rows].reset_index(drop=True)
    result = run_ststnet_loso(flow_pixels(flow_fields(store, rows, flow)), clips, folder, config, seed, device)
    result.rows = rows
    return result


def flow_pixels(fields: np.ndarray) -> np.ndarray:
    """Fields (n, 3, H, W) in [0, 1] as the public maps are: uint8 (n, 1, 28, 28, 3), averaged down, 0 to 255."""
    small = resized(torch.from_numpy(fields), SIDE).numpy()
    return np.moveaxis(np.rint(small * 255).astype(np.uint8), 1, -1)[:, None]
