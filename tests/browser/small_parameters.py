"""Every notebook's smallest parameters that still let each of its cells run: for `test_all_notebooks`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from mer.datasets.maps import SIZE, file_names
from mer.manifest.composite import read_composite
from mer.manifest.labels import COMPOSITE
from tests.made_up_methods import made_up_methods
from tests.made_up_runs import made_up_predictions, made_up_run
from tests.tiny_world import FEW_STEPS, World

Parameters = dict[str, Any]

_FOUR = ("positive", "negative", "surprise", "others")
_SMALL_FUSION = {"fusion.width": 16, "fusion.heads": 2, "fit.steps": 2, "fit.batch": 16}


def _motion_maps(folder: Path) -> Path:
    """Noise under the public set's names, one for each of its 442 clips."""
    made = folder / "maps"
    made.mkdir()
    generator = np.random.default_rng(0)
    for _, row in read_composite().iterrows():
        path = made / file_names(row, "onset-apex")[0]
        assert cv2.imwrite(str(path), generator.integers(0, 256, (SIZE, SIZE, 3), dtype=np.uint8))
    return made


def _run(folder: Path, name: str, skill: float, seed: int = 0, **summary: object) -> str:
    """A made-up run of three classes."""
    return str(made_up_run(folder / "runs" / name, made_up_predictions(COMPOSITE.classes, skill, seed), **summary))


def _paper_tables(world: World, folder: Path) -> Parameters:
    best = _run(folder, "m9", 1.5, variant="M9")
    other = _run(folder, "m0", 0.5, 2, variant="M0")
    four = made_up_run(folder / "runs" / "four", made_up_predictions(_FOUR, 1.0), labels="casme2-4", sequence=10)
    return {"ablation_runs": [best, other], "classes_runs": [str(four)], "main_run": best, "resamples": 30}


def _calibration(world: World, folder: Path) -> Parameters:
    return {"runs": [_run(folder, f"seed-{seed}", 1.5, seed, variant="M9") for seed in (0, 1)], "resamples": 30}


def _displacement(world: World, folder: Path) -> Parameters:
    few = {"steps": 2, "batch": 2, "groups": 2, "minimum_gap": 2}
    small = {"readings": ["accurate"], "flows": ["dis"], "noise": [0], "clips": 4, "overrides": few}
    return world.data | small


def _trained(**more: object) -> Callable[[World, Path], Parameters]:
    """Of a notebook on the world's trained run, which it finds under its default name ``outputs/demo/train``."""
    return lambda world, folder: {**world.data, "train_run": "outputs/demo/train", **more}


#: Notebook to what makes its parameters from the world and a folder of its own.
SMALL: dict[str, Callable[[World, Path], Parameters]] = {
    "01_explore": lambda world, folder: world.data,
    "02_align": lambda world, folder: world.data,
    "03_pretrain": lambda world, folder: world.data | FEW_STEPS["pretrain"],
    "04_train_loso": lambda world, folder: (
        world.data
        | {"pretrain_run": "outputs/demo/pretrain", "device": "cpu", "look_every": 1}
        | {"overrides": FEW_STEPS["train"]["overrides"] | {"epochs.groups": 2}}
    ),
    "05_figures": _trained(**FEW_STEPS["figures"]),
    "06_motion_maps": lambda world, folder: {
        "maps_folder": str(_motion_maps(folder)),
        "protocol": "database",
        "look_every": 1,
        "overrides": _SMALL_FUSION,
    },
    "07_paper_tables": _paper_tables,
    "08_key_frames": _trained(shares=[0.3]),
    "09_displacement": _displacement,
    "10_runtime": lambda world, folder: {"rounds": {"small": 1}, "sizes": {"small": 64}, "pairs": 1},
    "11_conditions": _trained(conditions=["low-light"]),
    "12_calibration": _calibration,
    "13_results": _trained(explained=2),
    "14_try_your_own": lambda world, folder: {"train_run": "outputs/demo/train"},
    "15_run_board": lambda world, folder: {"study": "demo"},
    "16_paper_figures": lambda world, folder: {"train_run": "outputs/demo/train", "names": ["confusion", "scores"]},
    "17_benchmarks": lambda world, folder: {"names": ["fusion-order"]},
    "18_evidence": lambda world, folder: {"runs": made_up_methods(folder), "resamples": 30, "permutations": 99},
    "19_baselines": lambda world, folder: world.data | {"baseline": "bi-woof", "flow": "dis"},
}
