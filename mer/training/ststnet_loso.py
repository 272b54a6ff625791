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
from mer.manifest.clips import clip_key, person
from mer.manifest.labels import COMPOSITE, LabelSpace
from mer.models.ststnet import SIDE, STSTNet, new_ststnet
from mer.training.device import choose_device, device_here, one_thread, worker_count
from mer.training.epochs import EpochsConfig, Looks, as_it_is, check_epochs, inner_folds, look_arrays
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
        epochs: which epochs are looked at, for the epoch rules nested and oracle.
    """

    fit: STSTNetFitConfig = field(default_factory=STSTNetFitConfig)
    labels: LabelSpace = COMPOSITE
    protocol: str = "loso"
    epochs: EpochsConfig = field(default_factory=EpochsConfig)


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
    class_of = clips["label"].map(config.labels.index).to_numpy()
    check_epochs(folds, person(clips).to_numpy(), class_of, config.epochs, config.fit.epochs, seed)
    named = "\n".join(clip_key(row) for _, row in clips.iterrows())
    settings = ["ststnet", repr(asdict(config)), str(seed), digest(pixels.tobytes(), named, *clips["label"])]
    keys = {fold: digest(*settings, fold) for fold in folds.names}
    train = partial(train_folds, pixels=pixels, clips=clips, config=config, seed=seed, device=str(chosen))
    workers = worker_count(chosen, n_jobs)
    share = -(-len(keys) // side_by_side(workers))  # every GPU has its part
    together = 1 if chosen.type == "cpu" else min(TOGETHER, max(LEAST, share))
    run_folds(folder, keys, train, workers, together)
    return collect_folds(folder, keys, clips, folds.rows, folds.names_of_rows)


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


@dataclass(frozen=True)
class _Fitted:
    """A fold's network, the history of its fit, and what it said of the fold's test clips meanwhile."""

    network: STSTNet
    history: list[dict[str, Any]]
    looks: Looks


def _fitted(
    folds: Sequence[ProtocolFold],
    images: torch.Tensor,
    labels: torch.Tensor,
    clips: pd.DataFrame,
    config: STSTNetConfig,
    seed: int,
) -> list[FoldResult]:
    found = _fit(folds, images, labels, config, seed)
    more: list[dict[str, np.ndarray]] = [{} for _ in folds]
    if config.epochs.every:
        persons, class_of = person(clips).to_numpy(), labels.cpu().numpy()
        inner = [inner_folds(fold, persons, class_of, config.epochs, seed) for fold in folds]
        # One inner fold of each fold at a time: what is a single network stays one.
        said = [
            [one.looks.probabilities for one in _fit(part, images, labels, config, seed)]
            for part in zip(*inner, strict=True)
        ]
        more = [
            look_arrays(own.looks.probabilities, parts, parts_said, class_of)
            for own, parts, parts_said in zip(found, inner, zip(*said, strict=True), strict=True)
        ]
    return [_result(*given, images, clips, config) for given in zip(folds, found, more, strict=True)]


def _fit(
    folds: Sequence[ProtocolFold], images: torch.Tensor, labels: torch.Tensor, config: STSTNetConfig, seed: int
) -> list[_Fitted]:
    stacks: dict[int, list[ProtocolFold]] = {}
    for fold in folds:
        stacks.setdefault(steps_an_epoch(len(fold.train), config.fit), []).append(fold)
    fitted = {}
    for stack in stacks.values():
        seeds = [seed_for("ststnet fold", seed, fold.name) for fold in stack]
        networks = [new_ststnet(one, len(config.labels.classes)).to(images.device) for one in seeds]
        training = [torch.from_numpy(fold.train).to(images.device) for fold in stack]
        looks = [
            Looks(config.epochs.looks(config.fit.epochs), partial(_seen, network, images, fold))
            for fold, network in zip(stack, networks, strict=True)
        ]

        def watch(epoch: int, looks: list[Looks] = looks) -> None:
            for look in looks:
                look(epoch)

        histories = fit_ststnets(
            networks, images, labels, training, seeds, config.fit, watch if config.epochs.every else None
        )
        for fold, network, history, look in zip(stack, networks, histories, looks, strict=True):
            fitted[fold.name] = _Fitted(network, history, look)
    return [fitted[fold.name] for fold in folds]


def _seen(network: STSTNet, images: torch.Tensor, fold: ProtocolFold) -> np.ndarray:
    """Probabilities of the fold's test clips in the middle of a fit."""
    with as_it_is(network):
        return _predicted(network, images, fold)[1]


@torch.no_grad()
def _predicted(network: STSTNet, images: torch.Tensor, fold: ProtocolFold) -> tuple[np.ndarray, np.ndarray]:
    """Features (t, 400) and probabilities (t, classes) of the fold's test clips, in evaluation mode."""
    network.eval()
    seen = network.features(network.pooled(images[torch.from_numpy(fold.test).to(images.device)]))
    return seen.cpu().numpy(), network.linear(seen).softmax(dim=1).cpu().numpy()


def _result(
    fold: ProtocolFold,
    fitted: _Fitted,
    more: dict[str, np.ndarray],
    images: torch.Tensor,
    clips: pd.DataFrame,
    config: STSTNetConfig,
) -> FoldResult:
    embedding, probabilities = _predicted(fitted.network, images, fold)
    classes = config.labels.classes
    count_live(list(clips["label"].to_numpy()[fold.test]), probabilities, classes)
    about = {"held_out": list(fold.persons), "network": "ststnet", "classes": classes}
    arrays = {"embedding": embedding, "probabilities": probabilities} | more
    return FoldResult(fitted.network.state_dict(), about, pd.DataFrame(fitted.history), fold.test, arrays)
