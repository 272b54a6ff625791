"""Parts of a run that do nothing but note when they begin and end, and stand when they are finished."""

import os
import time
from collections import Counter
from pathlib import Path

from mer.core.errors import InputError


class Ledger:
    """What parts did: a line for every beginning (with its process) and every end.

    Args:
        folder: of the parts.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "ledger.txt"

    def note(self, event: str, number: int) -> None:
        job = os.environ.get("SLURM_ARRAY_JOB_ID", os.environ.get("SLURM_JOB_ID", "-"))
        with open(self.path, "a") as stream:  # one short line: whole, whoever else writes
            stream.write(f"{event} {number} {os.getpid()} {job} {os.environ.get('SLURMD_NODENAME', '-')}\n")

    def lines(self, event: str) -> list[list[str]]:
        """Number, process, job and node of every such event, so far."""
        if not self.path.exists():
            return []
        rows = [line.split() for line in self.path.read_text().splitlines()]
        return [row[1:] for row in rows if row[0] == event]

    def counts(self, event: str) -> Counter[int]:
        """How often it happened to each part."""
        return Counter(int(row[0]) for row in self.lines(event))


def part(folder: Path, number: int, wait: str = "", fails: int = -1) -> int:
    """One part, ten times its number; a part that is finished stands, as a fold does.

    Args:
        folder: of the ledger and of the finished parts.
        number: of the part.
        wait: name of a file in the folder for which it waits.
        fails: number of the part that raises.
    """
    ledger, done = Ledger(folder), folder / f"done-{number}"
    if done.exists():
        ledger.note("kept", number)
        return 10 * number
    ledger.note(f"gpu-{os.environ.get('CUDA_VISIBLE_DEVICES', '')}", number)
    ledger.note("begin", number)
    if number == fails:
        raise InputError(f"Part {number} has no clips.")
    if number == fails - 100:
        raise ZeroDivisionError("what nobody expected")
    end = time.monotonic() + 300
    while wait and not (folder / wait).exists() and time.monotonic() < end:
        time.sleep(0.05)
    done.touch()
    ledger.note("end", number)
    return 10 * number
