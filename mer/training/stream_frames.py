"""The frames of a stream, read and aligned by a thread of its own, and handed out in groups to who asks."""

import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, Full, Queue
from threading import Event, Lock, Thread

import numpy as np

from mer.face.running_onset import RunningOnset, StreamFrame


@dataclass(frozen=True, eq=False)
class Arrived:
    """A frame, and when it was there (seconds of `time.perf_counter`)."""

    frame: StreamFrame
    due: float


class StreamFrames:
    """Frames in order, for any number of threads that ask.

    Attributes:
        fault: what went wrong while reading; None where nothing did. It is known when the last group has been taken.
    """

    fault: BaseException | None = None

    def __init__(
        self, frames: Iterable[np.ndarray], onsets: RunningOnset, fps: float, waiting: int, together: int
    ) -> None:
        """Begin to read.

        Args:
            frames: uint8, RGB, (height, width, 3) each.
            onsets: gives each frame its onset; used by the reading thread only.
            fps: frames a second at which they are due, as a camera's; 0 for as fast as they can be read.
            waiting: aligned frames that may wait; the reader waits when there are so many.
            together: frames of a group, at most.
        """
        self._frames, self._onsets, self._step, self._together = frames, onsets, 1 / fps if fps else 0.0, together
        self._done: Queue[Arrived | BaseException | None] = Queue(waiting)
        self._held: Arrived | None = None  # taken from the queue, of no group yet
        self._ended, self._taken = False, 0
        self._stopped, self._turn = Event(), Lock()
        self._thread = Thread(target=self._work, name="stream", daemon=True)
        self._thread.start()

    def next_group(self) -> tuple[int, list[Arrived]]:
        """The number of the next group, and its frames: those that wait and share an onset; no frame after the last.

        Waits for a frame. Who asks meanwhile gets the frames after it.
        """
        with self._turn:
            group: list[Arrived] = []
            while len(group) < self._together and (one := self._one(wait=not group)) is not None:
                if group and one.frame.onset is not group[0].frame.onset:
                    self._held = one
                    break
                group.append(one)
                if one.frame.onset is None:
                    break
            number, self._taken = self._taken, self._taken + bool(group)
            return number, group

    def stop(self) -> None:
        """End the reading thread; from now on there is no frame, also for who waits for one."""
        self._stopped.set()
        self._thread.join(timeout=10)
        with suppress(Empty):
            while True:
                self._done.get_nowait()
        self._done.put(None)

    def _one(self, wait: bool) -> Arrived | None:
        """The next frame; None after the last, and where none is there and none is waited for."""
        if self._stopped.is_set():
            return None
        if self._held is not None:
            one, self._held = self._held, None
            return one
        if self._ended:
            return None
        try:
            item = self._done.get(block=wait)
        except Empty:
            return None
        if isinstance(item, Arrived):
            return item
        self._ended, self.fault = True, item
        return None

    def _work(self) -> None:
        try:
            start = time.perf_counter()
            for number, image in enumerate(self._frames):
                due = start + number * self._step if self._step else time.perf_counter()
                if (early := due - time.perf_counter()) > 0 and self._stopped.wait(early):
                    return
                if not self._put(Arrived(self._onsets.take(image), due)):
                    return
            self._put(None)
        except BaseException as error:  # also a bug's: the threads that take the frames must hear of it
            self._put(error)

    def _put(self, item: Arrived | BaseException | None) -> bool:
        while not self._stopped.is_set():
            try:
                self._done.put(item, timeout=0.2)
                return True
            except Full:
                continue
        return False
