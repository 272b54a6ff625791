"""The networks that can be trained on motion maps, by name: one call whatever the network."""

from pathlib import Path

import pandas as pd

from mer.core.errors import InputError, nearest
from mer.datasets.maps import read_maps, read_pixels
from mer.training.folds import LosoResult
from mer.training.maps_loso import MapsConfig, run_maps_loso
from mer.training.ststnet_loso import STSTNetConfig, run_ststnet_loso

#: Name of a network to what it is called in tables.
NETWORKS = {"fusion": "Transformer Fusion", "ststnet": "STSTNet"}

NetworkConfig = MapsConfig | STSTNetConfig


def network_config(name: str) -> NetworkConfig:
    """How the network called ``name`` is trained on maps.

    Raises:
        InputError: there is no such network.
    """
    if name not in NETWORKS:
        raise InputError(f"Unknown network {name!r}. {nearest(name, NETWORKS)}")
    return MapsConfig() if name == "fusion" else STSTNetConfig()


def run_network(
    maps_folder: Path | str, clips: pd.DataFrame, folder: Path, config: NetworkConfig, seed: int, device: str = "auto"
) -> LosoResult:
    """Leave one subject out with the network that ``config`` is of.

    Args:
        maps_folder: where the PNG maps lie (`mer.datasets.maps`). The fusion sees u and v about zero, STSTNet the grey
            values 0 to 255 of the files, as published.
        clips: clip table, all labelled.
        folder: run folder.
        config: of `network_config`, perhaps changed.
        seed: of the whole study.
        device: ``auto``, ``cpu`` or ``cuda``.
    """
    if isinstance(config, STSTNetConfig):
        return run_ststnet_loso(read_pixels(maps_folder, clips), clips, folder, config, seed, device)
    return run_maps_loso(read_maps(maps_folder, clips), folder, config, seed, device)
