"""One check of ``mer doctor``: what was looked at, how it is, and the line that mends it."""

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class Check:
    """Result of one check.

    Attributes:
        name: what was looked at.
        state: ``ok``; ``warn`` (something optional is missing); ``fail`` (the main job will not work).
        found: what was found.
        remedy: what to do; empty when all is well.
    """

    name: str
    state: State
    found: str
    remedy: str = ""
