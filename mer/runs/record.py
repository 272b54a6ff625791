"""The ``record.json`` of a run folder: what a run has to say about itself, so that its numbers can be traced."""

from pathlib import Path
from typing import Any

from mer.core.files import read_json, write_json
from mer.core.stamp import commit, machine, now, versions


def new_record(**known: Any) -> dict[str, Any]:
    """A record of this moment on this machine, with whatever else is ``known``."""
    return {
        **known,
        "started": now(),
        "versions": versions(),
        "machine": machine(),
        "code": commit(Path(__file__).parent),
    }


def update_record(folder: Path, **more: Any) -> dict[str, Any]:
    """Add to the ``record.json`` of a run folder and return all of it."""
    path = folder / "record.json"
    record = (read_json(path) if path.is_file() else new_record()) | more
    write_json(path, record)
    return record
