"""Which job computes which part of a run: a file beside the logs of these jobs, there while they are waited for."""

from collections.abc import Mapping
from pathlib import Path

from mer.core.errors import InputError
from mer.core.files import read_json, write_json


def part_record(folder: Path) -> Path:
    """The file in the folder of a run's parts."""
    return folder / "parts.json"


def read_part_jobs(folder: Path) -> dict[str, str]:
    """Number or ticket (`mer.core.slurm.tickets`) of the job of each call, by its digest; empty without a file."""
    try:
        content = read_json(part_record(folder))
    except InputError:
        return {}
    return {str(key): str(job) for key, job in content.items()} if isinstance(content, dict) else {}


def write_part_jobs(folder: Path, jobs: Mapping[str, str]) -> None:
    """Put the jobs on record in place of those that were.

    Raises:
        InputError: nothing can be written there.
    """
    write_json(part_record(folder), dict(jobs))
