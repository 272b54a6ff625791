"""Where a user's databases lie: ``databases.yaml``, written by ``mer data add`` and readable by anyone.

casme2:
  folder: /data/CASME2
  variant: cropped
pilot-study:
  folder: /data/pilot
  layout: /data/pilot/layout.yaml
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from mer.core.errors import InputError, MissingPath, nearest
from mer.core.files import write_text
from mer.core.locked import locked
from mer.core.paths import expanded, project_dir
from mer.core.yaml_file import read_yaml
from mer.datasets.layout import Layout, layout_names, load_layout

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_KEYS = ("folder", "layout", "variant", "sheet")
#: Databases that are made of others or rendered; no folder holds them.
RESERVED = ("synthetic", "synthetic-emotions", "megc2019")


@dataclass(frozen=True)
class Place:
    """Where one database lies.

    Attributes:
        name: what a study calls it.
        folder: into which the release was unpacked.
        layout: name or path of its layout.
        variant: of the layout; None for its first.
        sheet: the annotation sheet, where it does not lie in the folder.
    """

    name: str
    folder: Path
    layout: str
    variant: str | None = None
    sheet: Path | None = None

    def load_layout(self, variant: str | None = None) -> Layout:
        """The layout, in ``variant`` or in the place's own."""
        return load_layout(self.layout, variant or self.variant)


def places_file() -> Path:
    """``$MER_DATABASES``, else ``databases.yaml`` of the project folder."""
    chosen = os.environ.get("MER_DATABASES")
    return expanded(chosen).resolve() if chosen else project_dir() / "databases.yaml"


def read_places() -> dict[str, Place]:
    """All places by name; none where the file does not exist.

    Raises:
        InputError: the file is not as `mer data add` writes it.
    """
    path = places_file()
    if not path.is_file():
        return {}
    data = read_yaml(path) or {}
    if not isinstance(data, Mapping):
        raise InputError(f"{path} is no mapping of names to places. Delete it and run: mer data add NAME FOLDER")
    return {str(name): _place(path, str(name), about) for name, about in data.items()}


def find_place(name: str) -> Place:
    """The place of that name.

    Raises:
        MissingPath: a database that the project knows, but not where it lies; the message says what is needed.
        InputError: nothing is called so.
    """
    places = read_places()
    if name in places:
        return places[name]
    if name in layout_names():
        raise MissingPath(how_to_get(load_layout(name)))
    raise InputError(f"Database {name!r} is not known. {nearest(name, [*places, *layout_names()])}")


def how_to_get(layout: Layout) -> str:
    """What a user without a database must do to have it."""
    sheet = f"the sheet {layout.sheet.files[0]} and " if layout.sheet else ""
    variants = f" (variants: {', '.join(layout.variants)})" if len(layout.variants) > 1 else ""
    return (
        f"{layout.title} is not set up. It is had from {layout.source}. Needed in one folder: {sheet}the frames, for "
        f"instance {layout.example}{variants}. Then say where it is: mer data add {layout.name} FOLDER"
    )


def add_place(place: Place) -> None:
    """Write a place into ``databases.yaml``; one of the same name is replaced.

    Raises:
        InputError: a name that cannot be used, an unknown layout or variant, a missing folder or sheet.
    """
    if not _NAME.fullmatch(place.name):
        raise InputError(
            f"Database name {place.name!r} is not lower-case letters, digits, '-' and '_'. Use for instance 'my-faces'."
        )
    if place.name in RESERVED:
        raise InputError(
            f"{place.name!r} is the name of a database of its own. Choose another, for instance 'my-faces'."
        )
    place.load_layout()
    if not place.folder.is_dir():
        raise MissingPath(f"{place.folder} is not a folder. Give the one into which the release was unpacked.")
    if place.sheet is not None and not place.sheet.is_file():
        raise MissingPath(f"Sheet {place.sheet} does not exist.")
    with locked(places_file()):
        _write({**read_places(), place.name: place})


def remove_place(name: str) -> None:
    """Forget a place; nothing of the database is touched.

    Raises:
        InputError: there is no such place.
    """
    with locked(places_file()):
        places = read_places()
        if name not in places:
            raise InputError(f"{places_file()} has no {name!r}. {nearest(name, places)}")
        _write({key: place for key, place in places.items() if key != name})


def _write(places: Mapping[str, Place]) -> None:
    data = {}
    for name, place in places.items():
        about = {"folder": str(place.folder), "layout": place.layout, "variant": place.variant}
        about["sheet"] = None if place.sheet is None else str(place.sheet)
        data[name] = {
            key: value for key, value in about.items() if value is not None and (key, value) != ("layout", name)
        }
    head = "# Where databases lie on this machine; written by `mer data add`, may be edited.\n"
    write_text(places_file(), head + yaml.safe_dump(data, sort_keys=True, allow_unicode=True, width=10**6))


def _place(path: Path, name: str, about: Any) -> Place:
    if not isinstance(about, Mapping) or "folder" not in about:
        raise InputError(f"{path}: {name!r} needs a line 'folder: ...'.")
    for key in about:
        if key not in _KEYS:
            raise InputError(f"{path}: {name!r} has the key {key!r}. {nearest(str(key), _KEYS)}")

    def inside(text: str) -> Path:
        return path.parent / expanded(text)  # an absolute path stays as it is

    layout = str(about.get("layout", name))
    return Place(
        name=name,
        folder=inside(str(about["folder"])),
        layout=str(inside(layout)) if layout.endswith((".yaml", ".yml")) else layout,
        variant=None if about.get("variant") is None else str(about["variant"]),
        sheet=None if about.get("sheet") is None else inside(str(about["sheet"])),
    )
