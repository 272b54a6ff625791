"""Which class each clip of a database has, by the labels chosen."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from mer.core.errors import InputError
from mer.datasets.corrected import with_own_labels
from mer.datasets.database import Database
from mer.manifest.emotions import label_mapping, label_mappings
from mer.manifest.labels import check_classes
from mer.manifest.own_corrections import OwnCorrection

_OTHER_LABELS = (
    "Choose labels that have the clips' classes, or write these into a YAML file and give its path (README, Your own "
    "clips)."
)


def with_labels(database: Database, labels: str, corrections: Sequence[OwnCorrection] = ()) -> Database:
    """The database with the classes of these labels in the column ``label``, then with a user's own labels.

    Args:
        database: with the labels of its own table, if it has any.
        labels: of ``data_manifests/labels.yaml``, or a path of a file of the user's own.
        corrections: of the user; those that name a label count.

    Raises:
        InputError: classes that the clips cannot have.
    """
    mapping = label_mapping(labels)
    clips = database.clips.copy()
    # What a user's own table says counts. The composite's labels are the challenge's own, clip by clip.
    covered = clips["database"].isin(list(mapping.emotions)) & (clips["label"] == "")
    if covered.any():
        clips.loc[covered, "label"] = mapping.labels(clips[covered])
    elif (clips["label"] == "").all() and any(
        set(clips["database"]) & set(own.emotions) for own in label_mappings().values()
    ):
        mapping.labels(clips)  # other labels would do; these say what they know
    database = with_own_labels(replace(database, clips=clips), corrections, mapping.space)
    clips = database.clips
    if not clips["label"].isin(mapping.space.classes).any() and (clips["label"] != "").any():
        found = ", ".join(sorted(set(clips["label"]) - {""}))
        raise InputError(
            f"Labels {labels!r} are {', '.join(mapping.space.classes)}, but the clips of {database.name} have {found}. "
            f"Choose other labels ({', '.join(label_mappings())}), or write your own classes into a YAML file and give "
            "its path (README, Your own clips)."
        )
    remarks = database.remarks
    strange = clips.loc[~clips["label"].isin([*mapping.space.classes, ""]), "label"]
    known = int(clips["label"].isin(mapping.space.classes).sum())
    if len(strange) > known and not covered.any():  # other classes, not a few misspelt ones
        check_classes(clips["label"], mapping.space, database.name, _OTHER_LABELS)
    if (clips["label"] != "").any() and (missing := mapping.space.missing(clips["label"])):
        remarks = (*remarks, f"No clip is {' or '.join(missing)}: {labels!r} cannot be learnt from these clips alone.")
    if len(strange):
        words = ", ".join(f"{count} {label}" for label, count in strange.value_counts().items())
        remarks = (*remarks, f"{len(strange)} clips have a label that {labels!r} does not know: {words}.")
    covered &= clips["label"] == ""
    if covered.any() and len(unlabelled := mapping.unlabelled(clips[covered])):
        remarks = (*remarks, _unlabelled_words(unlabelled, labels))
    return replace(database, remarks=remarks)


def _unlabelled_words(unlabelled: pd.DataFrame, labels: str) -> str:
    counts = unlabelled["emotion"].value_counts()
    words = ", ".join(f"{count} {emotion or 'without emotion'}" for emotion, count in counts.items())
    return f"{len(unlabelled)} clips have no class in {labels!r} and take no part in training ({words})."
