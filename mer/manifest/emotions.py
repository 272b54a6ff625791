"""Which class an emotion of a release becomes: the label mappings of ``data_manifests/labels.yaml``."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from mer.core.errors import InputError, nearest
from mer.core.paths import expanded
from mer.core.yaml_file import read_yaml
from mer.manifest.clips import KEY
from mer.manifest.labels import LabelSpace
from mer.manifest.place import manifests_dir

FILE_NAME = "labels.yaml"


@dataclass(frozen=True)
class LabelMapping:
    """A label space and how clips get their class in it.

    Attributes:
        space: the classes.
        about: one sentence on where the mapping comes from.
        emotions: database to emotion (lower case) to class; an emotion that is not there is left out.
        left_out: key of a clip (database, subject, clip) to the reason why it is left out whatever its emotion.
    """

    space: LabelSpace
    about: str
    emotions: Mapping[str, Mapping[str, str]]
    left_out: Mapping[tuple[str, str, str], str]

    def labels(self, clips: pd.DataFrame) -> pd.Series:
        """Class of every clip; empty for one that is left out.

        Args:
            clips: clip table; its own ``label`` column does not count.

        Raises:
            InputError: the mapping says nothing of one of the databases.
        """
        for database in sorted(set(clips["database"])):
            if database not in self.emotions:
                raise InputError(
                    f"Labels {self.space.name!r} say nothing of database {database!r}; they know "
                    f"{', '.join(sorted(self.emotions)) or 'none'}. Choose other labels, or add a line to {FILE_NAME}."
                )
        found = [
            "" if (database, subject, clip) in self.left_out else self.emotions[database].get(emotion, "")
            for database, subject, clip, emotion in clips[[*KEY, "emotion"]].itertuples(index=False)
        ]
        return pd.Series(found, index=clips.index, dtype=object)

    def unlabelled(self, clips: pd.DataFrame) -> pd.DataFrame:
        """The clips that these labels leave out: database, subject, clip, emotion, reason."""
        without = clips.loc[self.labels(clips) == "", [*KEY, "emotion"]]
        reasons = [
            self.left_out.get(
                (database, subject, clip),
                f"the emotion is {emotion!r}, which is no class of {self.space.name!r}"
                if emotion
                else "no emotion is given",
            )
            for database, subject, clip, emotion in without.itertuples(index=False)
        ]
        return without.assign(reason=pd.Series(reasons, index=without.index, dtype=object)).reset_index(drop=True)


def label_mapping(name: str) -> LabelMapping:
    """The label mapping of that name, or of a user's own file.

    Args:
        name: in ``data_manifests/labels.yaml``, or the path of a YAML file of the same form (its first entry counts;
            ``emotions`` may be left out where the clips' own table has the classes).

    Raises:
        InputError: none is called so, or the file is not as it should be.
    """
    if name.endswith((".yaml", ".yml")):
        path = expanded(name)
        if not path.is_file():
            raise InputError(f"Labels {name}: no such file.")
        return next(iter(_read(path, path.stat().st_mtime_ns).values()))
    mappings = label_mappings()
    if name not in mappings:
        raise InputError(f"There are no labels {name!r} in {FILE_NAME}. {nearest(name, mappings)}")
    return mappings[name]


def label_mappings() -> dict[str, LabelMapping]:
    """All label mappings by the name of their label space."""
    path = manifests_dir() / FILE_NAME
    if not path.is_file():
        raise InputError(f"{path} does not exist. Take it from the repository again.")
    return _read(path, path.stat().st_mtime_ns)


@cache
def _read(path: Path, _changed: int) -> dict[str, LabelMapping]:
    data = read_yaml(path)
    if not isinstance(data, Mapping) or not data:
        raise InputError(f"{path}: labels need a name and below it 'classes' (a list).")
    try:
        return {str(name): _mapping(path, str(name), about) for name, about in data.items()}
    except (AttributeError, KeyError, TypeError) as error:
        raise InputError(
            f"{path}: labels need 'classes' (a list), and 'emotions' is database to emotion to class; found {error!r}."
        ) from error


def _mapping(path: Path, name: str, about: Mapping[str, Any]) -> LabelMapping:
    space = LabelSpace(name, tuple(str(one) for one in about["classes"]))
    emotions = {
        str(database): {str(emotion): str(label) for emotion, label in mapping.items()}
        for database, mapping in (about.get("emotions") or {}).items()
    }
    for database, mapping in emotions.items():
        for emotion, label in mapping.items():
            if label not in space.classes:
                raise InputError(
                    f"{path}: in {name}, {database}: {emotion} becomes {label!r}. {nearest(label, space.classes)}"
                )
    left_out = {
        (str(row["database"]), str(row["subject"]), str(row["clip"])): str(row["reason"])
        for row in about.get("left_out", [])
    }
    return LabelMapping(space, str(about.get("about", "")), emotions, left_out)
