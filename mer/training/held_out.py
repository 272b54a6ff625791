"""Which persons are kept out of what is fitted."""

import numpy as np

from mer.core.errors import InputError
from mer.core.seeds import seed_for


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


def folder_name(fold: str) -> str:
    """A fold's name, ``database/subject`` or a database, as the name of a folder."""
    return fold.replace("/", "__")
