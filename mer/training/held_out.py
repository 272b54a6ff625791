"""Which persons are kept out of what is fitted."""

import numpy as np
import pandas as pd

from mer.core.errors import InputError
from mer.core.files import digest
from mer.core.seeds import seed_for
from mer.manifest.clips import person
from mer.training.protocols import protocol_words

#: Bytes of a folder's name (file systems allow 255, and files beside it have longer names), and of a digest in it.
_LONGEST, _DIGITS = 120, 16


def held_out_groups(persons: list[str], groups: int, seed: int) -> list[list[str]]:
    """Split the persons into groups, each held out together from one pretraining.

    A fold whose test person is p starts from the pretraining that held out p's group, so no frame of p was seen. With
    ``groups`` equal to the number of persons (or 0) it is one pretraining a person, the strictest reading; fewer
    groups share the work and merely train on fewer persons.

    Returns:
        Sorted lists; every person is in exactly one.
    """
    unique = sorted(set(persons))
    if len(unique) < 2:
        raise InputError(f"Leaving persons out needs at least 2 of them, found {len(unique)}: {unique}.")
    groups = groups or len(unique)
    if not 2 <= groups <= len(unique):
        raise InputError(f"groups is {groups}, expected 0 (one a person) or 2 to {len(unique)}, the number of persons.")
    order = np.random.default_rng(seed_for("held-out groups", seed)).permutation(len(unique))
    return [sorted(unique[i] for i in order[k::groups]) for k in range(groups)]


def protocol_groups(clips: pd.DataFrame, protocol: str, groups: int, seed: int) -> list[list[str]]:
    """Split the people of a clip table into groups, each held out together from one pretraining.

    Args:
        clips: clip table, or its columns ``database, subject``.
        protocol: ``loso``: `held_out_groups` of all people. ``database``: every database is a group.
            ``loso-per-database``: `held_out_groups` of each database.
        groups: how many, of all people or of each database; of no account under ``database``.
        seed: of the study.

    Returns:
        Sorted lists of ``database/subject``; every person is in exactly one.

    Raises:
        InputError: an unknown protocol, one database alone under ``database``, or too few persons for the groups; the
            message names the database.
    """
    protocol_words(protocol)
    persons = person(clips)
    if protocol == "loso":
        return held_out_groups(persons.tolist(), groups, seed)
    people = {str(name): sorted(set(own)) for name, own in persons.groupby(clips["database"].astype(str))}
    if protocol == "database":
        if len(people) < 2:
            raise InputError(
                f"Leaving one database out needs at least 2 of them, found {list(people)}. Give clips of more "
                "databases or choose another protocol (loso)."
            )
        return list(people.values())
    found = []
    for name, own in people.items():
        try:
            found += held_out_groups(own, groups, seed)
        except InputError as error:
            raise InputError(f"Database {name!r}, by itself (protocol {protocol}): {error}") from error
    return found


def folder_name(fold: str) -> str:
    """A fold's name, ``database/subject`` or a database, as the name of a folder.

    ``casme2/01`` is ``casme2__01``. Where that could be read in two ways (``a/b__c`` and ``a__b/c``), or is too long
    for a folder, a digest of the fold's name follows.
    """
    name = fold.replace("/", "__")
    if name.split("__") == fold.split("/") and len(name.encode("utf-8")) <= _LONGEST:
        return name
    short = name.encode("utf-8")[: _LONGEST - _DIGITS - 1].decode("utf-8", errors="ignore")
    return f"{short}-{digest(fold)[:_DIGITS]}"
