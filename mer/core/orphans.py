"""A process that computes for another one ends when that one ends, however it ends.

A worker of a pool is not told when its parent is killed: it would compute and write what nobody waits for, into a
folder that by then belongs to another run. The system's own signal for it (``PR_SET_PDEATHSIG``) goes by the *thread*
that started the process, which in a pool may end long before the pool, so each worker looks for itself.
"""

import os
import time
from threading import Thread

#: Seconds from one look to the next.
_STEP = 0.2
_parent: int | None = None  # whom this process computes for


def end_with_parent(parent: int) -> None:
    """From now on this process ends by itself, at once and without clean-up, when its parent has ended.

    Args:
        parent: number of the process that started this one, told by that process: if it has ended already, this one
            ends here.
    """
    global _parent
    watched, _parent = _parent is not None, parent
    end_if_orphan()
    if not watched:
        Thread(target=_watch, name="end with parent", daemon=True).start()


def end_if_orphan() -> None:
    """End now if the parent has ended: to be asked before something is written that others believe.

    Nothing happens in a process that watches no parent.
    """
    if _parent is not None and os.getppid() != _parent:
        os._exit(1)


def _watch() -> None:
    while True:
        end_if_orphan()
        time.sleep(_STEP)
