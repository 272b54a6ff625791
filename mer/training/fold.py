"""One fold of leave-one-subject-out: train on all persons but one, predict that one."""

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from mer.core.errors import InputError
from mer.core.limits import check_limits
from mer.core.live import count_live, phase_live
from mer.core.seeds import seed_for
from mer.face.store import AlignedStore
from mer.manifest.clips import person
from mer.manifest.labels import COMPOSITE, LabelSpace, check_classes
from mer.models.frl_dgt import FRLDGT, FRLDGTConfig
from mer.motion.magnify import MagnifyConfig
from mer.training.checkpoints import fill, load_weights
from mer.training.fit_fusion import FusionFitConfig, fit_fusion
from mer.training.fit_joint import JointFitConfig, fit_joint
from mer.training.fold_arrays import fold_arrays
from mer.training.folds import FoldResult
from mer.training.inputs import Prepared, load_inputs, prepare_inputs
from mer.training.magnified import check_magnify, with_magnified, with_test_factor
from mer.training.pairs import RandomPairs
from mer.training.stacks import stacks

HISTORY = ["step", "phase", "classification"]  # of a fold that was not trained at all


@dataclass(frozen=True)
class FoldConfig:
    """How a fold is trained: first the Transformer Fusion on the pretrained DGM's output, then both together.

    Attributes:
        model: sizes and switches.
        labels: classes.
        warm_up: fitting of the Transformer Fusion alone; 0 steps for the paper's scheme. Deviation when positive: the
            displacement of a training clip is then generated once, which saves most of the time on a CPU.
        pairs_first: steps in which the modules that a sequence model shares with the pair model are fitted to pairs, 32
            at once, before sequences. Deviation when positive: a sequence costs as much as all its pairs, and a few
            passes over some hundred of them teach nothing from random weights.
        joint: end-to-end fitting.
        self_supervision: the DGM is pretrained, and keeps its own losses in joint fitting. Without it (ablation M3)
            only classification reaches it.
        apex_offsets: frames beside the apex that may stand for it in training (paper: "just before or after").
        magnify: magnify the motion of training clips. Deviation when None, as the paper magnifies with MagNet, whose
            weights are the user's to supply. Unstated: its factors, and how many clips are magnified.
        minimum_gap: frames between the two of a random pair.
        shuffle_labels: train on shuffled labels, a check that scores come from learning: they must fall to chance.
    """

    model: FRLDGTConfig = field(default_factory=FRLDGTConfig)
    labels: LabelSpace = COMPOSITE
    warm_up: FusionFitConfig = field(default_factory=lambda: FusionFitConfig(steps=0))
    pairs_first: int = 0
    joint: JointFitConfig = field(default_factory=JointFitConfig)
    self_supervision: bool = True
    apex_offsets: tuple[int, ...] = (-1, 0, 1)
    magnify: MagnifyConfig | None = None
    minimum_gap: int = 3
    shuffle_labels: bool = False

    def __post_init__(self) -> None:
        """Refuse what does not go together."""
        if len(self.labels.classes) != self.model.classes:
            raise InputError(
                f"The model tells {self.model.classes} classes apart, labels {self.labels.name!r} have "
                f"{len(self.labels.classes)}: {', '.join(self.labels.classes)}. Give both the same number."
            )
        check_limits(self, {"pairs_first": (0, None), "minimum_gap": (1, None)})
        if self.pairs_first and not self.model.sequence:
            raise InputError(f"pairs_first is {self.pairs_first} and model.sequence 0: it is for sequence models only.")
        if 0 not in self.apex_offsets:
            raise InputError(f"apex_offsets is {self.apex_offsets}; expected 0, the apex itself, among them.")
        check_magnify(self.magnify, self.model.motion.source, self.model.sequence)
        if not self.self_supervision and self.warm_up.steps and self.model.motion.source == "dgm":
            raise InputError(
                f"self_supervision is False and warm_up.steps {self.warm_up.steps}: a fusion cannot be fitted to the "
                "output of a DGM that has learnt nothing yet. Set warm_up.steps to 0 and joint.steps higher."
            )


def labelled_clips(store: AlignedStore, labels: LabelSpace) -> np.ndarray:
    """Rows of the store's clips that carry a class of ``labels`` and an apex.

    Raises:
        InputError: there are none, or none of some class: a model cannot learn what it is never shown.
    """
    usable = store.clips["label"].isin(labels.classes) & store.clips["apex"].notna()
    if not usable.any():
        found = sorted(set(store.clips["label"]))
        raise InputError(f"No clip of {store.path} has a label of {labels.classes} and an apex; labels found: {found}.")
    check_classes(store.clips["label"][usable], labels, store.database_name)
    return np.flatnonzero(usable.to_numpy())


def train_fold(
    store: AlignedStore,
    test_person: str,
    config: FoldConfig,
    pretrained: Path | None,
    seed: int,
    device: torch.device,
    prepared: Prepared | None = None,
    generated: Path | None = None,
) -> FoldResult:
    """Train without any frame of ``test_person`` and predict that person's clips.

    Args:
        store: aligned clips.
        test_person: ``database/subject``.
        config: the settings.
        pretrained: weights of a DGM that held this person out, or None to start from random ones.
        seed: of the study; the fold's own seed is derived from it and the person.
        device: where to compute.
        prepared: inputs of all labelled clips (`mer.training.inputs.prepare_inputs`); None: prepared here.
        generated: what the DGM ``pretrained`` makes of them (`mer.training.stacks`); None: made here.
    """
    if prepared is None:
        prepared = prepare_inputs(store, labelled_clips(store, config.labels), config.model, config.apex_offsets)
    fold_seed = seed_for("fold", seed, test_person)
    is_test = test_clips(store, prepared.rows, test_person)
    model = start_model(config.model, pretrained, test_person, fold_seed).to(device)
    inputs = load_inputs(store, prepared, ~is_test, config.apex_offsets, device)
    if config.magnify is not None:
        inputs = with_magnified(inputs, model, config.magnify, fold_seed)
    labels = torch.tensor(training_labels(store, prepared.rows[~is_test], test_person, config, seed), device=device)

    history: list[dict[str, Any]] = []
    if config.pairs_first:
        history += _fit_to_pairs(model, store, prepared.rows, ~is_test, labels, config, fold_seed)
    if config.warm_up.steps:
        if generated is None or config.magnify is not None:
            images = stacks(model, inputs)
        else:
            images = torch.from_numpy(np.load(generated, mmap_mode="r")[:, ~is_test]).to(device)
        motion = config.model.motion_channels()
        history += fit_fusion(model.fusion, images, inputs.boxes, labels, motion, config.warm_up, fold_seed)
    if config.joint.steps:
        pairs = pairs_without(store, test_person, config)
        history += fit_joint(model, inputs, labels, pairs, config.joint, fold_seed, config.self_supervision)
    return fold_result(model, store, prepared, test_person, config, history)


def test_clips(store: AlignedStore, rows: np.ndarray, test_person: str) -> np.ndarray:
    """Which of some rows of ``store.clips`` show the test person: bool, as ``rows``.

    Raises:
        InputError: none does, or all do.
    """
    is_test = (person(store.clips) == test_person).to_numpy()[rows]
    if is_test.all() or not is_test.any():
        raise InputError(
            f"Fold {test_person!r} has {np.sum(~is_test)} training and {np.sum(is_test)} test clips; both must have "
            "some."
        )
    return is_test


def start_model(config: FRLDGTConfig, pretrained: Path | None, test_person: str, seed: int) -> FRLDGT:
    """A fold's model before its training, on the CPU; torch's own random numbers go on from the fold's seed.

    Raises:
        InputError: the pretrained DGM has seen the test person.
    """
    torch.manual_seed(seed % 2**32)
    model = FRLDGT(config)
    if pretrained is not None and model.dgm is not None:
        state, about = load_weights(pretrained)
        if test_person not in about["held_out"]:
            raise InputError(f"{pretrained} was pretrained on frames of {test_person!r}, which this fold tests.")
        fill(model.dgm, state, pretrained)
    return model


def training_labels(
    store: AlignedStore, train: np.ndarray, test_person: str, config: FoldConfig, seed: int
) -> list[int]:
    """Class of each training clip (rows of ``store.clips``), shuffled where that is asked for."""
    names = store.clips["label"].to_numpy()[train]
    if config.shuffle_labels:
        names = np.random.default_rng(seed_for("shuffle", seed, test_person)).permutation(names)
    return [config.labels.index(name) for name in names]


def pairs_without(store: AlignedStore, test_person: str, config: FoldConfig) -> RandomPairs | None:
    """Random frame pairs of everybody but the test person; None where the DGM does not learn from them."""
    wanted = config.joint.random_pairs and config.self_supervision and config.model.motion.source == "dgm"
    if not wanted:
        return None
    everyone_else = np.flatnonzero((person(store.clips) != test_person).to_numpy())
    return RandomPairs(store, everyone_else, config.minimum_gap)


def fold_result(
    model: FRLDGT,
    store: AlignedStore,
    prepared: Prepared,
    test_person: str,
    config: FoldConfig,
    history: list[dict[str, Any]],
) -> FoldResult:
    """Predict the test person's clips with the fold's trained model, and put together what the fold leaves."""
    is_test = test_clips(store, prepared.rows, test_person)
    test = prepared.rows[is_test]
    held_out = load_inputs(store, prepared, is_test, (0,), next(model.parameters()).device)
    if config.magnify is not None:
        held_out = with_test_factor(held_out, model, config.magnify)
    arrays = fold_arrays(model, held_out, config.joint.precision)
    count_live(list(store.clips["label"].to_numpy()[test]), arrays["probabilities"], config.labels.classes)
    about: dict[str, Any] = {"held_out": [test_person], "model": asdict(config.model), "classes": config.labels.classes}
    about |= {"size": store.config.size, "magnify": asdict(config.magnify) if config.magnify else None}
    rows = pd.DataFrame(history) if history else pd.DataFrame(columns=HISTORY)
    return FoldResult(model.state_dict(), about, rows, test, arrays)


def _fit_to_pairs(
    model: FRLDGT,
    store: AlignedStore,
    rows: np.ndarray,
    chosen: np.ndarray,
    labels: Tensor,
    config: FoldConfig,
    seed: int,
) -> list[dict[str, Any]]:
    """Fit the modules that a sequence model shares with the pair model to the onset-apex pairs of the chosen rows."""
    pair_model = FRLDGT(replace(config.model, sequence=0)).to(labels.device)
    shared = {name: value for name, value in model.state_dict().items() if ".time_" not in name}
    pair_model.load_state_dict(shared)
    prepared = prepare_inputs(store, rows, pair_model.config, config.apex_offsets)  # of all rows: once for all folds
    inputs = load_inputs(store, prepared, chosen, config.apex_offsets, labels.device)
    fit = replace(config.warm_up, steps=config.pairs_first, batch=32)
    motion = pair_model.config.motion_channels()
    phase_live("pairs")
    history = fit_fusion(pair_model.fusion, stacks(pair_model, inputs), inputs.boxes, labels, motion, fit, seed)
    phase_live("")
    model.load_state_dict(pair_model.state_dict(), strict=False)
    return [row | {"phase": "pairs"} for row in history]
