"""A video, frame by frame: how many frames a second are predicted, and how many answers come late in real time."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np

from mer.bench.compare import compare
from mer.bench.frame import Check, Measurement, Result
from mer.bench.options import Options
from mer.bench.pair import PLAIN, SHORT, trained_like
from mer.core.errors import InputError
from mer.datasets.synthetic.pairs import rendered_pairs
from mer.datasets.video import VideoFile
from mer.face.landmarks import LandmarkDetector, make_detector
from mer.models.configs import SIZE_OF, model_config
from mer.models.frl_dgt import FRLDGT
from mer.models.inference.model import for_inference
from mer.training.stream import Streamed, predict_stream

FPS = 30.0
TOLERANCE = 1e-4
_CLASSES = ("negative", "positive", "surprise")


def run(options: Options) -> Iterator[Result]:
    """A rendered video at 30 frames a second: decoded, aligned and predicted, by both forms of the model."""
    name, count = ("small", 12) if options.quick else ("paper", 150)
    size = SIZE_OF.get(name, 128)
    model = trained_like(FRLDGT(model_config(name)))
    forms = {PLAIN: model, SHORT: for_inference(model)}
    with TemporaryDirectory(prefix="mer-stream-") as folder:
        video, detector = write_video(Path(folder) / "stream.avi", count), make_detector("facemesh")
        note = f"configuration {name}, faces of {size} x {size}, video of 640 x 480, {count} frames"
        calls = {way: partial(_scores, video, form, detector, size) for way, form in forms.items()}
        timed = compare("a video, as fast as possible", calls, options, rounds=3, tolerance=TOLERANCE, note=note)
        yield timed
        for way in forms:
            aim = "frames" if way == SHORT else ""
            yield Measurement(f"{way}: frames predicted", 1000 * count / timed.ms(way), "a second", aim=aim, note=note)
        played = _watched(video, forms[SHORT], detector, size, real_time=True)
        unanswered = played.table[f"score_{_CLASSES[0]}"].isna()[1:].sum()
        yield Check("frames after the first without an answer, of all", float(unanswered), 0.0)  # none is quick work
        delays = played.table["delay_ms"][1:]
        yield Measurement("in real time: late answers", 100 * played.late / count, "% of frames", aim="late", note=note)
        yield Measurement("in real time: delay, median", float(delays.median()), "ms")
        yield Measurement("in real time: delay, largest", float(delays.max()), "ms")


def write_video(path: Path, count: int) -> Path:
    """A rendered face that comes and goes between onset and apex once a second: Motion JPEG, 640 x 480, 30 a second.

    Raises:
        InputError: no video can be written.
    """
    ((onset, apex),) = rendered_pairs(1)
    codec = cv2.VideoWriter.fourcc(*"MJPG")
    writer = cv2.VideoWriter(str(path), codec, FPS, onset.shape[1::-1])
    if not writer.isOpened():
        raise InputError(f"{path} cannot be written as a video by this OpenCV.")
    for number in range(count):
        share = 0.5 - 0.5 * np.cos(2 * np.pi * number / FPS)
        blend = cv2.addWeighted(onset, 1 - share, apex, share, 0)
        writer.write(cv2.cvtColor(blend, cv2.COLOR_RGB2BGR))
    writer.release()
    return path


def _watched(video: Path, model: FRLDGT, detector: LandmarkDetector, size: int, real_time: bool = False) -> Streamed:
    frames = VideoFile(video).in_order()
    return predict_stream(frames, FPS, [model], _CLASSES, detector, size, real_time=real_time)


def _scores(video: Path, model: FRLDGT, detector: LandmarkDetector, size: int) -> np.ndarray:
    return _watched(video, model, detector, size).table[[f"score_{name}" for name in _CLASSES]].to_numpy()
