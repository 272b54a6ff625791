"""What a model says of clips while it is being fitted, so that one training gives the scores of three epoch rules.

``last``    the end of the fit, fixed beforehand.
``nested``  the look at which a second fit, without some of the fold's training persons, told those persons' clips best.
``oracle``  the look at which the held-out person's own clips are told best: the field's common leak, for its size alone
            (chosen where scores are counted, `mer.evaluation.epoch_rules`; nothing here sees a held-out label).

Looks are taken of the fit that is made anyway; they change none of its numbers. Only ``nested`` costs further fits.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from torch import nn

from mer.core.errors import InputError
from mer.core.limits import check_limits
from mer.core.seeds import seed_for
from mer.training.held_out import held_out_groups
from mer.training.protocols import ProtocolFold

#: Names of what `look_arrays` adds to a fold's arrays.
LOOKS, NESTED = "look_probabilities", "nested_look"
#: Groups of training persons are drawn so often, at most.
_DRAWS = 50


@dataclass(frozen=True)
class EpochsConfig:
    """Which moments of a fit are looked at.

    Attributes:
        every: steps between two looks (epochs, for networks whose length is given in epochs); 0 takes none, so that
            there is the rule ``last`` alone. The end of the fit is always looked at.
        groups: the training persons of a fold are divided into so many groups for the rule ``nested``. Unstated.
        fits: so many of the groups are held out in turn, one further fit each. Unstated: 1 group of 4 keeps three
            quarters of the training persons at a cost of one more fit. A further fit on frames starts from the fold's
            own pretrained DGM, which has seen frames of these persons, though no label: their choice may come out a
            little late. The test person is in neither.
    """

    every: int = 0
    groups: int = 4
    fits: int = 1

    def __post_init__(self) -> None:
        """Refuse what makes no rule."""
        check_limits(self, {"every": (0, None), "groups": (2, None), "fits": (1, None)})
        if self.fits > self.groups:
            raise InputError(f"epochs.fits is {self.fits}, expected at most epochs.groups, which is {self.groups}.")

    def looks(self, total: int) -> tuple[int, ...]:
        """The steps of a fit of ``total`` steps that are looked at, rising; the last one is ``total``.

        Raises:
            InputError: no look falls before the end, so that all rules would choose the same.
        """
        if not self.every:
            return (total,)
        if self.every >= total:
            raise InputError(
                f"epochs.every is {self.every} and the fit has {total} steps: there would be no look before its end. "
                "Set it lower, or to 0 for the rule last alone."
            )
        return (*range(self.every, total, self.every), total)


@contextmanager
def as_it_is(model: nn.Module) -> Iterator[None]:
    """The model in evaluation mode, to be asked; afterwards each of its parts is in the mode in which it was."""
    modes = [(part, part.training) for part in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for part, training in modes:
            part.training = training


class Looks:
    """Called with the number of each step that is over; keeps what the model says at those that are looked at.

    Attributes:
        steps: at which it looks.
    """

    def __init__(self, steps: Sequence[int], predict: Callable[[], np.ndarray], done: int = 0) -> None:
        """Nothing is seen yet.

        Args:
            steps: at which to look, rising.
            predict: probabilities of the watched clips, float (n, classes), with the model as it is now; leaves the
                model as it found it and draws no random number.
            done: steps before the first one that is counted here, of an earlier phase of the same fit.
        """
        self.steps, self.done = tuple(steps), done
        self._predict, self._seen = predict, list[np.ndarray]()

    def __call__(self, step: int) -> None:
        """Look, if this step is one to look at."""
        if len(self._seen) < len(self.steps) and self.done + step == self.steps[len(self._seen)]:
            self._seen.append(np.asarray(self._predict(), dtype=np.float32))

    @property
    def probabilities(self) -> np.ndarray:
        """What was seen: float32 (n, looks, classes).

        Raises:
            RuntimeError: the fit ended before the last look.
        """
        if len(self._seen) != len(self.steps):
            raise RuntimeError(f"{len(self._seen)} of the looks at the steps {self.steps} were taken.")
        return np.stack(self._seen, axis=1)


def inner_folds(
    fold: ProtocolFold, persons: np.ndarray, class_of: np.ndarray, config: EpochsConfig, seed: int
) -> list[ProtocolFold]:
    """The fold's training persons divided again: folds that train on some of them and are tested on the others.

    Groups are drawn until every class stays among the clips that each inner fold trains on.

    Args:
        fold: whose held-out persons are in none of them.
        persons: text, ``database/subject`` of every row of the clip table.
        class_of: int64, class of every row.
        config: how many groups, and how many of them are held out.
        seed: of the fold.

    Raises:
        InputError: the fold is trained on fewer persons than there are groups, or a class on too few.
    """
    training, classes = persons[fold.train], class_of[fold.train]
    if len(set(training)) < config.groups:
        raise InputError(
            f"Fold {fold.name!r} is trained on {len(set(training))} persons, which make no {config.groups} groups for "
            f"the epoch rule nested. Set epochs.groups to 2 or more, at most the number of persons."
        )
    for draw in range(_DRAWS):
        groups = held_out_groups(training.tolist(), config.groups, seed_for("epochs", seed, fold.name, draw))
        held = [np.isin(training, group) for group in groups[: config.fits]]
        if all(set(classes[~one]) == set(classes) for one in held):
            return [
                ProtocolFold(f"{fold.name} without group {k}", tuple(group), fold.train[~one], fold.train[one])
                for k, (group, one) in enumerate(zip(groups, held, strict=False))
            ]
    raise InputError(
        f"Fold {fold.name!r}: in {_DRAWS} draws of {config.groups} groups of its training persons, some class was "
        "always left out of what a fit for the epoch rule nested is trained on. Set epochs.groups higher or "
        "epochs.fits lower."
    )


def check_epochs(
    folds: Iterable[ProtocolFold],
    persons: np.ndarray,
    class_of: np.ndarray,
    config: EpochsConfig,
    total: int,
    seed: int,
) -> None:
    """Refuse looks that cannot be taken before anything is trained.

    Args:
        folds: all folds.
        persons, class_of, config, seed: as for `inner_folds`.
        total: steps of a fit.

    Raises:
        InputError: as for `EpochsConfig.looks` and `inner_folds`.
    """
    if config.every:
        config.looks(total)
        for fold in folds:
            inner_folds(fold, persons, class_of, config, seed)


def nested_arrays(
    fold: ProtocolFold,
    looks: Looks,
    persons: np.ndarray,
    class_of: np.ndarray,
    config: EpochsConfig,
    seed: int,
    fit: Callable[[ProtocolFold], Looks],
) -> dict[str, np.ndarray]:
    """`look_arrays` of a fold, with an inner fit after the other.

    Args:
        fold: the fold.
        looks: what its model said of its test clips; nothing of it chooses.
        persons, class_of, config, seed: as for `inner_folds`.
        fit: fits a model of its own to ``train`` of an inner fold, as the fold's was, and looks at its ``test``.
    """
    inner = inner_folds(fold, persons, class_of, config, seed)
    return look_arrays(looks.probabilities, inner, [fit(one).probabilities for one in inner], class_of)


def look_arrays(
    seen: np.ndarray, inner: Sequence[ProtocolFold], said: Sequence[np.ndarray], class_of: np.ndarray
) -> dict[str, np.ndarray]:
    """What a fold leaves beside its last predictions, for the other epoch rules.

    Args:
        seen: float32 (t, looks, classes), what its model said of its t test clips (`Looks.probabilities`).
        inner: of `inner_folds`.
        said: for each of them what a model that was fitted to its ``train`` said of its ``test``, at the same looks.
        class_of: int64, class of every row of the clip table.

    Returns:
        `LOOKS`: ``seen``. `NESTED`: int64 (t,), the look that the rule ``nested`` chooses, the same for all t.
    """
    chosen = best_look(np.concatenate(said), class_of[np.concatenate([one.test for one in inner])])
    return {LOOKS: seen, NESTED: np.full(len(seen), chosen, np.int64)}


def best_look(probabilities: np.ndarray, label_idx: np.ndarray) -> int:
    """The look at which UAR, the mean recall of the classes that have clips, is highest; of equals the latest.

    Args:
        probabilities: (n, looks, classes).
        label_idx: int64 (n,).
    """
    recalls = mean_recalls(probabilities, label_idx)
    return int(len(recalls) - 1 - np.argmax(recalls[::-1]))


def mean_recalls(probabilities: np.ndarray, label_idx: np.ndarray) -> np.ndarray:
    """UAR of several answers, float64 (answers,): the mean recall of the classes that have clips.

    Args:
        probabilities: (n, answers, classes).
        label_idx: int64 (n,).
    """
    right = probabilities.argmax(axis=-1) == label_idx[:, None]  # n x answers
    return np.stack([right[label_idx == one].mean(axis=0) for one in np.unique(label_idx)]).mean(axis=0)
