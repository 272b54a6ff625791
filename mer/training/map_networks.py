"""The networks that can be trained on motion maps, by name: one call whatever the network."""

from pathlib import Path

import pandas as pd

from mer.core.errors import InputError, nearest
from mer.datasets.maps import read_maps, read_pixels
from mer.models.baselines.registry import BASELINES
from mer.training.folds import LosoResult
from mer.training.maps_config import CHOSEN_FROM, ChoiceConfig, MapsConfig
from mer.training.maps_loso import run_maps_loso
from mer.training.network_configs import BaselineConfig, baseline_config, check_sees_flow
from mer.training.network_inputs import map_fields, network_inputs
from mer.training.network_loso import run_network_loso
from mer.training.ststnet_loso import STSTNetConfig, run_ststnet_loso

#: Name of a network to what it is called in tables.
NETWORKS = {
    "fusion": "Transformer Fusion",
    "fusion-chosen": "Transformer Fusion (parts chosen)",
    "ststnet": "STSTNet",
} | {name: baseline.title for name, baseline in BASELINES.items() if baseline.sees_flow}

NetworkConfig = MapsConfig | STSTNetConfig | BaselineConfig


def network_config(name: str) -> NetworkConfig:
    """How the network called ``name`` is trained on maps.

    Raises:
        InputError: there is no such network, or it sees no motion maps.
    """
    if name in BASELINES:
        config = baseline_config(name)
        check_sees_flow(config)
        return config
    if name not in NETWORKS:
        raise InputError(f"Unknown network {name!r}. {nearest(name, NETWORKS)}")
    if name == "fusion-chosen":
        return MapsConfig(choice=ChoiceConfig(tuple(CHOSEN_FROM)))
    return MapsConfig() if name == "fusion" else STSTNetConfig()


def run_network(
    maps_folder: Path | str, clips: pd.DataFrame, folder: Path, config: NetworkConfig, seed: int, device: str = "auto"
) -> LosoResult:
    """Train and test the network that ``config`` is of, fold by fold, by the protocol that it names.

    Args:
        maps_folder: where the PNG maps lie (`mer.datasets.maps`). The fusion sees u and v about zero, STSTNet the grey
            values 0 to 255 of the files, the other networks 0 to 1, all as published.
        clips: clip table, all labelled.
        folder: run folder.
        config: of `network_config`, perhaps changed.
        seed: of the whole study.
        device: ``auto``, ``cpu`` or ``cuda``.
    """
    if isinstance(config, BaselineConfig):
        check_sees_flow(config)
        images = network_inputs(map_fields(read_pixels(maps_folder, clips)), config.architecture)
        return run_network_loso(images, clips, folder, config, seed, device)
    if isinstance(config, STSTNetConfig):
        return run_ststnet_loso(read_pixels(maps_folder, clips), clips, folder, config, seed, device)
    return run_maps_loso(read_maps(maps_folder, clips), folder, config, seed, device)
