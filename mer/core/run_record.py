"""What a run has to say about itself, ``record.json`` and ``summary.json``, read by one door.

Of a finished run they are read only while they are as the run left them (`mer.core.finished_run`): on what they say
depends which people were held out, whether faces are synthetic, and the terms that real ones came under.
"""

import os
from pathlib import Path
from typing import Any

from mer.core.errors import InputError, MissingPath
from mer.core.files import read_mapping
from mer.core.finished_run import checked
from mer.core.machine_fault import cause_in_machine, raise_machine_fault
from mer.core.made_again import made_again
from mer.core.one_run import which_run
from mer.core.sealed import FORMAT, Damaged, check_format

RECORD, SUMMARY = "record.json", "summary.json"
#: Of ``record.json``, ``parameters.json`` and the records of jobs. 0: without a number. 1: with one.
RECORD_FORMAT = 1


def read_record(folder: Path | str, name: str = RECORD) -> dict[str, Any]:
    """A record of a run's folder; empty where there is none.

    Args:
        folder: of the run.
        name: of the file.

    Raises:
        Damaged: it is not as its finished run left it, or gone; or it is no JSON object.
        OtherFormat: it is of a newer version of this suite.
    """
    path = checked(Path(folder) / name)
    if not os.path.isfile(path):
        return {}
    try:
        record = read_mapping(path)
    except MissingPath:
        raise
    except InputError as error:
        if fault := cause_in_machine(error):
            raise_machine_fault(fault, path)
        raise Damaged(f"{path} is damaged: it cannot be read as a JSON object. {_again(path.parent)}") from error
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
        raise InputError(f"{Path(folder) / RECORD}: 'config' is {found}, expected an object. {_again(Path(folder))}")
    return config or {}


def _again(folder: Path) -> str:
    """The command that makes a run again also where no seal says that it is damaged."""
    return made_again(folder, up_to_date=which_run(folder) is not None)


def refuse_newer(path: Path, found: Any) -> None:
    """Refuse a record of a newer version of this suite; older ones have no number, and are read.

    Raises:
        OtherFormat: it is one.
    """
    if isinstance(found, int) and found > RECORD_FORMAT:
        check_format(path, found, RECORD_FORMAT, "")
