"""One progress bar for the whole suite: in a terminal, in a notebook, and in a batch log."""

import os
import sys
from collections.abc import Iterable
from typing import Any

from tqdm import tqdm


def progress(items: Iterable[Any] | None = None, what: str = "", total: int | None = None, unit: str = "") -> tqdm:
    """A tqdm bar with the estimate of the time left.

    Plain text on standard error, also in notebooks: a widget bar does not survive in a saved notebook. A terminal is
    refreshed ten times a second, a log every five seconds so that it stays readable. ``MER_PROGRESS=0`` silences it.
    """
    interactive = sys.stderr.isatty()
    return tqdm(
        items,
        desc=what,
        total=total,
        unit=f" {unit}" if unit else "it",
        file=sys.stderr,
        mininterval=0.1 if interactive else 5.0,
        dynamic_ncols=interactive,
        disable=os.environ.get("MER_PROGRESS") == "0",
    )
