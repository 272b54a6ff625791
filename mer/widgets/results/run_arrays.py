"""The arrays of a finished run, one row a clip, from which a view reads what is looked at."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Thread

from mer.core.errors import InputError
from mer.core.finished_run import checked
from mer.core.rows import Rows
from mer.widgets.kept import Kept
from mer.widgets.results.stored_rows import StoredRows, archive_members

#: Of rows of a run's arrays that stay in memory.
KEPT_BYTES = 64 * 2**20
#: Arrays that the pictures of a clip are drawn from.
OF_PICTURES = ("onset", "apex", "displacement", "boxes", "weights_local", "weights_global", "weights_full")


class RunArrays(Mapping[str, Rows]):
    """Arrays of a run's ``arrays/clips.npz``, whose rows are read when they are asked for (`StoredRows`).

    Only arrays with one row a clip are offered. No file, or one that is no archive, is no arrays at all; one
    that is not as the run left it is refused (`mer.core.finished_run.checked`).

    In memory are the rows read last, at most `KEPT_BYTES` of all arrays together, and of each array that was looked
    through the places from which its rows can be read: about 45 kB for each 256 kB of rows, at most 23 MB.

    Attributes:
        path: of the archive.
        misfits: names of arrays with another number of rows, and that number.
        kept: rows read last.
    """

    def __init__(self, path: Path, count: int) -> None:
        self.path, self.kept = path, Kept(KEPT_BYTES)
        members = archive_members(checked(path))
        shapes = {name: member.shape for name, member in members.items()}
        self.misfits = {name: shape[0] if shape else 0 for name, shape in shapes.items() if shape[:1] != (count,)}
        self._rows = {
            name: StoredRows(member, self.kept) for name, member in members.items() if name not in self.misfits
        }

    def __getitem__(self, name: str) -> Rows:
        """The array; reading from it raises `MissingPath` or `InputError` when the archive was deleted or broke since.

        Raises:
            KeyError: the run keeps none of that name.
        """
        return self._rows[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def read_ahead(self, names: Iterable[str] = OF_PICTURES) -> Thread:
        """Look through these arrays in the background, so that a clip far behind is as near as the first.

        What goes wrong there is said when such a clip is asked for.
        """

        def look() -> None:
            with suppress(InputError):
                for name in names:
                    for _ in self._rows[name].steps_ahead() if name in self._rows else ():
                        pass

        thread = Thread(target=look, name=f"rows of {self.path}", daemon=True)
        thread.start()
        return thread
