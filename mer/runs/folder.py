"""A run's folder ``outputs/<study>/<run>/``: what lies where, in which state it is, who is working in it.

``result.json`` is written last and whole, so it says that the run finished; whether its files are still as it left
them says `mer.core.finished_run`. The lock is the operating system's (``flock``): it ends with the process that holds
it, however that process ends.
"""

import fcntl
import json
import os
import platform
import random
import shutil
import time
from collections.abc import Callable, Iterator, Set
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from mer.core.finished_run import RESULT, fault
from mer.core.locked import open_lock
from mer.core.made_again import INTERACTIVE
from mer.core.one_run import is_held, run_lock
from mer.core.writing import writing

State = Literal["finished", "running", "failed", "interrupted", "absent"]
#: Folder of what `mer rerun` makes: outputs folders of their own, each with studies.
RERUN = "rerun"
NOT_STUDIES = ("cache", INTERACTIVE, RERUN)
#: What stands after the holder of a lock who has begun the run.
RUNS = ", which is running it"
#: What to do where the outputs cannot be written.
OTHER_FOLDER = "Choose another folder with MER_OUTPUTS."


@dataclass(frozen=True)
class RunFolder:
    """The folder of one run of one study."""

    outputs: Path
    study: str
    run: str

    @property
    def path(self) -> Path:
        """The folder itself."""
        return self.outputs / self.study / self.run

    @property
    def earlier(self) -> Path:
        """Where the last finished result waits while a new one is made."""
        return self.outputs / self.study / ".earlier" / self.run

    def file(self, name: str) -> Path:
        """Path of a file in the folder."""
        return self.path / name

    def result(self) -> dict[str, Any] | None:
        """Content of ``result.json``, or None where the run did not finish."""
        return _result_in(self.path)

    def read(self, name: str) -> dict[str, Any]:
        """Content of a JSON file of the folder, empty where it is missing or broken."""
        return _read_mapping(self.file(name))

    def state(self) -> State:
        """Finished, running (a living process holds its lock), failed, interrupted, or absent."""
        if self.result() is not None:
            return "finished"
        if is_held(self._lock_path()):
            return "running"
        if self.result() is not None:  # it has finished in between
            return "finished"
        if self.file("error.json").is_file():
            return "failed"
        return "interrupted" if self.path.is_dir() else "absent"

    def holder(self) -> str:
        """Who works in it, or did last: ``process 123 since ...``; empty where nobody did."""
        try:
            return self._lock_path().read_text(encoding="utf-8").strip().removesuffix(RUNS)
        except OSError:
            return ""

    def set_aside(self) -> None:
        """Move a finished result out of the way of a new run; it is deleted only when that one has finished."""
        shutil.rmtree(self.earlier, ignore_errors=True)
        self.earlier.parent.mkdir(parents=True, exist_ok=True)
        os.rename(self.path, self.earlier)

    def keep(self, copy: bool) -> Path:
        """Keep what lies in the folder for good, where no later run looks: it may be a user's work.

        Args:
            copy: leave it where it is too.

        Returns:
            The folder that it lies in from now on.
        """
        kept = self.earlier.with_name(f"{self.run}.{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}")
        kept.parent.mkdir(parents=True, exist_ok=True)
        if copy:
            shutil.copytree(self.path, kept, symlinks=True)
        else:
            os.rename(self.path, kept)
        return kept

    def take_back(self, run_hash: str) -> bool:
        """Put a result set aside back in place if it is the one wanted, and whole; what is in its place is deleted."""
        result = _result_in(self.earlier)
        if result is None or result.get("hash") != run_hash or self.result() is not None or fault(self.earlier):
            return False
        shutil.rmtree(self.path, ignore_errors=True)
        os.rename(self.earlier, self.path)
        return True

    def drop_earlier(self) -> None:
        """Delete what was set aside."""
        shutil.rmtree(self.earlier, ignore_errors=True)

    @contextmanager
    def lock(self, on_wait: Callable[[str], None] = lambda holder: None) -> Iterator[None]:
        """Hold the run: another process that wants it waits.

        Args:
            on_wait: told who has it, with `RUNS` at the end once that one runs it (`note_running`); again when that
                changes.

        Raises:
            InputError: the outputs folder cannot be written, or the disk is full.
        """
        path, told = self._lock_path(), None
        with open_lock(path, OTHER_FOLDER) as stream:
            handle = stream.fileno()
            while not _try_lock(handle, fcntl.LOCK_EX):
                if _try_lock(handle, fcntl.LOCK_SH):  # nobody holds it: somebody only asked whether anybody does
                    fcntl.flock(handle, fcntl.LOCK_UN)
                    time.sleep(random.uniform(0.001, 0.01))
                    continue
                stream.seek(0)
                holder = stream.read().strip()
                if told is None or (holder and holder != told):
                    on_wait(holder)
                    told = holder
                time.sleep(0.5)
            with writing(path, f"Free some space. {OTHER_FOLDER}"):  # not through the buffer: closing would write again
                os.ftruncate(handle, 0)
                os.write(handle, f"process {os.getpid()}{_job()} since {time.strftime('%Y-%m-%d %H:%M:%S')}".encode())
            yield

    def note_running(self) -> None:
        """Say to those who wait that this process, which holds the lock, has begun the run; before it only checked it.

        Raises:
            InputError: the disk is full.
        """
        path = self._lock_path()
        with writing(path, f"Free some space. {OTHER_FOLDER}"), open(path, "a", encoding="utf-8") as stream:
            stream.write(RUNS)

    def _lock_path(self) -> Path:
        return run_lock(self.path)


def run_folders(outputs: Path) -> list[RunFolder]:
    """Folders of all runs below ``outputs``, by study and name."""
    found = []
    for folder in sorted(outputs.glob("*")) if outputs.is_dir() else []:
        if not folder.is_dir() or folder.name in NOT_STUDIES or folder.name.startswith("."):
            continue
        with suppress(FileNotFoundError):  # it vanishes just now
            names = {run.name for run in folder.iterdir() if run.is_dir() and not run.name.startswith(".")}
            found += [RunFolder(outputs, folder.name, name) for name in sorted(names | begun_runs(folder, names))]
    return found


def begun_runs(study: Path, known: Set[str]) -> set[str]:
    """Runs that a process has but that have no folder just now: theirs was set aside for a new one.

    Args:
        study: folder of a study.
        known: names of those that have one.
    """
    try:
        files = os.listdir(study / ".locks")
    except OSError:
        return set()
    names = {file.removesuffix(".lock") for file in files if not file.endswith(".work.lock")} - known
    return {name for name in names if is_held(run_lock(study / name))}


def result_digest(folder: Path) -> str | None:
    """What the finished run in ``folder`` produced, as one digest; None where no finished run is."""
    result = _result_in(folder)
    return None if result is None else str(result.get("digest", ""))


def _result_in(folder: Path) -> dict[str, Any] | None:
    result = _read_mapping(folder / RESULT)
    return result if result.get("state") == "finished" and isinstance(result.get("hash"), str) else None


def _read_mapping(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _job() -> str:
    """Where the process is, if it is in a job of a cluster."""
    job = os.environ.get("SLURM_JOB_ID")
    return f" of job {job} on {os.environ.get('SLURMD_NODENAME') or platform.node()}" if job else ""


def _try_lock(handle: int, kind: int) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
