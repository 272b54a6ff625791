"""What a person sees while notebooks run in batch: one status line, the notebook's own progress bars, the time left.

In a terminal the last line is rewritten in place; in a log a line is printed every so often, so that it stays readable.
"""

import re
import shutil
import sys
import threading
import time
from types import TracebackType
from typing import TextIO

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
#: What tells a progress bar from other lines on standard error: "LOSO:  12%|█▏ ... | 3/24 [00:12<01:22, 4 s/fold]".
_BAR = re.compile(r"\d+%\|.*\||\d+\S* \[\d+:\d+")

#: How a line begins that a person must see though a notebook printed it (`mer.runs.session.RunSession.beware`).
BEWARE = "Beware: "


class Console:
    """Prints progress of a study to standard error.

    Args:
        stream: where to print; standard error by default.
        log_seconds: how often a running step says so when the output is no terminal.
        verbose: also print what the notebooks print.
    """

    def __init__(self, stream: TextIO | None = None, log_seconds: float = 20.0, verbose: bool = False) -> None:
        self._stream = stream if stream is not None else sys.stderr
        self._terminal = self._stream.isatty()
        self._log_seconds = log_seconds
        self._verbose = verbose
        self._lock = threading.RLock()
        self._title = ""
        self._detail = ""
        self._started = self._printed = time.monotonic()
        self._expected: float | None = None
        self._stop: threading.Event | None = None
        self._ticker: threading.Thread | None = None

    def line(self, text: str) -> None:
        """A line that stays."""
        with self._lock:
            self._write(f"\r\x1b[K{text}\n" if self._terminal else f"{text}\n")

    def step(self, title: str, expected_seconds: float | None = None) -> "Console":
        """Begin a step; used as a context manager, the status line lives inside the block."""
        self._title, self._detail, self._expected = title, "", expected_seconds
        self._started = self._printed = time.monotonic()
        return self

    def __enter__(self) -> "Console":
        stop = threading.Event()
        ticker = threading.Thread(target=self._tick, args=(stop,), daemon=True)
        self._stop, self._ticker = stop, ticker
        ticker.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stop is not None and self._ticker is not None:
            self._stop.set()
            self._ticker.join()
        if self._terminal:
            self._write("\r\x1b[K")

    def bar(self, text: str) -> None:
        """The latest state of a notebook's progress bar."""
        with self._lock:
            self._detail = text

    def output(self, text: str) -> None:
        """A line that a notebook printed; one that does not begin with `BEWARE` is shown by a verbose console only."""
        if self._verbose or text.startswith(BEWARE):
            self.line(f"    {text}")

    def status(self) -> str:
        """The status line as it stands."""
        elapsed = time.monotonic() - self._started
        text = f"{self._title} · {duration(elapsed)}"
        if self._expected is not None and elapsed < self._expected:
            text += f" of about {duration(self._expected)}"
        return f"{text} · {self._detail}" if self._detail else text

    def _tick(self, stop: threading.Event) -> None:
        while not stop.wait(0.5 if self._terminal else 1.0):
            with self._lock:
                if self._terminal:
                    width = shutil.get_terminal_size().columns
                    self._write(f"\r\x1b[K{self.status()[: width - 1]}")
                elif time.monotonic() - self._printed >= self._log_seconds:
                    self._printed = time.monotonic()
                    self._write(f"  {self.status()}\n")

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            pass  # a closed terminal must not end a run


class CellOutput:
    """File-like object that receives what a notebook prints and tells bars from lines."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._rest = ""

    def write(self, text: str) -> None:
        """Take a piece of output, in any portion."""
        pieces = re.split(r"([\r\n])", self._rest + _ESCAPES.sub("", text))
        self._rest = pieces.pop()
        for line in pieces[::2]:
            self._show(line)
        if _BAR.search(self._rest):  # a bar ends with nothing, the next one begins with a carriage return
            self._show(self._rest)

    def flush(self) -> None:
        """Nothing is held back that could be shown."""

    def _show(self, line: str) -> None:
        line = line.strip()
        if _BAR.search(line):
            self._console.bar(line)
        elif line:
            self._console.output(line)


def duration(seconds: float) -> str:
    """A duration for people: ``8 s``, ``3 min 20 s``, ``2 h 05 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
