"""The whole leave-one-subject-out study of the composite database's size, pretraining included, by the public path.

442 made-up clips of 68 persons with as many frames as the composite database has, 180 pixels a side, noise in place of
faces: cost depends on sizes alone. What runs is `pretrain_groups` and `run_loso` with the configuration ``paper``, as
the notebooks call them.
"""

import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import torch

from mer.bench.frame import Measurement, Result
from mer.bench.options import Options
from mer.bench.peak import matrix_peak
from mer.bench.scale_data import composite_counts
from mer.bench.scale_store import make_large_store
from mer.core.configs import with_changes
from mer.face.store import AlignedStore, open_store
from mer.manifest.clips import person
from mer.training.configs import fold_config, pretrain_config
from mer.training.fold_config import FoldConfig
from mer.training.folds_together import step_size as joint_step
from mer.training.held_out import held_out_groups
from mer.training.loso import run_loso
from mer.training.pretrain import PretrainConfig
from mer.training.pretrain_groups import pretrain_groups
from mer.training.pretrain_groups import step_size as pretrain_step

_SMALL = {"dgm.widths": (8, 12), "fusion.width": 16, "fusion.heads": 2}


def run(options: Options) -> Iterator[Result]:
    """Pretraining, then the folds; minutes of each, of both, and the share of the machine's peak."""
    with tempfile.TemporaryDirectory(prefix="mer-bench-") as folder:
        place = Path(folder)
        store, folds, pretraining = _study(place / "store", options.quick)
        minutes, work = [], []
        start = time.perf_counter()
        pretrain_groups(store, place / "run", folds.model.dgm, pretraining, 0, options.device)
        minutes.append((time.perf_counter() - start) / 60)
        people = person(store.clips)
        groups = len(held_out_groups(people.tolist(), pretraining.groups, 0))
        work.append(groups * pretraining.steps * pretrain_step(folds.model.dgm, pretraining, store))
        yield Measurement(f"pretraining, {groups} groups held out", minutes[0], "min")
        start = time.perf_counter()
        result = run_loso(store, place / "run", folds, place / "run", 0, options.device)
        minutes.append((time.perf_counter() - start) / 60)
        count = people.nunique()
        work.append(count * folds.joint.steps * joint_step(folds, store.config.size))
        yield Measurement(f"{count} folds end to end", minutes[1], "min")
        aim = "" if options.quick else "whole"
        yield Measurement("whole study, pretraining included", sum(minutes), "min", aim=aim)
        yield Measurement("clips predicted", len(result.clips), "")
        dtype = torch.bfloat16 if options.kind == "cuda" else torch.float32
        share = 100 * sum(work) / (60 * sum(minutes)) / matrix_peak(options, dtype)
        yield Measurement("share of the fastest matrix product", share, "%", note=f"in {str(dtype)[6:]}")


def _study(folder: Path, quick: bool) -> tuple[AlignedStore, FoldConfig, PretrainConfig]:
    folds, pretraining = fold_config("paper"), pretrain_config("paper")
    if quick:
        model = with_changes(folds.model, _SMALL)
        folds = replace(folds, model=model, joint=replace(folds.joint, steps=2, batch=4, random_pairs=2))
        pretraining = replace(pretraining, steps=2, batch=2, groups=2)
    counts, size = ([8] * 12, 64) if quick else (composite_counts(1), 180)
    make_large_store(folder, counts, size, noise=not quick)
    return open_store(folder), folds, pretraining
