"""Nested frozen dataclasses as configurations: changed by dotted names, read back from JSON."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from mer.core.errors import InputError, nearest

Config = TypeVar("Config")


def with_changes(config: Config, changes: Mapping[str, Any]) -> Config:
    """A copy of a nested dataclass with some values changed.

    Args:
        config: a dataclass instance.
        changes: dotted name to value, for instance ``{"joint.steps": 20}``.

    Raises:
        InputError: a name does not exist (the nearest is named), or a value has the wrong type.
    """
    return _changed(config, [(name.split("."), value, name) for name, value in changes.items()])


def from_dict(kind: type[Config], data: Mapping[str, Any], complete: bool = False) -> Config:
    """The dataclass ``kind`` from what ``dataclasses.asdict`` and JSON made of it.

    Args:
        kind: the dataclass.
        data: values by name.
        complete: refuse data that lack a value, in whatever depth, instead of taking its default: for what was written
            down as the settings of something that exists, and a default may be younger.

    Raises:
        InputError: a name is unknown, or one is missing from what has to be complete.
    """
    hints = get_type_hints(kind)
    unknown = set(data) - set(hints)
    if unknown:
        raise InputError(f"{kind.__name__} has no field {sorted(unknown)}. Valid: {', '.join(sorted(hints))}.")
    if complete and (missing := {item.name for item in fields(kind)} - set(data)):  # type: ignore[arg-type]
        raise InputError(f"{kind.__name__} was written down without its {', '.join(sorted(missing))}.")
    return kind(**{name: _read(hints[name], value, complete) for name, value in data.items()})


def _read(hint: Any, value: Any, complete: bool = False) -> Any:
    if isinstance(value, Mapping):
        # An optional group is a union: its dataclass is the part that a mapping can only mean.
        parts = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
        for part in parts:
            if is_dataclass(part):
                return from_dict(part, value, complete)  # type: ignore[arg-type]
    if get_origin(hint) is tuple and isinstance(value, list):
        of = get_args(hint)[0]
        return tuple(_read(of, one, complete) for one in value)
    return value


def _changed(config: Any, changes: list[tuple[list[str], Any, str]]) -> Any:
    """All changes of one group at once: values that only fit together must not be refused one by one."""
    new: dict[str, Any] = {}
    for (head, *rest), value, whole in sorted(changes, key=lambda change: len(change[0])):  # a group before its values
        names = [item.name for item in fields(config)]
        if head not in names:
            raise InputError(f"Configuration {type(config).__name__} has no {whole!r}. {nearest(head, names)}")
        current = new.get(head, getattr(config, head))
        if not rest:
            new[head] = _checked(type(config), head, value, current, whole)
        elif not is_dataclass(current):
            group = whole.removesuffix("." + ".".join(rest))
            hint = get_type_hints(type(config))[head]
            optional = current is None and any(is_dataclass(part) for part in get_args(hint))
            remedy = f" Give the group at once: {{{group!r}: {_nested(rest, value)!r}}}." if optional else ""
            raise InputError(
                f"{whole!r} goes into {group!r}, which is the value {current!r}, not a group of values.{remedy}"
            )
    for head in dict.fromkeys(path[0] for path, _, _ in changes if len(path) > 1):
        own = [(path[1:], value, whole) for path, value, whole in changes if path[0] == head and len(path) > 1]
        new[head] = _changed(new.get(head, getattr(config, head)), own)
    return replace(config, **new)


def _nested(path: list[str], value: Any) -> Any:
    return {path[0]: _nested(path[1:], value)} if path else value


def _checked(kind: type, name: str, value: Any, current: Any, whole: str) -> Any:
    hint = get_type_hints(kind)[name]
    value = _read(hint, value)
    if isinstance(value, int) and not isinstance(value, bool) and hint is float:
        value = float(value)
    if not _fits(value, hint):
        raise InputError(
            f"{whole!r} is {value!r} ({type(value).__name__}), expected {_words(hint)}; it was {current!r}."
        )
    return value


def _words(hint: Any) -> str:
    """A type as a person would say it: ``int``, ``before or after``, ``int or None``."""
    if get_origin(hint) is Literal:
        return " or ".join(str(choice) for choice in get_args(hint))
    if get_origin(hint) in (Union, UnionType):
        return " or ".join(_words(part) for part in get_args(hint))
    if hint is type(None):
        return "None"
    return hint.__name__ if isinstance(hint, type) and get_origin(hint) is None else str(hint)


def _fits(value: Any, hint: Any) -> bool:
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return any(_fits(value, part) for part in get_args(hint))
    if origin is tuple:
        return isinstance(value, tuple)
    if origin is not None:  # Literal
        return value in get_args(hint)
    if hint is int and isinstance(value, bool):
        return False
    return isinstance(value, hint) if isinstance(hint, type) else True
