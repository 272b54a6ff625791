"""Texts without the names of a machine, its user and their folders, fit to be passed on."""

import getpass
import platform
import re
from collections.abc import Mapping
from pathlib import Path

from mer.core.paths import cache_dir, outputs_dir, project_dir

_ANYONES = {"", "localhost", "root", "user", "home"}
_NO_CHANCE = 6  # letters of a name that do not stand side by side by chance in a compressed file
_AFTER = r"(?=[/\\\s\"'`,;:)\]}<]|$)"


class Unnamed:
    """Takes names out of texts: folders become relative (``outputs/…``, ``./…``, ``~/…``), user and host a word.

    Args:
        more: further folders by what they are called instead.
    """

    def __init__(self, more: Mapping[Path, str] | None = None) -> None:
        known = {cache_dir(): "cache", outputs_dir(): "outputs", project_dir(): ".", Path.home(): "~"}
        places = {str(path): name for one, name in ({**known, **(more or {})}).items() for path in (one, one.resolve())}
        self._places = sorted(((place, name) for place, name in places.items() if len(place) > 1), key=_longest_first)
        self._user, self._host = _user(), platform.node()

    def text(self, text: str) -> str:
        """The text without names."""
        for place, name in self._places:
            if place in text:
                text = re.sub(re.escape(place) + _AFTER, lambda _, name=name: name, text)  # type: ignore[misc]
        if self._user.lower() not in _ANYONES:
            text = re.sub(rf"(?<=/){re.escape(self._user)}{_AFTER}|\b{re.escape(self._user)}(?=@)", "USER", text)
        if self._host.lower() not in _ANYONES:
            text = re.sub(rf"(?<![\w-]){re.escape(self._host)}(?![\w-])", "HOST", text)
        return text

    def in_bytes(self, data: bytes) -> bool:
        """Whether bytes that are no text hold a folder's name, or that of user or machine where it is no chance."""
        said = [place for place, _ in self._places] + [f"/{self._user}/"] * (self._user.lower() not in _ANYONES)
        said += [self._host] * (len(self._host) >= _NO_CHANCE and self._host.lower() not in _ANYONES)
        return any(name.encode() in data for name in said)


def _longest_first(pair: tuple[str, str]) -> int:
    return -len(pair[0])


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a number without a name, as in many containers
        return ""
