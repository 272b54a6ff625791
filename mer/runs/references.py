"""References to other runs inside parameters: texts that begin with ``@``."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from mer.core.errors import InputError


def replace_references(value: Any, replace: Callable[[str], Any]) -> Any:
    """The value with every ``@...`` text in it (also inside lists and mappings) replaced."""
    if isinstance(value, str) and value.startswith("@"):
        return replace(value[1:])
    if isinstance(value, list):
        return [replace_references(item, replace) for item in value]
    if isinstance(value, dict):
        return {key: replace_references(item, replace) for key, item in value.items()}
    return value


def split_reference(reference: str) -> tuple[str, str]:
    """Run (or step) and the path inside its folder of a reference without its ``@``.

    Raises:
        InputError: the path is none of a file inside that folder.
    """
    name, _, inside = reference.partition("/")
    if inside.startswith("/") or ".." in Path(inside).parts or not inside.isprintable():
        raise InputError(
            f"reference '@{reference}' leaves the folder of the run {name!r}; give a file in it, as "
            "@run/arrays/clips.npz."
        )
    return name, inside
