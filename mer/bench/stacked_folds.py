"""Folds trained one after another, and the same folds trained as one stacked model.

``plain`` is the loop that a fold alone is trained by: random pairs are copied to the device in every step, Python
launches every operation, arithmetic is float32 (on a GPU without its shortened TF32). ``plain, mixed`` is the same loop
in mixed precision. ``stacked`` is what a GPU gets: all frames on the device, as many folds in one call as pay (of the
configuration ``paper`` one), steps captured, mixed precision. That the numbers are the same is checked in float32.
On a CPU stacked folds are no aim (there folds run in processes side by side), but the same code runs, so that its
numbers can be checked anywhere.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor

from mer.bench.compare import compare, largest_difference
from mer.bench.frame import Check, Comparison, Measurement, Result
from mer.bench.options import Options
from mer.bench.peak import matrix_peak
from mer.bench.scale_store import make_large_store
from mer.core.configs import with_changes
from mer.face.regions import canonical_boxes
from mer.face.store import AlignedStore, open_store
from mer.models.frl_dgt import FRLDGT
from mer.models.fusion import TransformerFusion
from mer.training.augment import AugmentConfig
from mer.training.configs import fold_config
from mer.training.fit_fusion import FusionFitConfig, fit_fusion
from mer.training.fit_fusions import fit_fusions
from mer.training.fit_joint import JointFitConfig, fit_joint
from mer.training.fit_joints import fit_joints
from mer.training.fold_config import FoldConfig
from mer.training.folds_together import step_size
from mer.training.inputs import Inputs
from mer.training.maps_config import MapsConfig
from mer.training.pairs import RandomPairs, apex_rows, to_float
from mer.training.random_streams import Streams
from mer.training.resident import ResidentFrames
from mer.training.together import how_many

#: Largest difference of a loss after some steps: rounding, grown by Adam.
TOLERANCE = 2e-3

#: Trains all folds with settings of the fit and of the model; their losses.
Training: TypeAlias = Callable[[Any, Any], np.ndarray]


def run(options: Options) -> Iterator[Result]:
    """Both kinds of training: of the Transformer Fusion on motion maps, and of the whole model."""
    with torch.backends.cudnn.flags(allow_tf32=False), tempfile.TemporaryDirectory(prefix="mer-bench-") as folder:
        yield from _on_maps(options)
        yield from _whole_model(options, Path(folder))


def _on_maps(options: Options) -> Iterator[Result]:
    gpu = options.kind == "cuda" and not options.quick
    folds, clips = (68, 442) if gpu else (3, 60)
    steps = 40 if gpu else 4
    rng = np.random.default_rng(0)
    maps = torch.from_numpy(rng.standard_normal((1, clips, 3, 28, 28)).astype(np.float32)).to(options.torch_device)
    boxes = torch.from_numpy(canonical_boxes()).to(options.torch_device).expand(clips, -1, -1)
    labels = torch.arange(clips, device=options.torch_device) % 3
    config = MapsConfig()
    training = _training(clips, folds, options.torch_device)

    def models(fusion: Any) -> tuple[list[TransformerFusion], Streams]:
        return _started(folds, lambda: TransformerFusion(fusion, 3, 3), options.torch_device)

    def plain(fit: FusionFitConfig, fusion: Any) -> np.ndarray:
        made, _ = models(fusion)
        rows = []
        for k, (model, rest) in enumerate(zip(made, training, strict=True)):
            rows.append(fit_fusion(model, maps[:, rest], boxes[rest], labels[rest], (0, 1), fit, k))
        return _losses(rows, "classification")

    def stacked(fit: FusionFitConfig, fusion: Any) -> np.ndarray:
        made, streams = models(fusion)
        everyone = labels.expand(folds, -1)
        return _losses(
            fit_fusions(made, maps[None], [0] * folds, boxes, everyone, training, (0, 1), fit, range(folds), streams),
            "classification",
        )

    fit = replace(config.fit, steps=steps)
    same = replace(fit, precision="float32", augment=AugmentConfig(flip=True, drift=0.1))
    still = replace(config.fusion, dropout=0.0)  # a GPU draws the masks of a fold alone from another stream
    yield _compared(
        f"Transformer Fusion on motion maps, {folds} folds, {steps} steps",
        plain,
        stacked,
        (fit, config.fusion),
        "losses of every fold, float32, without dropout and mixtures",
        (same, still),
        options,
        aim="maps" if gpu else "",
    )


def _whole_model(options: Options, folder: Path) -> Iterator[Result]:
    gpu = options.kind == "cuda" and not options.quick
    name, size, clips = ("paper", 180, 68) if gpu else ("small", 64, 12)
    config = fold_config(name)
    folds = how_many(options.torch_device, 68, 1, lambda: step_size(config, size)) if gpu else 2
    steps = 40 if gpu else 2
    joint = replace(config.joint, steps=steps, batch=config.joint.batch if gpu else 4)
    store = _textured(open_store(make_large_store(folder / "store", [24] * clips, size)))
    inputs = _inputs(store, config, options.torch_device)
    labels = torch.arange(clips, device=options.torch_device) % 3
    training = _training(clips, folds, options.torch_device)
    pairs = [RandomPairs(store, rest.cpu().numpy(), config.minimum_gap) for rest in training]

    def started(model: Any) -> tuple[list[FRLDGT], Streams]:
        return _started(folds, lambda: FRLDGT(model), options.torch_device)

    def plain(fit: JointFitConfig, model: Any) -> np.ndarray:
        made, _ = started(model)
        rows = []
        for k, (one, rest) in enumerate(zip(made, training, strict=True)):
            own = Inputs(inputs.onset[rest], inputs.others[:, rest], inputs.boxes[rest])
            rows.append(fit_joint(one, own, labels[rest], pairs[k], fit, k))
        return _losses(rows, "classification", "total")

    def stacked(fit: JointFitConfig, model: Any) -> np.ndarray:
        made, streams = started(model)
        everyone = labels.expand(folds, -1)
        frames = ResidentFrames(store, options.torch_device)
        rows = fit_joints(made, inputs, everyone, training, pairs, frames, fit, range(folds), streams)
        return _losses(rows, "classification", "total")

    still = with_changes(config.model, {"fusion.dropout": 0.0})
    few = replace(joint, steps=min(steps, 6), precision="float32")
    found = _compared(
        f"FRL-DGT end to end, configuration {name}, {folds} folds, {steps} steps",
        plain,
        stacked,
        (joint, config.model),
        "losses of every fold after a few steps, float32, without dropout",
        (few, still),
        options,
        aim="throughput" if gpu else "",
        note="Both with the making of the models; random weights, made-up frames.",
    )
    yield found
    seconds = found.ms("stacked") / 1000
    shown = folds * steps * (joint.batch + joint.random_pairs)
    yield Measurement("pairs of frames trained on, stacked", shown / seconds, "a second")
    work = folds * steps * step_size(replace(config, joint=joint), size) / seconds
    dtype = torch.bfloat16 if options.kind == "cuda" else torch.float32
    share = work / matrix_peak(options, dtype)
    yield Measurement("share of the fastest matrix product", 100 * share, "%", note=f"in {str(dtype)[6:]}")


def _compared(
    name: str,
    plain: Training,
    stacked: Training,
    timed: tuple[Any, Any],
    what: str,
    same: tuple[Any, Any],
    options: Options,
    aim: str,
    note: str = "",
) -> Comparison:
    """Folds one after another and stacked, timed in turns.

    Args:
        name: what is done.
        plain, stacked: the two ways.
        timed: settings of the fit and of the model.
        what: is checked to be the same, with other settings:
        same: of the fit and of the model.
        options: of the benchmark.
        aim: for the first ratio.
        note: for a reader.
    """
    check = Check(what, largest_difference(plain(*same), stacked(*same)), TOLERANCE)
    fit, model = timed
    loop = replace(fit, precision="float32")
    variants = {
        "plain": lambda: plain(loop, model),
        "stacked": lambda: stacked(fit, model),
        "plain, mixed": lambda: plain(fit, model),
    }
    return compare(name, variants, options, rounds=3, check=check, aim=aim, note=note)


def _training(clips: int, folds: int, device: torch.device) -> list[Tensor]:
    """Clips that each fold trains on: all but every so manieth, at most every second."""
    numbers = torch.arange(clips, device=device)
    return [numbers[numbers % max(folds, 2) != k] for k in range(folds)]


def _started(folds: int, make: Callable[[], Any], device: torch.device) -> tuple[list[Any], Streams]:
    streams, models = Streams(device), []
    for k in range(folds):
        torch.manual_seed(k)
        models.append(make().to(device))
        streams.begin(k)
    return models, streams


def _losses(rows: Sequence[Sequence[dict[str, Any]]], *names: str) -> np.ndarray:
    """Of every fold the named losses of its history: (F, rows, names)."""
    return np.array([[[row[name] for name in names] for row in history] for history in rows])


def _textured(store: AlignedStore) -> AlignedStore:
    """The store with noise in place of its empty frames, in memory."""
    return replace(store, frames=np.random.default_rng(0).integers(0, 256, store.frames.shape, np.uint8))


def _inputs(store: AlignedStore, config: FoldConfig, device: torch.device) -> Inputs:
    rows = np.arange(len(store))
    onset = to_float(store.frames[np.asarray(store.start)], device)
    others = store.frames[apex_rows(store, rows, config.apex_offsets)]
    frames = to_float(others.reshape(-1, *others.shape[2:]), device).unflatten(0, others.shape[:2])
    return Inputs(onset, frames[:, :, None], torch.from_numpy(np.asarray(store.boxes)).to(device))
