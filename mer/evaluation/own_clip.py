"""What the prediction of a clip of one's own rests on, as its models see it.

The scores are a mean over models, so what they rest on is one too: attributions and losses of log-odds are means
over the models, each explained with the displacement that it generates itself. Attributions then add up to the mean
log-odds over the models, less the convergence delta. Of a run with more than `MOST_MODELS` models that many are
explained, evenly spread from the one that believes least in the class to the one that believes most.
"""

from dataclasses import dataclass

import numpy as np
import torch

from mer.core.errors import InputError, nearest
from mer.core.progress import progress
from mer.datasets.video_header import VideoHeader
from mer.evaluation.attributions import Attribution, attribute_clips, occlusion_by_region
from mer.face.align import matrix_scale
from mer.face.regions import REGION_NAMES
from mer.face.single_clip import Bar
from mer.training.ask_models import pair_tensors, shown
from mer.training.device import one_thread
from mer.training.predict import FACE_PX, ClipPrediction
from mer.training.run_models import RunModels

#: Models that are explained; some 0.2 s each of the demo's.
MOST_MODELS = 24
#: What attributions start from, in words for a figure.
BASELINE = "the onset in place of the apex, without motion"
#: What a reader of losses by region must know.
OCCLUSION_CAVEAT = (
    "A box held still moves only as the head does (shift, turn, size); the motion that is left may be scaled anew, so "
    "a loss can be negative."
)

_TURNED, _ENLARGED, _LONG, _SLOW = 20.0, 1.5, 1.0, 60.0  # degrees, times, seconds, frames a second
_HARDLY = 0.1  # px of mean motion; of 180 rendered onset-apex pairs the least is 0.26, neighbouring frames have 0.06


@dataclass(frozen=True, eq=False)
class OwnExplanation:
    """What the prediction of one clip rests on.

    Attributes:
        target: class that is explained.
        models: how many were explained, of all that were asked.
        losses: float32, (models, 9), how far each model's log-odds of the class fall when a box moves only as the head
            does (`mer.evaluation.attributions.occlusion_by_region`); positive: the box speaks for the class.
        attribution: of one clip, mean over the models; None where only regions were asked for.
        delta: largest absolute convergence delta of the models; NaN without attribution.
    """

    target: str
    models: int
    losses: np.ndarray
    attribution: Attribution | None
    delta: float

    @property
    def regions(self) -> dict[str, float]:
        """Name of each box to the mean loss, the largest first."""
        means = self.losses.mean(axis=0)
        return {REGION_NAMES[k]: float(means[k]) for k in np.argsort(-means, kind="stable")}

    @property
    def spread(self) -> dict[str, tuple[float, float]]:
        """Name of each box to the least and the greatest loss of a model, in the order of `regions`."""
        low, high = self.losses.min(axis=0), self.losses.max(axis=0)
        places = {name: REGION_NAMES.index(name) for name in self.regions}
        return {name: (float(low[k]), float(high[k])) for name, k in places.items()}


def explain_prediction(
    found: ClipPrediction, target: str | None = None, gradients: bool = True, steps: int = 64, bar: Bar = progress
) -> OwnExplanation:
    """Explain a prediction by its own models.

    Args:
        found: the prediction.
        target: class to explain; the predicted one by default.
        gradients: also take integrated gradients (`mer.evaluation.attributions`), which needs Captum and takes longer.
        steps: of them.
        bar: shows progress.

    Raises:
        InputError: the class is none of the run's.
    """
    target = target or found.pair.predicted
    classes = list(found.models.classes)
    if target not in classes:
        raise InputError(f"{target!r} is not a class of {found.models.folder}. {nearest(target, classes)}")
    index = classes.index(target)
    models = found.models.some(_chosen(found.pair.by_model[:, index]))
    place = found.clip.place(found.apex)
    onset, apex, boxes = pair_tensors(found.clip.frames[0], found.clip.frames[place], found.clip.boxes)
    aim = torch.tensor([index])
    losses: list[np.ndarray] = []
    parts: list[Attribution] = []
    with one_thread("cpu"):
        for model, _, other, raw in bar(shown(models, onset, apex), "Explaining", len(models), "models"):
            losses.append(occlusion_by_region(model, onset, other, boxes, aim, raw=raw)[0].numpy())
            if gradients:
                parts.append(attribute_clips(model, onset, other, boxes, aim, steps))
    delta = max((float(np.abs(part.delta).max()) for part in parts), default=float("nan"))
    return OwnExplanation(target, len(models), np.stack(losses), _mean(parts, index) if parts else None, delta)


def prediction_caveats(found: ClipPrediction, detector: str = "") -> list[str]:
    """Sentences that a reader needs to judge a prediction: about the models first, then about the clip.

    Args:
        found: the prediction.
        detector: name of what found the face; empty passes over whether it is the run's own.
    """
    clip = found.clip
    said = model_caveats(found.models, detector)
    said += clip.doubts
    if found.apex_source == "middle":
        said.append("Nothing moves in this clip, so the scores are those of a face at rest.")
    elif (moved := float(np.hypot(*found.displacement_px).mean())) < _HARDLY:
        said.append(
            f"Hardly anything moves from onset to apex (on average {moved:.2f} px of a face of {FACE_PX} x {FACE_PX}). "
            "There is no class for a face at rest: the scores may be what the models make of noise."
        )
    yaw, _, roll = (float(angle) for angle in clip.pose)
    if abs(yaw) > _TURNED or abs(roll) > _TURNED:
        said.append(f"The head is turned (yaw {yaw:.0f}, roll {roll:.0f} degrees); the models know frontal faces.")
    if (scale := matrix_scale(clip.matrix)) > _ENLARGED:
        said.append(f"The face is small: it was enlarged {scale:.1f} times, so fine motion may be lost.")
    count, fps = len(clip.numbers), clip.header.fps
    if fps and (count - 1) / fps > _LONG:
        said.append(
            f"The clip lasts {(count - 1) / fps:.1f} s, a micro-expression up to 0.5 s: choose onset and offset "
            "around one."
        )
    return said + recording_caveats(clip.header)


def model_caveats(models: RunModels, detector: str = "") -> list[str]:
    """Sentences that a reader needs to judge what models say of anybody's face.

    Args:
        models: that are asked.
        detector: name of what finds the face; empty passes over whether it is the run's own.
    """
    facts, said = models.facts, []
    if facts.synthetic:
        said.append("The models were trained on synthetic faces: the scores say nothing about a real person.")
    if models.person is None:
        rest = "one" if all(len(persons) == 1 for persons in models.persons) else "those of one database"
        said.append(
            f"Each model has seen all people of its training data but {rest}: of a face that is among them the scores "
            "are no test."
        )
    if detector and facts.detector and detector != facts.detector:
        said.append(f"The models' faces were found by {facts.detector}, this one by {detector}: boxes differ a little.")
    return said


def recording_caveats(header: VideoHeader) -> list[str]:
    """Sentences on how a video was recorded and compressed, as far as its header says."""
    said = []
    if 0 < header.fps < _SLOW:
        said.append(
            f"At {header.fps:g} frames a second a micro-expression takes few frames; databases have 100 to 200."
        )
    if header.between_frames:
        said.append(
            f"The video is compressed from frame to frame ({header.codec}), which can hide or feign motion of "
            "less than a pixel; images, or a video of whole frames (mjpeg, ffv1), are safer."
        )
    return said


def models_words(models: int) -> str:
    """Whose number it is: ``mean of 3 models``, or ``one model``."""
    return "one model" if models == 1 else f"mean of {models} models"


def vote_words(found: ClipPrediction) -> str:
    """How many of the models put the predicted class first; empty of one model, which always does."""
    pair = found.pair
    return "" if pair.models == 1 else f"{pair.agreeing} of them put {pair.predicted} first"


def person_words(models: RunModels) -> str:
    """Which models were left out because they have seen the person, or that none was, in a sentence."""
    if models.person is not None:
        if not models.left_out:
            return f"Person: {models.person}, whom the run's one model never saw; none was left out."
        others = "1 other model was" if models.left_out == 1 else f"{models.left_out} other models were"
        return f"Person: {models.person}; {others} left out, trained on this person."
    asked = f"all {len(models)} models were" if len(models) > 1 else "its one model was"
    return f"Person: none named, so taken as unknown to the run; {asked} asked."


def motion_words(found: ClipPrediction) -> list[str]:
    """What the motions of a prediction are and how far apart they lie: first of the curve, then of the picture.

    The curve leaves out the head, the picture does not, and a head moves far more than an expression.
    """
    field = found.displacement_px
    mean, shift = float(np.hypot(*field).mean()), float(np.hypot(*field.mean(axis=(1, 2))))
    unit = f"px of a face of {FACE_PX} x {FACE_PX}"
    whose = "the models generate, mean over them" if found.pair.models > 1 else "the model generates"
    generated = (
        f"Displacement: motion from onset to apex that {whose}, head included; its mean length over the face is "
        f"{mean:.2f} {unit}, {shift:.2f} of it one common shift, mostly the head's."
    )
    if found.curve is None:
        return [generated]
    top = found.clip.numbers[int(np.nanargmax(found.curve))]
    curve = (
        "Curve: optical flow of each frame from the onset, head motion and drift removed, mean over the nine boxes; "
        f"highest at frame {top}, {float(np.nanmax(found.curve)):.2g} {unit}. No value at the offset: the drift is "
        "measured there."
    )
    if found.weighed is not None:
        curve += (
            " Dashed: the curve smoothed and weighed with where annotated apexes lie (about the middle); the middle of "
            f"its top is spotted as apex, frame {found.spotted}."
        )
    return [curve, generated]


def _chosen(sure: np.ndarray) -> list[int]:
    """Places of the models to explain: all, or some spread evenly over how sure they are of the class."""
    if len(sure) <= MOST_MODELS:
        return list(range(len(sure)))
    order = np.argsort(sure, kind="stable")
    return sorted(int(k) for k in order[np.linspace(0, len(order) - 1, MOST_MODELS).round().astype(int)])


def _mean(parts: list[Attribution], index: int) -> Attribution:
    """Attributions of one clip by several models, as their mean."""
    names = ("onset", "apex", "displacement", "log_odds", "baseline_log_odds", "delta", "baseline_probability")
    means = {name: np.mean([getattr(part, name) for part in parts], axis=0) for name in names}
    return Attribution(target=np.array([index]), **means)
