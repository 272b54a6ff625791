"""One fold of leave-one-subject-out: train on all persons but one, predict that one."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from mer.core.errors import InputError
from mer.core.seeds import seed_for
from mer.face.store import AlignedStore
from mer.manifest.clips import person
from mer.manifest.labels import COMPOSITE, LabelSpace
from mer.models.frl_dgt import FRLDGT, FRLDGTConfig, FRLDGTOutput
from mer.models.stem import resized
from mer.training.checkpoints import fill, load_weights
from mer.training.device import mixed_precision
from mer.training.fit_fusion import FusionFitConfig, fit_fusion
from mer.training.fit_joint import JointFitConfig, fit_joint
from mer.training.folds import FoldResult
from mer.training.pairs import RandomPairs, frames_near_apex, to_float

PREDICT_BATCH = 64
HISTORY = ["step", "phase", "classification"]  # of a fold that was not trained at all


@dataclass(frozen=True)
class FoldConfig:
    """How a fold is trained: first the Transformer Fusion on the pretrained DGM's output, then both together.

    Attributes:
        model: sizes.
        labels: classes.
        warm_up: fitting of the Transformer Fusion alone; 0 steps for the paper's scheme. Deviation when positive: the
            displacement of a training clip is then generated once, which saves most of the time on a CPU.
        joint: end-to-end fitting.
        apex_offsets: frames beside the apex that may stand for it in training (paper: "just before or after").
        minimum_gap: frames between the two of a random pair.
        shuffle_labels: train on shuffled labels, a check that scores come from learning: they must fall to chance.
    """

    model: FRLDGTConfig = field(default_factory=FRLDGTConfig)
    labels: LabelSpace = COMPOSITE
    warm_up: FusionFitConfig = field(default_factory=lambda: FusionFitConfig(steps=0))
    joint: JointFitConfig = field(default_factory=JointFitConfig)
    apex_offsets: tuple[int, ...] = (-1, 0, 1)
    minimum_gap: int = 3
    shuffle_labels: bool = False


def labelled_clips(store: AlignedStore, labels: LabelSpace) -> np.ndarray:
    """Rows of the store's clips that carry a class of ``labels`` and an apex."""
    usable = store.clips["label"].isin(labels.classes) & store.clips["apex"].notna()
    if not usable.any():
        found = sorted(set(store.clips["label"]))
        raise InputError(f"No clip of {store.path} has a label of {labels.classes} and an apex; labels found: {found}.")
    return np.flatnonzero(usable.to_numpy())


def train_fold(
    store: AlignedStore,
    test_person: str,
    config: FoldConfig,
    pretrained: Path | None,
    seed: int,
    device: torch.device,
) -> FoldResult:
    """Train without any frame of ``test_person`` and predict that person's clips.

    Args:
        store: aligned clips.
        test_person: ``database/subject``.
        config: the settings.
        pretrained: weights of a DGM that held this person out, or None to start from random ones.
        seed: of the study; the fold's own seed is derived from it and the person.
        device: where to compute.
    """
    fold_seed = seed_for("fold", seed, test_person)
    torch.manual_seed(fold_seed % 2**32)
    labelled = labelled_clips(store, config.labels)
    is_test = (person(store.clips) == test_person).to_numpy()[labelled]
    train, test = labelled[~is_test], labelled[is_test]
    if not len(test) or not len(train):
        raise InputError(
            f"Fold {test_person!r} has {len(train)} training and {len(test)} test clips; both must have some."
        )

    model = FRLDGT(config.model).to(device)
    if pretrained is not None:
        state, about = load_weights(pretrained)
        if test_person not in about["held_out"]:
            raise InputError(f"{pretrained} was pretrained on frames of {test_person!r}, which this fold tests.")
        fill(model.dgm, state, pretrained)

    onset = to_float(store.frames[np.asarray(store.start)[train]], device)
    near = frames_near_apex(store, train, config.apex_offsets)
    apex = torch.stack([to_float(frames, device) for frames in near])
    boxes = torch.from_numpy(np.asarray(store.boxes)[train]).to(device)
    names = store.clips["label"].to_numpy()[train]
    if config.shuffle_labels:
        names = np.random.default_rng(seed_for("shuffle", seed, test_person)).permutation(names)
    labels = torch.tensor([config.labels.index(name) for name in names], device=device)

    history: list[dict[str, Any]] = []
    if config.warm_up.steps:
        images = torch.stack([_stack(model, onset, frames) for frames in apex])
        first = 2 * config.model.image_channels if config.model.appearance else 0
        history += fit_fusion(model.fusion, images, boxes, labels, (first, first + 1), config.warm_up, fold_seed)
    if config.joint.steps:
        everyone_else = np.flatnonzero((person(store.clips) != test_person).to_numpy())
        pairs = RandomPairs(store, everyone_else, config.minimum_gap) if config.joint.random_pairs else None
        history += fit_joint(model, onset, apex, boxes, labels, pairs, config.joint, fold_seed)
    arrays = predict(model, store, test, config.joint.precision, device)
    about = {"held_out": [test_person], "model": asdict(config.model), "classes": config.labels.classes}
    rows = pd.DataFrame(history) if history else pd.DataFrame(columns=HISTORY)
    return FoldResult(model.state_dict(), about, rows, test, arrays)


@torch.no_grad()
def _stack(model: FRLDGT, onset: Tensor, apex: Tensor) -> Tensor:
    """What the Transformer Fusion sees of every pair, from the DGM as it is: (n, M, H, W), at its stem's resolution."""
    model.eval()
    parts = []
    stem = model.config.fusion.stem
    for first, second in zip(onset.split(PREDICT_BATCH), apex.split(PREDICT_BATCH), strict=True):
        images = model.stack(first, second, model.dgm(first, second))
        parts.append(resized(images, stem.image) if stem else images)
    return torch.cat(parts)


@torch.no_grad()
def predict(
    model: FRLDGT, store: AlignedStore, clips: np.ndarray, precision: str, device: torch.device
) -> dict[str, np.ndarray]:
    """Run the model on clips of a store; the arrays of `FoldResult`."""
    model.eval()
    outputs: list[FRLDGTOutput] = []
    for rows in np.array_split(clips, -(-len(clips) // PREDICT_BATCH)):
        onset = to_float(store.frames[np.asarray(store.start)[rows]], device)
        apex = to_float(frames_near_apex(store, rows, (0,))[0], device)
        boxes = torch.from_numpy(np.asarray(store.boxes)[rows]).to(device)
        with mixed_precision(device, precision):
            outputs.append(model(onset, apex, boxes))
    names = ["embedding", "weights_local", "weights_global", "weights_full"]
    arrays = {name: torch.cat([getattr(out, name) for out in outputs]).float().cpu().numpy() for name in names}
    logits = torch.cat([out.logits for out in outputs]).float()
    arrays["probabilities"] = logits.softmax(dim=1).cpu().numpy()
    arrays["displacement"] = torch.cat([out.displacement for out in outputs]).half().cpu().numpy()
    return arrays
