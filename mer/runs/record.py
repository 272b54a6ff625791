"""The ``record.json`` of a run folder: what a run has to say about itself, so that its numbers can be traced."""

from pathlib import Path
from typing import Any

from mer.core.files import write_json
from mer.core.run_record import RECORD, RECORD_FORMAT, read_record
from mer.core.sealed import FORMAT
from mer.core.stamp import commit, machine, now, versions


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
