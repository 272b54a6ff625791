"""What a run has to say about itself, ``record.json`` and ``summary.json``, read by one door.

Of a finished run they are read only while they are as the run left them (`mer.core.finished_run`): on what they say
depends which people were held out, whether faces are synthetic, and the terms that real ones came under.
"""

from pathlib import Path
from typing import Any

from mer.core.errors import InputError
from mer.core.files import read_mapping
from mer.core.finished_run import checked
from mer.core.sealed import FORMAT, check_format

RECORD, SUMMARY = "record.json", "summary.json"
#: Of ``record.json``, ``parameters.json`` and the records of jobs. 0: without a number. 1: with one.
RECORD_FORMAT = 1


def read_record(folder: Path | str, name: str = RECORD) -> dict[str, Any]:
    """A record of a run's folder; empty where there is none.

    Args:
        folder: of the run.
        name: of the file.

    Raises:
        Damaged: it is not as its finished run left it, or gone.
        InputError: it is no JSON object, or of a newer version of this suite.
    """
    path = checked(Path(folder) / name)
    if not path.is_file():
        return {}
    record = read_mapping(path)
    refuse_newer(path, record.get(FORMAT))
    return record


def recorded_config(folder: Path | str) -> dict[str, Any]:
    """The configuration in a run's record, by dotted names; empty where it has none.

    Raises:
        InputError: as `read_record`, or it is no object.
    """
    config = read_record(folder).get("config")
    if config is not None and not isinstance(config, dict):
        found = f"{config!r:.60} ({type(config).__name__})"
        raise InputError(f"{Path(folder) / RECORD}: 'config' is {found}, expected an object. Run it again.")
    return config or {}


def refuse_newer(path: Path, found: Any) -> None:
    """Refuse a record of a newer version of this suite; older ones have no number, and are read.

    Raises:
        OtherFormat: it is one.
    """
    if isinstance(found, int) and found > RECORD_FORMAT:
        check_format(path, found, RECORD_FORMAT, "")
