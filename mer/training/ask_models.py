"""All models of a run asked about one aligned onset-apex pair."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from mer.models.frl_dgt import FRLDGT
from mer.training.device import one_thread
from mer.training.inputs import Inputs
from mer.training.magnified import with_test_factor
from mer.training.pairs import to_float
from mer.training.run_models import RunModels


@dataclass(frozen=True, eq=False)
class PairPrediction:
    """What the models of a run say of one pair. M models, K classes.

    Attributes:
        scores: class name to probability, the mean over the fold models; they sum to 1.
        models: number of fold models that were asked.
        onset, apex: uint8, (H, W) or, of models that see colour, (H, W, 3): the aligned faces.
        boxes: float32, (9, 4), AU boxes as fractions.
        displacement: float32, (2, H, W), mean over the models, normalised grid units, backward.
        by_model: float32, (M, K), each model's probabilities.
    """

    scores: dict[str, float]
    models: int
    onset: np.ndarray
    apex: np.ndarray
    boxes: np.ndarray
    displacement: np.ndarray
    by_model: np.ndarray

    @property
    def predicted(self) -> str:
        """The class of the highest score."""
        return max(self.scores, key=lambda name: self.scores[name])

    @property
    def spread(self) -> dict[str, tuple[float, float]]:
        """Class name to the lowest and the highest probability that one of the models gives."""
        low, high = self.by_model.min(axis=0), self.by_model.max(axis=0)
        return {name: (float(low[k]), float(high[k])) for k, name in enumerate(self.scores)}

    @property
    def agreeing(self) -> int:
        """Models whose own highest score is that of the predicted class."""
        return int((self.by_model.argmax(axis=1) == list(self.scores).index(self.predicted)).sum())


def ask(models: RunModels, onset: np.ndarray, apex: np.ndarray, boxes: np.ndarray) -> PairPrediction:
    """Ask each model about one aligned pair, on one CPU thread.

    Args:
        models: of a run.
        onset, apex: uint8, (H, W, C).
        boxes: float32, (9, 4), fractions.
    """
    with one_thread("cpu"):
        answers = list(_answers(models, onset, apex[None], boxes))
    by_model = np.stack([scores[0] for scores, _ in answers])
    return PairPrediction(
        scores={name: float(value) for name, value in zip(models.classes, by_model.mean(axis=0), strict=True)},
        models=len(by_model),
        onset=onset[..., 0] if models.channels == 1 else onset,
        apex=apex[..., 0] if models.channels == 1 else apex,
        boxes=boxes,
        displacement=np.mean([fields[0] for _, fields in answers], axis=0),
        by_model=by_model,
    )


def ask_apexes(models: RunModels, onset: np.ndarray, apexes: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Probabilities of one onset with each of several apexes, one batch a model, on one CPU thread.

    Args:
        models: of a run, M of them, with K classes.
        onset: uint8, (H, W, C).
        apexes: uint8, (A, H, W, C).
        boxes: float32, (9, 4), fractions.

    Returns:
        float32, (M, A, K).
    """
    with one_thread("cpu"):
        return np.stack([scores for scores, _ in _answers(models, onset, apexes, boxes)])


@torch.no_grad()
def _answers(
    models: RunModels, onset: np.ndarray, apexes: np.ndarray, boxes: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Probabilities (A, K) and displacements (A, 2, H, W) of each model, in arrays as `ask_apexes` takes them."""
    cpu, count = torch.device("cpu"), len(apexes)
    places = torch.from_numpy(boxes)[None].expand(count, -1, -1)
    first = to_float(onset[None], cpu).expand(count, -1, -1, -1)
    for model, one, other, raw in shown(models, first, to_float(apexes, cpu)):
        out = model(one, other, places, raw)
        yield out.logits.softmax(dim=1).numpy(), out.displacement.numpy()


def pair_tensors(onset: np.ndarray, apex: np.ndarray, boxes: np.ndarray) -> tuple[Tensor, Tensor, Tensor]:
    """One aligned pair as a batch: onset and apex (1, C, H, W) in [0, 1], boxes (1, 9, 4)."""
    cpu = torch.device("cpu")
    return to_float(onset[None], cpu), to_float(apex[None], cpu), torch.from_numpy(boxes)[None]


def shown(models: RunModels, onset: Tensor, apex: Tensor) -> Iterator[tuple[FRLDGT, Tensor, Tensor, Tensor]]:
    """Each model with the frames that it is shown and the raw displacement that it generates of them.

    A run that was trained with motion magnification and a test factor of its own is shown magnified apexes, as its test
    clips were.

    Yields:
        Model, onset and apex (B, C, H, W), raw displacement (B, 2, H, W).
    """
    magnify = models.magnify
    if magnify is None or magnify.test == 1:
        for model, raw in models.generated(onset, apex):
            yield model, onset, apex, raw
        return
    boxes = torch.zeros(len(onset), 9, 4)
    for model in models:
        others = with_test_factor(Inputs(onset, apex[None, :, None], boxes), model, magnify).others[0, :, 0]
        yield model, onset, others, model.generate(onset, others)
