"""STSTNet trained and tested fold by fold on motion maps: grey values in, as published."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from mer.core.errors import InputError
from mer.core.files import digest
from mer.core.live import count_live
from mer.core.seeds import seed_for
from mer.core.spread import side_by_side
from mer.manifest.clips import clip_key
from mer.manifest.labels import COMPOSITE, LabelSpace
from mer.models.ststnet import SIDE, STSTNet, new_ststnet
from mer.training.device import choose_device, device_here, one_thread, worker_count
from mer.training.fit_ststnet import STSTNetFitConfig, fit_ststnets, steps_an_epoch
from mer.training.folds import FoldResult, LosoResult, collect_folds, run_folds
from mer.training.protocols import ProtocolFold, protocol_folds
from mer.training.together import LEAST, halved

#: Folds stacked on a GPU; 68 hold about 5 GB of activations.
TOGETHER = 68


@dataclass(frozen=True)
class STSTNetConfig:
    """How STSTNet is trained and tested on motion maps.

    Attributes:
        fit: the settings of the fit.
        labels: classes.
        protocol: who is tested by a model of whom, a name of `mer.training.protocols.PROTOCOLS`.
    """

    fit: STSTNetFitConfig = field(default_factory=STSTNetFitConfig)
    labels: LabelSpace = COMPOSITE
    protocol: str = "loso"


def run_ststnet_loso(
    pixels: np.ndarray,
    clips: pd.DataFrame,
    folder: Path,
    config: STSTNetConfig,
    seed: int,
    device: str = "auto",
    n_jobs: int | None = None,
) -> LosoResult:
    """Train and test every fold; a finished fold with the same inputs is not trained again.

    Args:
        pixels: uint8 (n, 1, 28, 28, 3), onset-apex maps (`mer.datasets.maps.read_pixels`).
        clips: their rows of the clip table, all labelled.
        folder: run folder.
        config: the settings.
        seed: of the whole study.
        device: ``auto``, ``cpu`` or ``cuda``. On a CPU a fold is one process of one thread, on a GPU all are stacked.
        n_jobs: folds (on a GPU: stacks) side by side; None chooses by machine.
    """
    if pixels.shape != (len(clips), 1, SIDE, SIDE, 3):
        raise InputError(f"Maps have the shape {pixels.shape}; expected ({len(clips)}, 1, {SIDE}, {SIDE}, 3).")
    unlabelled = ~clips["label"].isin(config.labels.classes)
    if unlabelled.any():
        raise InputError(f"{int(unlabelled.sum())} clips have no label of {config.labels.classes}; leave them out.")
    chosen = choose_device(device)
    folds = protocol_folds(clips, config.protocol, config.labels.classes)
    named = "\n".join(clip_key(row) for _, row in clips.iterrows())
    settings = ["ststnet", repr(asdict(config)), str(seed), digest(pixels.tobytes(), named, *clips["label"])]
    keys = {fold: digest(*settings, fold) for fold in folds.names}
    train = partial(train_folds, pixels=pixels, clips=clips, config=config, seed=seed, device=str(chosen))
    workers = worker_count(chosen, n_jobs)
    share = -(-len(keys) // side_by_side(workers))  # every GPU has its part
    together = 1 if chosen.type == "cpu" else min(TOGETHER, max(LEAST, share))
    run_folds(folder, keys, train, workers, together)
    return collect_folds(folder, clips, folds.rows, folds.names_of_rows)


def train_folds(
    folds: Sequence[str],
    pixels: np.ndarray,
    clips: pd.DataFrame,
    config: STSTNetConfig,
    seed: int,
    device: str,
) -> Iterator[FoldResult]:
    """The folds of these names (`mer.training.protocols`), in their order; on a CPU with one thread.

    Folds whose training clips make as many batches are fitted as one stack, whatever the device.
    """
    where = device_here(device)
    images = torch.from_numpy(np.ascontiguousarray(np.moveaxis(pixels[:, 0], -1, 1), dtype=np.float32)).to(where)
    labels = torch.tensor([config.labels.index(name) for name in clips["label"]], device=where)
    by_name = protocol_folds(clips, config.protocol, config.labels.classes)
    wanted = [by_name[name] for name in folds]
    with one_thread(device):
        yield from halved(
            partial(_fitted, images=images, labels=labels, clips=clips, config=config, seed=seed), wanted, where
        )


def _fitted(
    folds: Sequence[ProtocolFold],
    images: torch.Tensor,
    labels: torch.Tensor,
    clips: pd.DataFrame,
    config: STSTNetConfig,
    seed: int,
) -> list[FoldResult]:
    stacks: dict[int, list[ProtocolFold]] = {}
    for fold in folds:
        stacks.setdefault(steps_an_epoch(len(fold.train), config.fit), []).append(fold)
    results = {}
    for stack in stacks.values():
        seeds = [seed_for("ststnet fold", seed, fold.name) for fold in stack]
        networks = [new_ststnet(one, len(config.labels.classes)).to(images.device) for one in seeds]
        training = [torch.from_numpy(fold.train).to(images.device) for fold in stack]
        histories = fit_ststnets(networks, images, labels, training, seeds, config.fit)
        for fold, network, history in zip(stack, networks, histories, strict=True):
            results[fold.name] = _result(fold, network, history, images, clips, config)
    return [results[fold.name] for fold in folds]


def _result(
    fold: ProtocolFold,
    network: STSTNet,
    history: list[dict[str, Any]],
    images: torch.Tensor,
    clips: pd.DataFrame,
    config: STSTNetConfig,
) -> FoldResult:
    network.eval()
    with torch.no_grad():
        seen = network.features(network.pooled(images[torch.from_numpy(fold.test).to(images.device)]))
        probabilities = network.linear(seen).softmax(dim=1).cpu().numpy()
    classes = config.labels.classes
    count_live(list(clips["label"].to_numpy()[fold.test]), probabilities, classes)
    about = {"held_out": list(fold.persons), "network": "ststnet", "classes": classes}
    arrays = {"embedding": seen.cpu().numpy(), "probabilities": probabilities}
    return FoldResult(network.state_dict(), about, pd.DataFrame(history), fold.test, arrays)
