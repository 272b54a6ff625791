"""Texts without the names of a machine, its user and their folders, fit to be passed on."""

import getpass
import html
import json
import platform
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mer.core.errors import InputError
from mer.core.paths import cache_dir, expanded, outputs_dir, project_dir
from mer.datasets.places import read_places
from mer.figures.latex import escape

_ANYONES = {"", "localhost", "root", "user", "home"}
_NO_CHANCE = 6  # letters of a name that do not stand side by side by chance in a compressed file
_AFTER = r"(?=[/\\\s\"'`,;:)\]}<]|$)"
#: An absolute path of two parts or more; neither an address on the web, nor the end of a tag, nor a fraction.
_PATH = re.compile(r"(?<![\w.:/<~*\\-])/(?!dev/null)(?:[^\s/\"'`<>|,;:()\[\]{}]+/)+([^\s/\"'`<>|,;:()\[\]{}]*)")


class Unnamed:
    """Takes names out of texts: folders become relative (``outputs/…``, ``./…``, ``~/…``), user and host a word.

    A folder of a database that the user has added becomes the database's name; of any other absolute path only the last
    part stays, after ``…/``.

    Args:
        more: further folders by what they are called instead.
    """

    def __init__(self, more: Mapping[Path, str] | None = None) -> None:
        known = {cache_dir(): "cache", outputs_dir(): "outputs", project_dir(): ".", Path.home(): "~"}
        known = {**_databases(), **known, **(more or {})}
        places = {str(path): name for one, name in known.items() for path in (one, one.resolve())}
        spelled = {form: name for place, name in places.items() if len(place) > 1 for form in _spellings(place)}
        self._places = sorted(spelled.items(), key=_longest_first)
        self._user, self._host = _user(), platform.node()

    def text(self, text: str, elsewhere: bool = True) -> str:
        """The text without names.

        Args:
            text: any; names may be escaped as in HTML, JSON and LaTeX.
            elsewhere: shorten paths outside the known folders too; a patch names files of code, which must stay.
        """
        for place, name in self._places:
            if place in text:
                text = re.sub(re.escape(place) + _AFTER, lambda _, name=name: name, text)  # type: ignore[misc]
        if elsewhere:
            text = _PATH.sub(r"…/\1", text)
        if self._user.lower() not in _ANYONES:
            text = re.sub(rf"(?<=/){re.escape(self._user)}{_AFTER}|\b{re.escape(self._user)}(?=@)", "USER", text)
        if self._host.lower() not in _ANYONES:
            text = re.sub(rf"(?<![\w-]){re.escape(self._host)}(?![\w-])", "HOST", text)
        return text

    def value(self, value: Any) -> Any:
        """Keys and texts of a JSON file without names; a text that is a path as a whole may have blanks in it."""
        if isinstance(value, Mapping):
            return {self.value(key): self.value(one) for key, one in value.items()}
        if isinstance(value, list):
            return [self.value(one) for one in value]
        if not isinstance(value, str):
            return value
        text = self.text(value, elsewhere=not value.startswith("/"))
        whole = text.startswith("/") and "\n" not in text and len(Path(text).parts) > 2
        return self.text(f"…/{Path(text).name}" if whole else text)

    def in_bytes(self, data: bytes) -> bool:
        """Whether bytes that are no text hold a folder's name, or that of user or machine where it is no chance."""
        said = [place for place, _ in self._places] + [f"/{self._user}/"] * (self._user.lower() not in _ANYONES)
        said += [self._host] * (len(self._host) >= _NO_CHANCE and self._host.lower() not in _ANYONES)
        forms = (name.encode(code) for name in said for code in ("utf-8", "utf-16-be"))  # the latter in a PDF
        return any(form in data for form in forms)


def _databases() -> dict[Path, str]:
    """Folders of the databases that the user has added, by their names; none where their list cannot be read."""
    try:
        places = read_places().values()
    except InputError:
        return {}
    folders = {expanded(place.folder): place.name for place in places}
    return folders | {expanded(place.sheet): place.sheet.name for place in places if place.sheet is not None}


def _spellings(place: str) -> set[str]:
    """A path as it stands in a text, and escaped as in HTML, JSON and LaTeX."""
    return {place, html.escape(place), html.escape(place, quote=False), json.dumps(place)[1:-1], escape(place)}


def _longest_first(pair: tuple[str, str]) -> tuple[int, str]:
    return -len(pair[0]), pair[0]


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a number without a name, as in many containers
        return ""
