"""Self-supervised pretraining of the DGM on random frame pairs of the training persons."""

import math
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from mer.core.errors import InputError
from mer.core.limits import check_limits
from mer.core.live import note_live
from mer.face.store import AlignedStore
from mer.models.dgm import DGM, DGMConfig
from mer.models.dgm_loss import TERMS, DGMLossConfig
from mer.training.pairs import RandomPairs
from mer.training.protocols import protocol_words
from mer.training.tasks import PretrainTask

HISTORY_EVERY = 25


@dataclass(frozen=True)
class PretrainConfig:
    """How the DGM is pretrained.

    Attributes:
        steps: optimiser steps. Unstated.
        batch: pairs a step; paper: 32.
        learning_rate: of Adam; paper: 0.002. It falls to a tenth along a cosine (Unstated).
        rise: share of the steps over which the rate first rises linearly, below 1. Unstated.
        clip: largest norm of the gradient, 0 for no limit. Unstated.
        minimum_gap: frames between the two of a pair. Unstated.
        apex_share: share of the pairs that are onset and apex of a training clip (either way), where motion is largest.
            Unstated.
        noise: each pair that the network sees has Gaussian noise added whose deviation is drawn between 0 and this, in
            grey levels of 255; the loss compares the frames without it. Deviation when positive: the module then
            learns to measure through sensor noise.
        loss: its terms and their weights.
        groups: groups of persons held out together, 0 for one a person; of each database by itself under the protocol
            ``loso-per-database``, of no account under ``database``, where each database is a group.
        protocol: that of the folds which start from it (`mer.training.protocols`): who is held out together, and whose
            frames a group sees.
        precision: ``auto``, ``mixed`` or ``float32``.
    """

    steps: int = 4000
    batch: int = 32
    learning_rate: float = 0.002
    rise: float = 0.0
    clip: float = 0.0
    minimum_gap: int = 3
    apex_share: float = 0.0
    noise: float = 0.0
    loss: DGMLossConfig = field(default_factory=DGMLossConfig)
    groups: int = 0
    precision: str = "auto"
    protocol: str = "loso"

    def __post_init__(self) -> None:
        """Refuse values that training would stumble over: no steps, or a rate that rises to the very end."""
        protocol_words(self.protocol)
        check_limits(
            self,
            {
                **dict.fromkeys(("steps", "batch", "minimum_gap"), (1, None)),
                **dict.fromkeys(("learning_rate", "clip", "noise", "groups"), (0, None)),
                "rise": (0, 0.99),
                "apex_share": (0, 1),
            },
        )


def pretrain(
    store: AlignedStore,
    clips: np.ndarray,
    dgm: DGMConfig,
    config: PretrainConfig,
    seed: int,
    device: torch.device,
) -> tuple[dict[str, Tensor], pd.DataFrame]:
    """Pretrain one DGM on the frames of ``clips`` (rows of ``store.clips``) and of nothing else.

    Returns:
        Its weights, and a history with columns step, total and the unweighted `TERMS` (means since the row before).
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    model = DGM(dgm).to(device).train()
    task = PretrainTask(model, config.loss, config.precision)
    pairs = RandomPairs(store, clips, config.minimum_gap, config.apex_share)
    optimiser = torch.optim.Adam(model.parameters(), lr=config.learning_rate)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: rate_at(step / config.steps, config.rise))
    rows, sums = [], torch.zeros(1 + len(TERMS), device=device)
    for step in range(1, config.steps + 1):
        first, second = pairs.draw(config.batch, rng, device)
        losses = task(first, second, *_with_noise(first, second, config.noise))
        check_finite(losses[0].item(), step)  # its gradient would crash the sampler, not raise
        optimiser.zero_grad(set_to_none=True)
        losses[0].backward()
        if config.clip:
            torch.nn.utils.clip_grad_norm_(model.parameters(), config.clip)
        optimiser.step()
        schedule.step()
        sums += losses.detach()
        if step % HISTORY_EVERY == 0 or step == config.steps:
            rows.append([step, *(sums / ((step - 1) % HISTORY_EVERY + 1)).tolist()])
            note_live(dict(zip(["step", "total", *TERMS], rows[-1], strict=True)), config.steps)
            sums.zero_()
    history = pd.DataFrame(rows, columns=["step", "total", *TERMS])
    return model.state_dict(), history


def check_finite(loss: float, step: int, whose: str = "") -> None:
    """Refuse to go on after a loss that is no number."""
    if not math.isfinite(loss):
        raise InputError(f"The DGM's loss{whose} is {loss} at step {step}. Lower learning_rate, or set clip.")


def weighted_curves(history: pd.DataFrame, loss: DGMLossConfig) -> list[str]:
    """Columns of a history that say something of this loss: the total, and the terms whose weight is above 0."""
    return ["total", *(name for name in TERMS if getattr(loss, name) > 0 and name in history.columns)]


def _with_noise(first: Tensor, second: Tensor, most: float) -> tuple[Tensor, Tensor]:
    """Both frames of each pair with noise of one deviation, drawn between 0 and ``most`` grey levels of 255."""
    if not most:
        return first, second
    deviation = torch.rand(len(first), 1, 1, 1, device=first.device) * most / 255
    noisy = [(frame + deviation * torch.randn_like(frame)).clamp(0, 1) for frame in (first, second)]
    return noisy[0], noisy[1]


def rate_at(done: float, rise: float) -> float:
    """Learning rate as a share of its highest value, when the share ``done`` of the steps is done."""
    if done < rise:
        return (done + 1e-3) / (rise + 1e-3)
    return 0.55 + 0.45 * math.cos(math.pi * (done - rise) / (1 - rise))
