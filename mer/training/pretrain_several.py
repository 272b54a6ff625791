"""DGMs of several groups of held-out persons pretrained as one, each as `mer.training.pretrain` pretrains it alone."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from mer.core.live import note_live
from mer.core.progress import progress
from mer.face.store import AlignedStore
from mer.models.dgm import DGM, DGMConfig
from mer.models.dgm_loss import TERMS
from mer.training.captured import capturable, captured, rate
from mer.training.pairs import RandomPairs
from mer.training.pretrain import HISTORY_EVERY, PretrainConfig, check_finite, rate_at
from mer.training.random_streams import Streams
from mer.training.resident import ResidentFrames
from mer.training.stacked import StackedModels, make_step
from mer.training.tasks import PretrainTask


def pretrain_several(
    store: AlignedStore,
    clips: Sequence[np.ndarray],
    dgm: DGMConfig,
    config: PretrainConfig,
    seeds: Sequence[int],
    device: torch.device,
) -> list[tuple[dict[str, Tensor], pd.DataFrame]]:
    """Pretrain one DGM on each of several choices of clips.

    Args:
        store: aligned clips.
        clips: for each DGM the rows of ``store.clips`` that it may see.
        dgm, config: as for `pretrain`.
        seeds: one a DGM.
        device: where to compute.

    Returns:
        Weights and history of each, as of `pretrain`.
    """
    streams, tasks = Streams(device), []
    for seed in seeds:
        torch.manual_seed(seed)
        tasks.append(PretrainTask(DGM(dgm).to(device), config.loss, config.precision))
        streams.begin(seed)
    numbers = [np.random.default_rng(seed) for seed in seeds]
    pairs = [RandomPairs(store, rows, config.minimum_gap, config.apex_share) for rows in clips]
    frames = ResidentFrames(store, device)
    models = StackedModels(tasks)
    optimiser = torch.optim.Adam(
        list(models.parameters.values()), rate(config.learning_rate, device), **capturable(device)
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: rate_at(step / config.steps, config.rise))
    step_of = captured(make_step(models, [optimiser], config.clip), device)
    rows: list[list[list[float]]] = [[] for _ in seeds]
    sums = torch.zeros(len(seeds), len(PretrainTask.LOSSES), device=device)
    for step in progress(range(1, config.steps + 1), what=f"Pretraining of {len(seeds)} DGMs", unit="step"):
        drawn = [one.rows(config.batch, rng) for one, rng in zip(pairs, numbers, strict=True)]
        first, second = frames.take(np.stack(drawn)).unbind(1)
        given = (first, second, *_seen(first, second, config.noise, streams))
        losses = step_of(given, models.masks(given, streams))
        if device.type == "cpu":  # where the gradient of no number would crash the sampler; a GPU is asked less often
            _check(losses, step)
        sums += losses
        schedule.step()
        if step % HISTORY_EVERY == 0 or step == config.steps:
            _check(sums, step)
            for k, means in enumerate((sums / ((step - 1) % HISTORY_EVERY + 1)).tolist()):
                rows[k].append([step, *means])
            note_live(dict(zip(["step", "total", *TERMS], rows[0][-1], strict=True)), config.steps)
            sums.zero_()
    columns = ["step", "total", *TERMS]
    return [(models.state(k, "dgm."), pd.DataFrame(found, columns=columns)) for k, found in enumerate(rows)]


def _check(losses: Tensor, step: int) -> None:
    """Refuse to go on after a loss that is no number; ``losses``: (F, losses)."""
    for k, loss in enumerate(losses[:, 0].tolist()):
        check_finite(loss, step, f" of group {k + 1} of {len(losses)} that are pretrained together")


def _seen(first: Tensor, second: Tensor, most: float, streams: Streams) -> tuple[Tensor, Tensor]:
    """Both frames of each pair, (F, B, C, H, W), as the modules see them: with noise of one deviation a pair."""
    if not most:
        return first, second
    noisy: list[list[Tensor]] = [[], []]
    for k, generator in enumerate(streams.on_device()):
        share = torch.rand(first.shape[1], 1, 1, 1, generator=generator, device=first.device)
        for frame, kept in zip((first[k], second[k]), noisy, strict=True):  # drawn in the order in which frames lie
            white = torch.empty_like(frame).normal_(generator=generator)
            kept.append((frame + share * most / 255 * white).clamp(0, 1))
    return torch.stack(noisy[0]), torch.stack(noisy[1])
