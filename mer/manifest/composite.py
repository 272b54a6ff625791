"""The composite database of MEGC2019: 442 clips of CASME II, SAMM and SMIC, and the counts that must hold.

The table is ``data_manifests/megc2019.csv``; its sources and licences are in the README beside it. It lists clips, it
holds no image: a user brings the released databases, or maps made from them.
"""

import pandas as pd

from mer.core.errors import InputError
from mer.manifest.clips import person, read_clips
from mer.manifest.labels import COMPOSITE
from mer.manifest.place import manifests_dir

FILE_NAME = "megc2019.csv"

#: Clips by class (in the order of `COMPOSITE`), persons, and frames from onset to offset. Source: the challenge's
#: guideline and sample list; the frames add up to the number of images that the FRL-DGT paper gives.
EXPECTED = pd.DataFrame(
    {
        "negative": {"smic": 70, "casme2": 88, "samm": 92},
        "positive": {"smic": 51, "casme2": 32, "samm": 26},
        "surprise": {"smic": 43, "casme2": 25, "samm": 15},
        "subjects": {"smic": 16, "casme2": 24, "samm": 28},
        "frames": {"smic": 5527, "casme2": 10254, "samm": 9688},
    }
)


def read_composite() -> pd.DataFrame:
    """The 442 clips: checked clip table, ordered by database, subject and clip.

    Raises:
        MissingPath: the manifest cannot be found.
        InputError: it was changed and a count no longer holds.
    """
    path = manifests_dir() / FILE_NAME
    clips = read_clips(path)
    try:
        check_counts(clips)
    except InputError as error:
        raise InputError(f"{path}: {error} Take the file from the repository again.") from None
    return clips


def counts(clips: pd.DataFrame) -> pd.DataFrame:
    """Clips of every composite class, persons, and frames (onset to offset), one row a database."""
    return pd.DataFrame(
        {
            **{name: (clips["label"] == name).groupby(clips["database"]).sum() for name in COMPOSITE.classes},
            "subjects": person(clips).groupby(clips["database"]).nunique(),
            "frames": (clips["offset"] - clips["onset"] + 1).groupby(clips["database"]).sum(),
        }
    ).astype("int64")


def check_counts(clips: pd.DataFrame) -> None:
    """Compare a clip table with the composite database's counts.

    Raises:
        InputError: a database is missing or unknown, a clip has no composite class, or a count differs; lists them all.
    """
    faults = []
    unknown = sorted(set(clips["database"]) - set(EXPECTED.index))
    faults += [f"database {name!r} is not one of {', '.join(EXPECTED.index)}" for name in unknown]
    strange = sorted(set(clips["label"]) - set(COMPOSITE.classes))
    faults += [f"label {name!r} is not one of {', '.join(COMPOSITE.classes)}" for name in strange]
    found = counts(clips).reindex(EXPECTED.index, fill_value=0).to_dict("index")
    for database, expected in EXPECTED.to_dict("index").items():
        faults += [
            f"{database}: {found[database][name]} {name}, expected {number}"
            for name, number in expected.items()
            if found[database][name] != number
        ]
    if faults:
        raise InputError("These clips are not the composite database: " + "; ".join(faults) + ".")
