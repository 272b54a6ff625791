"""How a pretraining of the DGM is shared among folds without a frame of any test person in it."""

from dataclasses import replace

from mer.core.errors import InputError, nearest
from mer.training.pretrain import PretrainConfig

#: Name to the number of groups of persons that are held out together, one pretraining each; 0 for one a person. In
#: each reading the DGM of a fold has seen no frame of its test person; with fewer groups it has seen fewer others.
#: Unstated: the paper pretrains and evaluates leave-one-subject-out, and does not say whether the former is repeated.
SHARINGS = {"strict": 0, "eighths": 8, "quarters": 4, "halves": 2}


def with_sharing(config: PretrainConfig, sharing: str) -> PretrainConfig:
    """The pretraining shared as ``sharing`` says; empty for what the configuration says itself.

    Raises:
        InputError: there is no sharing of that name, or the protocol leaves none to choose.
    """
    if not sharing:
        return config
    if sharing not in SHARINGS:
        raise InputError(f"There is no sharing {sharing!r} of the pretraining. {nearest(sharing, SHARINGS)}")
    if config.protocol == "database":
        raise InputError(
            f"sharing is {sharing!r} and protocol 'database', under which each database is held out as a whole, once. "
            "Leave sharing empty."
        )
    return replace(config, groups=SHARINGS[sharing])
