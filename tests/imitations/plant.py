"""Put things into an imitation that do not belong there: the litter of releases, and faults to be found."""

from pathlib import Path


def junk(folder: Path, *names: str) -> None:
    """Files that no reader may stumble over: system litter, lock files of spreadsheet programs, documents."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(b"\0\1 not an image, not a sheet \2")


def spoil(path: Path, content: bytes) -> None:
    """Replace a file; never written in place, its bytes are shared with other files."""
    path.unlink(missing_ok=True)
    path.write_bytes(content)


def truncate(path: Path) -> None:
    """Keep the first half of a file."""
    content = path.read_bytes()
    spoil(path, content[: len(content) // 2])


def state(root: Path) -> dict[str, tuple[int, int, int, int]]:
    """Everything below a folder: name to type, size, time of last change and of last change of its data's record."""
    found = {}
    for path in [root, *sorted(root.rglob("*"))]:
        about = path.lstat()
        found[str(path.relative_to(root))] = (about.st_mode, about.st_size, about.st_mtime_ns, about.st_ino)
    return found


def contents(root: Path) -> dict[int, bytes]:
    """Bytes of every file below a folder, by the file's number on disk (links share theirs)."""
    found: dict[int, bytes] = {}
    for path in root.rglob("*"):
        if path.is_file() and path.lstat().st_ino not in found:
            found[path.lstat().st_ino] = path.read_bytes()
    return found
