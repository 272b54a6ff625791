"""Every figure of the suite drawn from made-up data, with words as long as real ones: what the tests of styles draw."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mer.evaluation.attributions import Attribution
from mer.evaluation.chain import STAGES
from mer.evaluation.failures import error_shares
from mer.evaluation.layer_attribution import UNEXPLAINED
from mer.evaluation.predictions import predictions_table
from mer.evaluation.report import evaluate
from mer.evaluation.runtime import AFTER, ALL_FUSIONS, BEFORE, WHOLE, runtime_table
from mer.figures.ablation import ablation_figure
from mer.figures.alignment import eye_distance_figure, failure_sheet, pose_figure
from mer.figures.attribution import attribution_figure, occlusion_figure, occlusion_table
from mer.figures.confusion import confusion_figure
from mer.figures.displacement import DisplacementRow, displacement_figure
from mer.figures.endpoint import endpoint_figure
from mer.figures.error_shares import error_shares_figure
from mer.figures.failures import FailureRow, failures_figure
from mer.figures.features import features_figure, features_table
from mer.figures.fusion_rows import FusionRow
from mer.figures.fusion_weights import fusion_weights_figure
from mer.figures.histograms import peak_figure
from mer.figures.key_frames import automatic_figure, deviation_figure, spotting_figure
from mer.figures.layer_attribution import layer_attribution_figure
from mer.figures.regions import NINE, regions_figure
from mer.figures.reliability import reliability_figure, reliability_table
from mer.figures.runtime import runtime_figure
from mer.figures.samples import MotionCurve, contact_sheet, motion_figure
from mer.figures.scores import scores_figure, scores_table
from mer.figures.training_curves import training_figure

CLASSES = ("negative", "positive", "surprise")
DATABASES = ("synthetic-casme2", "synthetic-samm", "synthetic-smic")
NAMES = ["negative\nCASME II look\nsub01 EP01_01", "positive\nSAMM look\n006_1_2", "surprise\nSMIC look\ns1 s1_sur_01"]
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
    return Attribution(frames, frames, maps, np.arange(count) % 3, numbers, numbers * 0, numbers * 1e-3)


def _ablation() -> Figure:
    changes = ("without self-supervision", "optical flow for the DGM", "no local fusion", "fusion after attention")
    rows = []
    for k, change in enumerate(changes):
        row = {"part": "all", "variant": f"M{k}", "change": change, "runs": 1}
        for metric in ("uf1", "uar"):
            name = f"{metric}_difference"
            row |= {f"{name}_ours_synthetic": -0.03 * k, f"{name}_ours_synthetic_low": -0.03 * k - 0.05}
            row |= {f"{name}_ours_synthetic_high": -0.03 * k + 0.04, f"{name}_paper": -0.05 + 0.02 * k}
        rows.append(row)
    return ablation_figure(pd.DataFrame(rows), synthetic=True, epoch_rule="last")


def _failures() -> Figure:
    note = "generated motion: 0.93 px\nexpression: 1.20 px\nhead moved: 3.1 px\nblink: lids 85% closed"
    clip = DisplacementRow(
        "CASME II look\nsub01 EP01_01", face(), np.roll(face(), 1, 0), {"true": field(1), "FRL-DGT": field(2)}
    )
    scores = {"negative": 0.15, "positive": 0.8, "surprise": 0.05}
    rows = [
        FailureRow(clip, fusion_row("", k), "negative", "positive", scores, field(k)[0], field(k)[1], note)
        for k in range(2)
    ]
    return failures_figure(rows, synthetic=True)


def _features() -> Figure:
    plane = np.random.default_rng(1).normal(0, 1, (90, 2)) + [[2 * (k // 3 % 3), k % 2] for k in range(90)]
    return features_figure(features_table(predictions(), plane), synthetic=True, epoch_rule="last")


def _regions() -> Figure:
    angles = np.linspace(0, 2 * np.pi, 6, endpoint=False)
    corners = np.stack([np.cos(angles), np.sin(angles)], 1) * 2.6
    rois = {k + 1: corners + np.array([5 + 6.3 * (k % 7), 4 + 6.3 * (k // 7)]) for k in range(43)}
    landmarks = np.random.default_rng(0).uniform(8, 40, (68, 2))
    return regions_figure(face(), boxes(), synthetic=True, rois=rois, landmarks=landmarks)


@cache
def _scores_table() -> pd.DataFrame:
    ours, guesses = predictions(), predictions().assign(predicted="negative")
    reports = {
        "FRL-DGT": ours,
        "ridge on optical flow": ours.assign(predicted=ours["label"]),
        "majority class": guesses,
    }
    return scores_table({name: evaluate(part, 20) for name, part in reports.items()})


@cache
def _shares() -> pd.DataFrame:
    return error_shares(predictions(), np.linspace(0, 2, 90))


def _training() -> Figure:
    step = np.arange(10, 101, 10)
    names = ("classification", "total", "reconstruction", "no_motion", "smooth", "gradient_ratio")
    parts = [
        pd.DataFrame(
            {"step": step, "phase": phase, "fold": fold}
            | {n: np.exp(-step / 40) * (k + 1) * (fold + 1) for k, n in enumerate(names)}
        )
        for phase in ("fusion", "joint")
        for fold in range(3)
    ]
    return training_figure(pd.concat(parts), synthetic=True)


def _endpoint() -> Figure:
    methods = ("paper", "accurate", "scaled", "tvl1", "dis", "farneback", "no motion")
    grid = [
        (m, k, motion, x)
        for k, m in enumerate(methods)
        for motion in ("all motion", "expression alone")
        for x in (0.2, 0.7, 1.5, 3)
    ]
    bins = pd.DataFrame(
        [{"method": m, "motion": motion, "length": x, "error": 0.1 * (k + 1) * x} for m, k, motion, x in grid]
    )
    bins = bins.assign(error_low=0.9 * bins["error"], error_high=1.1 * bins["error"])
    noise = pd.DataFrame(
        [{"method": m, "noise": x, "error": 0.1 * (k + 1 + x)} for k, m in enumerate(methods) for x in (0, 4, 8)]
    )
    return endpoint_figure(bins, noise.assign(low=0.05, high=2.0), synthetic=True, highlight="accurate")


def _scored(**columns: object) -> pd.DataFrame:
    table = pd.DataFrame(columns)
    for metric in ("uf1", "uar"):
        table[f"{metric}_ours_synthetic"] = np.linspace(0.8, 0.7, len(table))
        table[f"{metric}_ours_synthetic_low"] = table[f"{metric}_ours_synthetic"] - 0.05
        table[f"{metric}_ours_synthetic_high"] = table[f"{metric}_ours_synthetic"] + 0.04
        table[f"{metric}_paper"] = [0.9, *[0.85] * (len(table) - 1)]
    return table


def _spotting() -> Figure:
    methods = ("flow", "difference", "middle", "ratio", "capsule", "divide-and-conquer", "frequency")
    draw = np.random.default_rng(0)
    off = np.concatenate([draw.normal(0, k + 2, 40).round() for k in range(len(methods))])
    table = pd.DataFrame({"method": np.repeat(methods, 40), "error_frames": off, "error_share": off / 60})
    return spotting_figure(table, synthetic=True)


def _deviations() -> Figure:
    moved = {"moved": ["onset"] * 4 + ["apex"] * 4, "percent": [0, 10, 20, 30] * 2}
    table = _scored(**moved, mean_percent=[0, 9.0, 14.5, 20, 0, 10, 20, 29])
    table.loc[4:, ["uf1_paper", "uar_paper"]] -= 0.1
    return deviation_figure(table, synthetic=True, epoch_rule="last")


def _automatic() -> Figure:
    methods = ["flow", "difference", "divide-and-conquer", "capsule", "flow"]
    table = _scored(method=methods, trained_on=["annotated"] * 4 + ["its own"])
    table.loc[[0, 1, 2, 4], ["uf1_paper", "uar_paper"]] = np.nan
    return automatic_figure(
        table, pd.Series({"uf1_ours_synthetic": 0.77, "uar_ours_synthetic": 0.76}), synthetic=True, epoch_rule="last"
    )


def _reliability() -> Figure:
    names = ("seed 0", "seed 0, tempered", "ensemble", "ensemble, tempered")
    table = reliability_table({name: predictions() for name in names})
    words = dict.fromkeys(names, "ECE 0.050 [0.031, 0.072]")
    return reliability_figure(table, synthetic=True, epoch_rule="last", words=words)


def _runtime() -> Figure:
    rows = [
        (name, stage, order, turn, (k + 1) * factor * size / 1000)
        for name, size in (("small", 1), ("paper", 20))
        for k, stage in enumerate([*STAGES, ALL_FUSIONS, WHOLE])
        for order, factor in ((BEFORE, 1), (AFTER, 1.1))
        for turn in range(2)
    ]
    table = runtime_table(pd.DataFrame(rows, columns=["configuration", "stage", "variant", "round", "seconds"]))
    return runtime_figure(table, synthetic=True, device="AMD EPYC, 1 CPU thread(s), float32, processor time")


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
        MotionCurve(f"{name} look, sub0{k} EP01_0{k}", numbers, values, 100, 119, 140, CLASSES[k % 3], 200.0)
        for k, name in enumerate(("CASME II", "SAMM", "SMIC", "SAMM"))
    ]
    return motion_figure(curves, synthetic=True)


def _occlusion() -> Figure:
    losses = np.random.default_rng(0).normal(0.05, 0.1, (90, 9))
    return occlusion_figure(occlusion_table(losses, predictions()["label"].to_list()), synthetic=True)


def _peaks() -> Figure:
    table = pd.DataFrame({"label": np.repeat(CLASSES, 30), "peak_px": np.random.default_rng(0).gamma(3, 0.4, 90)})
    table.loc[0, "peak_px"] = np.nan
    return peak_figure(table, synthetic=True)


def _layers() -> Figure:
    modules = [("branches", name) for name in ("global", "full face", UNEXPLAINED)]
    modules += [("local modules", name) for name in (*NINE, "full face", UNEXPLAINED)]
    rows = [
        {"clip": name.replace("\n", ", "), "explained_class": CLASSES[k], "gain": 5.25, "sum": part, "module": module}
        for k, name in enumerate(NAMES)
        for part, module in modules
    ]
    table = pd.DataFrame(rows)
    return layer_attribution_figure(table.assign(contribution=np.sin(np.arange(len(table)))), synthetic=True)


#: Name to a function that draws the figure in the style in force.
FIGURES: dict[str, Callable[[], Figure]] = {
    "ablation": _ablation,
    "attributions": lambda: attribution_figure(
        attribution(), np.stack([face()] * 3), np.stack([face()] * 3), NAMES, CLASSES, synthetic=True
    ),
    "automatic-apex": _automatic,
    "confusion": lambda: confusion_figure(predictions(), synthetic=True),
    "contact-sheet": lambda: contact_sheet([face()] * 10, [f"sub0{k} EP01_0{k}" for k in range(10)], synthetic=True),
    "deviations": _deviations,
    "displacement": lambda: displacement_figure(displacement_rows(), synthetic=True),
    "endpoint": _endpoint,
    "error-shares": lambda: error_shares_figure(_shares(), synthetic=True, epoch_rule="last"),
    "eye-distance": _eye_distance,
    "failure-sheet": _failure_sheet,
    "failures": _failures,
    "features": _features,
    "fusion-weights": lambda: fusion_weights_figure(
        [fusion_row(f"{name} (n = 60)", k) for k, name in enumerate(CLASSES)], synthetic=True
    ),
    "head-pose": _pose,
    "layer-attribution": _layers,
    "motion": _motion,
    "occlusion": _occlusion,
    "peaks": _peaks,
    "regions": _regions,
    "reliability": _reliability,
    "runtime": _runtime,
    "scores": lambda: scores_figure(_scores_table(), synthetic=True, epoch_rule="last"),
    "spotting": _spotting,
    "training": _training,
}
