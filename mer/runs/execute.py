"""Execute one notebook with Papermill, in the Python that runs this code.

Papermill's own habits that are changed here: the kernel is this interpreter whatever kernels are registered on the
machine or stand on PATH; a kernel that does not come up (two starting together can take each other's port) is started
once more; parameters were checked before, so nothing is only warned about; what cells print goes to the console as it
comes.
The kernel works in the project folder, so that relative paths mean the same as on the command line.
"""

import logging
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from mer.core.machine_fault import open_files_words
from mer.core.memory import memory_words, memory_words_of
from mer.core.paths import project_dir
from mer.runs.console import CellOutput, Console
from mer.runs.engine import Start, engine
from mer.runs.trust import trust


class RunFailed(Exception):
    """A notebook did not reach its end. The message says in which cell and how the traceback ends."""


def execute_notebook(
    source: Path, target: Path, parameters: Mapping[str, Any], console: Console, start_timeout: float = 60.0
) -> None:
    """Execute ``source`` with ``parameters`` and write the executed notebook to ``target``, cell by cell.

    Args:
        source: notebook to execute; it is not changed.
        target: where the executed notebook goes; its folder exists.
        parameters: plain values by name.
        console: shows the notebook's progress.
        start_timeout: seconds a kernel may take to come up.

    Raises:
        RunFailed: a cell raised, the kernel died, or the notebook could not be written.
    """
    from papermill.exceptions import PapermillExecutionError

    _quiet_papermill()
    log = target.with_name("kernel.log")
    for attempt in (1, 2):
        state = Start()
        try:
            with open(log, "wb") as kernel_log:
                _execute(source, target, parameters, console, state, kernel_log, start_timeout)
            break
        except PapermillExecutionError as error:
            raise RunFailed(_cell_message(error, target)) from error
        except OSError as error:
            reason = error.strerror or error
            raise RunFailed(f"Cannot write {target}: {reason}. Free some space and run again.") from error
        except Exception as error:
            if state.started:
                words = memory_words(error) or memory_words_of("DeadKernelError", "")
                raise RunFailed(
                    f"The kernel of {source.name} ended before the notebook did ({type(error).__name__}: {error}). "
                    f"{words}{_tail(log)}"
                ) from error
            if attempt == 2:
                raise RunFailed(
                    f"No kernel came up for {source.name} ({type(error).__name__}: {error}). "
                    f"Run `mer doctor`.{_tail(log)}"
                ) from error
            console.line("  the kernel did not start; trying once more")
    with suppress(OSError):
        if not log.stat().st_size:
            log.unlink()
    if said := trust(target):
        console.line(f"  {said}")


def _execute(
    source: Path,
    target: Path,
    parameters: Mapping[str, Any],
    console: Console,
    state: Start,
    kernel_log: BinaryIO,
    start_timeout: float,
) -> None:
    import nbformat
    import papermill

    papermill.execute_notebook(
        nbformat.read(source, as_version=4),
        str(target).replace("{", "{{").replace("}", "}}"),  # Papermill reads braces as its own
        dict(parameters),
        engine_name=engine(),
        kernel_name="python3",
        language="python",
        progress_bar=False,
        stdout_file=CellOutput(console),
        stderr_file=CellOutput(console),
        start_timeout=start_timeout,
        cwd=str(project_dir()),
        start_state=state,
        kernel_log=kernel_log,
    )


def _cell_message(error: Any, target: Path) -> str:
    text = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(error.traceback))
    if text.strip() == f"{error.ename}: {error.evalue}".strip():  # any `InputError`: the message says it all
        return f"{error.evalue}\n  The notebook up to there: {target}"
    words = memory_words_of(error.ename, error.evalue) or open_files_words(error.evalue)
    tail = "\n".join(f"    {line}" for line in text.rstrip().splitlines()[-12:])
    first = error.source.strip().splitlines()[0] if error.source.strip() else ""
    return (
        f"Cell {error.exec_count} ({first!r}) raised {error.ename}: {error.evalue}\n{tail}\n"
        + (f"  {words}\n" if words else "")
        + f"  The notebook up to there: {target}"
    )


def _tail(log: Path) -> str:
    """The last lines that the kernel itself wrote, where it wrote any."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-8:]
    except OSError:
        return ""
    return "".join(f"\n    {line}" for line in lines)


def _quiet_papermill() -> None:
    """Its log repeats what the console says; only errors pass."""
    for name in ("papermill", "papermill.translators", "traitlets"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
