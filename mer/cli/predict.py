"""``mer predict``: what the models of a run say of a video, a folder of frames, or two images."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mer.core.errors import MissingPath

if TYPE_CHECKING:
    from mer.evaluation.own_clip import OwnExplanation
    from mer.training.predict import ClipPrediction

_REGIONS = 3  # that are named


@dataclass(frozen=True)
class Asked:
    """What is to be predicted and how.

    Attributes:
        clip: video, folder of numbered images, or the onset image.
        apex_image: the apex image; None for the others.
        run: folder of a finished run.
        onset, apex, offset: frame numbers; first, spotted and last by default.
        detector: finds the face.
        person: ``database/subject`` of the run's training data: only the model that never saw this person is asked.
        out: folder for figure and numbers; None writes nothing.
    """

    clip: Path
    apex_image: Path | None
    run: Path
    onset: int | None = None
    apex: int | None = None
    offset: int | None = None
    detector: str = "facemesh"
    person: str | None = None
    out: Path | None = None


def predict_files(asked: Asked, as_json: bool = False) -> str:
    """Class scores of a clip and what they rest on, for a person or as JSON.

    Raises:
        MissingPath: a file or the run's weights are missing.
        InputError: no face, several faces, images of different size, too many frames, or a run of other models.
    """
    for path in (asked.clip, asked.apex_image, asked.run):
        if path is not None and "|" not in str(path) and not path.exists():
            raise MissingPath(f"{path} does not exist.")
    from mer.evaluation.own_clip import explain_prediction, prediction_caveats
    from mer.training.predict import predict_clip, read_own_clip
    from mer.training.run_models import open_models

    models = open_models(asked.run)
    if asked.person is not None:
        models = models.that_held_out(asked.person)
    clip = read_own_clip(models, asked.clip, asked.apex_image, asked.detector, asked.onset, asked.offset)
    found = predict_clip(models, clip, asked.apex)
    explanation = explain_prediction(found, gradients=asked.out is not None)
    caveats = prediction_caveats(found, asked.detector)
    about = _about(found, explanation, caveats)
    written = _write(found, explanation, caveats, about, asked.out) if asked.out is not None else ""
    if as_json:
        return json.dumps(about, indent=2, ensure_ascii=False)
    return "\n".join(_lines(found, explanation, caveats) + [written] * bool(written))


def _about(found: "ClipPrediction", explanation: "OwnExplanation", caveats: list[str]) -> dict[str, Any]:
    """Everything as plain values, the best class first."""
    facts = found.models.facts
    ranked = dict(sorted(found.pair.scores.items(), key=lambda item: -item[1]))
    return {
        "clip": found.clip.name,
        "predicted": found.pair.predicted,
        "scores": ranked,
        "spread": {name: list(found.pair.spread[name]) for name in ranked},
        "models": found.pair.models,
        "models_that_agree": found.pair.agreeing,
        "run": str(found.models.folder),
        "epoch_rule": facts.epoch_rule,
        "trained_on": facts.database,
        "trained_on_synthetic": facts.synthetic,
        "onset": found.onset,
        "apex": found.apex,
        "apex_source": found.apex_source,
        "offset": found.offset,
        "explained_class": explanation.target,
        "loss_by_region": explanation.regions,
        "caveats": caveats,
    }


def _lines(found: "ClipPrediction", explanation: "OwnExplanation", caveats: list[str]) -> list[str]:
    from mer.face.regions import REGION_MEANINGS
    from mer.training.predict import APEX_WORDS

    pair, facts = found.pair, found.models.facts
    width = max(12, *(len(name) for name in pair.scores))
    lines = []
    for name, score in sorted(pair.scores.items(), key=lambda item: -item[1]):
        low, high = pair.spread[name]
        lines.append(
            f"{name:<{width}} {score:.3f}   ({low:.3f} to {high:.3f})" if pair.models > 1 else f"{name} {score:.3f}"
        )
    rule = f" (epoch rule {facts.epoch_rule})" if facts.epoch_rule else ""
    if pair.models > 1:
        lines.append(f"Mean of {pair.models} models of {found.models.folder}{rule}, lowest to highest in brackets;")
        lines.append(f"{pair.agreeing} of them put {pair.predicted} first.")
    else:
        lines.append(f"The model of {found.models.folder}{rule} that never saw {found.models.held_out[0]}.")
    span = "two images" if found.clip.pair else f"frames {found.onset} (onset) to {found.offset} (offset)"
    lines.append(f"Clip: {found.clip.name}, {span}; apex {found.apex}, {APEX_WORDS[found.apex_source]}.")
    strongest = [
        f"{box} ({REGION_MEANINGS[box]}) {loss:+.3f}"
        for box, loss in list(explanation.regions.items())[:_REGIONS]
        if loss > 0
    ]
    if strongest:
        lines.append(f"{explanation.target} loses most when this box is held still: {', '.join(strongest)}.")
    else:
        lines.append(f"{explanation.target} loses nothing when a single box of the face is held still.")
    return lines + [f"Beware: {sentence}" for sentence in caveats]


def _write(
    found: "ClipPrediction", explanation: "OwnExplanation", caveats: list[str], about: dict[str, Any], out: Path
) -> str:
    """Figure, numbers and JSON into a folder; a sentence on what was written."""
    from mer.core.files import write_json
    from mer.figures.own_clip import own_clip_alt, own_clip_caption, own_clip_figure, own_clip_tables
    from mer.figures.save import save_figure

    files = save_figure(
        own_clip_figure(found, explanation),
        "prediction",
        out,
        title=f"What the models say of {found.clip.name}",
        caption=" ".join([own_clip_caption(found, explanation), *caveats]),
        alt=own_clip_alt(found),
        data=own_clip_tables(found, explanation),
    )
    write_json(out / "prediction.json", about)
    return f"Figure and numbers: {files.png.parent}; scores: {out / 'prediction.json'}"
