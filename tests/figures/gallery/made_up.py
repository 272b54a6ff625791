"""What the gallery is drawn from: made-up faces, fields and predictions, with words as long as real ones."""

from functools import cache

import numpy as np
import pandas as pd

from mer.evaluation.attributions import Attribution
from mer.evaluation.predictions import predictions_table
from mer.figures.displacement import DisplacementRow
from mer.figures.fusion_rows import FusionRow

CLASSES = ("negative", "positive", "surprise")
DATABASES = ("synthetic-casme2", "synthetic-samm", "synthetic-smic")
NAMES = [
    "negative\nCASME II style\nsub01 EP01_01",
    "positive\nSAMM style\n006_1_2",
    "surprise\nSMIC style\ns1 s1_sur_01",
]
SIDE = 48


@cache
def predictions(clips: int = 90) -> pd.DataFrame:
    """Three databases, three classes, about four of five right."""
    draw = np.random.default_rng(0)
    rows = [(DATABASES[k % 3], f"s{k % 9}", f"c{k}", CLASSES[(k // 3) % 3]) for k in range(clips)]
    table = pd.DataFrame(rows, columns=["database", "subject", "clip", "label"])
    scores = draw.dirichlet(np.ones(3), clips)
    right = draw.random(clips) < 0.8
    for k in np.flatnonzero(right):
        scores[k] = np.roll(np.sort(scores[k])[::-1], CLASSES.index(rows[k][3]))
    return predictions_table(table, CLASSES, scores, table["subject"], "last", "small", 0)


@cache
def face() -> np.ndarray:
    """Something of a face: an oval, lighter in the middle."""
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    oval = np.clip(1.2 - np.hypot(x / 0.8, y), 0, 1)
    eyes = sum(np.exp(-(((x - at) / 0.12) ** 2) - ((y + 0.25) / 0.08) ** 2) for at in (-0.35, 0.35))
    mouth = np.exp(-((x / 0.3) ** 2) - ((y - 0.5) / 0.06) ** 2)
    return np.clip(255 * (0.2 + 0.7 * oval - 0.4 * eyes - 0.3 * mouth), 0, 255).astype(np.uint8)


@cache
def field(seed: int = 0) -> np.ndarray:
    """A smooth displacement of at most about two pixels, normalised units."""
    import cv2

    rough = np.random.default_rng(seed).normal(0, 1, (2, 4, 4)).astype(np.float32)
    return np.stack([cv2.resize(part, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC) for part in rough]) * 2 / SIDE


@cache
def boxes() -> np.ndarray:
    """Nine boxes about where those of the action units lie."""
    corners = [(0.1, 0.1), (0.6, 0.1), (0.35, 0.12), (0.12, 0.3), (0.58, 0.3), (0.35, 0.4), (0.15, 0.6), (0.6, 0.6)]
    corners.append((0.35, 0.78))
    return np.array([(x, y, x + 0.28, y + 0.18) for x, y in corners], np.float32)


def fusion_row(name: str, seed: int = 0) -> FusionRow:
    """Random fusion weights."""
    draw = np.random.default_rng(seed)
    weights = [draw.dirichlet(np.full(n, 5.0)) for n in (9, 64)]
    return FusionRow(name, face(), boxes(), draw.dirichlet(np.full(4, 5.0), 9), *weights)


def displacement_rows() -> list[DisplacementRow]:
    """One clip with everything, one without a dynamic image and the truth, one more."""
    full = [
        DisplacementRow(
            name,
            face(),
            np.roll(face(), 1, 0),
            {"true": field(k), "FRL-DGT": field(k + 3), "tvl1": field(k + 6)},
            face() * 1.0,
        )
        for k, name in enumerate(NAMES)
    ]
    full[1] = DisplacementRow(NAMES[1], face(), face(), {"true": None, "FRL-DGT": field(4), "tvl1": field(7)})
    return full


def attribution(count: int = 3) -> Attribution:
    """Made of smooth fields."""
    maps = np.stack([field(k) for k in range(count)])
    frames = maps[:, 0] * 0.5
    numbers = np.linspace(0.5, 2, count)
    return Attribution(frames, frames, maps, np.arange(count) % 3, numbers, numbers * 0, numbers * 1e-3, numbers * 0)
