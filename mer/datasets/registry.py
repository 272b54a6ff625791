"""Open a database by name or by path."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from mer.core.errors import InputError, MissingPath, nearest
from mer.datasets.composite import COMPOSITE_NAME, composite_places, open_composite
from mer.datasets.corrected import clip_keys, corrected_fingerprint, with_own_corrections
from mer.datasets.database import Database
from mer.datasets.folder import TABLE, open_folder
from mer.datasets.labelled import with_labels
from mer.datasets.layout import layout_names, load_layout
from mer.datasets.places import Place, find_place, read_places
from mer.datasets.released import open_release
from mer.datasets.synthetic.names import KINDS, check_synthetic_labels, name_with_seed, synthetic_config
from mer.datasets.synthetic.plan import plan
from mer.datasets.synthetic.rendered import check_rendered
from mer.manifest.emotions import label_mapping
from mer.manifest.labels import COMPOSITE
from mer.manifest.own_corrections import read_own_corrections

#: Databases that need no folder of the user's.
BUILT_IN = tuple(KINDS)
TABLE_SUFFIXES = (".csv", ".xlsx")


def open_database(
    name_or_path: str | Path, labels: str = COMPOSITE.name, allow_missing: bool = False, n_jobs: int | None = None
) -> Database:
    """A database, opened for reading, with a user's own corrections in it (`mer.manifest.own_corrections`).

    Args:
        name_or_path: one of

            * ``synthetic`` (rendered at first use, then kept in the cache) or ``synthetic:<seed>`` for other faces and
              clips of the same kind; ``synthetic-emotions`` (clips drawn by the emotions of CASME II); either with a
              condition, ``synthetic:0+glasses`` (`mer.datasets.synthetic.conditions`);
            * a released database that ``mer data add`` was told of: ``casme2``, ``smic:vis`` (another variant);
            * ``megc2019``, the composite of CASME II, SAMM and SMIC;
            * a folder that holds ``clips.csv``, or a clip table itself (`mer.datasets.folder`).
        labels: of ``data_manifests/labels.yaml``: which class the emotions of a release become. A database that these
            labels say nothing of keeps the ``label`` column of its own table.
        allow_missing: leave out the clips that have faults instead of refusing the database; they are then in
            ``left_out``.
        n_jobs: how many clips are rendered side by side where a database is built.

    Raises:
        InputError: neither a name nor a folder (the message has the nearest name), or labels that do not fit the clips:
            classes that the database cannot have.
        MissingPath: it is not on this machine; the message says what is needed.
        ProblemsFound: clips have faults; all are listed.
    """
    if str(name_or_path) == COMPOSITE_NAME:
        check_composite_labels(labels)
    check_name(name_or_path)
    check_synthetic_labels(str(name_or_path), labels)
    corrections = () if _other_faces(name_or_path) else read_own_corrections()
    opened = _opened(name_or_path, allow_missing, n_jobs)
    corrected = with_own_corrections(opened, corrections, label_mapping(labels).space, allow_missing)
    return with_labels(corrected, labels, corrections)


def database_fingerprint(name_or_path: str | Path, labels: str | None = None) -> str:
    """Text that changes when the content of a database does, or a user's correction of it, whatever is faulty.

    Args:
        name_or_path: as for `open_database`.
        labels: corrected labels of other label spaces do not count; None counts all.

    Raises:
        InputError: as `open_database`.
    """
    opened = _opened(name_or_path, True, None)
    space = None if labels is None else label_mapping(labels).space.name
    return corrected_fingerprint(
        opened.fingerprint, [] if _other_faces(name_or_path) else clip_keys(opened.clips), space
    )


def database_content(name_or_path: str | Path) -> tuple[str, frozenset[tuple[str, str, str]]]:
    """Fingerprint of a database without a user's corrections, and the keys of its clips that can be corrected.

    The fingerprint of a synthetic database is empty, and it is not rendered: it is made by code.

    Raises:
        InputError: as `open_database`.
    """
    rendered = synthetic_config(str(name_or_path)) if check_name(name_or_path) is not None else None
    if rendered is not None and _other_faces(name_or_path):
        return "", frozenset()
    if rendered is not None:
        return "", frozenset((clip.look, clip.subject, clip.clip) for clip in plan(rendered))
    opened = _opened(name_or_path, True, None)
    return opened.fingerprint, frozenset(clip_keys(opened.clips))


def _other_faces(name_or_path: str | Path) -> bool:
    """Whether these are faces rendered by a seed of their own: their clips are called as those of ``synthetic``.

    A user's corrections are kept by the names of clips, so they would hit the wrong ones.
    """
    return bool(check_name(name_or_path))


def _opened(name_or_path: str | Path, allow_missing: bool, n_jobs: int | None) -> Database:
    """The database with the labels of its own table, if it has any."""
    if check_name(name_or_path) is not None:
        return _synthetic(str(name_or_path), n_jobs)
    text = str(name_or_path)
    path = Path(text)
    if is_table(path):
        check_rendered(path.parent if path.is_file() else path)
        return open_folder(path, allow_missing)
    if text == COMPOSITE_NAME:
        return open_composite(allow_missing)
    name, _, variant = text.partition(":")
    return open_release(find_place(name), variant or None, allow_missing)


def check_composite_labels(labels: str) -> None:
    """Check that labels can be those of the composite database, which has classes of its own.

    Raises:
        InputError: they are others.
    """
    if labels != COMPOSITE.name:
        raise InputError(f"{COMPOSITE_NAME} has the labels {COMPOSITE.name!r}; open one database for {labels!r}.")


def known_names() -> list[str]:
    """Every name that `open_database` understands, whether or not the database is on this machine."""
    return [*BUILT_IN, COMPOSITE_NAME, *sorted({*layout_names(), *read_places()})]


def check_name(name_or_path: str | Path, shown: str | None = None) -> int | None:
    """Check that `open_database` would find this database, without opening or rendering it.

    Args:
        name_or_path: as for `open_database`.
        shown: how the user wrote it, for messages.

    Returns:
        The seed of a synthetic database, None for every other.

    Raises:
        InputError: neither a name nor a folder, or no such condition; the message has the nearest name.
        MissingPath: no such path, the folder holds no clip table, or a released database is not on this machine.
    """
    shown = shown or str(name_or_path)
    name, _, rest = shown.partition(":")
    rendered = synthetic_config(shown)
    if rendered is not None:
        return rendered.seed
    path = Path(name_or_path)
    if is_table(path):
        return None
    if name in known_names():
        if name == COMPOSITE_NAME:
            if rest:
                raise InputError(
                    f"{COMPOSITE_NAME} has no variants; its parts have: mer data add casme2 FOLDER --variant ..."
                )
            places = composite_places()
        else:
            places = {name: find_place(name)}
            places[name].load_layout(rest or None)
        _check_folders(places)
        return None
    if not path.is_dir():
        if len(path.parts) > 1 or path.suffix.lower() in TABLE_SUFFIXES:
            raise MissingPath(f"No such file or folder: {shown}. Check its spelling.")
        raise InputError(f"Database {shown!r} is neither a known name nor a folder. {nearest(shown, known_names())}")
    raise MissingPath(
        f"{path} holds no clips.csv. {_looks_like(path)}Write its clip table there, or give the folder that has one."
    )


def _check_folders(places: Mapping[str, Place]) -> None:
    """Raise MissingPath for those whose folder is gone."""
    gone = [
        f"{name} should lie in {place.folder}, which is gone. Is the disk there? Else: mer data add {name} FOLDER"
        for name, place in places.items()
        if not place.folder.is_dir()
    ]
    if gone:
        raise MissingPath("\n  ".join(gone))


def is_table(path: Path) -> bool:
    """Whether a path is a clip table or holds one; a folder that merely has the name of a database does not count."""
    return path.is_file() or (path / TABLE).is_file()


def _looks_like(folder: Path) -> str:
    """A sentence on the release that a folder may hold, by the folders and files that stand in it."""
    names = {entry.name.casefold() for entry in folder.iterdir()}
    for layout_name in layout_names():
        for variant in load_layout(layout_name).variants:
            layout = load_layout(layout_name, variant)
            marks = {base.split("/")[0].casefold() for base in layout.base}
            marks |= {file.casefold() for file in (layout.sheet.files if layout.sheet else ())}
            if names & marks:
                chosen = "" if variant == layout.variants[0] else f" --variant {variant}"
                return f"It looks like {layout.title}: run mer data add {layout_name} {folder}{chosen}. Otherwise: "
    return ""


def _synthetic(name: str, n_jobs: int | None) -> Database:
    try:
        from mer.datasets.synthetic.build import build_synthetic
    except ModuleNotFoundError as error:
        raise InputError(
            f"Rendering the synthetic database needs the package {error.name!r}, which is not installed. "
            "Run: pip install 'mer[suite]'; or give the path of a folder that holds a database."
        ) from error
    config = synthetic_config(name)
    database = build_synthetic(config, n_jobs=n_jobs)
    return database if config is None else replace(database, name=name_with_seed(config))
