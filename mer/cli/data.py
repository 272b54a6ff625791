"""``mer data list``, ``add``, ``forget``, ``build``: the databases on this machine."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from mer.core.errors import InputError
from mer.core.problems import ProblemsFound

if TYPE_CHECKING:
    from mer.datasets.database import Database

_FIRST = 3  # faults that adding shows


def list_databases(as_json: bool = False) -> str:
    """What can be opened by name, and where it lies."""
    from mer.datasets.composite import COMPOSITE_NAME, PARTS
    from mer.datasets.layout import layout_names, load_layout
    from mer.datasets.places import read_places
    from mer.datasets.registry import BUILT_IN

    places = read_places()
    rows = [(name, "built in", "rendered at first use") for name in BUILT_IN]
    for name, place in places.items():
        try:
            layout = place.load_layout()
            missing = "" if place.folder.is_dir() else "THE FOLDER IS GONE: "
            rows.append((name, f"{layout.title}, {layout.variant}", f"{missing}{place.folder}"))
        except InputError as error:
            rows.append((name, "?", str(error)))
    absent = [name for name in layout_names() if name not in places]
    rows += [(name, load_layout(name).title, f"not set up: mer data add {name} FOLDER") for name in absent]
    needed = ", ".join(name for name in PARTS if name not in places)
    rows.append((COMPOSITE_NAME, "the composite", f"needs {needed}" if needed else f"from {', '.join(PARTS)}"))
    if as_json:
        return json.dumps([dict(zip(("name", "what", "where"), row, strict=True)) for row in rows], indent=2)
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    lines = [f"{name:<{widths[0]}}  {what:<{widths[1]}}  {where}" for name, what, where in rows]
    return "\n".join([*lines, "A folder with a clips.csv, or such a table itself, opens by its path (see README)."])


def add_database(name: str, folder: Path, layout: str | None, variant: str | None, sheet: Path | None) -> str:
    """Look at a release, and remember where it lies.

    Raises:
        InputError: no clip of the release can be read there; nothing is remembered then.
    """
    from mer.datasets.folder import TABLE
    from mer.datasets.layout import layout_names
    from mer.datasets.places import Place, add_place, places_file, read_places
    from mer.datasets.release import read_release

    if folder.is_file():
        raise InputError(f"{folder} is a file; give its folder {folder.resolve().parent}.")
    if layout is None and name not in layout_names() and (folder / TABLE).is_file():
        raise InputError(
            f"A folder with a {TABLE} needs no adding: give its path wherever a database is asked for, for instance "
            f"mer data check {folder}"
        )
    chosen = layout or name
    if chosen.endswith((".yaml", ".yml")):
        chosen = str(Path(chosen).resolve())
    place = Place(name, folder.resolve(), chosen, variant, sheet.resolve() if sheet else None)
    release = read_release(place.load_layout(), place.folder, place.sheet)
    clips = release.clips
    if clips.empty:
        title = release.layout.title
        raise ProblemsFound(
            f"No clip of {title} in {place.folder} can be used; nothing is remembered.", release.problems
        )
    before = read_places().get(name)
    add_place(place)
    people = clips["subject"].nunique()
    lines = [f"{name}: {len(clips)} clips of {people} people in {place.folder}; remembered in {places_file().name}."]
    if before is not None:
        lines.append(f"was: {before.folder}")
    if release.problems:
        lines.append(f"{len(release.problems)} fault(s) were found; mer data check {name} lists them all:")
        lines += [f"  {problem}" for problem in release.problems[:_FIRST]]
    return "\n".join(lines)


def forget_database(name: str) -> str:
    """Forget where a database lies; nothing of it is touched."""
    from mer.datasets.places import places_file, remove_place

    remove_place(name)
    return f"{name} is no longer in {places_file().name}; its files are untouched."


def build_database(name: str, size: int | None, channels: int, detector: str, allow_missing: bool) -> str:
    """Open a database, which renders it where that is possible, and align it when a size is given."""
    from mer.datasets.registry import open_database

    database = open_database(name, allow_missing=allow_missing)
    lines = [about(database)]
    if size is not None:
        from mer.face.store import StoreConfig, build_store

        store = build_store(database, StoreConfig(size, channels, detector), allow_missing=allow_missing)
        lines.append(f"{len(store)} clips aligned, {int(store.count.sum())} frames, in {store.path}")
        if store.left_out():
            lines.append(store.left_out())
            lines += [
                f"  {row.database}/{row.subject}/{row.clip}: {row.reason}"
                for row in store.skipped.itertuples(index=False)
            ]
    return "\n".join(lines)


def about(database: "Database") -> str:
    """Name, size, classes, place and terms of a database."""
    clips = database.clips
    people = len(clips[["database", "subject"]].drop_duplicates())
    counts = clips.loc[clips["label"] != "", "label"].value_counts()
    labels = ", ".join(f"{count} {label}" for label, count in counts.items())
    places = ", ".join(str(place) for place in (database.roots.values() or [database.root]))
    kind = "synthetic, " if database.synthetic else ""
    return f"{database.name}: {kind}{len(clips)} clips of {people} people ({labels}) in {places}\n{database.terms}"
