"""Whether a database can be divided as a protocol says, known before its clips are aligned or rendered."""

from collections.abc import Mapping
from itertools import product
from typing import Any

import pandas as pd

from mer.core.configs import with_changes
from mer.core.errors import InputError

#: Notebooks that are trained by a protocol on a database; the first learns without classes.
_PRETRAINS, _TRAINS = "03_pretrain", ("04_train_loso", "19_baselines")


def check_divisible(
    notebook: str, protocol: str, name: str, labels: str, clips: pd.DataFrame | None, values: Mapping[str, Any]
) -> None:
    """Check that there are folds of a protocol; leaving one subject out of all is judged by the training itself.

    Args:
        notebook: its name without the ending; one that trains by no protocol is not judged.
        protocol: a name of `mer.training.protocols.PROTOCOLS`.
        name: of the database.
        labels: of the training.
        clips: columns ``database, subject, label`` of its clips; None for one that is rendered, whose name tells them.
        values: parameters of the notebook; those of a pretraining say into how many groups people are divided.

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
        protocol_groups(table, protocol, _groups(values), 0)
    else:
        protocol_folds(table, protocol, classes)


def _groups(values: Mapping[str, Any]) -> int:
    """Groups of a pretraining; one a person where its configuration is at fault, which is told by itself."""
    from mer.training.configs import pretrain_config
    from mer.training.sharing import with_sharing

    try:
        config = pretrain_config(values.get("configuration") or "small", values.get("reading") or "")
        shared = with_sharing(config, values.get("sharing") or "")
        return with_changes(shared, values.get("overrides") or {}).groups
    except InputError:
        return 0


def _rendered(name: str, classes: tuple[str, ...]) -> pd.DataFrame:
    """People of a database that is rendered, each with every class: which clips have which is not known before."""
    from mer.datasets.synthetic.names import synthetic_config

    config = synthetic_config(name)
    if config is None:
        raise InputError(f"{name!r} is no database that is rendered, and its clips are not given.")
    rows = product(config.looks, map(str, range(config.subjects)), classes)
    return pd.DataFrame(rows, columns=["database", "subject", "label"])
