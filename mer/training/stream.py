"""A prediction for every frame of a stream, while it runs: one thread reads and aligns, another asks the models.

Both work at once and meet in a queue of bounded length. The models are asked about all frames that wait and share an
onset together, so that what falls behind catches up; no frame is left out. Of a stream that is played in real time it
is counted how many answers came late.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Any

import numpy as np
import pandas as pd
import torch

from mer.core.limits import check_limits
from mer.face.landmarks import LandmarkDetector
from mer.face.running_onset import RunningOnset, StreamFrame
from mer.models.frl_dgt import FRLDGT
from mer.training.recognise import probabilities


@dataclass(frozen=True)
class StreamConfig:
    """How a stream is read.

    Attributes:
        lag_s: least age of an onset in seconds. Unstated; see `mer.face.running_onset`.
        renew_s: seconds from one look for the face to the next, so that an onset is at most ``lag_s + renew_s`` old,
            which is below the 0.5 s that a micro-expression may last. Unstated.
        together: frames that the models are asked about at once, at most.
        waiting: frames that may wait for the models; the reader waits when there are so many.
        late_s: an answer that comes later than this after its frame is late: people notice a delay of 0.1 s.
    """

    lag_s: float = 0.25
    renew_s: float = 0.2
    together: int = 4
    waiting: int = 8
    late_s: float = 0.1

    def __post_init__(self) -> None:
        """Check the values."""
        check_limits(self, {"lag_s": (0.001, 60), "renew_s": (0.001, 60), "together": (1, None), "waiting": (1, None)})


@dataclass(frozen=True, eq=False)
class Streamed:
    """What became of a stream.

    Attributes:
        table: one row a frame, in order: ``frame``, ``time_s`` in the stream, ``onset`` (frame number),
            ``score_<class>`` for each class (mean over the models), ``predicted``, ``model_ms`` (of the models, a
            frame), ``delay_ms`` (from the frame's being there to its answer), ``late``, ``fault`` (why there is none).
        seconds: from the first frame's being asked for to the last answer.
        real_time: it was played at its own pace.
    """

    table: pd.DataFrame
    seconds: float
    real_time: bool

    @property
    def frames_a_second(self) -> float:
        """Frames that were read, and predicted where there was a face, in a second."""
        return len(self.table) / max(self.seconds, 1e-9)

    @property
    def gaps(self) -> list[tuple[int, int, str]]:
        """Runs of frames without a face: number of the first and the last of them, and what was wrong."""
        faulty = self.table["fault"] != ""
        run = (faulty != faulty.shift()).cumsum()[faulty]
        found = self.table[faulty].groupby(run)
        return [(int(rows["frame"].iloc[0]), int(rows["frame"].iloc[-1]), rows["fault"].iloc[0]) for _, rows in found]

    @property
    def late(self) -> int:
        """Answers that came late; none where the stream was not played in real time."""
        return int(self.table["late"].sum())


@dataclass(frozen=True, eq=False)
class _Arrived:
    frame: StreamFrame
    due: float


def predict_stream(
    frames: Iterable[np.ndarray],
    fps: float,
    models: list[FRLDGT],
    classes: tuple[str, ...],
    detector: LandmarkDetector,
    size: int,
    config: StreamConfig | None = None,
    real_time: bool = False,
    seen: Callable[[dict[str, Any]], None] | None = None,
) -> Streamed:
    """Ask models about every frame of a stream against its running onset.

    Args:
        frames: uint8, RGB, (height, width, 3) each; read by a thread of its own.
        fps: frames a second of the stream.
        models: asked one after the other, their probabilities averaged; best in the form for inference.
        classes: names, in the order of the scores.
        detector: finds the face; used by the reading thread only.
        size: pixels a side of the aligned faces that the models see.
        config: how.
        real_time: wait for each frame until it is due, as a camera does.
        seen: called with each row of the table as soon as it is there.

    Raises:
        InputError: a frame cannot be read or differs in size.
    """
    config = config or StreamConfig()
    lag, renew = (max(1, round(seconds * fps)) for seconds in (config.lag_s, config.renew_s))
    onsets = RunningOnset(detector, size, models[0].config.image_channels, lag, renew)
    _warm_up(models, size, config.together)
    reader = _Reader(frames, onsets, fps, config.waiting, real_time)
    rows: list[dict[str, Any]] = []
    start = time.perf_counter()
    try:
        for group in _groups(reader, config.together):
            for row in _rows(group, models, classes, fps):
                rows.append(row | {"late": real_time and float(row["delay_ms"]) > 1000 * config.late_s})
                if seen is not None:
                    seen(rows[-1])
    finally:
        reader.stop()
    return Streamed(pd.DataFrame(rows, columns=_columns(classes)), time.perf_counter() - start, real_time)


class _Reader:
    """Reads and aligns frames in a thread of its own."""

    def __init__(
        self, frames: Iterable[np.ndarray], onsets: RunningOnset, fps: float, waiting: int, real_time: bool
    ) -> None:
        self._frames, self._onsets, self._step = frames, onsets, 1 / fps if real_time else 0.0
        self._done: Queue[_Arrived | BaseException | None] = Queue(waiting)
        self._stopped = Event()
        self._thread = Thread(target=self._work, name="stream", daemon=True)
        self._thread.start()

    def next(self) -> _Arrived | None:
        """The next frame, waited for; None after the last one."""
        item = self._done.get()
        if isinstance(item, BaseException):
            raise item
        return item

    def ready(self) -> _Arrived | None:
        """The next frame if it is there already."""
        try:
            item = self._done.get_nowait()
        except Empty:
            return None
        if isinstance(item, _Arrived):
            return item
        self._done.put(item)  # the end, or a fault: for `next` to tell
        return None

    def stop(self) -> None:
        """End the thread."""
        self._stopped.set()
        self._thread.join(timeout=10)

    def _work(self) -> None:
        try:
            start = time.perf_counter()
            for number, image in enumerate(self._frames):
                due = start + number * self._step if self._step else time.perf_counter()
                if (early := due - time.perf_counter()) > 0 and self._stopped.wait(early):
                    return
                if not self._put(_Arrived(self._onsets.take(image), due)):
                    return
            self._put(None)
        except BaseException as error:  # also a bug's: the thread that takes the frames must hear of it
            self._put(error)

    def _put(self, item: _Arrived | BaseException | None) -> bool:
        while not self._stopped.is_set():
            try:
                self._done.put(item, timeout=0.2)
                return True
            except Full:
                continue
        return False


@torch.inference_mode()
def _warm_up(models: list[FRLDGT], size: int, together: int) -> None:
    """Ask about nothing before the stream begins: the first answers of a process take a second."""
    blank = np.zeros((together, size, size, models[0].config.image_channels), np.uint8)
    boxes = np.tile(np.array([0.25, 0.25, 0.75, 0.75], np.float32), (9, 1))
    for model in models:
        for count in (1, together):
            probabilities(model, blank[:1], blank[:count], boxes)


def _groups(reader: _Reader, most: int) -> Iterator[list[_Arrived]]:
    """Frames in order: those that wait and share an onset as one group."""
    held: _Arrived | None = None
    while (first := held or reader.next()) is not None:
        group, held = [first], None
        while len(group) < most and first.frame.onset is not None and (other := reader.ready()) is not None:
            if other.frame.onset is not first.frame.onset:
                held = other
                break
            group.append(other)
        yield group


def _rows(
    group: list[_Arrived], models: list[FRLDGT], classes: tuple[str, ...], fps: float
) -> Iterator[dict[str, Any]]:
    onset, begun = group[0].frame.onset, time.perf_counter()
    scores = np.full((len(group), len(classes)), np.nan, np.float32)
    if onset is not None:
        apexes = np.stack([one.frame.aligned for one in group])  # type: ignore[misc]
        with torch.inference_mode():
            answers = [probabilities(model, onset.aligned[None], apexes, onset.boxes) for model in models]
        scores = np.mean(answers, axis=0)
    done = time.perf_counter()
    for one, found in zip(group, scores, strict=True):
        yield {
            "frame": one.frame.number,
            "time_s": one.frame.number / fps,
            "onset": None if onset is None else onset.number,
            **{f"score_{name}": float(value) for name, value in zip(classes, found, strict=True)},
            "predicted": "" if onset is None else classes[int(found.argmax())],
            "model_ms": 1000 * (done - begun) / len(group),
            "delay_ms": 1000 * (done - one.due),
            "fault": one.frame.fault,
        }


def _columns(classes: tuple[str, ...]) -> list[str]:
    scores = [f"score_{name}" for name in classes]
    return ["frame", "time_s", "onset", *scores, "predicted", "model_ms", "delay_ms", "late", "fault"]
