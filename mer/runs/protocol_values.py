"""Whether a database can be divided as a protocol says, known before its clips are aligned or rendered."""

from itertools import product

import pandas as pd

from mer.core.errors import InputError

#: Notebooks that are trained by a protocol on a database; the first learns without classes.
_PRETRAINS, _TRAINS = "03_pretrain", ("04_train_loso", "19_baselines")


def check_divisible(notebook: str, protocol: str, name: str, labels: str, clips: pd.DataFrame | None) -> None:
    """Check that there are folds of a protocol; leaving one subject out of all is judged by the training itself.

    Args:
        notebook: its name without the ending; one that trains by no protocol is not judged.
        protocol: a name of `mer.training.protocols.PROTOCOLS`.
        name: of the database.
        labels: of the training.
        clips: columns ``database, subject, label`` of its clips; None for one that is rendered, whose name tells them.

    Raises:
        InputError: one database alone, a database of one person, or a fold without a class in training.
    """
    if protocol == "loso" or notebook not in (_PRETRAINS, *_TRAINS):
        return
    from mer.manifest.emotions import label_mapping
    from mer.training.held_out import protocol_groups
    from mer.training.protocols import protocol_folds

    classes = label_mapping(labels).space.classes
    table = _rendered(name, classes) if clips is None else clips
    if notebook == _PRETRAINS:
        protocol_groups(table, protocol, 0, 0)
    else:
        protocol_folds(table, protocol, classes)


def _rendered(name: str, classes: tuple[str, ...]) -> pd.DataFrame:
    """People of a database that is rendered, each with every class: which clips have which is not known before."""
    from mer.datasets.synthetic.names import synthetic_config

    config = synthetic_config(name)
    if config is None:
        raise InputError(f"{name!r} is no database that is rendered, and its clips are not given.")
    rows = product(config.looks, map(str, range(config.subjects)), classes)
    return pd.DataFrame(rows, columns=["database", "subject", "label"])
