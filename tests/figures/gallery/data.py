"""Figures of the data and of their alignment."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mer.figures.alignment import eye_distance_figure, failure_sheet, pose_figure
from mer.figures.histograms import peak_figure
from mer.figures.samples import MotionCurve, contact_sheet, motion_figure
from tests.figures.gallery.made_up import (
    CLASSES,
    DATABASES,
    face,
)


def _contact_sheet() -> Figure:
    return contact_sheet([face()] * 10, [f"sub0{k} EP01_0{k}" for k in range(10)], synthetic=True)


def _failure_sheet() -> Figure:
    rows = [(DATABASES[k % 3], f"s{k}", f"clip_{k}", "face", "No face found" if k % 2 else "2 faces") for k in range(8)]
    skipped = pd.DataFrame(rows, columns=["database", "subject", "clip", "kind", "reason"])
    picture = np.dstack([face()] * 3)
    return failure_sheet(skipped, {"/".join(row[:3]): picture for row in rows[:6]}, synthetic=True)


def _eye_distance() -> Figure:
    draw = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "database": np.repeat(DATABASES, 30),
            "raw_px": draw.normal(120, 15, 90),
            "aligned": draw.normal(0.4, 0.002, 90),
        }
    )
    return eye_distance_figure(table, synthetic=True)


def _pose() -> Figure:
    table = pd.DataFrame(np.random.default_rng(0).normal(0, 6, (90, 3)), columns=["yaw", "pitch", "roll"])
    table.insert(0, "database", np.repeat(DATABASES, 30))
    table.loc[0, "yaw"] = np.nan
    return pose_figure(table, synthetic=True)


def _motion() -> Figure:
    numbers = np.arange(100, 141)
    values = 5 * np.sin(np.linspace(0, np.pi, 41))
    curves = [
        MotionCurve(f"{name} style, sub0{k} EP01_0{k}", numbers, values, 100, 119, 140, CLASSES[k % 3], 200.0)
        for k, name in enumerate(("CASME II", "SAMM", "SMIC", "SAMM"))
    ]
    return motion_figure(curves, synthetic=True)


def _peaks() -> Figure:
    table = pd.DataFrame({"label": np.repeat(CLASSES, 30), "peak_px": np.random.default_rng(0).gamma(3, 0.4, 90)})
    table.loc[0, "peak_px"] = np.nan
    return peak_figure(table, synthetic=True)


FIGURES: dict[str, Callable[[], Figure]] = {
    "contact-sheet": _contact_sheet,
    "eye-distance": _eye_distance,
    "failure-sheet": _failure_sheet,
    "head-pose": _pose,
    "motion": _motion,
    "peaks": _peaks,
}
