"""Fit a model of its own to some clips of a fold: those that the fold trains on, or some of these."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mer.core.live import phase_live
from mer.core.seeds import seed_for
from mer.face.store import AlignedStore
from mer.manifest.clips import person
from mer.models.frl_dgt import FRLDGT
from mer.training.checkpoints import fill, load_weights
from mer.training.epochs import Looks, as_it_is
from mer.training.fit_fusion import fit_fusion
from mer.training.fit_joint import fit_joint
from mer.training.fold_arrays import fold_arrays
from mer.training.fold_config import FoldConfig
from mer.training.inputs import Inputs, Prepared, load_inputs, prepare_inputs
from mer.training.magnified import with_magnified, with_test_factor
from mer.training.pairs import RandomPairs
from mer.training.pretrained import check_unseen
from mer.training.protocols import ProtocolFold, may_train
from mer.training.stacks import stacks


@dataclass(frozen=True, eq=False)
class FoldFit:
    """What the fits of a fold have in common.

    Attributes:
        store: aligned clips.
        prepared: inputs of all labelled clips.
        fold: whose persons are held out; its rows are those of ``prepared``.
        config: the settings.
        pretrained: weights of a DGM that saw nobody whom the fold may not see, or None to start from random ones.
        generated: what that DGM makes of all labelled clips (`mer.training.stacks`); None: made here.
        seed: of the study.
        device: where to compute.
    """

    store: AlignedStore
    prepared: Prepared
    fold: ProtocolFold
    config: FoldConfig
    pretrained: Path | None
    generated: Path | None
    seed: int
    device: torch.device

    def fit(
        self, train: np.ndarray, watched: np.ndarray, away: Collection[str], name: str
    ) -> tuple[FRLDGT, list[dict[str, Any]], Looks]:
        """A model from its start.

        Args:
            train: bool, which of the prepared clips it is fitted to.
            watched: bool, which of them it is asked about meanwhile; none of them trains.
            away: persons of whom its own fit sees no frame, beside all whom the fold may not see; the pretrained DGM
                that it starts from has seen nobody of the latter.
            name: the seeds of this fit are derived from it.

        Returns:
            The model, the history of its fit, and what it said of the watched clips.
        """
        config, store, prepared = self.config, self.store, self.prepared
        own_seed = seed_for("fold", self.seed, name)
        model = start_model(config, store, self.fold, self.pretrained, own_seed).to(self.device)
        inputs = load_inputs(store, prepared, train, config.apex_offsets, self.device)
        if config.magnify is not None:
            inputs = with_magnified(inputs, model, config.magnify, own_seed)
        known = training_labels(store, prepared.rows[train], name, config, self.seed)
        labels = torch.tensor(known, device=self.device)
        looks = self._looks(model, watched)
        watch = looks if config.epochs.every else None

        history: list[dict[str, Any]] = []
        if config.pairs_first:
            history += _fit_to_pairs(model, store, prepared.rows, train, labels, config, own_seed)
        if config.warm_up.steps:
            if self.generated is None or config.magnify is not None:
                images = stacks(model, inputs)
            else:
                stored = np.load(self.generated, mmap_mode="r", allow_pickle=False)
                images = torch.from_numpy(stored[:, train]).to(self.device)
            motion = config.model.motion_channels()
            history += fit_fusion(model.fusion, images, inputs.boxes, labels, motion, config.warm_up, own_seed, watch)
        looks.done = config.warm_up.steps
        if config.joint.steps:
            pairs = pairs_without(store, self.fold.persons, config, away)
            history += fit_joint(model, inputs, labels, pairs, config.joint, own_seed, config.self_supervision, watch)
        return model, history, looks

    def chosen(self, rows: np.ndarray) -> np.ndarray:
        """Rows among the prepared clips as bool, one a prepared clip."""
        return np.isin(np.arange(len(self.prepared.rows)), rows)

    def _looks(self, model: FRLDGT, watched: np.ndarray) -> Looks:
        config = self.config

        def predict() -> np.ndarray:
            with as_it_is(model):  # inputs anew at each look: magnified ones depend on the DGM as it is
                inputs = test_inputs(model, self.store, self.prepared, watched, config)
                return fold_arrays(model, inputs, config.joint.precision)["probabilities"]

        return Looks(config.epochs.looks(config.warm_up.steps + config.joint.steps), predict)


def test_inputs(
    model: FRLDGT, store: AlignedStore, prepared: Prepared, chosen: np.ndarray, config: FoldConfig
) -> Inputs:
    """Inputs of clips (bool, of the prepared ones) as they are tested, where the model is."""
    inputs = load_inputs(store, prepared, chosen, (0,), next(model.parameters()).device)
    return inputs if config.magnify is None else with_test_factor(inputs, model, config.magnify)


def start_model(
    config: FoldConfig, store: AlignedStore, fold: ProtocolFold, pretrained: Path | None, seed: int
) -> FRLDGT:
    """A fold's model before its training, on the CPU; torch's own random numbers go on from the fold's seed.

    Raises:
        InputError: the pretrained DGM has seen a test person, or somebody else whom the fold may not see.
    """
    torch.manual_seed(seed % 2**32)
    model = FRLDGT(config.model)
    if pretrained is not None and model.dgm is not None:
        state, about = load_weights(pretrained)
        check_unseen(pretrained, about, store.clips, config.protocol, fold.persons)
        fill(model.dgm, state, pretrained)
    return model


def training_labels(store: AlignedStore, train: np.ndarray, fold: str, config: FoldConfig, seed: int) -> list[int]:
    """Class of each training clip (rows of ``store.clips``), shuffled where that is asked for."""
    names = store.clips["label"].to_numpy()[train]
    if config.shuffle_labels:
        names = np.random.default_rng(seed_for("shuffle", seed, fold)).permutation(names)
    return [config.labels.index(name) for name in names]


def pairs_without(
    store: AlignedStore, held_out: Collection[str], config: FoldConfig, away: Collection[str] = ()
) -> RandomPairs | None:
    """Random frame pairs of everybody whom a fold may see; None where the DGM does not learn from them.

    Args:
        store: aligned clips.
        held_out: persons that the fold tests; the protocol may keep others away with them.
        config: the settings.
        away: further persons who are not to be seen.
    """
    wanted = config.joint.random_pairs and config.self_supervision and config.model.motion.source == "dgm"
    if not wanted:
        return None
    seen = may_train(store.clips, config.protocol, held_out) & ~person(store.clips).isin(list(away)).to_numpy()
    return RandomPairs(store, np.flatnonzero(seen), config.minimum_gap)


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
