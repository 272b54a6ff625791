"""Self-supervised pretraining of the DGM on random frame pairs of the training persons."""

import json
import math
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from joblib import Parallel, delayed
from torch import Tensor

from mer.core.errors import InputError
from mer.core.files import digest, write_text
from mer.core.limits import check_limits
from mer.core.live import begin_live, end_live, note_live, plan_live, source_live
from mer.core.progress import progress
from mer.core.seeds import seed_for
from mer.face.store import AlignedStore, open_store
from mer.manifest.clips import person
from mer.models.dgm import DGM, DGMConfig
from mer.models.dgm_loss import TERMS, DGMLossConfig, dgm_loss
from mer.training.checkpoints import load_weights, save_weights
from mer.training.device import choose_device, mixed_precision, one_thread, worker_count
from mer.training.held_out import held_out_groups
from mer.training.pairs import RandomPairs

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
        groups: groups of persons held out together, 0 for one a person.
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

    def __post_init__(self) -> None:
        """Refuse values that training would stumble over: no steps, or a rate that rises to the very end."""
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
    pairs = RandomPairs(store, clips, config.minimum_gap, config.apex_share)
    optimiser = torch.optim.Adam(model.parameters(), lr=config.learning_rate)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step / config.steps, config.rise))
    rows, sums = [], torch.zeros(1 + len(TERMS), device=device)
    for step in range(1, config.steps + 1):
        first, second = pairs.draw(config.batch, rng, device)
        with mixed_precision(device, config.precision):
            raw = model(*_with_noise(first, second, config.noise))
        loss = dgm_loss(first, second, raw.float(), dgm.alpha, config.loss)
        if not torch.isfinite(loss.total):  # its gradient would crash the sampler, not raise
            raise InputError(f"The DGM's loss is {float(loss.total)} at step {step}. Lower learning_rate, or set clip.")
        optimiser.zero_grad(set_to_none=True)
        loss.total.backward()
        if config.clip:
            torch.nn.utils.clip_grad_norm_(model.parameters(), config.clip)
        optimiser.step()
        schedule.step()
        sums += torch.stack([loss.total, *(getattr(loss, name) for name in TERMS)]).detach()
        if step % HISTORY_EVERY == 0 or step == config.steps:
            rows.append([step, *(sums / ((step - 1) % HISTORY_EVERY + 1)).tolist()])
            note_live(dict(zip(["step", "total", *TERMS], rows[-1], strict=True)), config.steps)
            sums.zero_()
    history = pd.DataFrame(rows, columns=["step", "total", *TERMS])
    return model.state_dict(), history


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


def _rate(done: float, rise: float) -> float:
    """Learning rate as a share of its highest value, when the share ``done`` of the steps is done."""
    if done < rise:
        return (done + 1e-3) / (rise + 1e-3)
    return 0.55 + 0.45 * math.cos(math.pi * (done - rise) / (1 - rise))


def pretrain_groups(
    store: AlignedStore,
    folder: Path,
    dgm: DGMConfig,
    config: PretrainConfig,
    seed: int,
    device: str = "auto",
    n_jobs: int | None = None,
) -> pd.DataFrame:
    """Pretrain one DGM for each group of held-out persons; a group finished before is not done again.

    Writes ``group-<k>.safetensors`` and ``group-<k>.csv`` (history) into ``folder``.

    Returns:
        The histories of all groups with a column ``group``.
    """
    chosen = choose_device(device)
    groups = held_out_groups(person(store.clips).tolist(), config.groups, seed)
    current = {f"group-{k}" for k in range(len(groups))}
    for left in [path for path in folder.glob("group-*") if path.stem not in current]:
        left.unlink()  # of an earlier pretraining with more groups; `mer.training.pretrained` must not meet it
    jobs = [(k, group) for k, group in enumerate(groups) if not _is_done(folder, k, store, group, dgm, config, seed)]
    workers = worker_count(chosen, n_jobs)
    plan_live(folder, "group", len(groups))
    source_live(folder, store.synthetic)
    bar = progress(what="DGM pretraining", total=len(groups), unit="group")
    bar.update(len(groups) - len(jobs))
    calls = (
        delayed(_pretrain_group)(store.path, folder, k, group, dgm, config, seed, str(chosen)) for k, group in jobs
    )
    for _ in Parallel(n_jobs=min(workers, max(1, len(jobs))), return_as="generator_unordered")(calls):
        bar.update()
    bar.close()
    return pd.concat(
        [pd.read_csv(folder / f"group-{k}.csv").assign(group=k) for k in range(len(groups))], ignore_index=True
    )


def pretrain_one_group(
    store: AlignedStore,
    folder: Path,
    dgm: DGMConfig,
    config: PretrainConfig,
    seed: int,
    device: str = "auto",
    k: int = 0,
) -> list[str]:
    """Pretrain for one of the groups of held-out persons alone, unless that is done; files as of `pretrain_groups`.

    Returns:
        The persons of the group.
    """
    groups = held_out_groups(person(store.clips).tolist(), config.groups, seed)
    if not 0 <= k < len(groups):
        raise InputError(f"There is no group {k}; there are {len(groups)}, counted from 0.")
    if not _is_done(folder, k, store, groups[k], dgm, config, seed):
        _pretrain_group(store.path, folder, k, groups[k], dgm, config, seed, str(choose_device(device)))
    return groups[k]


def _about(
    store: AlignedStore, group: list[str], dgm: DGMConfig, config: PretrainConfig, seed: int
) -> dict[str, object]:
    settings = json.dumps([asdict(dgm), asdict(config), seed, group, Path(store.path).name])
    return {"held_out": group, "dgm": asdict(dgm), "loss": asdict(config.loss), "key": digest(settings)}


def _is_done(
    folder: Path, k: int, store: AlignedStore, group: list[str], dgm: DGMConfig, config: PretrainConfig, seed: int
) -> bool:
    try:
        _, about = load_weights(folder / f"group-{k}.safetensors")
    except InputError:
        return False
    return about.get("key") == _about(store, group, dgm, config, seed)["key"] and (folder / f"group-{k}.csv").is_file()


def _pretrain_group(
    store_path: Path,
    folder: Path,
    k: int,
    group: list[str],
    dgm: DGMConfig,
    config: PretrainConfig,
    seed: int,
    device: str,
) -> None:
    """One group in a worker process; everything it needs is opened here."""
    store = open_store(store_path)
    clips = np.flatnonzero(~person(store.clips).isin(group).to_numpy())
    begin_live(folder, f"group-{k}")
    with one_thread(device):
        state, history = pretrain(store, clips, dgm, config, seed_for("pretrain", seed, k), torch.device(device))
    write_text(folder / f"group-{k}.csv", history.to_csv(index=False))
    save_weights(folder / f"group-{k}.safetensors", state, _about(store, group, dgm, config, seed))
    end_live()
