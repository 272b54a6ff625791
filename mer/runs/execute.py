"""Execute one notebook with Papermill, in the Python that runs this code.

Papermill's own habits that are changed here: the kernel is this interpreter whatever kernels are registered on the
machine or stand on PATH; a kernel that does not come up (two starting together can take each other's port) is started
once more; parameters were checked before, so nothing is only warned about; what cells print goes to the console as it
comes.
The kernel works in the project folder, so that relative paths mean the same as on the command line.
"""

import logging
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from mer.core.paths import cache_dir, outputs_dir, project_dir
from mer.runs.console import CellOutput, Console


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
        state = _Start()
        try:
            with open(log, "wb") as kernel_log:
                _execute(source, target, parameters, console, state, kernel_log, start_timeout)
            if not log.stat().st_size:
                log.unlink()
            _trust(target)
            return
        except PapermillExecutionError as error:
            raise RunFailed(_cell_message(error, target)) from error
        except OSError as error:
            reason = error.strerror or error
            raise RunFailed(f"Cannot write {target}: {reason}. Free some space and run again.") from error
        except Exception as error:
            if state.started:
                raise RunFailed(
                    f"The kernel of {source.name} ended before the notebook did ({type(error).__name__}: {error}). "
                    f"A kernel killed by the system has usually run out of memory.{_tail(log)}"
                ) from error
            if attempt == 2:
                raise RunFailed(
                    f"No kernel came up for {source.name} ({type(error).__name__}: {error}). "
                    f"Run `mer doctor`.{_tail(log)}"
                ) from error
            console.line("  the kernel did not start; trying once more")


def _execute(
    source: Path,
    target: Path,
    parameters: Mapping[str, Any],
    console: Console,
    state: "_Start",
    kernel_log: BinaryIO,
    start_timeout: float,
) -> None:
    import nbformat
    import papermill

    papermill.execute_notebook(
        nbformat.read(source, as_version=4),
        str(target).replace("{", "{{").replace("}", "}}"),  # Papermill reads braces as its own
        dict(parameters),
        engine_name=_engine(),
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


class _Start:
    """Whether the kernel came up; the engine sets it."""

    started = False


def _engine() -> str:
    """Register the engine with Papermill (once) and return its name."""
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.engines import NBClientEngine, papermill_engines

    if "mer" in papermill_engines._engines:
        return "mer"

    class Client(PapermillNotebookClient):
        """Runs cells in this interpreter's environment and reports that the kernel is up."""

        start_state: Any = None

        def create_kernel_manager(self) -> Any:
            from jupyter_client.kernelspec import KernelSpec

            manager = super().create_kernel_manager()
            argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
            manager._kernel_spec = KernelSpec(
                argv=argv, display_name="Python 3", language="python", metadata={"supported_encryption": ["curve"]}
            )
            if manager.has_trait("transport_encryption"):
                manager.transport_encryption = "auto"  # other users of the machine cannot read along
            return manager

        def execute_cell(self, cell: Any, index: int) -> Any:
            try:
                return super().execute_cell(cell, index)
            finally:
                if cell.cell_type == "code":
                    cell.outputs = settled(cell.outputs)

        def papermill_execute_cells(self) -> None:
            self.start_state.started = True
            super().papermill_execute_cells()

    class Engine(NBClientEngine):
        """Papermill's engine with the client above."""

        @classmethod
        def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> Any:
            client = Client(
                nb_man,
                kernel_name=kernel_name,
                startup_timeout=options["start_timeout"],
                timeout=None,
                log=logging.getLogger("papermill"),
                stdout_file=options["stdout_file"],
                stderr_file=options["stderr_file"],
            )
            client.start_state = options["start_state"]
            log = options["kernel_log"]
            return client.execute(env=kernel_environment(), stdout=log, stderr=log)

    papermill_engines.register("mer", Engine)
    return "mer"


def _trust(target: Path) -> None:
    """Sign the notebook that was just made here, as Jupyter does with one run by hand: else its widgets stay hidden."""
    import nbformat
    from jupyter_core.paths import jupyter_data_dir
    from nbformat.sign import NotebookNotary

    try:
        Path(jupyter_data_dir()).mkdir(parents=True, exist_ok=True)
        NotebookNotary(data_dir=jupyter_data_dir()).sign(nbformat.read(target, as_version=4))
    except OSError:
        pass  # a home that cannot be written: `jupyter trust` remains


def settled(outputs: list[Any]) -> list[Any]:
    """A cell's outputs with a stream's pieces joined and every progress bar in its last state.

    (nbclient's own ``coalesce_streams`` takes quadratic time on long lines.)
    """
    kept: list[Any] = []
    for output in outputs:
        last = kept[-1] if kept else None
        is_stream = output["output_type"] == "stream"
        if is_stream and last is not None and last["output_type"] == "stream" and last["name"] == output["name"]:
            last["text"] += output["text"]
        else:
            kept.append(output)
    for output in kept:
        if output["output_type"] == "stream":
            lines = output["text"].replace("\r\n", "\n").split("\n")
            output["text"] = "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in lines)
    return kept


def kernel_environment() -> dict[str, str]:
    """Environment of a batch kernel: this one, with the folders made absolute and no inherited debugger noise."""
    return {
        **os.environ,
        "MER_OUTPUTS": str(outputs_dir()),
        "MER_CACHE": str(cache_dir()),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "MPLBACKEND": os.environ.get("MPLBACKEND", "agg"),
    }


def _cell_message(error: Any, target: Path) -> str:
    text = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(error.traceback))
    tail = "\n".join(f"    {line}" for line in text.rstrip().splitlines()[-12:])
    first = error.source.strip().splitlines()[0] if error.source.strip() else ""
    return (
        f"Cell {error.exec_count} ({first!r}) raised {error.ename}: {error.evalue}\n{tail}\n"
        f"  The notebook up to there: {target}"
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
