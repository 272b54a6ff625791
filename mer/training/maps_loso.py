"""Leave-one-subject-out of the Transformer Fusion on motion maps: no DGM, no frames."""

from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from mer.core.errors import InputError
from mer.core.files import digest
from mer.core.live import count_live
from mer.core.seeds import seed_for
from mer.datasets.maps import MotionMaps
from mer.face.regions import canonical_boxes
from mer.manifest.clips import person
from mer.manifest.labels import COMPOSITE, LabelSpace
from mer.models.fusion import FusionConfig, TransformerFusion
from mer.models.patches import PatchConfig
from mer.training.augment import AugmentConfig
from mer.training.device import choose_device, mixed_precision, one_thread, worker_count
from mer.training.fit_fusion import FusionFitConfig, fit_fusion
from mer.training.folds import FoldResult, LosoResult, collect_folds, run_folds


@dataclass(frozen=True)
class MapsConfig:
    """How the Transformer Fusion is fitted to motion maps.

    Attributes:
        fusion: sizes. The maps stand in place of the DGM's output; their faces were aligned before, so the AU boxes are
            those of the canonical face.
        fit: the settings of the fit.
        labels: classes.
    """

    fusion: FusionConfig = field(
        default_factory=lambda: FusionConfig(
            region=PatchConfig(image=12, patch=6),
            face=PatchConfig(image=28, patch=7),
            width=48,
            depth=0,
            dropout=0.5,
        )
    )
    fit: FusionFitConfig = field(
        default_factory=lambda: FusionFitConfig(
            steps=160,
            learning_rate=2e-3,
            weight_decay=0.05,
            augment=AugmentConfig(drift=0.1, box_jitter=0.01, scale=1.3, mix=0.4),
        )
    )
    labels: LabelSpace = COMPOSITE


def run_maps_loso(
    maps: MotionMaps, folder: Path, config: MapsConfig, seed: int, device: str = "auto", n_jobs: int | None = None
) -> LosoResult:
    """Train and test every fold; a finished fold with the same inputs is not trained again.

    Args:
        maps: one kind of map (u, v, strain), all clips labelled.
        folder: run folder.
        config: the settings.
        seed: of the whole study.
        device: ``auto``, ``cpu`` or ``cuda``.
        n_jobs: folds side by side; None: one a CPU core, one on a GPU.
    """
    unlabelled = ~maps.clips["label"].isin(config.labels.classes)
    if unlabelled.any():
        raise InputError(f"{int(unlabelled.sum())} clips have no label of {config.labels.classes}; leave them out.")
    chosen = choose_device(device)
    persons = person(maps.clips).tolist()
    settings = [repr(asdict(config)), str(seed), maps.fingerprint]
    keys = {fold: digest(*settings, fold) for fold in sorted(set(persons))}
    train = partial(_train, maps=maps, config=config, seed=seed, device=str(chosen))
    run_folds(folder, keys, train, worker_count(chosen, n_jobs))
    return collect_folds(folder, maps.clips, np.arange(len(maps.clips)), persons)


def _train(fold: str, maps: MotionMaps, config: MapsConfig, seed: int, device: str) -> FoldResult:
    where = torch.device(device)
    with one_thread(device):
        fold_seed = seed_for("maps fold", seed, fold)
        torch.manual_seed(fold_seed % 2**32)
        test = (person(maps.clips) == fold).to_numpy(copy=True)
        images = torch.tensor(maps.maps).to(where)
        boxes = torch.from_numpy(canonical_boxes()).to(where).expand(len(images), -1, -1)
        labels = torch.tensor([config.labels.index(name) for name in maps.clips["label"]], device=where)
        images = images / images[~test].std(dim=(0, 2, 3), keepdim=True)  # scale from training clips only
        model = TransformerFusion(config.fusion, images.shape[1], len(config.labels.classes)).to(where)
        rows = fit_fusion(model, images[~test][None], boxes[~test], labels[~test], (0, 1), config.fit, fold_seed)
        model.eval()
        with torch.no_grad(), mixed_precision(where, config.fit.precision):
            out = model(images[test], boxes[test])
    names = ["embedding", "weights_local", "weights_global", "weights_full"]
    arrays = {name: getattr(out, name).float().cpu().numpy() for name in names}
    arrays["probabilities"] = out.logits.float().softmax(dim=1).cpu().numpy()
    count_live(list(maps.clips["label"].to_numpy()[test]), arrays["probabilities"], config.labels.classes)
    about = {"held_out": [fold], "fusion": asdict(config.fusion), "classes": config.labels.classes}
    return FoldResult(model.state_dict(), about, pd.DataFrame(rows), np.flatnonzero(test), arrays)
