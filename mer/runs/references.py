"""References to other runs inside parameters: texts that begin with ``@``."""

from collections.abc import Callable
from typing import Any


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
    """Run (or step) and the path inside its folder of a reference without its ``@``."""
    name, _, inside = reference.partition("/")
    return name, inside
