"""Class scores of a clip with its apex moved by a few frames: how far the answer hangs on the choice of the apex."""

from dataclasses import dataclass

import numpy as np

from mer.face.single_clip import SingleClip
from mer.motion.spotting_range import NEAR_TOP, candidates_about
from mer.training.ask_models import PairPrediction, ask_apexes
from mer.training.run_models import RunModels

#: Apexes that are asked about at most; of more candidates some spread evenly.
MOST_APEXES = 15
#: Which apexes these are, in words for a figure: about a spotted one, about a chosen one.
_SPOTTED_WORDS = f"frames whose weighed motion is at least {100 * NEAR_TOP:.0f} % of its top"
_CHOSEN_WORDS = f"as many frames about the chosen one as have {100 * NEAR_TOP:.0f} % of the weighed motion's top"


@dataclass(frozen=True, eq=False)
class ApexMoved:
    """Scores of one clip by the place of its apex. A apexes, K classes.

    Attributes:
        frames: frame numbers, ascending, the chosen one among them.
        chosen: frame number of the apex that the clip's prediction is of.
        classes: names.
        scores: float32, (A, K), mean over the models; rows sum to 1.
        which: which frames these are, in words.
        candidates: how many such frames there are; more than A where only some were asked about, else not needed.
    """

    frames: tuple[int, ...]
    chosen: int
    classes: tuple[str, ...]
    scores: np.ndarray
    which: str
    candidates: int = 0

    @property
    def predicted(self) -> tuple[str, ...]:
        """The class of the highest score for each apex."""
        return tuple(self.classes[k] for k in self.scores.argmax(axis=1))

    @property
    def stays(self) -> bool:
        """Whether all these apexes give one class."""
        return len(set(self.predicted)) == 1

    @property
    def words(self) -> str:
        """What becomes of the class when the apex is moved, in a sentence."""
        names, span = self.predicted, f"{self.frames[0]} to {self.frames[-1]}"
        some = f", asked at {len(self.frames)} frames from {span}" if len(self.frames) < self.candidates else ""
        name = names[self.frames.index(self.chosen)]
        if self.stays:
            own = self.scores[:, self.classes.index(name)]
            at = some or f" for apexes at frames {span}"
            return f"The class stays {name}{at}, score {own.min():.2f} to {own.max():.2f}."
        others = [one for one in dict.fromkeys(names) if one != name]
        listed = [f"{one} at {_spans(self.frames, [each == one for each in names])}" for one in (name, *others)]
        at = some or f", among frames {span}"
        return f"The class hangs on the apex{at}: {'; '.join(listed)}."


def move_apex(
    models: RunModels, clip: SingleClip, pair: PairPrediction, place: int, spotted: int, weighed: np.ndarray
) -> ApexMoved:
    """Ask the models about a clip with its apex at each of some frames, all in one batch.

    Of the demo's 24 models that takes 0.15 s a frame on one core.

    Args:
        models: of a run.
        clip: aligned in their size and colours.
        pair: what the models say of the clip.
        place: index of the apex that this is of.
        spotted: index of the spotted apex, which may be another.
        weighed: what it was spotted by (`mer.motion.spotting.weighed_curve`).
    """
    span = candidates_about(weighed, spotted, place)
    places = np.arange(span[0], span[1] + 1)
    candidates = len(places)
    if candidates > MOST_APEXES:
        places = np.unique([*np.linspace(*span, MOST_APEXES - 1).round().astype(int), place])
    others, scores = places != place, np.zeros((len(places), len(models.classes)), np.float32)
    scores[~others] = pair.by_model.mean(axis=0)
    if others.any():
        scores[others] = ask_apexes(models, clip.frames[0], clip.frames[places[others]], clip.boxes).mean(axis=0)
    which = _SPOTTED_WORDS if place == spotted else _CHOSEN_WORDS
    if len(places) < candidates:
        which += f", {len(places)} of these {candidates}"
    frames = tuple(clip.numbers[k] for k in places)
    return ApexMoved(frames, clip.numbers[place], tuple(models.classes), scores, which, candidates)


def _spans(frames: tuple[int, ...], chosen: list[bool]) -> str:
    """Frames that are chosen, those side by side in the list as one: ``126 to 127, 129``."""
    spans: list[list[int]] = []
    before = False
    for frame, yes in zip(frames, chosen, strict=True):
        if yes and before:
            spans[-1] = [spans[-1][0], frame]
        elif yes:
            spans.append([frame])
        before = yes
    return ", ".join(" to ".join(str(one) for one in span) for span in spans)
