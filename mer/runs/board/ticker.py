"""Calls a function every few seconds from the loop of a notebook's kernel, beside the cells and the widgets."""

import asyncio
from collections.abc import Callable


class Ticker:
    """A timer as a task of the running asyncio loop; without a loop (a plain script) it does nothing.

    The function itself runs in a thread, so that the kernel answers meanwhile. The next call comes when the one before
    is done, so a slow one is never called twice at once.
    """

    def __init__(self, tick: Callable[[], float]) -> None:
        """``tick`` returns the seconds until it wants to be called again."""
        self._tick = tick
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task | None = None

    @property
    def running(self) -> bool:
        """Whether it will call again."""
        return self._task is not None and not self._task.done()

    def start(self, seconds: float) -> bool:
        """Call for the first time in so many seconds; False where there is no loop."""
        try:
            self._loop = asyncio.get_running_loop()
        except RuntimeError:
            return False
        self._task = self._loop.create_task(self._run(seconds))
        return True

    def stop(self) -> None:
        """Call no more; may be called from any thread."""
        if self._task is not None and self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._task.cancel)

    async def _run(self, seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            seconds = await asyncio.to_thread(self._tick)
