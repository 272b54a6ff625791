"""``mer stream``: what the models of a run say of every frame of a video or a folder, against a running onset."""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mer.core.errors import InputError

if TYPE_CHECKING:
    from mer.training.run_models import RunModels
    from mer.training.stream import Streamed

#: Frames a second of what notes none, a folder of images for instance.
USUAL_FPS = 30.0
#: Seconds without a face after which it is said at once.
_WHILE = 1.0


@dataclass(frozen=True)
class Watched:
    """What is to be watched and how.

    Attributes:
        clip: video or folder of numbered images.
        run: folder of a finished run.
        models: how many of the run's models are asked, spread evenly; 0 for all.
        person: ``database/subject`` of the run's training data: only the model that never saw this person is asked.
        fps: frames a second; None for what the video notes.
        live: play it in real time.
        detector: finds the face.
        out: folder for table, figure and JSON; None writes nothing.
    """

    clip: Path
    run: Path
    models: int = 1
    person: str | None = None
    fps: float | None = None
    live: bool = False
    detector: str = "facemesh"
    out: Path | None = None


def watch(watched: Watched, as_json: bool, tell: Callable[[str], None]) -> str:
    """Predict a stream; a summary for a person or as JSON. ``tell`` is called with what must be said while it runs.

    Raises:
        MissingPath: the clip or the run's weights are missing.
        InputError: a frame cannot be read, no frame shows a face, or the run's models cannot be asked about a stream.
    """
    _let_idle_threads_sleep()
    from mer.cli.predict_checks import check_writable
    from mer.core.progress import progress
    from mer.datasets.image_folder import ImageFolder
    from mer.datasets.video import VideoFile
    from mer.datasets.video_header import video_header
    from mer.face.landmarks import ClipLandmarks, make_detector
    from mer.face.own_source import open_own
    from mer.models.inference.model import for_inference
    from mer.training.run_models import open_models
    from mer.training.stream import predict_stream

    if watched.fps is not None and not 1 <= watched.fps <= 1000:
        raise InputError(f"--fps is {watched.fps:g}; expected 1 to 1000 frames a second.")
    if watched.out is not None:
        check_writable(watched.out)
    source = open_own(watched.clip)
    models = _chosen(open_models(watched.run), watched)
    detector = make_detector(watched.detector)
    if isinstance(detector, ClipLandmarks):
        raise InputError("Landmarks from a file are those of a database's clips. Use the detector facemesh or dlib.")
    numbers: list[int] | None = None
    if isinstance(source, VideoFile):
        header = video_header(source.path)
        fps, total, frames = watched.fps or header.fps or USUAL_FPS, header.frames or None, source.in_order()
    elif isinstance(source, ImageFolder) and len(source.numbers) > 1:
        numbers = list(source.numbers)
        fps, total, frames = watched.fps or USUAL_FPS, len(numbers), source.read(numbers)
    else:
        raise InputError(f"{watched.clip} is no stream. Give a video, or a folder of numbered images.")
    alarm = _Alarm(tell, fps)
    found = predict_stream(
        progress(frames, "Watching", total, "frames"),
        fps,
        [for_inference(model) for model in models],
        models.classes,
        detector,
        models.size,
        real_time=watched.live,
        seen=alarm.see,
    )
    if (found.table["predicted"] == "").all():
        why = next(iter(found.table["fault"][found.table["fault"] != ""]), "it has fewer than two frames.")
        raise InputError(f"No frame of {watched.clip.name} could be predicted: {why}")
    about = _about(found, models, watched, fps)
    if watched.out is not None:
        _write(found, about, numbers, watched.out)
    if as_json:
        return json.dumps(about, indent=2, ensure_ascii=False)
    written = [f"Table, figure and summary: {watched.out}"] if watched.out is not None else []
    return "\n".join(_lines(found, about, fps) + written)


def _let_idle_threads_sleep() -> None:
    """Threads of torch that have nothing to do sleep after some 30 microseconds, unless the user says otherwise.

    By default they keep their core busy for milliseconds, which the thread that reads then lacks: on a machine that
    others use as well that took five times the processor's time of the answers themselves, and two thirds of the speed.
    To be called before torch is loaded, which reads it once.
    """
    if "torch" not in sys.modules and "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", "2000")


def _chosen(models: "RunModels", watched: Watched) -> "RunModels":
    if models.magnify is not None and models.magnify.test != 1:
        raise InputError(
            f"The models of {watched.run} see magnified apexes (factor {models.magnify.test:g}), which takes too long "
            "for a stream. Give a run without magnification."
        )
    if watched.person is not None:
        return models.that_held_out(watched.person)
    if not 0 <= watched.models <= len(models):
        raise InputError(f"--models is {watched.models}; {watched.run} has {len(models)} models (0 asks all of them).")
    count = watched.models or len(models)
    return models.some([k * len(models) // count for k in range(count)])


class _Alarm:
    """Says once when no face has been found for a while, and when one is there again."""

    def __init__(self, tell: Callable[[str], None], fps: float) -> None:
        self._tell, self._fps, self._without, self._said = tell, fps, 0, False

    def see(self, row: dict[str, Any]) -> None:
        if not row["fault"]:
            if self._said:
                self._tell(f"A face again at {row['time_s']:.1f} s.")
            self._without, self._said = 0, False
            return
        self._without += 1
        if self._without >= _WHILE * self._fps and not self._said:
            since = row["time_s"] - (self._without - 1) / self._fps
            self._tell(f"No face to work with since {since:.1f} s: {row['fault']}")
            self._said = True


def _about(found: "Streamed", models: "RunModels", watched: Watched, fps: float) -> dict[str, Any]:
    """The summary as plain values."""
    table = found.table
    known = table[table["predicted"] != ""]
    return {
        "clip": watched.clip.name,
        "run": str(models.folder),
        "models": len(models),
        "person": models.person,
        "trained_on_synthetic": models.facts.synthetic,
        "fps": fps,
        "frames": len(table),
        "predicted_frames": len(known),
        "share_of_frames": {name: round(float((known["predicted"] == name).mean()), 4) for name in models.classes},
        "frames_a_second": round(found.frames_a_second, 2),
        "real_time": found.real_time,
        "late": found.late,
        "delay_ms_median": round(float(known["delay_ms"].median()), 1),
        "delay_ms_largest": round(float(known["delay_ms"].max()), 1),
        "model_ms_median": round(float(known["model_ms"].median()), 2),
        "gaps": [{"from_frame": a, "to_frame": b, "fault": fault} for a, b, fault in found.gaps],
    }


def _lines(found: "Streamed", about: dict[str, Any], fps: float) -> list[str]:
    shares = ", ".join(f"{name} {100 * share:.0f} %" for name, share in about["share_of_frames"].items())
    which = "1 model" if about["models"] == 1 else f"the mean of {about['models']} models"
    lines = [
        f"{about['clip']}: {about['frames']} frames, {about['predicted_frames']} of them predicted by {which} of "
        f"{about['run']}.",
        f"Highest score, share of frames: {shares}.",
        f"{about['frames_a_second']:.1f} frames a second on this machine; the stream has {fps:g}.",
    ]
    if found.real_time:
        lines.append(
            f"In real time: {about['late']} answers late, none left out; delay {about['delay_ms_median']:.0f} ms "
            f"(median), {about['delay_ms_largest']:.0f} ms (largest)."
        )
    lines += [f"No face: {(a / fps):.1f} to {((b + 1) / fps):.1f} s. {fault}" for a, b, fault in found.gaps]
    return lines + [f"Beware: {sentence}" for sentence in _caveats(about)]


def _caveats(about: dict[str, Any]) -> list[str]:
    said = ["There is no class for a face at rest: a score is what the models make of whatever moves."]
    if about["trained_on_synthetic"]:
        said.insert(0, "The models were trained on synthetic faces: the scores say nothing about a real person.")
    return said


def _write(found: "Streamed", about: dict[str, Any], numbers: list[int] | None, out: Path) -> None:
    """Table, figure and JSON; frames of a folder by the numbers in their names."""
    from mer.core.files import write_json, write_text
    from mer.figures.save import save_figure
    from mer.figures.stream import stream_figure

    table = found.table.copy()
    if numbers is not None:
        for column in ("frame", "onset"):
            table[column] = [None if k is None or k != k else numbers[int(k)] for k in table[column]]
    table["onset"] = table["onset"].astype("Int64")
    title = f"{about['clip']}, frame by frame"
    save_figure(
        stream_figure(table, synthetic=about["trained_on_synthetic"], title=title),
        "stream",
        out,
        title=f"What the models say of {about['clip']}, frame by frame",
        caption=" ".join(
            [
                f"Scores of each frame against an onset that moves on with it (0.25 to 0.45 s before), "
                f"models asked: {about['models']} of {about['run']}.",
                *_caveats(about),
            ]
        ),
        alt=f"Scores of the classes over {len(table) / about['fps']:.1f} seconds; highest in shares of the frames: "
        + ", ".join(f"{name} {share:.2f}" for name, share in about["share_of_frames"].items()),
        data=table,
    )
    write_text(out / "stream.csv", table.to_csv(index=False))
    write_json(out / "stream.json", about)
