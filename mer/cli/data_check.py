"""``mer data check`` and ``mer data left-out``: whether a database is whole, and what a study would not use."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from mer.cli.data import about
from mer.core.csv_text import csv_text
from mer.core.errors import InputError, nearest
from mer.core.files import write_text
from mer.core.problems import Problem, ProblemsFound, problems_table
from mer.core.processors import one_opencv_thread, processors
from mer.core.progress import progress
from mer.manifest.clips import FRAME_NUMBERS, KEY

if TYPE_CHECKING:
    from mer.datasets.database import Database


def check_database(
    name: str, labels: str = "composite", full: bool = False, allow_missing: bool = False, table: Path | None = None
) -> str:
    """Look at every file of a database, decode its key frames (or all), and compare the composite with its manifest.

    Args:
        name: of the database, or a path.
        labels: which class the emotions become.
        full: decode every frame, not only onset, apex and offset.
        allow_missing: report faults without failing.
        table: CSV that gets all faults.

    Raises:
        ProblemsFound: faults, all of them, unless ``allow_missing``.
    """
    from mer.datasets.composite import COMPOSITE_NAME
    from mer.datasets.registry import open_database
    from mer.datasets.released import faults_words

    try:
        # Whatever is wrong with some clips, the others are looked at too: all faults are to be told at once.
        database = open_database(name, labels, allow_missing=True)
    except ProblemsFound as error:
        _write(table, error.problems)
        raise
    problems = [*database.left_out, *_unreadable(database, full)]
    lines = [about(database)]
    if name == COMPOSITE_NAME:
        words, different = _against_manifest(database)
        lines += words
        problems += different
    _write(table, problems)
    lines += [f"Note: {remark}" for remark in database.remarks]
    lines += _not_used(database, labels)
    if problems and not allow_missing:
        bad = {problem.clip for problem in problems}
        keys = database.clips[KEY].itertuples(index=False, name=None)
        heading = faults_words(problems, sum(key not in bad for key in keys))
        raise ProblemsFound("\n".join([*lines, heading]), problems, most=None)
    if problems:
        return "\n".join([*lines, f"{len(problems)} fault(s):", *map(str, problems)])
    frames = int((database.clips["offset"] - database.clips["onset"] + 1).sum())
    decoded = "decoded" if full else "looked at, key frames decoded"
    return "\n".join([*lines, f"Every clip's frames are there ({frames} {decoded})."])


def left_out(name: str, labels: str, allow_missing: bool = True) -> pd.DataFrame:
    """Clips of a database that a study with these labels does not use: database, subject, clip, reason."""
    from mer.datasets.composite import COMPOSITE_NAME, read_composite_from_disk
    from mer.datasets.registry import check_composite_labels, open_database
    from mer.manifest.emotions import label_mapping
    from mer.manifest.own_corrections import apply_own_corrections, own_corrections_file, read_own_corrections

    mapping, corrections = label_mapping(labels), read_own_corrections()
    if name == COMPOSITE_NAME:
        check_composite_labels(labels)
        composite = read_composite_from_disk()
        every = pd.concat([release.clips for release in composite.releases.values()], ignore_index=True)
        every, _ = apply_own_corrections(every, corrections, mapping.space.name, ["emotion", "label"], part=True)
        faults = problems_table(composite.problems)
    else:
        database = open_database(name, labels, allow_missing=allow_missing)
        every, faults = database.clips, database.left_out_table()
    without = every[~every["label"].isin(mapping.space.classes)]
    # Whose label a user took away is left out whatever its emotion says.
    taken = {one.clip_key for one in corrections if not one.value and one.labels == mapping.space.name}
    is_taken = pd.Series([key in taken for key in without[KEY].itertuples(index=False, name=None)], without.index, bool)
    cleared, without = without[is_taken], without[~is_taken]
    mapped = without["database"].isin(list(mapping.emotions)) & (without["label"] == "")
    covered, own = without[mapped], without[~mapped]
    parts = [
        faults[faults["clip"] != ""].assign(reason=lambda table: table["problem"] + " " + table["remedy"]),
        mapping.unlabelled(covered),
        cleared.assign(reason=f"its label was taken away in your own {own_corrections_file().name}"),
        own.assign(reason="the label is " + own["label"].map(lambda label: repr(label) if label else "empty")),
    ]
    return pd.concat([part[[*KEY, "reason"]] for part in parts], ignore_index=True)


def left_out_words(name: str, labels: str, as_csv: bool) -> str:
    """`left_out` as text: counted by reason, then clip by clip; or as CSV."""
    table = left_out(name, labels)
    if as_csv:
        return csv_text(table).rstrip()
    if table.empty:
        return f"No clip of {name} is left out with the labels {labels!r}."
    lines = [f"{len(table)} clips of {name} are left out with the labels {labels!r}:"]
    for reason, rows in table.groupby("reason", sort=False):
        keys = rows[KEY].agg("/".join, axis=1)
        lines.append(f"{len(rows)} clips: {reason}" if len(rows) > 1 else f"1 clip: {reason}")
        lines += [f"  {key}" for key in keys]
    return "\n".join(lines)


def _unreadable(database: "Database", full: bool) -> list[Problem]:
    """Clips with frames that cannot be decoded; a few threads, as decoding lets go of the interpreter."""

    def look(row: pd.Series) -> Problem | None:
        numbers = sorted({int(number) for number in row[FRAME_NUMBERS].dropna()})
        try:
            for _ in database.frames(row, None if full else numbers):
                pass
        except (InputError, OSError) as error:
            key = (str(row["database"]), str(row["subject"]), str(row["clip"]))
            return Problem(str(row["frames"]), "", str(error), "", key)
        return None

    rows = [row for _, row in database.clips.iterrows()]
    with one_opencv_thread(), ThreadPoolExecutor(processors(most=8)) as pool:
        found = progress(pool.map(look, rows), what="Decoding", total=len(rows), unit="clips")
        return [problem for problem in found if problem]


def _against_manifest(database: "Database") -> tuple[list[str], list[Problem]]:
    """The counts that must hold beside those found, and the differences that no correction explains.

    A user's own corrections are no differences: the release is compared as it is.
    """
    from mer.datasets.composite import compare
    from mer.manifest.composite import EXPECTED, counts, read_composite

    clips = database.clips if database.own_clips is None else database.own_clips
    found = counts(clips).reindex(EXPECTED.index, fill_value=0)[EXPECTED.columns]
    both = found.astype(str).where(found == EXPECTED, found.astype(str) + " (expected " + EXPECTED.astype(str) + ")")
    total, wanted = found.sum(), EXPECTED.sum()
    count = int(total[["negative", "positive", "surprise"]].sum())
    differences = compare(clips, read_composite())
    known = int((differences["reason"] != "").sum())
    if count < 442 or known < len(differences):
        whole = "NOT as in the manifest"
    elif known:
        whole = f"as in the manifest but for {known} known difference(s) of this variant, given below with the reason"
    else:
        whole = "as in the manifest"
    lines = [
        both.to_string(),
        f"{count} clips of 442, {total['subjects']} people of {wanted['subjects']}, {total['frames']} frames of "
        f"{wanted['frames']} from onset to offset: {whole}.",
    ]
    unknown = differences[differences["reason"] == ""].merge(clips[[*KEY, "frames"]], on=KEY)
    return lines, [
        Problem(
            str(row.frames),
            "",
            f"{row.column} is {row.found}, in the manifest {row.expected}.",
            "Take the sheet from the release again, or say in corrections.csv why it differs.",
            (str(row.database), str(row.subject), str(row.clip)),
        )
        for row in unknown.itertuples(index=False)
    ]


def _not_used(database: "Database", labels: str) -> list[str]:
    """What training would leave out without being asked to: a misspelt label, a clip without one."""
    from mer.manifest.emotions import label_mapping

    mapping = label_mapping(labels)
    own = database.clips[~database.clips["database"].isin(list(mapping.emotions))]["label"]
    lines = [
        f"{count} clips have the label {label!r}, which training leaves out. "
        f"{nearest(str(label), mapping.space.classes)}"
        for label, count in own[(own != "") & ~own.isin(mapping.space.classes)].value_counts().items()
    ]
    if (own == "").any():
        lines.append(f"{int((own == '').sum())} clips have no label; training leaves them out.")
    return lines


def _write(table: Path | None, problems: Iterable[Problem]) -> None:
    if table is not None:
        write_text(table, csv_text(problems_table(problems)))
