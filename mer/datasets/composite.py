"""The composite database of MEGC2019 from a user's releases of CASME II, SAMM and SMIC."""

import re
from dataclasses import dataclass

import pandas as pd

from mer.core.errors import InputError, MissingPath
from mer.core.files import digest
from mer.core.problems import Problem
from mer.datasets.database import Database
from mer.datasets.layout import Layout, load_layout
from mer.datasets.places import Place, how_to_get, read_places
from mer.datasets.release import Release, read_release
from mer.datasets.release_words import clip_remarks
from mer.datasets.released import refuse
from mer.manifest.clips import KEY, validate_clips
from mer.manifest.composite import read_composite
from mer.manifest.corrections import CORRECTED

COMPOSITE_NAME = "megc2019"
PARTS = ("casme2", "samm", "smic")
#: Recordings of which the composite is made, where a release has others too.
VARIANTS = {"smic": ("hs", "hs-cropped", "hs-e")}
#: What is compared with the manifest, clip by clip.
COMPARED = ("onset", "apex", "offset", "emotion")
#: Between the notes on two corrections of a clip; a reason may hold semicolons itself.
_NOTES = re.compile(rf"; (?=(?:{'|'.join(CORRECTED)}) [^;]* -> )")


@dataclass(frozen=True)
class Composite:
    """The composite database as far as a user has it.

    Attributes:
        releases: what was read, by database.
        clips: clips of the manifest that are whole on disk: key frames and emotion of the release, label of the
            manifest.
        problems: why the others are not; one whose key frames or emotion differ without a known reason is another clip.
        differences: columns database, subject, clip, column, found, expected, reason: where the clips and the manifest
            disagree for a known reason (a correction of that variant).
    """

    releases: dict[str, Release]
    clips: pd.DataFrame
    problems: tuple[Problem, ...]
    differences: pd.DataFrame


def composite_places() -> dict[str, Place]:
    """Where the three databases lie.

    Raises:
        MissingPath: one or more are not set up; the message says for all of them what is needed.
    """
    places = read_places()
    layouts: dict[str, Layout] = {name: load_layout(name) for name in PARTS if name not in places}
    if layouts:
        raise MissingPath(
            f"{COMPOSITE_NAME} is made of CASME II, SAMM and SMIC.\n  "
            + "\n  ".join(how_to_get(layout) for layout in layouts.values())
        )
    for name, allowed in VARIANTS.items():
        variant = places[name].load_layout().variant
        if variant not in allowed:
            raise InputError(
                f"{COMPOSITE_NAME} is made of {load_layout(name).title} {allowed[0]}, here it is {variant}. Run: "
                f"mer data add {name} {places[name].folder} --variant {allowed[0]} (or {', '.join(allowed[1:])})."
            )
    return {name: places[name] for name in PARTS}


def read_composite_from_disk() -> Composite:
    """Read the three releases and compare them with the manifest.

    Raises:
        InputError: one of them cannot be read as a whole; what is wrong with each is in the message.
    """
    releases: dict[str, Release] = {}
    faults = []
    for name, place in composite_places().items():
        try:
            releases[name] = read_release(place.load_layout(), place.folder, place.sheet)
        except InputError as error:
            faults.append(str(error))
    if faults:
        raise InputError("The composite database cannot be read:\n  " + "\n  ".join(faults))
    manifest = read_composite()
    found = pd.concat([release.clips for release in releases.values()], ignore_index=True)
    both = manifest[[*KEY, "label"]].merge(found.drop(columns="label"), on=KEY)
    clips = validate_clips(both)
    known = [problem for release in releases.values() for problem in release.problems]
    differences = compare(clips, manifest)
    unexplained = differences[differences["reason"] == ""]
    known += _other_clips(unexplained, clips)
    same = [key not in {problem.clip for problem in known} for key in clips[KEY].itertuples(index=False, name=None)]
    clips = clips[same].reset_index(drop=True)
    explained = differences[differences["reason"] != ""].reset_index(drop=True)
    return Composite(releases, clips, tuple(_problems(manifest, clips, known)), explained)


def open_composite(allow_missing: bool = False) -> Database:
    """The composite database, opened for reading; where its parts lie is told by ``mer data add``.

    Raises:
        ProblemsFound: clips are missing or have faults, and ``allow_missing`` is off; all are listed.
        InputError: a part is not set up or cannot be read.
    """
    composite = read_composite_from_disk()
    refuse(f"The composite database {COMPOSITE_NAME}", len(composite.clips), composite.problems, allow_missing)
    releases = composite.releases
    return Database(
        name=COMPOSITE_NAME,
        root=next(iter(releases.values())).root,
        roots={name: release.root for name, release in releases.items()},
        clips=composite.clips,
        synthetic=False,
        terms=" ".join(release.layout.terms for release in releases.values()),
        fingerprint=digest(*(release.fingerprint for release in releases.values())),
        left_out=composite.problems,
        remarks=(*difference_words(composite.differences), *clip_remarks(composite.clips)),
    )


def compare(clips: pd.DataFrame, manifest: pd.DataFrame) -> pd.DataFrame:
    """Where clips and manifest disagree in key frames or emotion (see `Composite.differences`)."""
    joined = clips.merge(manifest, on=KEY, suffixes=("", "_manifest"))
    rows = []
    for column in COMPARED:
        differ = joined[column] != joined[f"{column}_manifest"]
        for row in joined[differ].to_dict("records"):
            # The release's reader notes every correction that it made, column first.
            reasons = [part for part in _NOTES.split(str(row["note"])) if part.startswith(f"{column} ")]
            found, expected = str(row[column]), str(row[f"{column}_manifest"])
            rows.append((*(row[name] for name in KEY), column, found, expected, "; ".join(reasons)))
    return pd.DataFrame(rows, columns=[*KEY, "column", "found", "expected", "reason"], dtype=object)


def difference_words(differences: pd.DataFrame) -> list[str]:
    """One sentence a difference."""
    return [
        f"{database}/{subject}/{clip}: {column} is {found}, in the manifest {expected}{f' ({why})' if why else ''}."
        for database, subject, clip, column, found, expected, why in differences.astype(str).itertuples(index=False)
    ]


def _other_clips(differences: pd.DataFrame, clips: pd.DataFrame) -> list[Problem]:
    """A fault for each clip that the manifest describes otherwise: its label belongs to other frames."""
    folders = dict(zip(clips[KEY].itertuples(index=False, name=None), clips["frames"], strict=True))
    remedy = "Take the sheet and the frames from the release again, or say in corrections.csv why they differ."
    return [
        Problem(
            str(folders[database, subject, clip]),
            "",
            "; ".join(f"{row['column']} is {row['found']}, in the manifest {row['expected']}" for row in rows) + ".",
            remedy,
            (str(database), str(subject), str(clip)),
        )
        for (database, subject, clip), group in differences.groupby(KEY, sort=False)
        for rows in [group.to_dict("records")]
    ]


def _problems(manifest: pd.DataFrame, clips: pd.DataFrame, known: list[Problem]) -> list[Problem]:
    """For every clip of the manifest that is not there: the release's own fault, or that it is missing."""
    keys = [tuple(key) for key in manifest[KEY].itertuples(index=False)]
    there = {tuple(key) for key in clips[KEY].itertuples(index=False)}
    absent = [key for key in keys if key not in there]
    found = [problem for problem in known if problem.clip in set(absent)]
    explained = {problem.clip for problem in found}
    # Rows without a readable name may be the clips that are missing.
    general = [problem for problem in known if problem.clip is None or problem.clip[2].startswith("row ")]
    folders = dict(zip(keys, manifest["frames"], strict=True))
    missing = [
        Problem(
            folders[key],
            "",
            "the manifest lists this clip, the release on disk does not have it.",
            "Take the sheet and the frames from the release again; with --allow-missing the clip is left out.",
            key,
        )
        for key in absent
        if key not in explained
    ]
    return [*found, *missing, *(general if absent else [])]
