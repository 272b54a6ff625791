"""FRL-DGT trained and tested fold by fold over an aligned store, by any protocol."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from mer.core.errors import InputError
from mer.core.files import digest, file_digest, write_with
from mer.core.live import source_live
from mer.face.store import AlignedStore, open_store
from mer.manifest.clips import person
from mer.training.device import choose_device, device_here, one_thread, worker_count
from mer.training.epochs import LOOKS, NESTED, check_epochs
from mer.training.fold import folds_of, labelled_clips, train_fold
from mer.training.fold_config import FoldConfig
from mer.training.folds import FoldResult, LosoResult, collect_folds, run_folds
from mer.training.folds_together import stackable, step_size, train_together
from mer.training.inputs import Prepared, prepare_inputs
from mer.training.magnified import check_field, magnet_of
from mer.training.pairs import frames_near_apex
from mer.training.pretrained import check_pretrained, pretrained_of_folds
from mer.training.protocols import kept_settings
from mer.training.stacks import prepare_stacks
from mer.training.together import checked_together, halved, how_many


def run_loso(
    store: AlignedStore,
    folder: Path,
    config: FoldConfig,
    pretrained: Path | None,
    seed: int,
    device: str = "auto",
    n_jobs: int | None = None,
    together: int | None = None,
) -> LosoResult:
    """Train and test every fold; a fold that was finished before with the same inputs is not trained again.

    Args:
        store: aligned clips.
        folder: run folder; each fold leaves its files in it (see `mer.training.folds`).
        config: the settings.
        pretrained: folder of a pretraining (see `mer.training.pretrain`), or None for none.
        seed: of the whole study.
        device: ``auto``, ``cpu`` or ``cuda``.
        n_jobs: processes side by side; None: one a CPU core, one a GPU.
        together: folds that a process trains as one stacked model (`mer.training.folds_together`), which changes no
            result; None: as many as fill a GPU, one on a CPU.
    """
    checked_together(together)
    chosen = choose_device(device)
    rows = labelled_clips(store, config.labels)
    clips, folds = store.clips.iloc[rows], folds_of(store, rows, config)
    wanted = pretrained if config.self_supervision and config.model.motion.source == "dgm" else None
    sources: dict[str, Path | None] = dict.fromkeys(folds.names)
    if wanted:
        sources |= pretrained_of_folds(wanted, store.clips, config.protocol, folds)
    check_start(config, bool(wanted))
    class_of, total = clips["label"].map(config.labels.index).to_numpy(), config.warm_up.steps + config.joint.steps
    check_epochs(folds, person(clips).to_numpy(), class_of, config.epochs, total, seed)
    check_pretrained({path for path in sources.values() if path}, config.model.dgm, config.joint.loss)
    if config.magnify is not None:
        magnet_of(config.magnify, chosen)  # weights that cannot be used are told now, not in a worker
    prepared = prepare_inputs(store, rows, config.model, config.apex_offsets)
    if config.pairs_first:  # made here, so that folds side by side find it
        prepare_inputs(store, rows, replace(config.model, sequence=0), config.apex_offsets)
    digests = {path: file_digest(path) for path in set(sources.values()) if path}
    settings = [repr(kept_settings(config)), str(seed), Path(store.path).name]
    if config.magnify is not None and config.magnify.weights:
        settings.append(file_digest(config.magnify.weights))
    keys = {fold: digest(*settings, fold, digests[path] if (path := sources[fold]) else "") for fold in folds.names}
    workers = worker_count(chosen, n_jobs)
    generated: dict[Path, Path] = {}
    if config.warm_up.steps and config.magnify is None:
        given = {path for path in sources.values() if path}
        generated = prepare_stacks(store, prepared, config.model, given, str(chosen), workers)
    can_stack = stackable(config, folds.training_clips.tolist())
    if together is None:
        together = how_many(chosen, len(folds), workers, partial(step_size, config, store.config.size))
    train = partial(
        _train,
        stacked=can_stack and (together > 1 or chosen.type == "cuda"),
        store_path=store.path,
        config=config,
        sources=sources,
        prepared=prepared,
        generated=generated,
        seed=seed,
        device=str(chosen),
    )
    source_live(folder, store.synthetic)
    run_folds(folder, keys, train, workers, together if can_stack else 1)
    return collect_folds(folder, keys, store.clips, rows, folds.names_of_rows)


def check_start(config: FoldConfig, pretrained: bool) -> None:
    """Refuse a scheme that would fit the Transformer Fusion to a DGM that generates nothing.

    Raises:
        InputError: no pretrained DGM is given, and it starts from fields of zero.
    """
    dgm = config.model.dgm
    check_field(config.magnify, pretrained, dgm)
    generates = pretrained or dgm.start.windows or not dgm.zero_start or config.model.motion.source != "dgm"
    if config.warm_up.steps and not generates:
        raise InputError(
            f"warm_up.steps is {config.warm_up.steps} and no pretrained DGM is given (pretrain_run): the fusion would "
            "be fitted to fields of zeros. Pretrain first, or set warm_up.steps to 0."
        )


def save_clip_arrays(store: AlignedStore, result: LosoResult, path: Path) -> None:
    """Write what figures need of every predicted clip into one ``.npz``, rows in the order of ``result.clips``."""
    start = np.asarray(store.start)[result.rows]
    grey = store.frames.shape[-1] == 1
    frames = {"onset": store.frames[start], "apex": frames_near_apex(store, result.rows, (0,))[0]}
    arrays = {"boxes": np.asarray(store.boxes)[result.rows]}  # unless the model had others
    arrays |= {name: values for name, values in result.arrays.items() if name not in ("probabilities", LOOKS, NESTED)}
    arrays |= {name: image[..., 0] if grey else image for name, image in frames.items()}
    write_with(path, lambda stream: np.savez_compressed(stream, **arrays))


def _train(
    folds: Sequence[str],
    stacked: bool,
    store_path: Path,
    config: FoldConfig,
    sources: dict[str, Path | None],
    prepared: Prepared,
    generated: dict[Path, Path],
    seed: int,
    device: str,
) -> Iterator[FoldResult]:
    with one_thread(device):
        store, where = open_store(store_path), device_here(device)
        if stacked:
            as_one = partial(
                train_together,
                store,
                config=config,
                sources=sources,
                prepared=prepared,
                generated=generated,
                seed=seed,
                device=where,
            )
            yield from halved(as_one, folds, where)
            return
        for fold in folds:
            source = sources[fold]
            made = generated.get(source) if source else None
            yield train_fold(store, fold, config, source, seed, where, prepared, made)
