"""What a database holds besides a user's corrections, looked up once a process: opening a release takes seconds."""

from functools import cache
from pathlib import Path

from mer.core.paths import project_dir


def known_content(name: str) -> tuple[str, frozenset[tuple[str, str, str]]]:
    """Fingerprint of a database and the keys of its clips that can be corrected (`registry.database_content`).

    Args:
        name: as for `mer.datasets.registry.open_database`; a path is relative to the project.

    Raises:
        InputError: it cannot be opened.
    """
    path = project_dir() / Path(name).expanduser()
    return _content(name, path if path.exists() else None)


@cache
def _content(name: str, path: Path | None) -> tuple[str, frozenset[tuple[str, str, str]]]:
    from mer.datasets.registry import database_content, is_table

    place = path if path is not None and is_table(path) else name  # a folder may merely have the name of a database
    return database_content(place)


def forget_content() -> None:
    """Look everything up again, as a new process does."""
    _content.cache_clear()
