"""Whose head it is: a face shape from a seed, as weights on the pack's identity shapes."""

from dataclasses import dataclass

import numpy as np

from mer.datasets.synthetic.headpack import HeadPack

_ANCESTRIES = ("african", "asian", "caucasian")


@dataclass(frozen=True)
class Person:
    """Traits that shape and skin follow.

    Attributes:
        ancestry: shares of the three ancestries, sum 1.
        male: 0 to 1.
        old: 0 (young) to 0.7.
    """

    ancestry: tuple[float, float, float]
    male: float
    old: float


def draw_person(draw: np.random.Generator) -> Person:
    """A person at random."""
    african, asian, caucasian = (float(share) for share in draw.dirichlet([0.4, 0.5, 0.5]))
    male = float(np.clip((draw.random() - 0.5) * 1.7 + 0.5, 0, 1))
    return Person((african, asian, caucasian), male, float(draw.uniform(0, 0.65)))


def shape_head(pack: HeadPack, person: Person, draw: np.random.Generator) -> np.ndarray:
    """Neutral head of a person: float32 (n, 3), decimetres."""
    index = {name: k for k, name in enumerate(pack.identity_names)}
    weights = np.zeros(len(index))
    for sex, by_sex in (("male", person.male), ("female", 1 - person.male)):
        for age, by_age in (("old", person.old), ("young", 1 - person.old)):
            for ancestry, share in zip(_ANCESTRIES, person.ancestry, strict=True):
                weights[index[f"macrodetails/{ancestry}-{sex}-{age}"]] = share * by_sex * by_age
            weights[index[f"macrodetails/universal-{sex}-{age}-averagemuscle-averageweight"]] = by_sex * by_age
    for name, k in index.items():
        group, shape = name.split("/", 1)
        if group == "macrodetails" or shape.startswith("r-"):
            continue
        if group == "asym":
            weights[k] = max(0.0, draw.normal(0, 0.12))
            continue
        spread = 0.14 if "scale" in shape else 0.24
        weights[k] = max(0.0, draw.normal(0, spread)) * (0.4 if group == "ears" else 1.0)
        if shape.startswith("l-"):
            weights[index[f"{group}/r-{shape[2:]}"]] = weights[k]
    change = np.tensordot(weights.astype(np.float32), pack.identity, axes=1)
    return (pack.vertices + change).astype(np.float32)
