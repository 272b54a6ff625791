"""What ``mer stream`` says when it is done: as plain values, and as sentences."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mer.training.stream import StreamConfig

if TYPE_CHECKING:
    from mer.face.stream_source import StreamSource
    from mer.training.run_models import RunModels
    from mer.training.stream import Streamed


#: Share of the stream's frames a second below which a machine does not keep up: the last answers take a moment.
_KEEPS_UP = 0.9


def about_stream(
    found: "Streamed", source: "StreamSource", models: "RunModels", of_run: "RunModels", caveats: list[str]
) -> dict[str, Any]:
    """Everything but the table as plain values; delay and late answers only where it was played in real time.

    Args:
        found: what became of the stream.
        source: it.
        models: that were asked.
        of_run: all models of the run.
        caveats: from `stream_caveats`.
    """
    table = found.table
    known = table[table["predicted"] != ""]
    return {
        "clip": source.name,
        "run": str(models.folder),
        "models": len(models),
        "models_of_run": len(of_run),
        "person": models.person,
        "models_left_out": models.left_out,
        "epoch_rule": models.facts.epoch_rule,
        "trained_on": models.facts.database,
        "trained_on_synthetic": models.facts.synthetic,
        "fps": source.fps,
        "fps_from": source.fps_from,
        "frames": len(table),
        "predicted_frames": len(known),
        "share_of_frames": {name: round(float((known["predicted"] == name).mean()), 4) for name in models.classes},
        "frames_a_second": round(found.frames_a_second, 2),
        "model_ms_median": round(float(known["model_ms"].median()), 2),
        "interrupted": found.interrupted,
        "real_time": found.real_time,
        **(_timeliness(found) if found.real_time else {}),
        "gaps": [
            {
                "from_frame": named(source, first),
                "to_frame": named(source, last),
                "from_s": round(first / source.fps, 4),
                "to_s": round((last + 1) / source.fps, 4),
                "fault": fault,
            }
            for first, last, fault in found.gaps
        ],
        "caveats": caveats,
    }


def _timeliness(found: "Streamed") -> dict[str, Any]:
    delays = found.table.loc[found.table["predicted"] != "", "delay_ms"]
    return {
        "late": found.late,
        "late_after_ms": 1000 * StreamConfig.late_s,
        "delay_ms_median": round(float(delays.median()), 1),
        "delay_ms_largest": round(float(delays.max()), 1),
    }


def named(source: "StreamSource", frame: int) -> int:
    """The number in a frame's file name, of a folder; of a video its place."""
    return frame if source.numbers is None else source.numbers[frame]


def stream_lines(about: dict[str, Any], source: "StreamSource", models: "RunModels") -> list[str]:
    """The same for a person."""
    from mer.evaluation.own_clip import person_words

    shares = ", ".join(f"{name} {100 * share:.0f} %" for name, share in about["share_of_frames"].items())
    rule = f" (epoch rule {about['epoch_rule']})" if about["epoch_rule"] else ""
    lines = [
        f"{about['clip']}: {about['frames']} frames, {about['predicted_frames']} of them predicted by "
        f"{models_asked(about)} of {about['run']}{rule}.",
        "Person: none named, so taken as unknown to the run." if models.person is None else person_words(models),
        f"Class with the highest score, share of the predicted frames: {shares}.",
        f"Speed: {about['frames_a_second']:.1f} frames a second on this machine; the stream has {about['fps']:g} "
        f"({source.fps_words}).",
    ]
    if about["real_time"]:
        lines.append(
            f"In real time: {about['late']} of {about['predicted_frames']} answers came more than "
            f"{about['late_after_ms']:.0f} ms late, none left out; delay {about['delay_ms_median']:.0f} ms (median), "
            f"{about['delay_ms_largest']:.0f} ms (largest)."
        )
        if about["frames_a_second"] < _KEEPS_UP * about["fps"]:
            fewer = ": ask fewer models (--models)" if about["models"] > 1 else ""
            lines.append(f"This machine does not keep up with the stream{fewer}.")
    looked = f"looked for every {StreamConfig().in_frames(about['fps'])[1] / about['fps']:.2g} s"
    lines += [
        f"No face ({looked}): {one['from_s']:.1f} to {one['to_s']:.1f} s. {one['fault']}" for one in about["gaps"]
    ]
    return [*lines, *(f"Beware: {sentence}" for sentence in about["caveats"]), *filter(None, [about.get("terms")])]


def onset_age(fps: float) -> str:
    """How long before a frame its onset lies, in words."""
    lag, renew = StreamConfig().in_frames(fps)
    least, most = (f"{frames / fps:.2g}" for frames in (lag, lag + renew - 1))
    return f"{least} s" if least == most else f"{least} to {most} s"


def models_asked(about: dict[str, Any]) -> str:
    """How many of the run's models: ``1 of the 24 models``, or ``the mean of all 24 models``."""
    asked, there = about["models"], about["models_of_run"]
    if there == 1:
        return "the one model"
    if asked == 1:
        return f"1 of the {there} models"
    return f"the mean of all {there} models" if asked == there else f"the mean of {asked} of the {there} models"


def stream_caveats(source: "StreamSource", models: "RunModels", of_run: "RunModels", detector: str) -> list[str]:
    """Sentences that a reader needs to judge the scores: about the models first, then about the clip.

    Those that `mer predict` has too are the same here.
    """
    from mer.evaluation.corrected_since import corrected_since_words
    from mer.evaluation.own_clip import model_caveats, recording_caveats

    said = model_caveats(models, detector)
    noted = source.noted
    if noted is not None and noted.person in of_run.people and noted.person != models.person:
        said.append(
            f"By {noted.where} this is {noted.person}, and the run was trained on a person of this name: "
            f"--person {noted.person} asks the one model that never saw them."
        )
    elif models.person is None:
        said.append("Of one of these people --person DATABASE/SUBJECT asks the one model that never saw them.")
    said.append("There is no class for a face at rest: a score is what the models make of whatever moves.")
    known = 0.0 if source.fps_from == "assumed" else source.fps
    said += source.caveats + recording_caveats(replace(source.header, fps=known))
    older = corrected_since_words(models.folder)
    return said + [older] * bool(older)
