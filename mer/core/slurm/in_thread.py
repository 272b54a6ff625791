"""A call in a thread of this process that can be ended, as Ctrl-C ends what the main thread does.

A call that were left to itself would go on training, share torch's random numbers with whatever is run next, and write
the same files as the next start.
"""

import ctypes
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any


class InThread:
    """A call that begins at once.

    Args:
        call: without arguments.
    """

    def __init__(self, call: Callable[[], Any]) -> None:
        self._call = call
        self._value: Any = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        """Whether it is at an end."""
        return not self._thread.is_alive()

    def result(self) -> Any:
        """Wait for its end; what it returned.

        Raises:
            BaseException: what it raised.
        """
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._value

    def end(self) -> None:
        """Interrupt it, and wait until it is at an end: a step of it that is no Python is finished first."""
        number = self._thread.ident
        while not self.done and number is not None:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(number), ctypes.py_object(KeyboardInterrupt))
            self._thread.join(30)  # again after a while: a call may have caught the first

    def _run(self) -> None:
        with suppress(KeyboardInterrupt):  # one that comes after the end
            try:
                self._value = self._call()
            except BaseException as error:  # handed on by `result`
                self._error = error
