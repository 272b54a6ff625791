"""What a database holds besides a user's corrections, looked up once a process: opening a release takes seconds."""

from functools import cache
from pathlib import Path
from time import monotonic

from mer.core.errors import InputError
from mer.core.paths import given_path

#: Seconds for which `known_clips` does not try again what could not be opened: longer than a list of runs takes.
KEPT_SECONDS = 60.0

#: What could not be opened, as it was then (`_attempt`), and when.
_failed: dict[tuple[object, ...], float] = {}


def known_content(name: str) -> tuple[str, frozenset[tuple[str, str, str]]]:
    """Fingerprint of a database and the keys of its clips that can be corrected (`registry.database_content`).

    Args:
        name: as for `mer.datasets.registry.open_database`; a path is relative to the project.

    Raises:
        InputError: it cannot be opened.
    """
    return _content(name, _place(name))


def known_clips(name: str) -> frozenset[tuple[str, str, str]] | None:
    """Keys of a database's clips that can be corrected; None where it cannot be opened.

    For who asks of hundreds of runs one after the other: a failure is kept for `KEPT_SECONDS`, or until
    ``databases.yaml`` changes. (`known_content` always tries again: what it says goes into the records of runs.)
    """
    attempt = _attempt(name)
    if (when := _failed.get(attempt)) is not None and monotonic() - when < KEPT_SECONDS:
        return None
    try:
        return known_content(name)[1]
    except (InputError, OSError):
        _failed[attempt] = monotonic()
        return None


def _place(name: str) -> Path | None:
    path = given_path(name)
    return path if path.exists() else None


def _attempt(name: str) -> tuple[object, ...]:
    """All that is cheap to see and on which it depends whether a database can be opened."""
    from mer.datasets.places import places_file

    places = places_file()
    try:
        found = places.stat()
    except OSError:
        return name, _place(name), places
    return name, _place(name), places, found.st_mtime_ns, found.st_size, found.st_ino


@cache
def _content(name: str, path: Path | None) -> tuple[str, frozenset[tuple[str, str, str]]]:
    from mer.datasets.registry import database_content, is_table

    place = path if path is not None and is_table(path) else name  # a folder may merely have the name of a database
    return database_content(place)


def forget_content() -> None:
    """Look everything up again, as a new process does."""
    _content.cache_clear()
    _failed.clear()
