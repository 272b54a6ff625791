"""``mer predict``: what the models of a run say of a video, a folder of frames, or two images."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mer.core.rounded import rounded

if TYPE_CHECKING:
    from mer.evaluation.own_clip import OwnExplanation
    from mer.training.predict import ClipPrediction


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
    from mer.cli.predict_checks import check_asked

    check_asked(asked)
    from mer.evaluation.corrected_since import corrected_since_words
    from mer.evaluation.data_terms import prediction_terms
    from mer.evaluation.own_clip import explain_prediction, prediction_caveats
    from mer.training.predict import predict_clip, read_own_clip, with_apex_moved
    from mer.training.run_models import open_models

    models = open_models(asked.run)
    if asked.person is not None:
        models = models.that_held_out(asked.person)
    images = (asked.clip,) if asked.apex_image is None else (asked.clip, asked.apex_image)
    terms = prediction_terms(models.folder, *images)
    clip = read_own_clip(models, asked.clip, asked.apex_image, asked.detector, asked.onset, asked.offset)
    found = with_apex_moved(predict_clip(models, clip, asked.apex))
    explanation = explain_prediction(found, gradients=asked.out is not None)
    older = corrected_since_words(models.folder)
    caveats = prediction_caveats(found, asked.detector) + [older] * bool(older)
    about = _about(found, explanation, caveats) | {"terms": terms}
    written = _write(found, explanation, caveats, about, asked.out) if asked.out is not None else ""
    if as_json:
        return json.dumps(about, indent=2, ensure_ascii=False)
    return "\n".join([*_lines(found, explanation, caveats), *filter(None, [terms, written])])


def _about(found: "ClipPrediction", explanation: "OwnExplanation", caveats: list[str]) -> dict[str, Any]:
    """Everything as plain values, the best class first."""
    from mer.evaluation.own_clip import motion_words

    facts = found.models.facts
    ranked = dict(sorted(found.pair.scores.items(), key=lambda item: -item[1]))
    return {
        "clip": found.clip.name,
        "predicted": found.pair.predicted,
        "scores": ranked,
        "spread": {name: list(found.pair.spread[name]) for name in ranked},
        "models": found.pair.models,
        "models_that_agree": found.pair.agreeing,
        "person": found.models.person,
        "models_left_out": found.models.left_out,
        "run": str(found.models.folder),
        "epoch_rule": facts.epoch_rule,
        "trained_on": facts.database,
        "trained_on_synthetic": facts.synthetic,
        "onset": found.onset,
        "apex": found.apex,
        "apex_source": found.apex_source,
        "offset": found.offset,
        "apex_moved": _moved(found),
        "explained_class": explanation.target,
        "log_odds_lost_by_region": explanation.regions,
        "log_odds_lost_by_region_spread": {name: list(span) for name, span in explanation.spread.items()},
        "models_explained": explanation.models,
        "motion": motion_words(found),
        "caveats": caveats,
    }


def _lines(found: "ClipPrediction", explanation: "OwnExplanation", caveats: list[str]) -> list[str]:
    from mer.evaluation.own_clip import models_words, motion_words, person_words, vote_words

    pair, facts = found.pair, found.models.facts
    width = max(12, *(len(name) for name in pair.scores))
    lines = []
    for name, score in sorted(pair.scores.items(), key=lambda item: -item[1]):
        low, high = pair.spread[name]
        lines.append(
            f"{name:<{width}} {score:.2f}   ({low:.2f} to {high:.2f})"
            if pair.models > 1
            else f"{name:<{width}} {score:.2f}"
        )
    rule = f" (epoch rule {facts.epoch_rule})" if facts.epoch_rule else ""
    if pair.models > 1:
        lines.append(
            f"{models_words(pair.models).capitalize()} of {found.models.folder}{rule}, lowest to highest in brackets;"
        )
        lines.append(f"{vote_words(found)}.")
    else:
        lines.append(f"The model of {found.models.folder}{rule} that never saw {found.models.held_out[0]}.")
    lines.append(person_words(found.models))
    span = "two images" if found.clip.pair else f"frames {found.onset} (onset) to {found.offset} (offset)"
    lines.append(f"Clip: {found.clip.name}, {span}; apex: {found.apex_words}.")
    lines += _moved_lines(found) + motion_words(found)
    return lines + _occlusion(explanation) + [f"Beware: {sentence}" for sentence in caveats]


def _moved(found: "ClipPrediction") -> dict[str, Any] | None:
    """Scores with the apex at other frames as plain values; None of two images and where nothing moves."""
    moved = found.moved
    if moved is None:
        return None
    columns = zip(moved.classes, moved.scores.T.tolist(), strict=True)
    return {
        "frames": list(moved.frames),
        "predicted": list(moved.predicted),
        "scores": dict(columns),
        "class_stays": moved.stays,
        "words": moved.words,
    }


def _moved_lines(found: "ClipPrediction") -> list[str]:
    """A row a class of its scores with the apex at other frames, the chosen one in brackets, and a sentence."""
    moved = found.moved
    if moved is None:
        return []
    heads = [f"[{frame}]" if frame == moved.chosen else f"{frame} " for frame in moved.frames]
    wide, width = max(5, *(len(head) for head in heads)), max(12, *(len(name) for name in moved.classes))
    rows = [("apex at frame", heads)]
    rows += [(name, [f"{score:.2f} " for score in moved.scores[:, k]]) for k, name in enumerate(moved.classes)]
    lines = [f"Apex moved: to {moved.which} (the prediction's in brackets)."]
    lines += [f"  {name:<{width + 1}}" + "".join(f" {cell:>{wide}}" for cell in cells) for name, cells in rows]
    return [*lines, moved.words]


def _occlusion(explanation: "OwnExplanation") -> list[str]:
    """Losses of all nine boxes, the largest first, each with its range over the models."""
    from mer.evaluation.own_clip import OCCLUSION_CAVEAT, models_words
    from mer.face.regions import REGION_MEANINGS

    many = explanation.models > 1
    whose = models_words(explanation.models) + ", lowest to highest in brackets" * many
    lines = [f"Log-odds of {explanation.target} lost when a box is held still ({whose}):"]
    for box, loss in explanation.regions.items():
        low, high = explanation.spread[box]
        span = f"   ({rounded(low):+.2f} to {rounded(high):+.2f})" if many else ""
        lines.append(f"  {box:<2} {rounded(loss):+.2f}{span}   {REGION_MEANINGS[box]}")
    return [*lines, f"Beware: {OCCLUSION_CAVEAT}"]


def _write(
    found: "ClipPrediction", explanation: "OwnExplanation", caveats: list[str], about: dict[str, Any], out: Path
) -> str:
    """Figure, numbers, JSON and terms into a folder; a sentence on what was written."""
    from mer.core.files import write_json, write_text
    from mer.evaluation.data_terms import TERMS_FILE
    from mer.figures.own_clip import own_clip_alt, own_clip_caption, own_clip_figure
    from mer.figures.own_clip_tables import own_clip_tables
    from mer.figures.save import write_figure

    files = write_figure(
        own_clip_figure(found, explanation),
        "prediction",
        out / "figures",
        {
            "title": f"What the models say of {found.clip.name}",
            "caption": " ".join([own_clip_caption(found, explanation), *caveats, about["terms"]]).strip(),
            "alt": own_clip_alt(found),
            "terms": about["terms"],
        },
        own_clip_tables(found, explanation),
    )
    if about["terms"]:
        write_text(out / TERMS_FILE, about["terms"] + "\n")
    write_json(out / "prediction.json", about)
    return f"Figure and numbers: {files.png.parent}; scores: {out / 'prediction.json'}"
