"""A small learnable database: smooth textures whose parts move as the class says, and configurations of toy size."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
import torch

from mer.datasets.database import Database
from mer.face.canonical import square_points
from mer.face.store import AlignedStore, StoreConfig, build_store
from mer.manifest.clips import validate_clips
from mer.manifest.labels import COMPOSITE
from mer.models.dgm import DGMConfig
from mer.models.frl_dgt import FRLDGTConfig
from mer.models.fusion import FusionConfig
from mer.models.patches import PatchConfig
from mer.training.augment import AugmentConfig
from mer.training.fit_fusion import FusionFitConfig
from mer.training.fit_joint import JointFitConfig
from mer.training.fold_config import FoldConfig
from mer.training.pretrain import PretrainConfig
from tests.face.conftest import FixedDetector

SIZE = 32
FRAMES = 6  # of a clip; numbers from 1, apex is frame 5

#: Centre (x, y) and shift (x, y) in pixels at the apex, of the bump that moves in each class.
MOTION = {"negative": (9, 9, 0.0, 3.0), "positive": (22, 22, 0.0, -3.0), "surprise": (16, 9, 0.0, -3.0)}


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def moving_clip(person: int, clip: int, label: str) -> list[np.ndarray]:
    """Grey frames of a texture of its own, part of which moves linearly up to the apex and stays."""
    rng = np.random.default_rng([person, clip])
    texture = cv2.GaussianBlur(rng.random((SIZE, SIZE), np.float32), (0, 0), 1.5, borderType=cv2.BORDER_REFLECT)
    texture = (255 * (texture - texture.min()) / np.ptp(texture)).astype(np.float32)
    x, y, dx, dy = MOTION[label]
    column, row = np.meshgrid(np.arange(SIZE, dtype=np.float32), np.arange(SIZE, dtype=np.float32))
    bump = np.exp(-((column - x) ** 2 + (row - y) ** 2) / 50)
    done = np.minimum(np.arange(FRAMES) / (FRAMES - 2), 1)
    return [
        cv2.remap(
            texture, column - k * dx * bump, row - k * dy * bump, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
        ).astype(np.uint8)
        for k in done.astype(np.float32)
    ]


def write_database(
    root: Path, persons: int, clips: int, change: Callable[[int, list[np.ndarray]], list[np.ndarray]] | None = None
) -> Database:
    """Persons 0..n-1 of one database, the classes in turn; ``change`` may replace the frames of a person's clips."""
    rows = []
    for who in range(persons):
        for k in range(clips):
            label = COMPOSITE.classes[(who + k) % 3]
            name = f"s{who}_{k}"
            (root / name).mkdir(parents=True)
            frames = moving_clip(who, k, label)
            for number, frame in enumerate(change(who, frames) if change else frames, start=1):
                cv2.imwrite(str(root / name / f"{number}.png"), frame)
            texts = dict.fromkeys(("emotion", "action_units", "note"), "")
            row = {"database": "toy", "subject": str(who), "clip": name, "frames": name, "fps": 100, "label": label}
            rows.append(row | texts | {"onset": 1, "apex": FRAMES - 1, "offset": FRAMES, "apex_source": "annotated"})
    table = validate_clips(pd.DataFrame(rows))
    return Database("toy", root, table, synthetic=True, terms="none", fingerprint=root.name)


def align(database: Database, cache: Path) -> AlignedStore:
    """Its aligned store; the textures stand where the aligned face does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MER_CACHE", str(cache))
        return build_store(database, StoreConfig(size=SIZE), FixedDetector(square_points(SIZE)), workers=1)


@pytest.fixture(scope="session")
def toy_store(tmp_path_factory) -> AlignedStore:
    """Four persons with three clips each, one a class."""
    folder = tmp_path_factory.mktemp("toy")
    return align(write_database(folder / "plain", 4, 3), folder / "cache")


def with_frames_of(store: AlignedStore, person_index: int, value: int) -> AlignedStore:
    """The store with every frame of one person (in order of subjects) set to one grey value."""
    frames = np.array(store.frames)
    for clip in np.flatnonzero((store.clips["subject"] == str(person_index)).to_numpy()):
        frames[store.start[clip] : store.start[clip] + store.count[clip]] = value
    return replace(store, frames=frames)


def model_config() -> FRLDGTConfig:
    """Toy sizes of the whole model, whose DGM generates some motion from the start."""
    return FRLDGTConfig(
        appearance=False,
        dgm=DGMConfig(widths=(8, 12), stride=2, difference=True, batch_norm=False, zero_start=False),
        fusion=FusionConfig(
            image=16,
            region=PatchConfig(image=8, patch=4),
            face=PatchConfig(image=16, patch=4),
            width=16,
            heads=2,
            depth=0,
            dropout=0.0,
        ),
    )


def fold_config(warm_up: int = 4, joint: int = 2) -> FoldConfig:
    """A fold of a few steps."""
    plain = AugmentConfig(flip=False)
    return FoldConfig(
        model=model_config(),
        warm_up=FusionFitConfig(steps=warm_up, batch=8, learning_rate=3e-3, augment=plain, precision="float32"),
        joint=JointFitConfig(
            steps=joint, batch=6, random_pairs=4, learning_rate_dgm=1e-3, augment=plain, precision="float32"
        ),
        apex_offsets=(-1, 0),
        minimum_gap=2,
    )


def pretrain_config(steps: int = 3, groups: int = 2) -> PretrainConfig:
    """A pretraining of a few steps."""
    return PretrainConfig(steps=steps, batch=4, minimum_gap=2, apex_share=0.5, groups=groups, precision="float32")
