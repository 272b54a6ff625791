"""Which parts the model of a fold has, chosen on people it is trained on: nested folds.

The folds of a run are divided into groups. The people who train *all* folds of a group are divided once more; each
candidate tells the clips of every part with a model of the other parts, and the one with the highest UAR over all
these clips is taken for the group's folds; of equals the one that stands first. So no test person, and no label of
theirs, has a part in the choice of the model that they are tested with.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial, reduce
from pathlib import Path

import numpy as np
import pandas as pd

from mer.core.configs import with_changes
from mer.core.csv_text import csv_text
from mer.core.errors import InputError
from mer.core.files import digest, write_text
from mer.core.live import drop_live
from mer.core.seeds import seed_for
from mer.core.work_lock import working_in
from mer.training.epochs import EpochsConfig, inner_folds, mean_recalls
from mer.training.folds import FoldResult, fold_arrays_of, run_folds
from mer.training.maps_config import CANDIDATES, ChoiceConfig, MapsConfig
from mer.training.protocols import ProtocolFold, ProtocolFolds

#: Folder of a run, in which the inner fits are kept, and the table of what they told.
CHOOSING, CHOICES = "choosing", "choices.csv"

#: Trains folds, each with its configuration; their results in the same order.
Train = Callable[[Sequence[tuple[ProtocolFold, MapsConfig]]], Iterable[FoldResult]]


@dataclass(frozen=True)
class FoldGroup:
    """Folds that share a choice.

    Attributes:
        folds: their names.
        inner: folds among the people who train all of them.
    """

    folds: tuple[str, ...]
    inner: tuple[ProtocolFold, ...]


def check_choice(config: MapsConfig) -> None:
    """Refuse candidates that could not stand side by side, before anything is trained.

    Raises:
        InputError: what the candidates themselves set is changed, or they differ in what folds of one run must share.
    """
    if not config.choice.candidates:
        return
    plain = MapsConfig()
    for name in ("parts", "mirrored"):
        if getattr(config, name) != getattr(plain, name):
            raise InputError(
                f"{name} is {getattr(config, name)!r}, and choice.candidates say what {name} each candidate has. Leave "
                f"{name} as it is, or set choice.candidates to []."
            )
    shared = {"fusion.width": lambda own: own.fusion.width}
    if config.epochs.every:
        shared["fit.steps"] = lambda own: own.fit.steps
    for what, value in shared.items():
        found = {name: value(own) for name, own in _candidates(config).items()}
        if len(set(found.values())) > 1:
            raise InputError(
                f"Candidates differ in {what}, which all folds of a run must share"
                f"{' for the epoch rules' if what == 'fit.steps' else ''}: {found}. Name candidates that agree in it."
            )


def fold_groups(
    folds: ProtocolFolds, persons: np.ndarray, class_of: np.ndarray, config: ChoiceConfig, seed: int
) -> list[FoldGroup]:
    """Divide the folds of a run.

    Args:
        folds: of the protocol. Folds of different pools (databases that are trained each by itself) share no group; a
            pool of fewer folds than groups has one group a fold.
        persons: text, ``database/subject`` of every row of the clip table.
        class_of: int64, class of every row.
        config: how many groups and parts.
        seed: of the run.

    Raises:
        InputError: too few people or clips of a class remain for the parts.
    """
    pool = np.zeros(len(folds), np.int64)
    pool[folds.fold_of] = folds.pool_of
    drawn = np.random.default_rng(seed_for("groups of folds", seed)).permutation(len(folds))
    classes = set(class_of[folds.rows])
    parts = EpochsConfig(every=1, groups=config.inner, fits=config.inner)
    groups: list[FoldGroup] = []
    for one in np.unique(pool):
        members = drawn[pool[drawn] == one]
        for k in range(min(config.groups, len(members))):
            own = [folds[folds.names[index]] for index in sorted(members[k :: config.groups])]
            train = reduce(np.intersect1d, (fold.train for fold in own))
            held = tuple(sorted({person for fold in own for person in fold.persons}))
            whole = ProtocolFold(f"choice {len(groups)}", held, train, np.concatenate([fold.test for fold in own]))
            try:
                if classes != set(class_of[train]):
                    raise InputError("Nobody who trains all of them has a clip of some class.")
                inner = inner_folds(whole, persons, class_of, parts, seed)
            except InputError as error:
                raise InputError(
                    f"Nothing can be chosen for the fold {own[0].name!r} and {len(own) - 1} more: "
                    f"{len(set(persons[train]))} persons train all of them, who make no {config.inner} parts with each "
                    "class on all sides. Set choice.inner lower, or choice.groups higher, or choice.candidates to []."
                ) from error
            groups.append(FoldGroup(tuple(fold.name for fold in own), tuple(inner)))
    return groups


def choose_configs(
    groups: Sequence[FoldGroup],
    config: MapsConfig,
    class_of: np.ndarray,
    folder: Path,
    settings: Sequence[str],
    train: Train,
    workers: int,
) -> dict[str, MapsConfig]:
    """The configuration of each fold; what was told of each candidate goes to ``choices.csv`` of the run folder.

    Args:
        groups: of `fold_groups`.
        config: of the run; its ``choice`` names the candidates.
        class_of: int64, class of every row of the clip table.
        folder: run folder; finished inner fits with the same inputs are not made again.
        settings: all else that a fit depends on, for its digest.
        train: makes the fits.
        workers: calls of ``train`` side by side.
    """
    candidates = _candidates(with_changes(config, {"epochs": EpochsConfig()}))
    fits = {
        f"{name}-{g}-{k}": (fold, own)
        for g, group in enumerate(groups)
        for name, own in candidates.items()
        for k, fold in enumerate(group.inner)
    }
    keys = {
        name: digest(*settings, repr(asdict(own)), fold.name, fold.train.tobytes(), fold.test.tobytes())
        for name, (fold, own) in fits.items()
    }
    inside = folder / CHOOSING
    with working_in(folder):
        run_folds(inside, keys, partial(_by_key, fits=fits, train=train), workers, what="Fits to choose parts by")
    drop_live(inside)
    rows: list[dict[str, object]] = []
    chosen: dict[str, str] = {}
    for g, group in enumerate(groups):
        told = [_told(inside, keys, [f"{name}-{g}-{k}" for k in range(len(group.inner))]) for name in candidates]
        clips = np.concatenate([fold.test for fold in group.inner])
        recalls = mean_recalls(np.stack(told, axis=1), class_of[clips])
        best = int(np.argmax(recalls))
        chosen |= dict.fromkeys(group.folds, list(candidates)[best])
        persons = len({person for fold in group.inner for person in fold.persons})
        rows += [
            {"group": g, "folds": len(group.folds), "persons": persons, "clips": len(clips), "candidate": name}
            | {"uar": recall, "chosen": k == best}
            for k, (name, recall) in enumerate(zip(candidates, recalls, strict=True))
        ]
    write_text(folder / CHOICES, csv_text(pd.DataFrame(rows)))
    return {name: with_changes(config, CANDIDATES[candidate]) for name, candidate in chosen.items()}


def chooses(config: object) -> bool:
    """Whether runs of this configuration choose parts of their models."""
    return isinstance(config, MapsConfig) and bool(config.choice.candidates)


def _candidates(config: MapsConfig) -> dict[str, MapsConfig]:
    """The configuration of each candidate; it chooses nothing itself."""
    plain = with_changes(config, {"choice": ChoiceConfig()})
    return {name: with_changes(plain, CANDIDATES[name]) for name in config.choice.candidates}


def _by_key(
    names: Sequence[str], fits: Mapping[str, tuple[ProtocolFold, MapsConfig]], train: Train
) -> Iterator[FoldResult]:
    for result in train([fits[name] for name in names]):
        yield replace(result, state={})  # what it told is all that is needed of it


def _told(folder: Path, keys: Mapping[str, str], names: Iterable[str]) -> np.ndarray:
    """Probabilities of the test clips of some fits, one after another."""
    told = []
    for name in names:
        with fold_arrays_of(folder, name, keys[name]) as stored:
            told.append(stored["probabilities"])
    return np.concatenate(told)
