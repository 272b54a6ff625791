"""Names made from fields: ``sub{subject:02d}/{clip}`` with subject "1" and clip "EP02_01f" is ``sub01/EP02_01f``."""

import re
from collections.abc import Iterable, Mapping

from mer.core.errors import InputError, nearest

_FIELD = re.compile(r"\{([a-z_][a-z0-9_]*)(?::(0?\d*)d)?\}")
_NUMBER = re.compile(r"\d+")


def names_in(template: str) -> list[str]:
    """Fields that a template uses, in order."""
    return [match.group(1) for match in _FIELD.finditer(template)]


def check_template(template: str, known: Iterable[str]) -> None:
    """Check that a template is well formed and uses known fields only.

    Raises:
        InputError: a stray brace, an unknown field, a path that leaves the folder.
    """
    known = sorted(set(known))
    rest = _FIELD.sub("", template)
    if "{" in rest or "}" in rest:
        raise InputError(f"{template!r} is no template: write fields as {{name}} or, for a number, {{name:02d}}.")
    for name in names_in(template):
        if name not in known:
            raise InputError(f"{template!r} uses the field {name!r}. {nearest(name, known)}")
    if template.startswith("/") or ".." in rest.split("/"):
        raise InputError(f"{template!r} leaves the folder; give a path inside it.")


def fill(template: str, fields: Mapping[str, str]) -> str:
    """The template with its fields filled in.

    Raises:
        InputError: a field is empty, holds no number where one is asked for, or holds characters that no name of a
            file may have (``/``, ``\\``, ``*``, control characters, ``..``).
    """

    def value(match: re.Match[str]) -> str:
        name, width = match.groups()
        text = fields.get(name, "")
        if not text:
            raise InputError(f"{name} is empty.")
        if re.search(r"[/\\*?\x00-\x1f]", text) or text in {".", ".."}:
            raise InputError(f"{name} is {text!r}, which cannot be part of a path.")
        if width is None:
            return text
        number = _NUMBER.search(text)
        if number is None:
            raise InputError(f"{name} is {text!r}, which holds no number.")
        return format(int(number.group()), f"{width}d")

    return _FIELD.sub(value, template)


def pattern(template: str) -> re.Pattern[str]:
    """A regular expression that finds the fields in a path that was made from the template.

    Every field is a part of one name; a field that stands twice must be the same text both times.
    """
    found: set[str] = set()
    expression, end = "", 0
    for match in _FIELD.finditer(template):
        expression += _literal(template[end : match.start()])
        name = match.group(1)
        expression += f"(?P={name})" if name in found else f"(?P<{name}>[^/]+?)"
        found.add(name)
        end = match.end()
    return re.compile(expression + _literal(template[end:]))


def _literal(text: str) -> str:
    return "[^/]*".join(re.escape(part) for part in text.split("*"))
