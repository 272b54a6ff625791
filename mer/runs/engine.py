"""The engine that Papermill executes our notebooks with: this interpreter as the kernel, tidy outputs.

Papermill's own habits that are changed here: the kernel is this interpreter, whatever kernels are registered on the
machine or stand on PATH; the engine says whether the kernel came up; streams are kept in their last state.
"""

import logging
import os
import sys
from typing import Any

from mer.core.paths import cache_dir, outputs_dir


class Start:
    """Whether the kernel came up; the engine sets it."""

    started = False


def engine() -> str:
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
    }
