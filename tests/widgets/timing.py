"""How long a view's answer takes on the kernel's side."""

import time
from collections.abc import Callable


def best_of(action: Callable[[], object], times: int = 3) -> float:
    """Seconds that the quickest of some calls takes of this thread's processor: other work on the machine is not the
    view's fault."""
    took = []
    for _ in range(times):
        start = time.thread_time()
        action()
        took.append(time.thread_time() - start)
    return min(took)
