"""A prediction for every frame of a stream, while it runs: one thread reads and aligns, the others ask the models.

Frames are independent of each other, so each core takes frames of its own: two threads that share the work of one frame
would mostly wait for each other. What falls behind catches up, for frames that wait and share an onset are asked about
together; no frame is left out. Of a stream that is played in real time it is counted how many answers came late.
"""

import math
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from queue import Queue
from threading import Semaphore
from typing import Any

import numpy as np
import pandas as pd
import torch

from mer.core.limits import check_limits
from mer.face.landmarks import LandmarkDetector
from mer.face.running_onset import RunningOnset
from mer.models.frl_dgt import FRLDGT
from mer.training.recognise import probabilities
from mer.training.stream_frames import Arrived, StreamFrames


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

    def in_frames(self, fps: float) -> tuple[int, int]:
        """Least age of an onset and distance of two looks for the face, in frames of a stream of ``fps`` a second.

        What falls between two frames makes an onset older rather than younger, and looks more frequent.
        """
        lag, renew = self.lag_s * fps, self.renew_s * fps
        return max(1, math.ceil(lag - 1e-6)), max(1, math.floor(renew + 1e-6))


@dataclass(frozen=True, eq=False)
class Streamed:
    """What became of a stream.

    Attributes:
        table: one row a frame, in order: ``frame``, ``time_s`` in the stream, ``onset`` (frame number),
            ``score_<class>`` for each class (mean over the models), ``predicted``, ``model_ms`` (of the models, a
            frame), ``delay_ms`` (from the frame's being there to its answer), ``late``, ``fault`` (why there is none).
        seconds: from the first frame's being asked for to the last answer.
        real_time: it was played at its own pace.
        interrupted: somebody stopped it (Ctrl-C): the table ends where it was.
    """

    table: pd.DataFrame
    seconds: float
    real_time: bool
    interrupted: bool = False

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

    Returns:
        What was found; after Ctrl-C as far as it came, so that a long stream is not lost.

    Raises:
        InputError: a frame cannot be read or differs in size.
        KeyboardInterrupt: before the first answer.
    """
    config = config or StreamConfig()
    onsets = RunningOnset(detector, size, models[0].config.image_channels, *config.in_frames(fps))
    rows: list[dict[str, Any]] = []
    interrupted = False
    with _one_core_each(partial(_warm_up, models, size, config.together)) as threads:
        start = time.perf_counter()
        source = StreamFrames(frames, onsets, fps if real_time else 0.0, config.waiting, config.together)
        try:
            with closing(_in_order(source, models, threads)) as answers:
                for answered in answers:
                    for row in _rows(answered, classes, fps):
                        late = row["predicted"] != "" and row["delay_ms"] > 1000 * config.late_s
                        rows.append(row | {"late": real_time and late})
                        if seen is not None:
                            seen(rows[-1])
        except KeyboardInterrupt:
            if not any(row["predicted"] for row in rows):
                raise
            interrupted = True
        if source.fault is not None:
            raise source.fault
    seconds = time.perf_counter() - start
    return Streamed(pd.DataFrame(rows, columns=_columns(classes)), seconds, real_time, interrupted)


@contextmanager
def _one_core_each(prepare: Callable[[], None]) -> Iterator[list[Executor]]:
    """As many threads as torch would share one product out to, each prepared, and each with a core's worth of torch."""
    count = torch.get_num_threads()
    with ExitStack() as stack:
        threads = [stack.enter_context(ThreadPoolExecutor(1, f"models {k}")) for k in range(count)]
        # What is set holds for the thread that sets it, and for threads that begin afterwards: so it is put back.
        for thread in threads:
            thread.submit(torch.set_num_threads, 1).result()
            stack.callback(thread.submit, torch.set_num_threads, count)
        for waited in [thread.submit(prepare) for thread in threads]:
            waited.result()
        yield list(threads)


@torch.inference_mode()
def _warm_up(models: list[FRLDGT], size: int, together: int) -> None:
    """Ask about nothing before the stream begins: the first answers of a process take a second."""
    blank = np.zeros((together, size, size, models[0].config.image_channels), np.uint8)
    boxes = np.tile(np.array([0.25, 0.25, 0.75, 0.75], np.float32), (9, 1))
    for model in models:
        for count in (1, together):
            probabilities(model, blank[:1], blank[:count], boxes)


@dataclass(frozen=True, eq=False)
class _Answered:
    """Frames that share an onset, scores (frames, classes; None where there is no onset), milliseconds a frame."""

    group: list[Arrived]
    scores: np.ndarray | None
    model_ms: float


def _in_order(source: StreamFrames, models: list[FRLDGT], threads: list[Executor]) -> Generator[_Answered]:
    """What the models say of all groups, in the order of the frames, while threads take group after group."""
    found: Queue[tuple[int, _Answered | BaseException] | None] = Queue()
    # Groups that are asked about or wait for one before them: so frames pile up in `source`, whose room is bounded.
    room = Semaphore(2 * len(threads))
    for thread in threads:
        thread.submit(_ask, source, models, found, room)
    early: dict[int, _Answered | BaseException] = {}
    working, following = len(threads), 0
    try:
        while working:
            item = found.get()
            if item is None:
                working -= 1
                continue
            early[item[0]] = item[1]
            while following in early:
                answered = early.pop(following)
                if isinstance(answered, BaseException):
                    raise answered
                yield answered
                room.release()
                following += 1
    finally:
        source.stop()  # nothing is left to take for a thread that waited for room
        room.release(len(threads))


def _ask(
    source: StreamFrames,
    models: list[FRLDGT],
    found: "Queue[tuple[int, _Answered | BaseException] | None]",
    room: Semaphore,
) -> None:
    """Take groups and ask about them until there is none."""
    while True:
        room.acquire()
        number, group = source.next_group()
        if not group:
            break
        try:
            found.put((number, _answered(group, models)))
        except BaseException as error:  # also a bug's: the thread that gives out the answers must hear of it
            found.put((number, error))
            break
    found.put(None)


@torch.inference_mode()
def _answered(group: list[Arrived], models: list[FRLDGT]) -> _Answered:
    onset, begun = group[0].frame.onset, time.perf_counter()
    if onset is None:
        return _Answered(group, None, 0.0)
    apexes = np.stack([one.frame.aligned for one in group])  # type: ignore[misc]
    scores = np.mean([probabilities(model, onset.aligned[None], apexes, onset.boxes) for model in models], axis=0)
    return _Answered(group, scores, 1000 * (time.perf_counter() - begun) / len(group))


def _rows(answered: _Answered, classes: tuple[str, ...], fps: float) -> Iterator[dict[str, Any]]:
    onset, done = answered.group[0].frame.onset, time.perf_counter()
    scores = np.full((len(answered.group), len(classes)), np.nan) if answered.scores is None else answered.scores
    for one, found in zip(answered.group, scores, strict=True):
        yield {
            "frame": one.frame.number,
            "time_s": one.frame.number / fps,
            "onset": None if onset is None else onset.number,
            **{f"score_{name}": float(value) for name, value in zip(classes, found, strict=True)},
            "predicted": "" if onset is None else classes[int(found.argmax())],
            "model_ms": answered.model_ms,
            "delay_ms": 1000 * (done - one.due),
            "fault": one.frame.fault,
        }


def _columns(classes: tuple[str, ...]) -> list[str]:
    scores = [f"score_{name}" for name in classes]
    return ["frame", "time_s", "onset", *scores, "predicted", "model_ms", "delay_ms", "late", "fault"]
