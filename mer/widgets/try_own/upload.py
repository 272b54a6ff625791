"""Files of the person's own machine, sent to the kernel piece by piece into a folder that goes away with the widget."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path, PureWindowsPath
from typing import Any

import anywidget
import traitlets

_STATIC = Path(__file__).parent / "static"


class Upload(anywidget.AnyWidget):
    """A file field; files can also be dropped on it.

    Attributes:
        label: its name.
        accept: kinds of files that the page offers, as of an HTML file field; others can be chosen all the same.
        most_files: that can be sent at once.
        most_bytes: of all files together; more are refused in the page, before anything is sent.
        disabled: whether none can be chosen.
        when_sent: called with the files' paths when all have arrived, sorted by name. When it returns True they are in
            use and those of before are removed; else both stay, as what was shown before may still be read.
        when_refused: called with the reason, a sentence with what to do.
    """

    _esm = _STATIC / "upload.js"
    _css = _STATIC / "upload.css"

    label = traitlets.Unicode("Upload").tag(sync=True)
    accept = traitlets.Unicode("").tag(sync=True)
    most_files = traitlets.Int(1).tag(sync=True)
    most_bytes = traitlets.Int(200_000_000).tag(sync=True)
    disabled = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self, when_sent: Callable[[list[Path]], object], when_refused: Callable[[str], object], **traits: Any
    ) -> None:
        self.when_sent, self.when_refused = when_sent, when_refused
        self._arrived: list[tempfile.TemporaryDirectory[str]] = []  # the last one used, and what came after it
        self._new: tempfile.TemporaryDirectory[str] | None = None  # of those that are on their way
        self._turn = -1
        self._paths: list[Path] = []
        self._left: list[int] = []
        super().__init__(**traits)
        self.on_msg(self._heard)

    def _heard(self, _widget: object, content: dict[str, Any], buffers: Sequence[Any]) -> None:
        kind = content.get("kind")
        if kind == "refused":
            self.when_refused(str(content.get("reason", "")))
        elif kind == "begin":
            self._begin(int(content["turn"]), [(str(name), int(size)) for name, size in content["files"]])
        elif content.get("turn") != self._turn:  # of files that were chosen before
            return
        elif kind == "piece":
            self._piece(int(content["file"]), buffers)
        elif kind == "end":
            self._end()

    def _begin(self, turn: int, files: list[tuple[str, int]]) -> None:
        """Make room for some files; those of an unfinished choice are removed."""
        self._turn = turn
        self._drop()
        sizes = [size for _, size in files]
        if len(files) > self.most_files or min(sizes, default=0) < 0 or sum(sizes) > self.most_bytes:
            return self._refuse(f"At most {self.most_files} files and {self.most_bytes // 10**6} MB can be sent.")
        try:
            self._new = tempfile.TemporaryDirectory(prefix="mer-upload-")
            self._paths = [Path(self._new.name) / _plain(name, place) for place, (name, _) in enumerate(files)]
            for path in self._paths:
                path.touch(exist_ok=False)
        except OSError as error:
            return self._refuse(f"The files cannot be kept here ({error.strerror or error}). Give a path instead.")
        self._left = sizes

    def _piece(self, place: int, buffers: Sequence[Any]) -> None:
        data = b"".join(bytes(buffer) for buffer in buffers)
        if not 0 <= place < len(self._left) or len(data) > self._left[place]:
            return self._refuse("The files changed while they were sent. Choose them again.")
        try:
            with open(self._paths[place], "ab") as stream:
                stream.write(data)
        except OSError as error:
            return self._refuse(f"{self._paths[place].name} cannot be written ({error.strerror or error}).")
        self._left[place] -= len(data)
        self.send({"kind": "arrived", "turn": self._turn})

    def _end(self) -> None:
        if any(self._left):
            return self._refuse("The files did not arrive whole. Choose them again.")
        self._turn = -1
        assert self._new is not None, "files end only after they began"
        self._arrived.append(self._new)
        self._new = None
        if self.when_sent(list(self._paths)) is True:
            while len(self._arrived) > 1:
                self._arrived.pop(0).cleanup()

    def _refuse(self, reason: str) -> None:
        """Say why, and tell the page, which would wait for pieces to arrive."""
        self.send({"kind": "refused", "turn": self._turn})
        self._turn = -1
        self._drop()
        self.when_refused(reason)

    def _drop(self) -> None:
        if self._new is not None:
            self._new.cleanup()
            self._new = None


def _plain(name: str, place: int) -> str:
    """A file name without folders, of a length that every system takes."""
    plain = PureWindowsPath(Path(name).name).name.lstrip(".").replace("\0", "").replace("|", "_") or f"file{place}"
    stem, suffix = Path(plain).stem[:80], Path(plain).suffix[:16]
    return f"{stem}{suffix}"
