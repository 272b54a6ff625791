"""One parameter of a notebook: which values it takes, and how a typed or written value becomes one of them."""

import ast
from dataclasses import dataclass
from typing import Any

from mer.core.errors import InputError


@dataclass(frozen=True)
class Parameter:
    """One parameter of a notebook.

    Attributes:
        name: its name.
        annotation: its annotation as written, or None.
        default: its default, or None where the default is not a plain value.
    """

    name: str
    annotation: str | None
    default: Any

    def convert(self, value: Any) -> Any:
        """The value as the notebook gets it: as given, or an integer made a float where a float is expected.

        Raises:
            InputError: the value is of another type; the message has the value and the expected type.
        """
        if self.annotation is None:
            expected = _type_of_default(self.default)
            return value if expected is None else self._convert(ast.Name(expected), value)
        return self._convert(ast.parse(self.annotation, mode="eval").body, value)

    def convert_text(self, text: str) -> Any:
        """A value typed on the command line: text stays text where text is expected, the rest is read as YAML."""
        import yaml

        if self.expected() in ("str", "Optional[str]", "str | None"):
            return None if text in ("null", "None") and self.expected() != "str" else text
        try:
            value = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise InputError(f"{self.name}: {text!r} is not valid YAML ({error}).") from None
        return self.convert(value)

    def expected(self) -> str:
        """The type in words for a message."""
        return self.annotation or _type_of_default(self.default) or "any value"

    def _convert(self, annotation: ast.expr, value: Any) -> Any:
        try:
            return _convert(annotation, value)
        except _Mismatch:
            hint = ""
            if "str" in self.expected() and isinstance(value, int | float):
                hint = f" Put it in quotes: '{value}'."
            raise InputError(
                f"{self.name}: {value!r} is {_kind(value)}, expected {self.expected()} (default {self.default!r})."
                + hint
            ) from None


def _type_of_default(default: Any) -> str | None:
    return None if default is None else {tuple: "list"}.get(type(default), type(default).__name__)


class _Mismatch(Exception):
    pass


_PLAIN: dict[str, type] = {"int": int, "str": str, "bool": bool, "list": list, "dict": dict, "List": list, "Dict": dict}


def _convert(annotation: ast.expr, value: Any) -> Any:
    name = annotation.attr if isinstance(annotation, ast.Attribute) else getattr(annotation, "id", None)
    if isinstance(annotation, ast.Constant):
        if annotation.value is None and value is None:
            return None
        raise _Mismatch
    if isinstance(annotation, ast.BinOp):  # X | Y
        return _any_of([annotation.left, annotation.right], value)
    if isinstance(annotation, ast.Subscript):
        return _convert_subscript(annotation, value)
    if name == "float":
        return _to_float(value)
    if name in _PLAIN:
        wanted = _PLAIN[name]
        if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
            raise _Mismatch
    return value  # Any, object and names that we do not know accept everything


def _convert_subscript(annotation: ast.Subscript, value: Any) -> Any:
    outer = annotation.value
    name = outer.attr if isinstance(outer, ast.Attribute) else getattr(outer, "id", "")
    inner = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
    if name == "Optional":
        return None if value is None else _convert(inner[0], value)
    if name == "Union":
        return _any_of(inner, value)
    if name == "Literal":
        if value in [ast.literal_eval(choice) for choice in inner]:
            return value
        raise _Mismatch
    if name in ("list", "List", "Sequence", "tuple", "Tuple"):
        if not isinstance(value, list):
            raise _Mismatch
        return [_convert(inner[0], item) for item in value]
    if name in ("dict", "Dict", "Mapping"):
        if not isinstance(value, dict):
            raise _Mismatch
        return {key: _convert(inner[1], item) for key, item in value.items()}
    return value


def _any_of(choices: list[ast.expr], value: Any) -> Any:
    for choice in choices:
        try:
            return _convert(choice, value)
        except _Mismatch:
            continue
    raise _Mismatch


def _to_float(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _Mismatch
    try:
        return float(value)  # YAML reads 1e-3 (no dot) as text; a person means a number
    except ValueError:
        raise _Mismatch from None


def _kind(value: Any) -> str:
    kinds = {bool: "a yes/no value", int: "a whole number", float: "a number", str: "text", list: "a list"}
    kinds |= {dict: "a mapping", type(None): "nothing"}
    return kinds.get(type(value), type(value).__name__)
