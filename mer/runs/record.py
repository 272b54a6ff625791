"""The ``record.json`` of a run folder: what a run has to say about itself, so that its numbers can be traced."""

from pathlib import Path
from typing import Any

from mer.core.errors import InputError
from mer.core.files import read_mapping, write_json
from mer.core.sealed import FORMAT, check_format
from mer.core.stamp import commit, machine, now, versions

RECORD = "record.json"
#: Of ``record.json``, ``parameters.json`` and the records of jobs. 0: without a number. 1: with one.
RECORD_FORMAT = 1


def new_record(**known: Any) -> dict[str, Any]:
    """A record of this moment on this machine, with whatever else is ``known``."""
    return {
        FORMAT: RECORD_FORMAT,
        **known,
        "started": now(),
        "versions": versions(),
        "machine": machine(),
        "code": commit(Path(__file__).parent),
    }


def update_record(folder: Path, **more: Any) -> dict[str, Any]:
    """Add to the ``record.json`` of a run folder and return all of it.

    Raises:
        InputError: the one that is there cannot be read, or none can be written.
    """
    record = (read_record(folder) or new_record()) | more
    write_json(folder / RECORD, record)
    return record


def read_record(folder: Path) -> dict[str, Any]:
    """The record of a run's folder; empty where there is none.

    Raises:
        InputError: it is no JSON object, or of a newer version of this suite.
    """
    path = folder / RECORD
    if not path.is_file():
        return {}
    record = read_mapping(path)
    refuse_newer(path, record.get(FORMAT))
    return record


def recorded_config(folder: Path) -> dict[str, Any]:
    """The configuration in a run's record, by dotted names; empty where it has none.

    Raises:
        InputError: as `read_record`, or it is no object.
    """
    config = read_record(folder).get("config")
    if config is not None and not isinstance(config, dict):
        found = f"{config!r:.60} ({type(config).__name__})"
        raise InputError(f"{folder / RECORD}: 'config' is {found}, expected an object. Delete it and run again.")
    return config or {}


def refuse_newer(path: Path, found: Any) -> None:
    """Refuse a record of a newer version of this suite; older ones have no number, and are read.

    Raises:
        OtherFormat: it is one.
    """
    if isinstance(found, int) and found > RECORD_FORMAT:
        check_format(path, found, RECORD_FORMAT, "")
