from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mer.evaluation.predictions import predictions_table, write_predictions
from mer.manifest.clips import validate_clips

SIZE = 32


@dataclass
class SmallStore:
    """What the widgets use of an aligned store."""

    clips: pd.DataFrame
    frames: np.ndarray
    start: np.ndarray
    count: np.ndarray
    boxes: np.ndarray
    displacement: np.ndarray | None
    synthetic: bool = True
    terms: str = "free"

    def frame(self, clip, number):
        return self.frames[self.start[clip] + number - int(self.clips["onset"].iloc[clip])]

    def pair(self, clip):
        row = self.clips.iloc[clip]
        return self.frame(clip, int(row["onset"])), self.frame(clip, int(row["apex"]))


@pytest.fixture
def store():
    rows = [
        ("synthetic-casme2", "01", "a", 11, 14, 18, "negative", "4"),
        ("synthetic-casme2", "02", "b", 3, 5, 9, "positive", "6+12"),
        ("synthetic-samm", "006", "c", 1, None, 4, "surprise", "1+2+L25"),
    ]
    clips = validate_clips(
        pd.DataFrame(
            [
                {
                    "database": d,
                    "subject": s,
                    "clip": c,
                    "frames": c,
                    "onset": on,
                    "apex": ap,
                    "offset": off,
                    "fps": 200,
                }
                | {
                    "emotion": "",
                    "action_units": au,
                    "label": label,
                    "apex_source": "annotated" if ap else "",
                    "note": "",
                }
                for d, s, c, on, ap, off, label, au in rows
            ]
        )
    )
    count = (clips["offset"] - clips["onset"] + 1).to_numpy(dtype=np.int64)
    rng = np.random.default_rng(0)
    frames = rng.integers(0, 255, (int(count.sum()), SIZE, SIZE, 1), dtype=np.uint8)
    displacement = rng.normal(0, 0.02, (3, 2, SIZE, SIZE)).astype(np.float16)
    displacement[:, :, :4] = np.nan
    boxes = np.tile(np.array([0.1, 0.2, 0.6, 0.7], np.float32), (3, 9, 1))
    return SmallStore(clips, frames, np.cumsum(count) - count, count, boxes, displacement)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    rng = np.random.default_rng(1)
    n = 12
    clips = pd.DataFrame(
        {
            "database": ["synthetic-casme2"] * 6 + ["synthetic-samm"] * 6,
            "subject": [f"{k % 3:03d}" for k in range(n)],
            "clip": [f"<c{k}>" for k in range(n)],
            "label": ["negative", "positive", "surprise"] * 4,
        }
    )
    scores = rng.dirichlet([1, 1, 1], n)
    predictions = predictions_table(
        clips, ["negative", "positive", "surprise"], scores, clips["subject"], "last", "small", 0
    )
    write_predictions(predictions, tmp_path / "predictions.csv")
    (tmp_path / "arrays").mkdir()
    weights = rng.dirichlet(np.ones(4), (n, 9, 2))
    np.savez(
        tmp_path / "arrays" / "clips.npz",
        embedding=rng.normal(size=(n, 6)).astype(np.float32),
        onset=rng.integers(0, 255, (n, SIZE, SIZE), dtype=np.uint8),
        apex=rng.integers(0, 255, (n, SIZE, SIZE), dtype=np.uint8),
        displacement=rng.normal(0, 0.02, (n, 2, 8, 8)).astype(np.float16),
        weights_local=weights,
        weights_global=rng.dirichlet(np.ones(9), (n, 2)),
        weights_full=rng.dirichlet(np.ones(16), (n, 2)),
        boxes=np.tile(np.array([0.1, 0.2, 0.6, 0.7], np.float32), (n, 9, 1)),
    )
    (tmp_path / "figures").mkdir()
    kept = predictions[["database", "subject", "clip", "label", "predicted"]].assign(x=np.arange(n), y=1.5)
    kept.to_csv(tmp_path / "figures" / "features.csv", index=False)
    return tmp_path
