"""How well the readings of the displacement module measure motion, beside classical optical flow.

Every reading (`mer.models.readings`) is pretrained without one group of persons and measured on that group's clips,
from onset to apex, with and without more sensor noise. Nothing in the training knows the true displacement.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from mer.core.configs import with_changes
from mer.core.errors import InputError, nearest
from mer.core.processors import one_opencv_thread
from mer.core.progress import progress
from mer.core.seeds import seed_for
from mer.core.spread import spread
from mer.face.aligned_store import AlignedStore
from mer.manifest.clips import person
from mer.models.configs import model_config
from mer.models.dgm import DGM, DGMConfig
from mer.models.local_motion import LocalMotionConfig
from mer.motion.flow import FLOW_METHODS, optical_flow
from mer.motion.units import grid_to_pixels
from mer.training.checkpoints import fill, load_weights, stored_config
from mer.training.configs import pretrain_config
from mer.training.device import choose_device, one_thread, worker_count
from mer.training.pairs import frames_near_apex, to_float
from mer.training.pretrain import PretrainConfig
from mer.training.pretrain_groups import pretrain_one_group

#: A module that starts in closed form and has learnt nothing yet: what training adds is the difference to it.
STEPS_ALONE = "closed-form steps"
BATCH = 32
_GROUPS = 4  # of people, where the configuration has none

#: Onset and apex, uint8 (n, H, W), to the backward displacement, (n, 2, H, W), pixels.
Method = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class ReadingConfig:
    """A reading, ready to be pretrained.

    Attributes:
        dgm: the module.
        pretraining: of it.
    """

    dgm: DGMConfig
    pretraining: PretrainConfig


@dataclass(frozen=True)
class HeldOut:
    """Onset-apex pairs of persons that no pretraining saw.

    Attributes:
        onset, apex: uint8, (n, H, W), grey.
        true: backward displacement in pixels, float32 (n, 2, H, W), NaN where unknown; None where nobody knows it.
        persons: (n,) names.
    """

    onset: np.ndarray
    apex: np.ndarray
    true: np.ndarray | None
    persons: np.ndarray


def reading_configs(names: Sequence[str], configuration: str, overrides: Mapping[str, Any]) -> dict[str, ReadingConfig]:
    """Module and pretraining of each reading; ``overrides`` change all pretrainings alike.

    Where a configuration holds out one person at a time, as ``paper`` does, a quarter of them is held out here, for the
    clips of one are too few to measure on.

    Raises:
        InputError: no name, one twice, one unknown, or a change that does not exist.
    """
    if not names or len(set(names)) < len(names):
        raise InputError(f"readings is {list(names)}; expected one name or more, each once.")
    configs = {}
    for name in names:
        own = pretrain_config(configuration, name)
        wanted = with_changes(replace(own, groups=own.groups or _GROUPS), overrides)
        configs[name] = ReadingConfig(model_config(configuration, reading=name).dgm, wanted)
    return configs


def pretrain_readings(
    store: AlignedStore,
    folder: Path,
    configs: Mapping[str, ReadingConfig],
    seed: int,
    device: str = "auto",
    n_jobs: int | None = None,
) -> list[str]:
    """Pretrain each reading without the first group of persons, side by side; what is finished is not done again.

    Writes ``<reading>/group-0.safetensors`` and ``.csv`` into ``folder``.

    Returns:
        The persons held out.
    """
    chosen = choose_device(device)
    workers = min(worker_count(chosen, n_jobs), len(configs))
    calls = [
        partial(pretrain_one_group, store, Path(folder) / name, each.dgm, each.pretraining, seed, str(chosen))
        for name, each in configs.items()
    ]
    held_out, *_ = progress(
        spread(calls, workers), "readings of the DGM", len(configs), "reading"
    )  # the same persons for every reading
    return held_out


def held_out_pairs(store: AlignedStore, persons: Sequence[str], most: int = 0) -> HeldOut:
    """The onset-apex pairs of these persons.

    Args:
        store: aligned clips.
        persons: ``database/subject``.
        most: number of clips, evenly spread over those there are; 0 for all.

    Raises:
        InputError: none of their clips has an apex.
    """
    names = person(store.clips)
    rows = np.flatnonzero((names.isin(persons) & store.clips["apex"].notna()).to_numpy())
    if not len(rows):
        raise InputError(f"No clip of {', '.join(persons)} has an apex, so no displacement can be measured.")
    if 0 < most < len(rows):
        rows = rows[np.linspace(0, len(rows) - 1, most).round().astype(int)]
    onset, apex = store.frames[np.asarray(store.start)[rows]], frames_near_apex(store, rows, (0,))[0]
    true = None
    if store.displacement is not None:
        true = grid_to_pixels(np.asarray(store.displacement[rows], dtype=np.float32))
    grey = [frames.mean(axis=-1).round().astype(np.uint8) for frames in (onset, apex)]
    return HeldOut(grey[0], grey[1], true, names.to_numpy()[rows])


def with_noise(pairs: HeldOut, deviation: float, seed: int) -> HeldOut:
    """The pairs with Gaussian noise of this deviation, in grey levels of 255, added to both frames."""
    if deviation < 0:
        raise InputError(f"The noise is {deviation} grey levels; expected 0 or more.")
    if deviation == 0:
        return pairs
    draw = np.random.default_rng(seed_for("added noise", seed))

    def noisy(frames: np.ndarray) -> np.ndarray:
        return np.clip(np.rint(frames + draw.normal(0, deviation, frames.shape)), 0, 255).astype(np.uint8)

    return replace(pairs, onset=noisy(pairs.onset), apex=noisy(pairs.apex))


def module_method(model: DGM, device: torch.device) -> Method:
    """A displacement module as a method."""

    @torch.no_grad()
    def measure(onset: np.ndarray, apex: np.ndarray) -> np.ndarray:
        with one_thread(device.type):
            parts = [
                model.displacement(model(to_float(first[..., None], device), to_float(second[..., None], device))).cpu()
                for first, second in zip(_batches(onset), _batches(apex), strict=True)
            ]
        return grid_to_pixels(torch.cat(parts).numpy())

    return measure


def flow_method(name: str) -> Method:
    """A classical optical flow as a method."""
    if name not in FLOW_METHODS:
        raise InputError(f"There is no flow method {name!r}. {nearest(name, FLOW_METHODS)}")

    def measure(onset: np.ndarray, apex: np.ndarray) -> np.ndarray:
        with one_opencv_thread():
            return np.stack([optical_flow(first, second, name) for first, second in zip(onset, apex, strict=True)])

    return measure


def no_motion(onset: np.ndarray, apex: np.ndarray) -> np.ndarray:
    """A field of zeros for each pair."""
    return np.zeros((len(onset), 2, *onset.shape[1:]), np.float32)


def load_modules(folder: Path, names: Sequence[str], device: str = "auto") -> dict[str, DGM]:
    """The modules that `pretrain_readings` left, in eval mode.

    Where one starts in closed form, the same without training is `STEPS_ALONE`; with the name of the reading when there
    is more than one such start.
    """
    chosen = choose_device(device)
    models: dict[str, DGM] = {}
    starts: dict[LocalMotionConfig, str] = {}
    for name in names:
        path = Path(folder) / name / "group-0.safetensors"
        state, about = load_weights(path)
        config = stored_config(DGMConfig, about, "dgm", path)
        if config.start.windows and config.start not in starts:
            starts[config.start] = f"{STEPS_ALONE} of {name}" if starts else STEPS_ALONE
            models[starts[config.start]] = DGM(replace(config, zero_start=True)).to(chosen).eval()
        models[name] = DGM(config).to(chosen).eval()
        fill(models[name], state, path)
    return models


def _batches(frames: np.ndarray) -> list[np.ndarray]:
    return [frames[start : start + BATCH] for start in range(0, len(frames), BATCH)]
