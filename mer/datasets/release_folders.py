"""Find a release's folders below what a user unpacked, however deep the archive put them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from mer.core.errors import InputError
from mer.datasets.layout import Layout, load_layout
from mer.datasets.templates import pattern
from mer.datasets.video import RELEASE_SUFFIXES


@dataclass
class Folders:
    """Finds clips' folders below one base, without regard to case where the exact name is not there.

    Attributes:
        base: folder that the layout's ``frames`` are relative to.
    """

    base: Path
    _names: dict[Path, dict[str, list[str]]] = field(default_factory=dict, repr=False)

    def find(self, paths: Iterable[str]) -> Path | None:
        """The first of these relative paths (``*`` matches any name) that exists; None when none does.

        Raises:
            InputError: a ``*`` matches several.
        """
        for relative in paths:
            if found := self._find(self.base, relative.split("/")):
                return found
        return None

    def matching(self, template: str) -> list[tuple[Path, dict[str, str]]]:
        """Every folder or file that a template with fields may name, with the fields; ordered by path."""
        levels = [self.base]
        for part in template.split("/"):
            glob = pattern(part)
            levels = [
                level / name
                for level in levels
                for name in sorted(self._listing(level).get("", []))
                if glob.fullmatch(name)
            ]
        whole = pattern(template)
        found = []
        for path in levels:
            match = whole.fullmatch(path.relative_to(self.base).as_posix())
            # No match: a field that stands twice is not the same text both times. Files: what systems leave behind.
            if match and not is_litter(path.name) and (path.suffix.lower() in RELEASE_SUFFIXES or path.is_dir()):
                found.append((path, match.groupdict()))
        return found

    def _find(self, folder: Path, parts: Sequence[str]) -> Path | None:
        if not parts:
            return folder
        names = self._listing(folder)
        if "*" in parts[0]:
            matching = [name for name in names.get("", []) if fnmatch(name.lower(), parts[0].lower())]
        else:
            alike = names.get(parts[0].casefold(), [])
            matching = [parts[0]] if parts[0] in alike else alike
        found = [path for name in matching if (path := self._find(folder / name, parts[1:]))]
        if len(found) > 1:
            raise InputError(
                f"{' and '.join(str(path.relative_to(self.base)) for path in found[:3])} both fit. Remove all but one."
            )
        return found[0] if found else None

    def _listing(self, folder: Path) -> dict[str, list[str]]:
        """Names in a folder by their case-folded form; all of them under the empty text."""
        if folder not in self._names:
            by_name: dict[str, list[str]] = {"": []}
            for entry in listed(folder):
                by_name[""].append(entry.name)
                by_name.setdefault(entry.name.casefold(), []).append(entry.name)
            self._names[folder] = by_name
        return self._names[folder]


def find_base(layout: Layout, root: Path, wanted: Sequence[Sequence[str]]) -> Folders | None:
    """The folder below ``root`` that holds most of the clips.

    Looked at: the layout's names in ``root``, the same doubled (as some archives unpack), the same one folder deeper,
    and ``root`` itself.

    Args:
        layout: of the release.
        root: the release's folder.
        wanted: the possible relative paths of each clip; empty: the clips are to be found by the layout's templates.

    Returns:
        None when no place holds a single clip.

    Raises:
        InputError: the place is a link that leaves ``root``.
    """
    best, most = None, 0
    for base in _places(layout, root):
        folders = Folders(base)
        if wanted:
            count = sum(1 for paths in wanted if _exists(folders, paths))
        else:
            count = max(len(folders.matching(template)) for template in layout.frames)
        if count > most:
            best, most = folders, count
        if wanted and most == len(wanted):
            break
    if best is not None and not best.base.resolve().is_relative_to(root.resolve()):
        raise InputError(
            f"{best.base} is a link that leaves the root {root} (to {best.base.resolve()}). Copy the frames there, or "
            "give the folder that holds what it points to; where the sheet stays here, name it with --sheet."
        )
    return best


def _places(layout: Layout, root: Path) -> list[Path]:
    found: dict[Path, None] = {}
    for base in layout.base:  # the user may have named a folder inside: /data/SMIC_all_raw instead of /data
        first, _, rest = base.partition("/")
        if root.name == first and rest and (root / rest).is_dir():
            found.setdefault(root / rest)
    deeper = [entry for entry in listed(root) if entry.is_dir() and not is_litter(entry.name)][:64]
    for start in (root, *deeper):
        for base in layout.base:
            for place in (start / base, start / base / Path(base).name):
                if place.is_dir():
                    found.setdefault(place)
    if not _is_another_variant(layout, root.name):
        found.setdefault(root)
    return list(found)


def _is_another_variant(layout: Layout, name: str) -> bool:
    """Whether a folder of this name holds another variant: ``Cropped`` must not be taken for the raw frames."""
    own = {Path(base).name for base in layout.base}
    others = (load_layout(layout.path, other) for other in layout.variants if other != layout.variant)
    return name not in own and any(name == Path(base).name for other in others for base in other.base)


def is_litter(name: str) -> bool:
    """Whether a file or folder is none of a release's: hidden ones, and the shadow tree of some archive programs."""
    return name.startswith(".") or name == "__MACOSX"


def _exists(folders: Folders, paths: Sequence[str]) -> bool:
    try:
        return folders.find(paths) is not None
    except InputError:
        return True  # it is there, even twice; told when the clip is read


def listed(folder: Path) -> list[Path]:
    """What a folder holds, by name; nothing where it cannot be read."""
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
