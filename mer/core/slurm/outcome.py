"""What a job came to, as text in the file that submitit keeps: read without a line of code being run.

submitit's file is a pickle, and to read a pickle is to run it: an outputs folder that somebody passed on could hold
one. So what a call returned is handed on as JSON, and of the pickle around it only plain texts in a tuple are read.
"""

import json
import pickle
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from mer.core.errors import InputError, MissingPath

#: In place of an outcome; None is one.
NO_OUTCOME = object()
_MOST_BYTES = 64 << 20
_ERRORS = {kind.__name__: kind for kind in (InputError, MissingPath)}


@dataclass(frozen=True)
class Raised:
    """A call that raised: its error where a user can act on it, and what is known anyway."""

    kind: str
    message: str
    trace: str
    error: InputError | None = None


@dataclass(frozen=True)
class Failed:
    """What a call returns that came to no result, and says itself why: no error of the program, so without a trace."""

    reason: str


def raised(error: Exception) -> Raised:
    """What is handed on of an error that is being handled."""
    return Raised(
        type(error).__name__, str(error), traceback.format_exc(), error if isinstance(error, InputError) else None
    )


def outcome_text(value: Any) -> str:
    """What a call came to as JSON: `Raised`, `Failed`, or what it returned.

    Raises:
        TypeError: it returned something else than numbers, texts, None, and lists and mappings (by text) of them.
    """
    if isinstance(value, Raised):
        kind = next((name for name, known in reversed(_ERRORS.items()) if isinstance(value.error, known)), "")
        said = {"kind": value.kind, "message": value.message, "trace": value.trace}
        return json.dumps({"raised": said | ({"error": kind, "words": str(value.error)} if value.error else {})})
    if isinstance(value, Failed):
        return json.dumps({"failed": value.reason})
    text = json.dumps({"returned": value})
    if json.loads(text)["returned"] != value:
        raise TypeError(f"{value!r} cannot be handed from job to job: expected what JSON holds (lists, no tuples).")
    return text


def read_outcome(path: Path) -> Any:
    """What a job left: what its call returned, `Failed`, or `Raised`. Nothing in the file is executed.

    Raises:
        InputError: the file is none of a job of this suite.
    """
    try:
        with open(path, "rb") as stream:
            data = stream.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise ValueError(f"more than {_MOST_BYTES} bytes")
        outcome, text = _PlainTexts(BytesIO(data)).load()
        if not isinstance(text, str):
            raise TypeError(f"a {type(text).__name__}")
        if outcome != "success":  # submitit's own words of an error
            return Raised("Error", "".join(text.strip().splitlines()[-1:]), text)
        return _outcome(json.loads(text))
    except Exception as error:  # whatever a made-up file brings about
        raise InputError(
            f"{path} is no result of a job of this suite ({type(error).__name__}: {error}), so it was not read."
        ) from error


def outcome_of(path: Path, say: Callable[[str], None]) -> Any:
    """The same; `NO_OUTCOME` where no job of ours wrote the file, which is deleted: its call goes on as without it."""
    try:
        return read_outcome(path)
    except InputError as error:
        say(f"{error} It is deleted.")
        path.unlink(missing_ok=True)
        return NO_OUTCOME


def _outcome(said: Any) -> Any:
    if "raised" in said:
        one = said["raised"]
        kept = _ERRORS[one["error"]](one["words"]) if "error" in one else None
        return Raised(str(one["kind"]), str(one["message"]), str(one["trace"]), kept)
    return Failed(str(said["failed"])) if "failed" in said else said["returned"]


class _PlainTexts(pickle.Unpickler):
    """Reads texts, numbers, lists, tuples; whatever needs a name from a module is refused."""

    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"it asks for {module}.{name}")

    def persistent_load(self, pid: Any) -> Any:
        raise pickle.UnpicklingError("it asks for a stored object")
