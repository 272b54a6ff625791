"""A baseline network trained and tested fold by fold on images: of maps or of frames, one way for all of them."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from mer.core.errors import InputError
from mer.core.files import digest
from mer.core.kept_memory import freed_memory_kept
from mer.core.live import count_live
from mer.core.seeds import seed_for
from mer.manifest.clips import clip_key, person
from mer.models.baselines.base import BaselineNetwork
from mer.models.baselines.registry import BASELINES, new_baseline
from mer.training.device import choose_device, device_here, one_thread, worker_count
from mer.training.epochs import Looks, as_it_is, check_epochs, nested_arrays
from mer.training.fit_network import fit_network
from mer.training.folds import FoldResult, LosoResult, collect_folds, run_folds
from mer.training.network_configs import BaselineConfig
from mer.training.protocols import ProtocolFold, protocol_folds


def run_network_loso(
    images: np.ndarray,
    clips: pd.DataFrame,
    folder: Path,
    config: BaselineConfig,
    seed: int,
    device: str = "auto",
    n_jobs: int | None = None,
) -> LosoResult:
    """Train and test every fold; a finished fold with the same inputs is not trained again. Epoch rule: last.

    Args:
        images: float32 (n, C, size, size), as the network sees them (`mer.training.network_inputs`).
        clips: their rows of the clip table, all labelled.
        folder: run folder.
        config: the network and its settings.
        seed: of the whole study.
        device: ``auto``, ``cpu`` or ``cuda``. On a CPU a fold is one process of one thread.
        n_jobs: folds side by side; None: one a CPU core, one a GPU.

    Raises:
        InputError: images of another shape, clips without a label, or too few of them for the protocol.
    """
    _check(images, clips, config)
    chosen, folds = choose_device(device), protocol_folds(clips, config.protocol, config.labels.classes)
    class_of = clips["label"].map(config.labels.index).to_numpy()
    check_epochs(folds, person(clips).to_numpy(), class_of, config.epochs, config.fit.epochs, seed)
    named = "\n".join(clip_key(row) for _, row in clips.iterrows())
    settings = [config.network, repr(asdict(config)), str(seed), digest(images.tobytes(), named, *clips["label"])]
    keys = {fold: digest(*settings, fold) for fold in folds.names}
    train = partial(train_folds, images=images, clips=clips, config=config, seed=seed, device=str(chosen))
    run_folds(folder, keys, train, worker_count(chosen, n_jobs))
    return collect_folds(folder, keys, clips, folds.rows, folds.names_of_rows)


def train_folds(
    folds: Sequence[str], images: np.ndarray, clips: pd.DataFrame, config: BaselineConfig, seed: int, device: str
) -> Iterator[FoldResult]:
    """The folds of these names (`mer.training.protocols`), in their order; on a CPU with one thread."""
    where, by_name = device_here(device), protocol_folds(clips, config.protocol, config.labels.classes)
    begin = partial(NetworkFold.begin, images=images, clips=clips, config=config, seed=seed, device=where)
    persons, class_of = person(clips).to_numpy(), clips["label"].map(config.labels.index).to_numpy()

    def inner(fold: ProtocolFold) -> Looks:
        return begin(fold).fit()[1]

    for name in folds:
        with one_thread(device), freed_memory_kept():
            own = begin(by_name[name])
            history, looks = own.fit()
            result = own.result(history, clips)
            if config.epochs.every:
                more = nested_arrays(own.fold, looks, persons, class_of, config.epochs, seed, inner)
                result.arrays.update(more)
        yield result  # when threads and memory are the caller's again


@dataclass(frozen=True)
class NetworkFold:
    """A fold before and after its fit.

    Attributes:
        fold: whose clips train, whose are held out.
        config: the network and its settings.
        seed: the fold's own.
        network: with its initial weights until `fit`.
        training, labels: images (n, C, size, size) and classes (n,) of all other clips, on the device.
        held_out: images of the held-out clips, scaled as the training ones.
        scale: mean and deviation of each channel that were taken out, of the training clips; empty where none were.
    """

    fold: ProtocolFold
    config: BaselineConfig
    seed: int
    network: BaselineNetwork
    training: Tensor
    labels: Tensor
    held_out: Tensor
    scale: dict[str, list[float]]

    @classmethod
    def begin(
        cls,
        fold: ProtocolFold,
        images: np.ndarray,
        clips: pd.DataFrame,
        config: BaselineConfig,
        seed: int,
        device: torch.device,
    ) -> "NetworkFold":
        """Clips of the fold, and the network with a start drawn from the fold's own seed."""
        own = seed_for("network fold", config.network, seed, fold.name)
        training, held_out = (torch.from_numpy(images[rows]).to(device) for rows in (fold.train, fold.test))
        scale = {}
        if config.standardise:
            mean = training.mean(dim=(0, 2, 3), keepdim=True)
            deviation = training.std(dim=(0, 2, 3), keepdim=True).clamp_min(1e-6)
            training, held_out = (training - mean) / deviation, (held_out - mean) / deviation
            scale = {"mean": mean.flatten().tolist(), "deviation": deviation.flatten().tolist()}
        labels = torch.tensor(
            [config.labels.index(label) for label in clips["label"].to_numpy()[fold.train]], device=device
        )
        network = new_baseline(config.architecture, len(config.labels.classes), own).to(device)
        return cls(fold, config, own, network, training, labels, held_out, scale)

    def fit(self) -> tuple[list[dict[str, Any]], Looks]:
        """Fit the network in place; the history, and what was said of the held-out clips meanwhile."""
        given = (self.network, self.training, self.labels, self.config.fit, self.seed)
        epochs = self.config.epochs

        def seen() -> np.ndarray:
            with as_it_is(self.network):
                return self.predict()[1]

        looks = Looks(epochs.looks(self.config.fit.epochs), seen)
        return fit_network(*given, losses=self.network.losses, watch=looks if epochs.every else None), looks

    def predict(self) -> tuple[np.ndarray, np.ndarray]:
        """Features (t, F) and probabilities (t, classes) of the held-out clips, in evaluation mode; float32."""
        self.network.eval()
        with torch.no_grad():
            features = self.network.features(self.held_out)
            probabilities = self.network.probabilities(self.network.classify(features))
        return features.cpu().numpy(), probabilities.cpu().numpy()

    def result(self, history: list[dict[str, Any]], clips: pd.DataFrame) -> FoldResult:
        """What the fold leaves."""
        embedding, probabilities = self.predict()
        classes = self.config.labels.classes
        count_live(list(clips["label"].to_numpy()[self.fold.test]), probabilities, classes)
        about = {
            "held_out": list(self.fold.persons),
            "network": self.config.network,
            "architecture": asdict(self.config.architecture),
            "scale": self.scale,
            "classes": classes,
        }
        arrays = {"embedding": embedding, "probabilities": probabilities}
        return FoldResult(self.network.state_dict(), about, pd.DataFrame(history), self.fold.test, arrays)


def _check(images: np.ndarray, clips: pd.DataFrame, config: BaselineConfig) -> None:
    side, channels = config.architecture.size, len(BASELINES[config.network].channels)
    if images.shape != (len(clips), channels, side, side):
        raise InputError(
            f"Images have the shape {images.shape}; {BASELINES[config.network].title} expects "
            f"{(len(clips), channels, side, side)}. Make them with mer.training.network_inputs."
        )
    unlabelled = ~clips["label"].isin(config.labels.classes)
    if unlabelled.any():
        raise InputError(f"{int(unlabelled.sum())} clips have no label of {config.labels.classes}; leave them out.")
