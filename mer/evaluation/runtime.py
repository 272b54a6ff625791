"""What a recognition costs, stage by stage and from image files to a class, in both orders of fusion and attention.

``before`` is the paper's fusion layer (Fu-B-Attn), ``after`` its ablation M4 (Fu-A-Attn). Both models are one
configuration but for that order; everything else of them costs the same, and is timed of both all the same, which shows
how far two equal pieces of code differ by chance.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import torch

from mer.core.errors import InputError
from mer.datasets.database import Database
from mer.evaluation.chain import STAGES, Chain, Machine, Pair
from mer.evaluation.costs import model_costs
from mer.evaluation.published import read_published
from mer.evaluation.timing import Call, interleaved_times, paired_ratios, summary
from mer.face.landmarks import LandmarkDetector
from mer.models.frl_dgt import FRLDGT, FRLDGTConfig
from mer.motion.flow import FLOW_METHODS, optical_flow
from mer.training.device import mixed_precision
from mer.training.fold_model import fold_model, trained_size
from mer.training.pairs import to_float
from mer.training.run_folder import fold_weights

BEFORE, AFTER = "before", "after"
#: Column of `runtime_table`: the paper's order over its ablation, as in `mer bench`; below 1 the paper's is the faster.
RATIO = f"{BEFORE} / {AFTER}"
#: What is timed beside the stages, each as one call.
ALL_FUSIONS = "all fusions"
WHOLE = "image files to class"
_PUBLISHED = {
    "all fusions with Fu-B-Attn": (ALL_FUSIONS, BEFORE),
    "all fusions with Fu-A-Attn": (ALL_FUSIONS, AFTER),
    "recognition": (WHOLE, BEFORE),
}


def use_threads(count: int) -> None:
    """Let torch and OpenCV use so many threads of the CPU.

    Raises:
        InputError: it is no whole number from 1.
    """
    check_threads(count)
    torch.set_num_threads(count)
    cv2.setNumThreads(count)


def check_threads(count: object) -> None:
    """Refuse what is no number of threads: torch has no message for it, and OpenCV would take 0 as "no threads"."""
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise InputError(f"threads is {count!r}, expected a whole number from 1; 1 depends least on other programs.")


def both_orders(config: FRLDGTConfig) -> dict[str, FRLDGTConfig]:
    """The configuration with the fusion layers of either order."""
    if config.motion.source != "dgm" or config.sequence or not config.fusion.full_face:
        raise InputError(
            "The runtime is that of FRL-DGT on an onset-apex pair, with its displacement module and its full-face "
            "module. Choose a configuration that has them."
        )
    return {
        BEFORE: replace(config, fusion=replace(config.fusion, order="before")),
        AFTER: replace(config, fusion=replace(config.fusion, order="after")),
    }


def both_models(config: FRLDGTConfig, trained: FRLDGT | None = None) -> dict[str, FRLDGT]:
    """Models of either order, with random weights; one that was trained takes the place of that of its order."""
    models = {order: FRLDGT(one) for order, one in both_orders(config).items()}
    return models if trained is None else models | {trained.config.fusion.order: trained}


def trained_model(run_folder: Path | str) -> tuple[FRLDGT, int]:
    """A fold's model of a finished leave-one-subject-out run, and the side of the aligned faces it was trained on.

    Raises:
        MissingPath: the run has no weights.
    """
    return fold_model(fold_weights(run_folder)[0])[0], trained_size(run_folder) or 128


def measure(
    models: Mapping[str, FRLDGT],
    pairs: Sequence[Pair],
    detector: LandmarkDetector,
    machine: Machine,
    repetitions: int,
    **timing: Any,
) -> pd.DataFrame:
    """Time the stages and the whole of several models, side by side.

    Args:
        models: by name of the variant; they are moved to the machine's device and put in eval mode.
        pairs: onset and apex image files; every round takes the next one, all variants the same.
        detector: finds the face.
        machine: where.
        repetitions: rounds.
        timing: further arguments of `mer.evaluation.timing.interleaved_times`.

    Returns:
        Columns ``stage, variant, round, seconds``: the stages of `STAGES`, `ALL_FUSIONS` and `WHOLE`.
    """
    if not pairs:
        raise InputError("No pair of images to time. Give at least one.")
    chains = {name: Chain(model.to(machine.device).eval(), detector, machine) for name, model in models.items()}
    turns = {name: cycle(pairs) for name in models}
    for chain in chains.values():
        chain.recognise(pairs[0])  # fills what the single stages start from

    def on(stage: str, name: str) -> Call:
        chain = chains[name]
        if stage == STAGES[0]:
            return lambda: chain.read(next(turns[name]))
        return chain.stages[stage]

    stages: dict[str, dict[str, Call]] = {stage: {name: on(stage, name) for name in models} for stage in STAGES}
    stages[ALL_FUSIONS] = {name: chain.all_fusions for name, chain in chains.items()}
    stages[WHOLE] = {name: _whole(chain, cycle(pairs)) for name, chain in chains.items()}
    with torch.inference_mode(), mixed_precision(machine.device, machine.precision):
        return interleaved_times(stages, repetitions, wait=machine.wait, **timing)


def other_methods(pair: tuple[np.ndarray, np.ndarray], repetitions: int, **timing: Any) -> pd.DataFrame:
    """Time what stands beside the model, on one aligned pair: optical flows, interpolation in time, magnification.

    Args:
        pair: aligned onset and apex, uint8 (H, W).
        repetitions: rounds.
        timing: further arguments of `mer.evaluation.timing.interleaved_times`.

    Returns:
        As `measure`, the variant is ``pair`` or, of what needs a clip, ``clip of 58 frames`` (the composite database's
        mean).
    """
    from mer.models.magnet import MagNet
    from mer.motion.dynamic_image import dynamic_image
    from mer.motion.magnify import MagnifyConfig, magnify
    from mer.motion.tim import interpolate

    onset, apex = pair
    clip = np.stack([onset] * 29 + [apex] * 29)
    first, second = (to_float(frame[None, :, :, None], torch.device("cpu")) for frame in pair)
    magnet = MagNet().eval()
    calls: dict[str, dict[str, Call]] = {
        f"{name} flow": {"pair": partial(optical_flow, onset, apex, name)} for name in FLOW_METHODS
    }
    calls["magnification by phase"] = {"pair": lambda: magnify(first, second, 2.0, MagnifyConfig(method="phase"))}
    calls["magnification by MagNet"] = {"pair": lambda: magnet(first, second, torch.tensor([2.0]))}
    calls["TIM to 10 frames"] = {"clip of 58 frames": lambda: interpolate(clip, 10)}
    calls["dynamic image"] = {"clip of 58 frames": lambda: dynamic_image(clip)}
    with torch.inference_mode():
        return interleaved_times(calls, repetitions, **timing)


def costs(configs: Mapping[str, FRLDGTConfig], size: int) -> pd.DataFrame:
    """Parameters and operations of every part: ``variant, part, parameters, multiply_adds`` (`model_costs`)."""
    parts = [model_costs(config, size).assign(variant=name) for name, config in configs.items()]
    return pd.concat(parts, ignore_index=True)[["variant", "part", "parameters", "multiply_adds"]]


def runtime_table(times: pd.DataFrame) -> pd.DataFrame:
    """Both orders side by side, and the numbers of the paper in the same form below.

    Args:
        times: from `measure`, with a column ``configuration`` in front.

    Returns:
        Columns ``configuration, stage, before_ms, after_ms, before / after``, each of the last three with a ``_low``
        and a ``_high`` one (quartiles, NaN for the paper's); the last is the median of the rounds' ratios.
    """
    found = summary(times).rename(columns={"ms_low": "low", "ms_high": "high"})
    table = paired_ratios(times, BEFORE, AFTER).drop(columns="rounds")
    table = table.rename(columns={f"ratio{end}": f"{RATIO}{end}" for end in ("", "_low", "_high")})
    for order in (AFTER, BEFORE):
        one = found[found["variant"] == order].set_index(["configuration", "stage"])[["ms", "low", "high"]]
        one.columns = pd.Index([f"{order}_ms", f"{order}_ms_low", f"{order}_ms_high"])
        table = one.reset_index().merge(table, on=["configuration", "stage"], how="right")
    return pd.concat([table, _published()], ignore_index=True)


def database_pairs(database: Database, count: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Raw onset and apex frames of some clips, spread over a database: uint8, RGB."""
    clips = database.clips[database.clips["apex"].notna()]
    if clips.empty or count < 1:
        raise InputError(f"{count} pairs of {database.name}, which has {len(clips)} clips with an apex; expected some.")
    rows = np.unique(np.linspace(0, len(clips) - 1, min(count, len(clips))).round().astype(int))
    pairs = []
    for _, row in clips.iloc[rows].iterrows():
        pairs.append((database.frame(row, int(row["onset"])), database.frame(row, int(row["apex"]))))
    return pairs


def write_pairs(images: Sequence[tuple[np.ndarray, np.ndarray]], folder: Path, suffix: str = ".jpg") -> list[Pair]:
    """Raw frames as image files, RGB uint8 pairs in, paths out; the folder is made."""
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for number, pair in enumerate(images):
        names = (folder / f"{number}-onset{suffix}", folder / f"{number}-apex{suffix}")
        for path, image in zip(names, pair, strict=True):
            if not cv2.imwrite(str(path), cv2.cvtColor(image, cv2.COLOR_RGB2BGR)):
                raise InputError(f"Cannot write {path}. Choose another folder, or a suffix such as .png.")
        found.append(names)
    return found


def _whole(chain: Chain, turns: Iterator[Pair]) -> Call:
    return lambda: chain.recognise(next(turns))


def _published() -> pd.DataFrame:
    rows: dict[str, dict[str, Any]] = {}
    for _, row in read_published("runtime").iterrows():
        stage, order = _PUBLISHED[row["stage"]]
        name = f"published by the paper, {row['machine']}"
        rows.setdefault(stage, {"configuration": name, "stage": stage})[f"{order}_ms"] = row["milliseconds"]
    table = pd.DataFrame(list(rows.values()))
    return table.assign(**{RATIO: table["before_ms"] / table["after_ms"]})
