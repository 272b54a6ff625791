"""Who is tested by a model of whom: the protocols of an evaluation, as folds of a clip table.

* ``loso``: leave one subject out. A fold is a person, trained on all other people of all databases (the composite
  database evaluation of MEGC2019: 68 folds).
* ``database``: leave one database out. A fold is a database, trained on all others: how well a model carries over to
  people, cameras and a laboratory that it never saw.
* ``loso-per-database``: leave one subject out, trained on the other people of the same database alone, as publications
  on single databases do it. Beside ``loso`` it shows what the other databases are worth.

Subjects of different databases are different people. A fold that leaves a person out is called ``database/subject``,
one that leaves a database out by the name of the database, which has no ``/`` and so can be no person's. With
`mer.training.held_out.folder_name` both are names of folders.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mer.core.errors import InputError, nearest
from mer.manifest.clips import person

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

#: Name of a protocol to what it is called in text.
PROTOCOLS = {
    "loso": "leave one subject out",
    "database": "leave one database out",
    "loso-per-database": "leave one subject out, each database by itself",
}


@dataclass(frozen=True, eq=False)
class ProtocolFold:
    """One fold.

    Attributes:
        name: of the fold, as the column ``fold`` of a predictions table has it.
        persons: ``database/subject`` of all who are tested, sorted.
        train: int64, rising, rows of the clip table that the fold is trained on.
        test: int64, rising, rows that it is tested on.
    """

    name: str
    persons: tuple[str, ...]
    train: np.ndarray
    test: np.ndarray


@dataclass(frozen=True, eq=False)
class ProtocolFolds:
    """The folds of a clip table; their rows are made when asked for, so thousands of folds take no memory.

    Attributes:
        names: of the folds, sorted.
        rows: int64, rising, rows of the clip table that have a class; all others are neither trained on nor tested.
        fold_of: int64, as ``rows``: the fold (index into ``names``) that tests the row.
        pool_of: int64, as ``rows``: rows of one pool may train each other's folds; a fold lies in one pool.
        person_of: text, as ``rows``: ``database/subject``.
        training_clips: int64, one a fold: how many clips it is trained on.
    """

    names: tuple[str, ...]
    rows: np.ndarray
    fold_of: np.ndarray
    pool_of: np.ndarray
    person_of: np.ndarray
    training_clips: np.ndarray

    def __len__(self) -> int:
        """Number of folds."""
        return len(self.names)

    def __iter__(self) -> Iterator[ProtocolFold]:
        """The folds in the order of their names."""
        return map(self._at, range(len(self.names)))

    def __getitem__(self, name: str) -> ProtocolFold:
        """The fold of this name.

        Raises:
            InputError: there is none.
        """
        if name not in self.names:
            raise InputError(f"There is no fold {name!r}. {nearest(name, self.names)}")
        return self._at(self.names.index(name))

    @property
    def names_of_rows(self) -> list[str]:
        """For each of ``rows`` the name of the fold that tests it."""
        return [self.names[fold] for fold in self.fold_of]

    def _at(self, fold: int) -> ProtocolFold:
        test = self.fold_of == fold
        train = (self.pool_of == self.pool_of[test][0]) & ~test
        return ProtocolFold(
            self.names[fold], tuple(sorted(set(self.person_of[test]))), self.rows[train], self.rows[test]
        )


def protocol_words(protocol: str) -> str:
    """What a protocol is called in text.

    Raises:
        InputError: there is no such protocol.
    """
    if protocol not in PROTOCOLS:
        raise InputError(f"Unknown protocol {protocol!r}. {nearest(protocol, PROTOCOLS)}")
    return PROTOCOLS[protocol]


def may_train(clips: pd.DataFrame, protocol: str, held_out: Collection[str]) -> np.ndarray:
    """Which clips, labelled or not, may be seen by a fit that holds these persons out: bool, one a row.

    Args:
        clips: clip table, or its columns ``database, subject``.
        protocol: ``loso``: clips of everybody else. ``database``: clips of other databases than theirs, so that nobody
            of a held-out database is seen, with a class or without. ``loso-per-database``: clips of everybody else in
            their databases.
        held_out: ``database/subject``.

    Raises:
        InputError: an unknown protocol.
    """
    protocol_words(protocol)
    of_them = person(clips).isin(list(held_out)).to_numpy()
    if protocol == "loso":
        return ~of_them
    theirs = clips["database"].astype(str).isin({one.partition("/")[0] for one in held_out}).to_numpy()
    return ~theirs if protocol == "database" else theirs & ~of_them


def kept_settings(config: "DataclassInstance") -> dict[str, Any]:
    """A configuration as it counts for what is kept on disk: `asdict`, without its ``protocol`` where that is ``loso``.

    What was trained before these configurations had a protocol stands.
    """
    settings = asdict(config)
    if settings["protocol"] == "loso":
        del settings["protocol"]
    return settings


def protocol_folds(
    clips: pd.DataFrame, protocol: str, classes: Sequence[str], every_class: bool = True
) -> ProtocolFolds:
    """The folds of a protocol: each clip that has a class is tested once, by a model that never saw its person.

    Args:
        clips: clip table, or its columns ``database, subject, label``.
        protocol: a name of `PROTOCOLS`.
        classes: of the label space; clips of no class are left out.
        every_class: refuse folds that would be trained without any clip of some class.

    Raises:
        InputError: an unknown protocol, no clip of a class, nobody left to train on, or a fold that would be trained
            without any clip of some class; the message names the fold.
    """
    protocol_words(protocol)
    rows = np.flatnonzero(clips["label"].isin(list(classes)).to_numpy())
    if not len(rows):
        raise InputError(f"None of {len(clips)} clips has a label of {', '.join(classes)}; label some.")
    used = clips.iloc[rows]
    persons, databases = person(used).to_numpy(dtype=object), used["database"].astype(str).to_numpy(dtype=object)
    names, fold_of = np.unique(databases if protocol == "database" else persons, return_inverse=True)
    together = databases if protocol == "loso-per-database" else np.full(len(rows), "all", dtype=object)
    pools, pool_of = np.unique(together, return_inverse=True)
    pool_of_fold = np.zeros(len(names), np.int64)
    pool_of_fold[fold_of] = pool_of
    _check_somebody_left(protocol, names, pools, pool_of_fold)
    class_of = used["label"].map({name: index for index, name in enumerate(classes)}).to_numpy(dtype=np.int64)
    training = _counts(pool_of, class_of, len(pools), len(classes))[pool_of_fold]  # folds x classes
    training = training - _counts(fold_of, class_of, len(names), len(classes))
    if every_class:
        _check_classes(protocol, names, classes, training)
    return ProtocolFolds(tuple(names.tolist()), rows, fold_of, pool_of, persons, training.sum(axis=1))


def _counts(group: np.ndarray, class_of: np.ndarray, groups: int, classes: int) -> np.ndarray:
    """Clips of every class in every group, int64 (groups, classes)."""
    return np.bincount(group * classes + class_of, minlength=groups * classes).reshape(groups, classes)


def _check_somebody_left(protocol: str, names: np.ndarray, pools: np.ndarray, pool_of_fold: np.ndarray) -> None:
    what = "database" if protocol == "database" else "person"
    alone = np.flatnonzero(np.bincount(pool_of_fold, minlength=len(pools)) < 2)
    if not len(alone):
        return
    only = names[pool_of_fold == alone[0]].tolist()
    where = f" in every database; {pools[alone[0]]!r} has" if protocol == "loso-per-database" else ", found"
    raise InputError(
        f"Leaving one {what} out needs at least 2 of them{where} {only}. Give clips of more {what}s"
        f"{', leave that database out' if protocol == 'loso-per-database' else ''} or choose another protocol "
        f"({', '.join(name for name in PROTOCOLS if name != protocol)})."
    )


def _check_classes(protocol: str, names: np.ndarray, classes: Sequence[str], training: np.ndarray) -> None:
    lacking = np.flatnonzero((training == 0).any(axis=1))
    if not len(lacking):
        return
    missing = [name for name, count in zip(classes, training[lacking[0]], strict=True) if count == 0]
    more = f" (and {len(lacking) - 1} more folds would lack a class)" if len(lacking) > 1 else ""
    raise InputError(
        f"Fold {names[lacking[0]]!r} of the protocol {protocol!r} would be trained on no clip of {' or '.join(missing)}"
        f"{more}; expected some of each of {', '.join(classes)}. Add clips, choose labels of which at least two "
        f"{'databases' if protocol == 'database' else 'people'} have every class, or choose another protocol."
    )
