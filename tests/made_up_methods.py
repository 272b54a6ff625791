"""Finished runs of two methods on the same clips, with floors and looks, and made-up predictions."""

from pathlib import Path

import pandas as pd

from mer.evaluation.evidence import FLOORS, RULES, floors_table
from mer.evaluation.predictions import write_predictions
from mer.manifest.labels import COMPOSITE
from tests.made_up_runs import made_up_predictions, made_up_run

LOOKED, PLAIN, FLOOR = "Transformer Fusion", "STSTNet", "ridge with intercept"


def made_up_methods(root: Path, protocol: str = "loso") -> list[str]:
    """Folders: two seeds of a method that took looks, one seed of a method that took none; all have two floors."""
    first, second = (_run(root, LOOKED, 1.4, seed, protocol) for seed in (0, 1))
    for seed, folder in enumerate((first, second)):
        rules = {"last": (1.4, seed), "nested": (1.4, seed + 20), "oracle": (2.4, seed + 30)}
        tables = [_predictions(*known).assign(epoch_rule=rule, seed=seed) for rule, known in rules.items()]
        write_predictions(pd.concat(tables, ignore_index=True), folder / RULES)
    return [str(folder) for folder in (first, second, _run(root, PLAIN, 0.7, 10, protocol))]


def _run(root: Path, method: str, skill: float, seed: int, protocol: str) -> Path:
    name = f"{method.lower().replace(' ', '-')}-{seed}"
    folder = made_up_run(root / "methods" / name, _predictions(skill, seed), method=method, protocol=protocol)
    floors = {FLOOR: _predictions(0.4, 40), "majority class": _predictions(0.0, 41)}
    write_predictions(floors_table(floors), folder / FLOORS)
    return folder


def _predictions(skill: float, seed: int) -> pd.DataFrame:
    return made_up_predictions(COMPOSITE.classes, skill, seed)
