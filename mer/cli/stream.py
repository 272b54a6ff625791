"""``mer stream``: what the models of a run say of every frame of a video or a folder, against a running onset."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mer.core.errors import InputError

if TYPE_CHECKING:
    from mer.training.run_models import RunModels

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
        fps: frames a second; None for what a database's table, or the video, notes.
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


def watch(watched: Watched, as_json: bool, tell: Callable[[str], None]) -> tuple[str, bool]:
    """Predict a stream. ``tell`` is called with what must be said while it runs.

    Returns:
        A summary for a person or as JSON, and whether it is of a part, for somebody pressed Ctrl-C.

    Raises:
        MissingPath: the clip or the run's weights are missing.
        InputError: a frame cannot be read, no frame shows a face, or the run's models cannot be asked about a stream.
    """
    from mer.cli.predict_checks import check_writable
    from mer.cli.stream_words import about_stream, stream_caveats, stream_lines
    from mer.cli.stream_write import write_stream
    from mer.core.progress import progress
    from mer.evaluation.data_terms import prediction_terms
    from mer.face.landmarks import ClipLandmarks, make_detector
    from mer.face.stream_source import open_stream
    from mer.models.inference.model import for_inference
    from mer.training.run_models import open_models
    from mer.training.stream import predict_stream

    source = open_stream(watched.clip, watched.fps)
    if watched.out is not None:
        check_writable(watched.out)
    of_run = open_models(watched.run)
    models = _chosen(of_run, watched)
    detector = make_detector(watched.detector)
    if isinstance(detector, ClipLandmarks):
        raise InputError("Landmarks from a file are those of a database's clips. Use the detector facemesh or dlib.")
    terms = prediction_terms(of_run.folder, watched.clip)  # before a stream is watched that would be lost
    found = predict_stream(
        progress(source.frames, "Watching", source.total, "frames"),
        source.fps,
        [for_inference(model) for model in models],
        models.classes,
        detector,
        models.size,
        real_time=watched.live,
        seen=_Alarm(tell, source.fps).see,
    )
    if (found.table["predicted"] == "").all():
        why = next(iter(found.table["fault"][found.table["fault"] != ""]), "it has fewer than two frames.")
        raise InputError(f"No frame of {source.name} could be predicted: {why}")
    caveats = stream_caveats(source, models, of_run, watched.detector)
    if found.interrupted:
        caveats.insert(0, f"Interrupted: this is of the first {len(found.table) / source.fps:.1f} s alone.")
    about = about_stream(found, source, models, of_run, caveats)
    about["terms"] = terms
    written = "" if watched.out is None else write_stream(found, source, about, watched.out)
    if as_json:
        return json.dumps(about, indent=2, ensure_ascii=False), found.interrupted
    return "\n".join([*stream_lines(about, source, models), *([written] if written else [])]), found.interrupted


def _chosen(models: "RunModels", watched: Watched) -> "RunModels":
    if models.magnify is not None and models.magnify.test != 1:
        raise InputError(
            f"The models of {watched.run} see magnified apexes (factor {models.magnify.test:g}), which takes too long "
            "for a stream. Give a run without magnification."
        )
    if watched.person is not None:
        if watched.models > 1:
            raise InputError(
                f"--models is {watched.models}, but --person asks the one model that never saw this person. "
                "Leave --models out."
            )
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
