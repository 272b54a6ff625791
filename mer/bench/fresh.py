"""Time and memory of a piece of work in a process of its own, so that nothing of what ran before counts.

``python -m mer.bench.fresh module:function '{"name": value}'`` imports the module, calls the function with the
arguments, and measures the call that it returns: imports and preparation do not count.
"""

import gc
import importlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mer.core.errors import InputError

#: The line of the child's output that holds what was measured.
_MARK = "mer-bench-cost: "
_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@dataclass(frozen=True)
class Cost:
    """What a piece of work took.

    Attributes:
        seconds: by the wall.
        processor: seconds that the processor's cores spent on it, hardly changed by what else the machine does.
        resident_mb: largest resident memory of the process, MiB: memory-mapped pages that were touched count, which the
            system takes back when others need room.
        anonymous_mb: largest memory of its own, MiB, which nobody takes back; looked at every few milliseconds.
        before_mb: memory of its own before the call: Python and packages.
        returned: what the call returned.
    """

    seconds: float
    processor: float
    resident_mb: float
    anonymous_mb: float
    before_mb: float
    returned: Any


def in_fresh_process(
    function: str, arguments: Mapping[str, Any], environment: Mapping[str, str] | None = None, repeats: int = 1
) -> list[Cost]:
    """Measure ``function`` in a new process.

    Args:
        function: ``module:name``; called with the arguments it returns a call without arguments, which is measured.
        arguments: as JSON can hold them.
        environment: variables beside those of this process.
        repeats: times that the call is made in that process, measured each: the first is cold.

    Raises:
        InputError: the process failed; the message ends in what it said last.
    """
    command = [sys.executable, "-m", "mer.bench.fresh", function, json.dumps(dict(arguments)), str(repeats)]
    variables = {**os.environ, "MER_PROGRESS": "0", "OMP_NUM_THREADS": "1", **(environment or {})}
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    found = [line.removeprefix(_MARK) for line in done.stdout.splitlines() if line.startswith(_MARK)]
    if done.returncode or not found:
        raise InputError(f"{function} failed in a process of its own: {done.stderr.strip()[-2000:]}")
    return [Cost(**one) for one in json.loads(found[-1])]


def in_this_process(
    function: str, arguments: Mapping[str, Any], environment: Mapping[str, str] | None = None, repeats: int = 1
) -> list[Cost]:
    """The same here and now: quick, and its memory tells nothing."""
    before = {name: os.environ.get(name) for name in environment or {}}
    os.environ.update(environment or {})
    try:
        return _costs(function, arguments, repeats)
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def measured(call: Callable[[], Any]) -> Cost:
    """Time and memory of one call in this process."""
    gc.collect()
    _reset_peak()
    before = _status("RssAnon")
    with _largest() as largest:
        start, worked = time.perf_counter(), time.process_time()
        returned = call()
        seconds, worked = time.perf_counter() - start, time.process_time() - worked
    return Cost(seconds, worked, max(_status("VmHWM"), _status("VmRSS")), max(largest[0], before), before, returned)


def _status(name: str) -> float:
    """A line of the system's report on this process, MiB; without such a report all resident memory."""
    try:
        lines = _STATUS.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:"))
    except (OSError, StopIteration, ValueError):
        import psutil

        return psutil.Process().memory_info().rss / 2**20


def _reset_peak() -> None:
    try:
        _RESET.write_text("5", encoding="ascii")  # the largest resident memory so far is forgotten
    except OSError:
        return


@contextmanager
def _largest() -> Iterator[list[float]]:
    found, ended = [0.0], threading.Event()

    def look() -> None:
        while True:
            found[0] = max(found[0], _status("RssAnon"))
            if ended.wait(0.004):
                return

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield found
    finally:
        found[0] = max(found[0], _status("RssAnon"))
        ended.set()
        watcher.join()


def _costs(function: str, arguments: Mapping[str, Any], repeats: int) -> list[Cost]:
    module, _, name = function.partition(":")
    call = getattr(importlib.import_module(module), name)(**arguments)
    return [measured(call) for _ in range(repeats)]


def main(arguments: list[str]) -> None:
    """Measure in this process and print it."""
    function, given, repeats = arguments
    costs = _costs(function, json.loads(given), int(repeats))
    print(_MARK + json.dumps([asdict(cost) for cost in costs]), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
