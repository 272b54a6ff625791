"""The Transformer Fusion trained and tested fold by fold on motion maps: no DGM, no frames."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from itertools import groupby
from pathlib import Path

import torch

from mer.core.errors import InputError
from mer.core.files import digest
from mer.datasets.maps import MotionMaps
from mer.face.regions import canonical_boxes
from mer.manifest.clips import person
from mer.models.map_fusion import map_model
from mer.training.device import choose_device, device_here, one_thread, worker_count
from mer.training.epochs import Looks, check_epochs, nested_arrays
from mer.training.fit_fusions import fit_fusions
from mer.training.folds import FoldResult, LosoResult, collect_folds, run_folds
from mer.training.maps_choice import CHOICES, Train, check_choice, choose_configs, fold_groups
from mer.training.maps_config import MapsConfig
from mer.training.maps_fold import MOTION, MapsData, MapsFold
from mer.training.protocols import ProtocolFold, protocol_folds
from mer.training.random_streams import Streams
from mer.training.tasks import FusionTask
from mer.training.together import checked_together, halved, how_many, multiply_adds

#: A fold and how its model is made.
Wanted = tuple[ProtocolFold, MapsConfig]


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
        config: the settings; where they say so, the parts of each fold's model are chosen first
            (`mer.training.maps_choice`).
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
    check_choice(config)
    chosen = choose_device(device)
    folds = protocol_folds(maps.clips, config.protocol, config.labels.classes)
    persons, class_of = person(maps.clips).to_numpy(), maps.clips["label"].map(config.labels.index).to_numpy()
    check_epochs(folds, persons, class_of, config.epochs, config.fit.steps, seed)
    groups = fold_groups(folds, persons, class_of, config.choice, seed) if config.choice.candidates else []
    workers, about = worker_count(chosen, n_jobs), [str(seed), maps.fingerprint, digest(*maps.clips["label"])]
    train = partial(_train, maps=maps, seed=seed, device=str(chosen), stacked=False)
    configs = dict.fromkeys(folds.names, config)
    if groups:
        configs = choose_configs(groups, config, class_of, folder, about, train, workers)
    else:
        (folder / CHOICES).unlink(missing_ok=True)  # of an earlier run that chose
    names = sorted(folds.names, key=lambda name: (repr(configs[name]), name))  # folds of one shape side by side
    keys = {name: digest(repr(asdict(configs[name])), *about, name) for name in names}
    if together is None:
        together = how_many(chosen, len(keys), workers, partial(_step_size, maps, configs[names[0]]))
    smallest = int(folds.training_clips.min())
    one_size = smallest >= max(own.fit.batch for own in configs.values())  # of all batches
    stacked = one_size and not config.epochs.every and (together > 1 or chosen.type == "cuda")
    by_name = partial(_by_name, maps=maps, configs=configs, train=partial(train, stacked=stacked))
    run_folds(folder, keys, by_name, workers, together if stacked else 1)
    return collect_folds(folder, keys, maps.clips, folds.rows, folds.names_of_rows)


def _by_name(
    names: Sequence[str], maps: MotionMaps, configs: Mapping[str, MapsConfig], train: Train
) -> Iterator[FoldResult]:
    config = configs[names[0]]
    folds = protocol_folds(maps.clips, config.protocol, config.labels.classes)
    yield from train([(folds[name], configs[name]) for name in names])


def _train(wanted: Sequence[Wanted], maps: MotionMaps, seed: int, device: str, stacked: bool) -> Iterator[FoldResult]:
    where = device_here(device)
    data = MapsData.on(where, maps, wanted[0][1])
    with one_thread(device):
        if stacked:
            for config, some in groupby(wanted, key=lambda one: one[1]):
                as_one = partial(_train_as_one, data=data, config=config, seed=seed)
                yield from halved(as_one, [fold for fold, _ in some], where)
            return
        for fold, config in wanted:
            own = MapsFold.begin(fold, data, config, seed)
            rows, looks = own.fit(data)
            result = own.result(rows, data)
            if config.epochs.every:
                persons, class_of = person(maps.clips).to_numpy(), data.labels.cpu().numpy()
                inner = partial(_inner_looks, data=data, config=config, seed=seed)
                more = nested_arrays(fold, looks, persons, class_of, config.epochs, seed, inner)
                result.arrays.update(more)
            yield result


def _inner_looks(fold: ProtocolFold, data: MapsData, config: MapsConfig, seed: int) -> Looks:
    return MapsFold.begin(fold, data, config, seed).fit(data)[1]


def _train_as_one(folds: Sequence[ProtocolFold], data: MapsData, config: MapsConfig, seed: int) -> list[FoldResult]:
    device = data.images.device
    streams, parts = Streams(device), []
    for fold in folds:
        parts.append(MapsFold.begin(fold, data, config, seed))
        streams.begin(parts[-1].seed)
    histories = fit_fusions(
        [own.model for own in parts],
        torch.stack([own.images for own in parts])[:, None],
        range(len(parts)),
        data.boxes,
        data.labels.expand(len(parts), -1),
        [torch.from_numpy(own.fold.train).to(device) for own in parts],
        MOTION,
        config.fit,
        [own.seed for own in parts],
        streams,
    )
    return [own.result(rows, data) for own, rows in zip(parts, histories, strict=True)]


def _step_size(maps: MotionMaps, config: MapsConfig) -> float:
    """Multiply-adds of one fold's step."""
    batch, classes = config.fit.batch, len(config.labels.classes)
    model = map_model(config.fusion, config.parts, maps.maps.shape[1:], classes)
    images, boxes = torch.empty(batch, *maps.maps.shape[1:]), torch.from_numpy(canonical_boxes()).expand(batch, -1, -1)
    task = FusionTask(model, 0.0, "float32")
    return multiply_adds(task, (images, boxes, torch.empty(batch, classes), torch.ones(classes)))
