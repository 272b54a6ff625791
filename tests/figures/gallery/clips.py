"""Figures of single clips or classes: faces with what is drawn on them."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mer.evaluation.layer_attribution import UNEXPLAINED
from mer.figures.attribution import attribution_figure, occlusion_figure, occlusion_table
from mer.figures.displacement import DisplacementRow, displacement_figure
from mer.figures.failures import FailureRow, failures_figure
from mer.figures.fusion_weights import fusion_weights_figure
from mer.figures.layer_attribution import layer_attribution_figure
from mer.figures.regions import NINE, regions_figure
from tests.figures.gallery.made_up import (
    CLASSES,
    NAMES,
    attribution,
    boxes,
    displacement_rows,
    face,
    field,
    fusion_row,
    predictions,
)


def _displacement() -> Figure:
    return displacement_figure(displacement_rows(), synthetic=True)


def _attributions() -> Figure:
    faces = np.stack([face()] * 3)
    return attribution_figure(attribution(), faces, faces, NAMES, CLASSES, synthetic=True)


def _fusion_weights() -> Figure:
    return fusion_weights_figure([fusion_row(f"{name} (n = 60)", k) for k, name in enumerate(CLASSES)], synthetic=True)


def _failures() -> Figure:
    note = "generated motion: 0.93 px\nexpression: 1.20 px\nhead moved: 3.1 px\nblink: lids 85% closed"
    clip = DisplacementRow(
        "CASME II style\nsub01 EP01_01", face(), np.roll(face(), 1, 0), {"true": field(1), "FRL-DGT": field(2)}
    )
    scores = {"negative": 0.15, "positive": 0.8, "surprise": 0.05}
    rows = [
        FailureRow(clip, fusion_row("", k), "negative", "positive", scores, field(k)[0], field(k)[1], note)
        for k in range(2)
    ]
    return failures_figure(rows, synthetic=True)


def _layers() -> Figure:
    modules = [("branches", name) for name in ("global", "full face", UNEXPLAINED)]
    modules += [("local modules", name) for name in (*NINE, "full face", UNEXPLAINED)]
    rows = [
        {
            "clip": name.replace("\n", ", "),
            "explained_class": CLASSES[k],
            "log_odds_gain": 5.25,
            "sum": part,
            "module": module,
        }
        for k, name in enumerate(NAMES)
        for part, module in modules
    ]
    table = pd.DataFrame(rows)
    return layer_attribution_figure(table.assign(log_odds=np.sin(np.arange(len(table)))), synthetic=True)


def _occlusion() -> Figure:
    losses = np.random.default_rng(0).normal(0.05, 0.1, (90, 9))
    return occlusion_figure(occlusion_table(losses, predictions()["label"].to_list()), synthetic=True)


def _regions() -> Figure:
    angles = np.linspace(0, 2 * np.pi, 6, endpoint=False)
    corners = np.stack([np.cos(angles), np.sin(angles)], 1) * 2.6
    rois = {k + 1: corners + np.array([5 + 6.3 * (k % 7), 4 + 6.3 * (k // 7)]) for k in range(43)}
    landmarks = np.random.default_rng(0).uniform(8, 40, (68, 2))
    return regions_figure(face(), boxes(), synthetic=True, rois=rois, landmarks=landmarks)


FIGURES: dict[str, Callable[[], Figure]] = {
    "attributions": _attributions,
    "displacement": _displacement,
    "failures": _failures,
    "fusion-weights": _fusion_weights,
    "layer-attribution": _layers,
    "occlusion": _occlusion,
    "regions": _regions,
}
