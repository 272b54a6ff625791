"""Figures of studies: variants, key frames, displacement, runtime, calibration."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mer.evaluation.chain import STAGES
from mer.evaluation.guessing import guessing_scores
from mer.evaluation.report import evaluate
from mer.evaluation.runtime import AFTER, ALL_FUSIONS, BEFORE, WHOLE, runtime_table
from mer.figures.ablation import ablation_figure
from mer.figures.differences import differences_figure
from mer.figures.endpoint import endpoint_figure
from mer.figures.epoch_rules import epoch_rules_figure
from mer.figures.key_frames import automatic_figure, deviation_figure, spotting_figure
from mer.figures.methods import methods_figure
from mer.figures.reliability import reliability_figure, reliability_table
from mer.figures.runtime import runtime_figure
from mer.figures.scores import scores_table
from tests.figures.gallery.made_up import predictions
from tests.figures.made_up_evidence import METHODS, comparisons, rules


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


def scored(**columns: object) -> pd.DataFrame:
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
    table = scored(**moved, mean_percent=[0, 9.0, 14.5, 20, 0, 10, 20, 29])
    table.loc[4:, ["uf1_paper", "uar_paper"]] -= 0.1
    return deviation_figure(table, synthetic=True, epoch_rule="last")


def _automatic() -> Figure:
    methods = ["flow", "difference", "divide-and-conquer", "capsule", "flow"]
    table = scored(method=methods, trained_on=["annotated"] * 4 + ["its own"])
    table.loc[[0, 1, 2, 4], ["uf1_paper", "uar_paper"]] = np.nan
    return automatic_figure(
        table, pd.Series({"uf1_ours_synthetic": 0.77, "uar_ours_synthetic": 0.76}), synthetic=True, epoch_rule="last"
    )


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


def _reliability() -> Figure:
    names = ("seed 0", "seed 0, tempered", "ensemble", "ensemble, tempered")
    table = reliability_table({name: predictions() for name in names})
    words = dict.fromkeys(names, "ECE 0.050 [0.031, 0.072]")
    return reliability_figure(table, synthetic=True, epoch_rule="last", words=words)


def _differences() -> Figure:
    return differences_figure(comparisons(), synthetic=True, epoch_rule="last")


def _epoch_rules() -> Figure:
    return epoch_rules_figure(rules(), synthetic=True)


def _methods() -> Figure:
    table = scores_table(dict.fromkeys(METHODS, evaluate(predictions(), 30)))
    seeds, guessed = dict.fromkeys(METHODS, 3), guessing_scores(predictions())
    return methods_figure(table, seeds, synthetic=True, epoch_rule="last", chance=guessed)


FIGURES: dict[str, Callable[[], Figure]] = {
    "ablation": _ablation,
    "automatic-apex": _automatic,
    "deviations": _deviations,
    "differences": _differences,
    "endpoint": _endpoint,
    "epoch-rules": _epoch_rules,
    "methods": _methods,
    "reliability": _reliability,
    "runtime": _runtime,
    "spotting": _spotting,
}
