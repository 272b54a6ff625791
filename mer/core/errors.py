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
    close = get_close_matches(str(name), known, n=1, cutoff=0.5)
    if close:
        return f"Did you mean {close[0]!r}?"
    return f"Valid: {', '.join(known) or 'none'}."
