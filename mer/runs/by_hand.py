"""Notebooks that people run by hand: one kernel at a time in the folder of each."""

import threading
from contextlib import ExitStack
from pathlib import Path

from mer.core.errors import InputError
from mer.core.made_again import INTERACTIVE
from mer.core.paths import outputs_dir
from mer.core.work_lock import alone_in, work_to_the_end
from mer.runs.folder import RunFolder

#: Folders that this process holds, which it does to its end.
_held: set[Path] = set()
_to_the_end = ExitStack()
_one = threading.Lock()


def folder_by_hand(notebook: str) -> Path:
    """The folder of a notebook that is run by hand, held for the life of this kernel.

    To run the cell again is no conflict: the kernel has the folder already. Workers of a kernel that was stopped are
    waited for.

    Raises:
        InputError: another kernel works there; the message says which process it is. Or nothing can be written there.
    """
    folder = RunFolder(outputs_dir(), INTERACTIVE, notebook)

    def refuse(holder: str) -> None:
        raise InputError(
            f"Another kernel of {notebook} works in {folder.path} ({holder or 'its process is not known'}). Shut that "
            "kernel down (in JupyterLab: Kernel, Shut Down Kernel), or choose another folder with MER_OUTPUTS."
        )

    with _one:
        if folder.path not in _held:
            with ExitStack() as begun:
                begun.enter_context(folder.lock(refuse))
                with alone_in(
                    folder.path, lambda: print("Waiting for the end of workers of a kernel that was stopped.")
                ):
                    pass
                _to_the_end.push(begun.pop_all())
            _held.add(folder.path)
    work_to_the_end(folder.path)
    return folder.path
