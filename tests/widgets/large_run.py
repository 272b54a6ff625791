"""A made-up run of many clips with small pictures, to time its views on."""

from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from mer.evaluation.predictions import predictions_table, write_predictions


def large_run(folder: Path, count: int) -> tuple[Path, None, pd.DataFrame]:
    """What `mer.widgets.results.view.explore_results` takes: the run, no store, the points of the plane."""
    rng = np.random.default_rng(0)
    key = {"database": "synthetic-x", "subject": [f"{k % 68:02d}" for k in range(count)]}
    clips = pd.DataFrame(key | {"clip": [f"c{k}" for k in range(count)]}).assign(
        label=rng.choice(["negative", "positive", "surprise"], count)
    )
    classes = ["negative", "positive", "surprise"]
    table = predictions_table(clips, classes, rng.dirichlet([1, 1, 1], count), clips["subject"], "last", "made up", 0)
    write_predictions(table, folder / "predictions.csv")
    (folder / "arrays").mkdir()
    side = 128 if count < 1000 else 32
    np.savez(
        folder / "arrays" / "clips.npz",
        embedding=rng.normal(size=(count, 4)).astype(np.float32),
        onset=_smooth(rng, count, side, 1)[:, 0].astype(np.uint8),
        apex=_smooth(rng, count, side, 1)[:, 0].astype(np.uint8),
        displacement=((_smooth(rng, count, side, 2) - 128) / 2000).astype(np.float16),
        weights_local=rng.dirichlet(np.ones(4), (count, 9, 2)),
        weights_global=rng.dirichlet(np.ones(9), (count, 2)),
        weights_full=rng.dirichlet(np.ones(16), (count, 2)),
        boxes=np.tile(np.array([0.1, 0.2, 0.6, 0.7], np.float32), (count, 9, 1)),
    )
    points = table[["database", "subject", "clip", "label", "predicted"]].assign(
        x=rng.normal(size=count), y=rng.normal(size=count)
    )
    return folder, None, points


def _smooth(rng: np.random.Generator, count: int, side: int, channels: int) -> np.ndarray:
    """Pictures of 0 to 255 as smooth as faces and motion are: float32 (count, channels, side, side)."""
    coarse = rng.uniform(0, 255, (count * channels, side // 8, side // 8)).astype(np.float32)
    fine = [cv2.resize(one, (side, side), interpolation=cv2.INTER_CUBIC) for one in coarse]
    return np.clip(fine, 0, 255).reshape(count, channels, side, side)
