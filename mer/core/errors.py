"""Errors that a user can act on."""

from collections.abc import Iterable
from difflib import get_close_matches


class InputError(ValueError):
    """A user's input that cannot be worked with.

    The message names the value found, what was expected and what to do next; the command line prints it without a
    traceback and leaves with status 2, and a notebook shows it without source lines.
    """

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a traceback (its hook for exceptions)."""
        return [f"{type(self).__name__}: {self}"]


class MissingPath(InputError, FileNotFoundError):
    """A path that should exist and does not."""


def nearest(name: str, choices: Iterable[str]) -> str:
    """A sentence that names the valid choice closest to ``name``, or all of them when none is close."""
    known = sorted(str(choice) for choice in choices)
    if close := closest(str(name), known, 0.5):
        return did_you_mean(close)
    return f"Valid: {', '.join(known) or 'none'}."


def closest(name: str, known: Iterable[str], likeness: float) -> str:
    """The name most like ``name``, or "" where none is as like as ``likeness``: 0 is not at all, 1 is equal."""
    return next(iter(get_close_matches(name, list(known), n=1, cutoff=likeness)), "")


def did_you_mean(choice: str) -> str:
    """The sentence that offers what was probably meant."""
    return f"Did you mean {choice!r}?"
