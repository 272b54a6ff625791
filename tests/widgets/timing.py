"""How long a view's answer takes on the kernel's side."""

import time
from collections.abc import Callable, Iterable
from typing import Any


def best_of(action: Callable[..., object], values: Iterable[Any] | None = None) -> float:
    """Seconds that the quickest of some calls takes of this process' processors: other work on the machine is not the
    view's fault, but work in threads of its own is.

    Args:
        action: called with each of ``values``; three times with nothing where there are none.
        values: such that no call finds its answer in place.
    """
    took = []
    for given in [()] * 3 if values is None else [(value,) for value in values]:
        start = time.process_time()
        action(*given)
        took.append(time.process_time() - start)
    return min(took)
