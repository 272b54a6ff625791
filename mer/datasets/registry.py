"""Open a database by name or by path."""

from pathlib import Path

from mer.core.errors import InputError, MissingPath, nearest
from mer.datasets.database import Database
from mer.datasets.folder import open_folder

#: Databases that need no folder of the user's.
BUILT_IN = ("synthetic",)


def open_database(name_or_path: str | Path, n_jobs: int | None = None) -> Database:
    """A database, opened for reading.

    Args:
        name_or_path: ``synthetic`` (rendered at first use, then kept in the cache), ``synthetic:<seed>`` for other
            faces and clips of the same kind, or a folder that holds
            ``clips.csv`` (a clip table, `mer.manifest.clips`) and optionally ``database.json`` with the keys ``name``,
            ``synthetic`` and ``terms``.
        n_jobs: how many clips are rendered side by side where one is built.

    Raises:
        InputError: neither a name nor a folder; the message has the nearest name.
        MissingPath: the folder holds no clip table.
    """
    seed = check_name(name_or_path)
    return open_folder(Path(name_or_path)) if seed is None else _synthetic(seed, n_jobs)


def check_name(name_or_path: str | Path, shown: str | None = None) -> int | None:
    """Check that `open_database` would find this database, without opening or rendering it.

    Args:
        name_or_path: as for `open_database`.
        shown: how the user wrote it, for messages.

    Returns:
        The seed of a synthetic database, None for a folder.

    Raises:
        InputError: neither a name nor a folder; the message has the nearest name.
        MissingPath: the folder holds no clip table.
    """
    shown = shown or str(name_or_path)
    name, _, seed = str(name_or_path).partition(":")
    if name == "synthetic":
        if seed and not seed.isdecimal():
            raise InputError(f"Database {shown!r}: {seed!r} is no seed. Use a whole number: synthetic:1.")
        return int(seed or 0)
    folder = Path(name_or_path)
    if not folder.is_dir():
        raise InputError(f"Database {shown!r} is neither a known name nor a folder. {nearest(shown, BUILT_IN)}")
    if not (folder / "clips.csv").is_file():
        raise MissingPath(f"{folder} holds no clips.csv. Write its clip table there, or give the folder that has one.")
    return None


def _synthetic(seed: int, n_jobs: int | None) -> Database:
    try:
        from mer.datasets.synthetic.build import build_synthetic
        from mer.datasets.synthetic.plan import SyntheticConfig
    except ModuleNotFoundError as error:
        raise InputError(
            f"Rendering the synthetic database needs the package {error.name!r}, which is not installed. "
            "Run: pip install 'mer[suite]'; or give the path of a folder that holds a database."
        ) from error
    return build_synthetic(SyntheticConfig(seed=seed), n_jobs=n_jobs)
