"""The Transformer Fusion trained and tested fold by fold on motion maps: no DGM, no frames."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from mer.core.errors import InputError
from mer.core.files import digest
from mer.core.live import count_live
from mer.core.seeds import seed_for
from mer.datasets.maps import MotionMaps
from mer.face.regions import canonical_boxes
from mer.manifest.clips import person
from mer.manifest.labels import COMPOSITE, LabelSpace
from mer.models.fusion import FusionConfig, TransformerFusion
from mer.models.patches import PatchConfig
from mer.training.augment import AugmentConfig
from mer.training.device import choose_device, device_here, mixed_precision, one_thread, worker_count
from mer.training.epochs import EpochsConfig, Looks, as_it_is, check_epochs, nested_arrays
from mer.training.fit_fusion import FusionFitConfig, fit_fusion
from mer.training.fit_fusions import fit_fusions
from mer.training.folds import FoldResult, LosoResult, collect_folds, run_folds
from mer.training.protocols import ProtocolFold, protocol_folds
from mer.training.random_streams import Streams
from mer.training.tasks import FusionTask
from mer.training.together import checked_together, halved, how_many, multiply_adds


@dataclass(frozen=True)
class MapsConfig:
    """How the Transformer Fusion is fitted to motion maps.

    Attributes:
        fusion: sizes. The maps stand in place of the DGM's output; their faces were aligned before, so the AU boxes are
            those of the canonical face.
        fit: the settings of the fit.
        labels: classes.
        protocol: who is tested by a model of whom, a name of `mer.training.protocols.PROTOCOLS`.
        epochs: which steps are looked at, for the epoch rules nested and oracle. Folds are then trained one at a time,
            on a GPU too.
    """

    fusion: FusionConfig = field(
        default_factory=lambda: FusionConfig(
            region=PatchConfig(image=12, patch=6),
            face=PatchConfig(image=28, patch=7),
            width=48,
            depth=0,
            dropout=0.5,
        )
    )
    fit: FusionFitConfig = field(
        default_factory=lambda: FusionFitConfig(
            steps=160,
            learning_rate=2e-3,
            weight_decay=0.05,
            augment=AugmentConfig(drift=0.1, box_jitter=0.01, scale=1.3, mix=0.4),
        )
    )
    labels: LabelSpace = COMPOSITE
    protocol: str = "loso"
    epochs: EpochsConfig = field(default_factory=EpochsConfig)


def run_maps_loso(
    maps: MotionMaps,
    folder: Path,
    config: MapsConfig,
    seed: int,
    device: str = "auto",
    n_jobs: int | None = None,
    together: int | None = None,
) -> LosoResult:
    """Train and test every fold; a finished fold with the same inputs is not trained again.

    Args:
        maps: one kind of map (u, v, strain), all clips labelled.
        folder: run folder.
        config: the settings.
        seed: of the whole study.
        device: ``auto``, ``cpu`` or ``cuda``.
        n_jobs: processes side by side; None: one a CPU core, one a GPU.
        together: folds that a process trains as one stacked model (`mer.training.stacked`), which changes no result;
            None: as many as fill a GPU, one on a CPU.
    """
    checked_together(together)
    unlabelled = ~maps.clips["label"].isin(config.labels.classes)
    if unlabelled.any():
        raise InputError(f"{int(unlabelled.sum())} clips have no label of {config.labels.classes}; leave them out.")
    chosen = choose_device(device)
    folds = protocol_folds(maps.clips, config.protocol, config.labels.classes)
    persons, class_of = person(maps.clips).to_numpy(), maps.clips["label"].map(config.labels.index).to_numpy()
    check_epochs(folds, persons, class_of, config.epochs, config.fit.steps, seed)
    settings = [repr(asdict(config)), str(seed), maps.fingerprint]
    keys = {fold: digest(*settings, fold) for fold in folds.names}
    workers = worker_count(chosen, n_jobs)
    if together is None:
        together = how_many(chosen, len(keys), workers, partial(_step_size, maps, config))
    smallest = int(folds.training_clips.min())
    one_size = smallest >= config.fit.batch  # of all batches
    stacked = one_size and not config.epochs.every and (together > 1 or chosen.type == "cuda")
    train = partial(_train, maps=maps, config=config, seed=seed, device=str(chosen), stacked=stacked)
    run_folds(folder, keys, train, workers, together if stacked else 1)
    return collect_folds(folder, maps.clips, folds.rows, folds.names_of_rows)


def _train(
    folds: Sequence[str], maps: MotionMaps, config: MapsConfig, seed: int, device: str, stacked: bool
) -> Iterator[FoldResult]:
    where = device_here(device)
    data = _Data(
        images=torch.tensor(maps.maps).to(where),
        boxes=torch.from_numpy(canonical_boxes()).to(where).expand(len(maps.maps), -1, -1),
        labels=torch.tensor([config.labels.index(name) for name in maps.clips["label"]], device=where),
    )
    by_name = protocol_folds(maps.clips, config.protocol, config.labels.classes)
    wanted = [by_name[name] for name in folds]
    with one_thread(device):
        if stacked:
            yield from halved(partial(_train_as_one, maps=maps, data=data, config=config, seed=seed), wanted, where)
            return
        for fold in wanted:
            own = _Fold.begin(fold, data, config, seed)
            rows, looks = own.fit(data, config)
            result = own.result(rows, maps, data, config)
            if config.epochs.every:
                persons, class_of = person(maps.clips).to_numpy(), data.labels.cpu().numpy()
                inner = partial(_inner_looks, data=data, config=config, seed=seed)
                more = nested_arrays(fold, looks, persons, class_of, config.epochs, seed, inner)
                result.arrays.update(more)
            yield result


def _inner_looks(fold: ProtocolFold, data: "_Data", config: MapsConfig, seed: int) -> Looks:
    return _Fold.begin(fold, data, config, seed).fit(data, config)[1]


def _train_as_one(
    folds: Sequence[ProtocolFold], maps: MotionMaps, data: "_Data", config: MapsConfig, seed: int
) -> list[FoldResult]:
    device = data.images.device
    streams, parts = Streams(device), []
    for fold in folds:
        parts.append(_Fold.begin(fold, data, config, seed))
        streams.begin(parts[-1].seed)
    histories = fit_fusions(
        [own.model for own in parts],
        torch.stack([own.images for own in parts])[:, None],
        range(len(parts)),
        data.boxes,
        data.labels.expand(len(parts), -1),
        [torch.from_numpy(own.fold.train).to(device) for own in parts],
        (0, 1),
        config.fit,
        [own.seed for own in parts],
        streams,
    )
    return [own.result(rows, maps, data, config) for own, rows in zip(parts, histories, strict=True)]


@dataclass(frozen=True)
class _Data:
    """All clips, on the device: maps (n, 3, H, W), AU boxes (n, 9, 4), classes (n,)."""

    images: Tensor
    boxes: Tensor
    labels: Tensor


@dataclass(frozen=True)
class _Fold:
    """A fold before and after its fit: its clips, the maps as it sees them, its model."""

    fold: ProtocolFold
    seed: int
    images: Tensor
    model: TransformerFusion

    @classmethod
    def begin(cls, fold: ProtocolFold, data: _Data, config: MapsConfig, seed: int) -> "_Fold":
        """The maps are scaled by the deviation of the training clips alone; the model has the fold's own start."""
        fold_seed = seed_for("maps fold", seed, fold.name)
        torch.manual_seed(fold_seed % 2**32)
        images = data.images / data.images[torch.from_numpy(fold.train)].std(dim=(0, 2, 3), keepdim=True)
        model = TransformerFusion(config.fusion, images.shape[1], len(config.labels.classes))
        return cls(fold, fold_seed, images, model.to(images.device))

    def fit(self, data: _Data, config: MapsConfig) -> tuple[list[dict[str, Any]], Looks]:
        """Fit in place; the history, and what was said of the test clips meanwhile."""
        rest = torch.from_numpy(self.fold.train)

        def seen() -> np.ndarray:
            with as_it_is(self.model):
                return self.predict(data, config)["probabilities"]

        looks = Looks(config.epochs.looks(config.fit.steps), seen)
        rows = fit_fusion(
            self.model,
            self.images[rest][None],
            data.boxes[rest],
            data.labels[rest],
            (0, 1),
            config.fit,
            self.seed,
            looks if config.epochs.every else None,
        )
        return rows, looks

    def predict(self, data: _Data, config: MapsConfig) -> dict[str, np.ndarray]:
        """What the model says of the test clips, in evaluation mode: the arrays of `FoldResult`."""
        self.model.eval()
        test = torch.from_numpy(self.fold.test)
        with torch.no_grad(), mixed_precision(data.images.device, config.fit.precision):
            out = self.model(self.images[test], data.boxes[test])
        names = ["embedding", "weights_local", "weights_global", "weights_full"]
        arrays = {name: getattr(out, name).float().cpu().numpy() for name in names}
        return arrays | {"probabilities": out.logits.float().softmax(dim=1).cpu().numpy()}

    def result(self, rows: list[dict[str, Any]], maps: MotionMaps, data: _Data, config: MapsConfig) -> FoldResult:
        """Predict the test clips."""
        arrays = self.predict(data, config)
        labels = list(maps.clips["label"].to_numpy()[self.fold.test])
        count_live(labels, arrays["probabilities"], config.labels.classes)
        about = {"held_out": list(self.fold.persons), "fusion": asdict(config.fusion), "classes": config.labels.classes}
        return FoldResult(self.model.state_dict(), about, pd.DataFrame(rows), self.fold.test, arrays)


def _step_size(maps: MotionMaps, config: MapsConfig) -> float:
    """Multiply-adds of one fold's step."""
    batch, classes = config.fit.batch, len(config.labels.classes)
    task = FusionTask(TransformerFusion(config.fusion, maps.maps.shape[1], classes), 0.0, "float32")
    images, boxes = torch.empty(batch, *maps.maps.shape[1:]), torch.from_numpy(canonical_boxes()).expand(batch, -1, -1)
    return multiply_adds(task, (images, boxes, torch.empty(batch, classes), torch.ones(classes)))
