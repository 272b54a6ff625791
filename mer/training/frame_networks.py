"""The baseline networks on aligned frames: flow measured here, or the apex frame."""

from pathlib import Path

from mer.face.aligned_store import AlignedStore
from mer.models.baselines.registry import BASELINES
from mer.motion.flow import FlowConfig
from mer.training.fold import labelled_clips
from mer.training.folds import LosoResult
from mer.training.network_configs import BaselineConfig
from mer.training.network_inputs import apex_images, flow_fields, network_inputs
from mer.training.network_loso import run_network_loso


def run_network_on_frames(
    store: AlignedStore,
    folder: Path,
    config: BaselineConfig,
    seed: int,
    device: str = "auto",
    flow: str | FlowConfig = "tvl1",
    n_jobs: int | None = None,
) -> LosoResult:
    """Train and test the network that ``config`` is of, fold by fold, on the clips that have a class and an apex.

    Args:
        store: the aligned clips.
        folder: run folder.
        config: of `mer.training.network_configs.baseline_config`, perhaps changed.
        seed: of the whole study.
        device: ``auto``, ``cpu`` or ``cuda``.
        flow: how flow is measured, for a network of flow.
        n_jobs: folds side by side; None chooses by machine.

    Returns:
        With ``rows`` as positions in the store's clip table.

    Raises:
        InputError: no clip, or none of some class (`mer.training.fold.labelled_clips`).
    """
    rows = labelled_clips(store, config.labels)
    if BASELINES[config.network].sees_flow:
        images = network_inputs(flow_fields(store, rows, flow), config.architecture)
    else:
        images = apex_images(store, rows, config.architecture.size)
    clips = store.clips.iloc[rows].reset_index(drop=True)
    result = run_network_loso(images, clips, folder, config, seed, device, n_jobs)
    result.rows = rows
    return result
