"""Tables of a displacement study: every method on every held-out clip, by motion size and by added noise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import process_time

import numpy as np
import pandas as pd

from mer.core.errors import InputError
from mer.core.progress import progress
from mer.evaluation.displacement_study import HeldOut, Method, ReadingConfig, with_noise
from mer.evaluation.endpoint import BinConfig, binned_errors, clip_errors, expression_part, mean_over_clips
from mer.models.readings import find_reading

#: What is measured: the displacement as it is, or without shift, scaling and rotation of the whole face.
MOTIONS = ("all motion", "expression")


@dataclass(frozen=True)
class Measured:
    """Results in long form.

    Attributes:
        clips: one row a method, noise level, motion and clip: ``method, noise, motion, person`` and the columns of
            `mer.evaluation.endpoint.clip_errors`.
        bins: one row a method, motion and bin, without added noise: ``method, motion`` and the columns of
            `mer.evaluation.endpoint.binned_errors`.
        milliseconds: method to time a pair.
    """

    clips: pd.DataFrame
    bins: pd.DataFrame
    milliseconds: dict[str, float]


def measure(
    methods: Mapping[str, Method], pairs: HeldOut, noise: Sequence[float], bins: BinConfig, seed: int = 0
) -> Measured:
    """Measure every method on pairs with known displacement.

    Args:
        methods: by name.
        pairs: with their true displacement.
        noise: deviations of added noise in grey levels of 255; 0 must be among them.
        bins: of the true length.
        seed: of the noise, the same for all methods.

    Raises:
        InputError: the true displacement is not known, or 0 is not among the noise levels.
    """
    if pairs.true is None:
        raise InputError("The true displacement of these clips is not known. Only synthetic databases have it.")
    if 0 not in noise:
        raise InputError(f"noise is {list(noise)}; expected 0 (none added) among the levels.")
    truth = dict(zip(MOTIONS, (pairs.true, expression_part(pairs.true)), strict=True))
    clips, by_size, times = [], [], {}
    with progress(what="measuring displacement", total=len(methods) * len(noise), unit="method") as bar:
        for level in noise:
            noisy = with_noise(pairs, level, seed)
            for name, method in methods.items():
                began = process_time()
                found = method(noisy.onset, noisy.apex)
                taken = 1000 * (process_time() - began) / len(found)
                masked = np.where(np.isfinite(pairs.true), found, np.nan)
                for motion, field in zip(MOTIONS, (masked, expression_part(masked)), strict=True):
                    about = {"method": name, "motion": motion}
                    errors = clip_errors(field, truth[motion])
                    clips.append(errors.assign(**about, noise=float(level), person=pairs.persons))
                    if level == 0:
                        times[name] = taken
                        table = binned_errors(field, truth[motion], pairs.persons, bins)
                        by_size.append(table.assign(**about))
                bar.update()
    return Measured(pd.concat(clips, ignore_index=True), pd.concat(by_size, ignore_index=True), times)


def readings_table(configs: Mapping[str, ReadingConfig]) -> pd.DataFrame:
    """One row a reading: steps of its pretraining, weights of its losses, what is compared, and its words."""
    rows = {}
    for name, config in configs.items():
        loss = config.pretraining.loss
        rows[name] = {
            "steps": config.pretraining.steps,
            "lambda_rec": loss.reconstruction,
            "lambda_nm": loss.no_motion,
            "lambda_sm": loss.smooth,
            "curvature": loss.curvature,
            "terms on": "alpha D^" if loss.scaled else "D^",
            "compares": f"contrast, radius {loss.contrast}" if loss.contrast else f"grey 0..{loss.image_scale:g}",
            "closed-form steps": len(config.dgm.start.windows),
            "about": find_reading(name).about,
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("reading")


def summary(measured: Measured) -> pd.DataFrame:
    """One row a method, without added noise, best first.

    Returns:
        Index ``method``; ``error_px`` with its interval over persons (``error_px_low``, ``error_px_high``),
        ``angle_deg``, ``correlation``, then ``expression_error_px`` and ``expression_correlation``, and ``ms`` a pair.
    """
    clean = measured.clips[measured.clips["noise"] == 0]
    rows = {}
    for name, own in clean.groupby("method", sort=False):
        all_motion, expression = (own[own["motion"] == motion] for motion in MOTIONS)
        error, low, high = mean_over_clips(all_motion["error"].to_numpy(), all_motion["person"].to_numpy())
        rows[name] = {
            "error_px": error,
            "error_px_low": low,
            "error_px_high": high,
            "angle_deg": all_motion["angle"].mean(),
            "correlation": all_motion["correlation"].mean(),
            "expression_error_px": expression["error"].mean(),
            "expression_correlation": expression["correlation"].mean(),
            "ms": measured.milliseconds[str(name)],
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("method").sort_values("error_px")


def by_noise(measured: Measured) -> pd.DataFrame:
    """Mean end-point error of all motion by added noise: ``method, noise, error, low, high``, in the order measured."""
    rows = []
    own = measured.clips[measured.clips["motion"] == MOTIONS[0]]
    for (name, level), part in own.groupby(["method", "noise"], sort=False):
        error, low, high = mean_over_clips(part["error"].to_numpy(), part["person"].to_numpy())
        rows.append({"method": name, "noise": level, "error": error, "low": low, "high": high})
    return pd.DataFrame(rows)
