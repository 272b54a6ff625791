"""The baselines on frames, by name: one call whatever the baseline, to a predictions table.

Networks of flow see the flow of the aligned faces in the form of public motion maps; CapsuleNet sees the apex frame;
LBP-TOP and Bi-WOOF are descriptors with a linear SVM, where nothing but the machine is fitted.
"""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from mer.core.errors import InputError, nearest
from mer.evaluation.classical import BiWOOFFloorConfig, LBPTOPFloorConfig, biwoof_floor, lbp_top_floor
from mer.evaluation.predictions import predictions_table
from mer.face.aligned_store import AlignedStore
from mer.manifest.labels import LabelSpace
from mer.models.baselines.registry import BASELINES
from mer.training.fold import labelled_clips
from mer.training.folds import LosoResult
from mer.training.frame_networks import run_network_on_frames
from mer.training.frame_ststnet import run_ststnet_on_frames
from mer.training.network_configs import BaselineConfig, baseline_config
from mer.training.ststnet_loso import STSTNetConfig

#: Name of a baseline to what it is called in tables.
FRAME_BASELINES = {
    "lbp-top": "LBP-TOP and linear SVM",
    "bi-woof": "Bi-WOOF and linear SVM",
    "ststnet": "STSTNet",
    **{name: baseline.title for name, baseline in BASELINES.items()},
}

FrameBaselineConfig = LBPTOPFloorConfig | BiWOOFFloorConfig | STSTNetConfig | BaselineConfig


def frame_baseline_config(name: str, labels: LabelSpace, flow: str = "tvl1") -> FrameBaselineConfig:
    """How the baseline called ``name`` is run on frames.

    Args:
        name: of `FRAME_BASELINES`.
        labels: the classes.
        flow: how Bi-WOOF's flow is measured (`mer.motion.flow.FLOW_METHODS`).

    Raises:
        InputError: there is no such baseline.
    """
    if name not in FRAME_BASELINES:
        raise InputError(f"Unknown baseline {name!r}. {nearest(name, FRAME_BASELINES)}")
    if name == "lbp-top":
        return LBPTOPFloorConfig()
    if name == "bi-woof":
        return BiWOOFFloorConfig(flow=flow)
    return replace(STSTNetConfig() if name == "ststnet" else baseline_config(name), labels=labels)


def run_frame_baseline(
    store: AlignedStore,
    folder: Path,
    config: FrameBaselineConfig,
    labels: LabelSpace,
    seed: int,
    device: str = "auto",
    flow: str = "tvl1",
) -> tuple[pd.DataFrame, LosoResult | None]:
    """Train and test fold by fold on the clips that FRL-DGT is trained on: those with a class and an apex.

    Args:
        store: aligned clips; LBP-TOP needs all frames from onset to offset.
        folder: run folder; its name becomes the run's.
        config: of `frame_baseline_config`, perhaps changed.
        labels: the classes.
        seed: of the study; the descriptors with an SVM draw nothing at random, but carry it.
        device: ``auto``, ``cpu`` or ``cuda``, of the networks.
        flow: how flow is measured for a network of flow.

    Returns:
        Predictions under the epoch rule ``last``; the result of a network, None of an SVM.

    Raises:
        InputError: no clip, or none of some class (`mer.training.fold.labelled_clips`), or too few persons.
    """
    if isinstance(config, LBPTOPFloorConfig | BiWOOFFloorConfig):
        rows = labelled_clips(store, labels)
        if isinstance(config, LBPTOPFloorConfig):
            table = lbp_top_floor(store, rows, labels.classes, config)
        else:
            table = biwoof_floor(store, rows, labels.classes, config)
        return table.assign(run=folder.name, seed=seed), None
    if isinstance(config, STSTNetConfig):
        result = run_ststnet_on_frames(store, folder, config, seed, device, flow)
    else:
        result = run_network_on_frames(store, folder, config, seed, device, flow)
    probabilities = result.arrays["probabilities"]
    table = predictions_table(result.clips, labels.classes, probabilities, result.fold, "last", folder.name, seed)
    return table, result
