"""The DGM pretrained for each group of held-out persons, so that every fold finds one that never saw its person."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from mer.core.csv_text import csv_text, read_csv_text
from mer.core.errors import InputError
from mer.core.files import digest, write_text
from mer.core.live import begin_live, end_live, plan_live, source_live
from mer.core.orphans import end_if_orphan
from mer.core.progress import progress
from mer.core.seeds import seed_for
from mer.core.spread import spread
from mer.core.work_lock import working_in
from mer.face.store import AlignedStore, open_store
from mer.manifest.clips import person
from mer.models.dgm import DGM, DGMConfig
from mer.training.checkpoints import save_weights
from mer.training.device import choose_device, device_here, one_thread, worker_count
from mer.training.finished import finish, is_finished
from mer.training.held_out import protocol_groups
from mer.training.pretrain import PretrainConfig, pretrain
from mer.training.pretrain_several import pretrain_several
from mer.training.protocols import kept_settings, may_train
from mer.training.tasks import PretrainTask
from mer.training.together import checked_together, halved, how_many, multiply_adds


def pretrain_groups(
    store: AlignedStore,
    folder: Path,
    dgm: DGMConfig,
    config: PretrainConfig,
    seed: int,
    device: str = "auto",
    n_jobs: int | None = None,
    together: int | None = None,
) -> pd.DataFrame:
    """Pretrain one DGM for each group of held-out persons; a group finished before is not done again.

    The protocol says who is held out together (`mer.training.held_out.protocol_groups`) and whose frames a group sees
    (`mer.training.protocols.may_train`). Writes ``group-<k>.safetensors`` and ``group-<k>.csv`` (history) into
    ``folder``, and last ``group-<k>.json``, which vouches for both. A group with a file that is damaged is trained
    again, and said to be. What was interrupted gives the bits of what was not, as in `mer.training.folds.run_folds`.

    Args:
        store: aligned clips.
        folder: where to.
        dgm, config: the module and the settings.
        seed: of the study.
        device: ``auto``, ``cpu`` or ``cuda``.
        n_jobs: processes side by side; None: one a CPU core, one a GPU.
        together: DGMs that a process trains as one stacked model (`mer.training.pretrain_several`), which changes no
            result; None: as many as fill a GPU, one on a CPU.

    Returns:
        The histories of all groups with a column ``group``.
    """
    checked_together(together)
    chosen = choose_device(device)
    groups = protocol_groups(store.clips, config.protocol, config.groups, seed)
    current = {f"group-{k}" for k in range(len(groups))}
    for left in [path for path in folder.glob("group-*") if path.stem not in current]:
        left.unlink(missing_ok=True)  # of an earlier pretraining with more groups: it must not be met as one of this
    shared = _Pretraining(store.path, folder, dgm, config, seed)
    jobs = [(k, group) for k, group in enumerate(groups) if not shared.is_done(k, group, f"Group {k}")]
    workers = worker_count(chosen, n_jobs)
    plan_live(folder, "group", len(groups))
    source_live(folder, store.synthetic)
    if together is None:
        together = how_many(chosen, len(groups), workers, partial(step_size, dgm, config, store))
    as_one = together > 1 or chosen.type == "cuda"
    stacks = [range(k, k + together) for k in range(0, len(groups), together)]
    parts = [part for stack in stacks if (part := [job for job in jobs if job[0] in stack])]
    with progress(what="DGM pretraining", total=len(groups), unit="group") as bar, working_in(folder):
        bar.update(len(groups) - len(jobs))
        for finished in spread([partial(shared.train, part, str(chosen), as_one) for part in parts], workers):
            bar.update(finished)
    return pd.concat([read_csv_text(shared.history(k)).assign(group=k) for k in range(len(groups))], ignore_index=True)


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
    groups = protocol_groups(store.clips, config.protocol, config.groups, seed)
    if not 0 <= k < len(groups):
        raise InputError(f"There is no group {k}; there are {len(groups)}, counted from 0.")
    shared = _Pretraining(store.path, folder, dgm, config, seed)
    if not shared.is_done(k, groups[k], f"Group {k}"):
        with working_in(folder):
            shared.train([(k, groups[k])], str(choose_device(device)), False)
    return groups[k]


@dataclass(frozen=True)
class _Pretraining:
    """What the groups have in common: clips, where files go, module, settings, seed of the study."""

    store_path: Path
    folder: Path
    dgm: DGMConfig
    config: PretrainConfig
    seed: int

    def weights(self, k: int) -> Path:
        return self.folder / f"group-{k}.safetensors"

    def history(self, k: int) -> Path:
        return self.folder / f"group-{k}.csv"

    def index(self, k: int) -> str:
        return f"group-{k}.json"

    def key(self, group: list[str]) -> str:
        """Digest of all that a group's weights depend on."""
        settings = [asdict(self.dgm), kept_settings(self.config), self.seed, group, Path(self.store_path).name]
        return digest(json.dumps(settings))

    def about(self, group: list[str], clips: pd.DataFrame) -> dict[str, object]:
        """What is noted beside a group's weights (`mer.training.pretrained` reads it)."""
        noted: dict[str, object] = {
            "held_out": group,
            "dgm": asdict(self.dgm),
            "loss": asdict(self.config.loss),
            "key": self.key(group),
        }
        if self.config.protocol == "loso":  # all others were seen; the file is what it was before there were protocols
            return noted
        seen = person(clips)[may_train(clips, self.config.protocol, group)]
        return noted | {"protocol": self.config.protocol, "seen": sorted(set(seen))}

    def is_done(self, k: int, group: list[str], name: str | None = None) -> bool:
        """Whether a group is finished; if it is damaged and has a ``name``, that is said."""
        return is_finished(self.folder, self.index(k), self.key(group), name)

    def train(self, part: Sequence[tuple[int, list[str]]], device: str, as_one: bool) -> int:
        """Some groups in a worker process, one after another or as one stacked model; how many they are."""
        waiting = [(k, group) for k, group in part if not self.is_done(k, group)]
        with one_thread(device):
            begin_live(self.folder, f"group-{part[0][0]}")
            store = open_store(self.store_path)
            results = iter(self._trained(store, waiting, device_here(device), as_one))
            for k, group in waiting:
                begin_live(self.folder, f"group-{k}")
                state, history = next(results)
                end_if_orphan()
                write_text(self.history(k), csv_text(history))
                save_weights(self.weights(k), state, self.about(group, store.clips))
                files = (self.weights(k).name, self.history(k).name)
                finish(self.folder, self.index(k), self.key(group), {"held_out": group}, files)
                end_live()
        return len(part)

    def _trained(
        self, store: AlignedStore, part: Sequence[tuple[int, list[str]]], device: torch.device, as_one: bool
    ) -> Iterator[tuple[dict[str, Tensor], pd.DataFrame]]:
        """Weights and history of each group."""
        clips = {k: np.flatnonzero(may_train(store.clips, self.config.protocol, group)) for k, group in part}
        seeds = {k: seed_for("pretrain", self.seed, k) for k, _ in part}
        if as_one:

            def train(some: Sequence[int]) -> Sequence[tuple[dict[str, Tensor], pd.DataFrame]]:
                chosen, own = [clips[k] for k in some], [seeds[k] for k in some]
                return pretrain_several(store, chosen, self.dgm, self.config, own, device)

            yield from halved(train, list(clips), device)
            return
        for k in clips:
            yield pretrain(store, clips[k], self.dgm, self.config, seeds[k], device)


def step_size(dgm: DGMConfig, config: PretrainConfig, store: AlignedStore) -> float:
    """Multiply-adds of one DGM's step."""
    height, width, channels = store.frames.shape[1:]
    frames = torch.empty(config.batch, channels, height, width)
    return multiply_adds(PretrainTask(DGM(dgm), config.loss, "float32"), (frames,) * 4)
