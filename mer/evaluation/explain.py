"""What the predictions of a finished run rest on, each explained by the model that made it.

On one CPU thread: a few clips at once give more threads little to do, and on a machine that others use as well two were
five times slower than one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from mer.core.errors import InputError, nearest
from mer.core.progress import progress
from mer.core.rows import Rows
from mer.evaluation.attributions import Attribution, attribute_clips, occlusion_by_region
from mer.models.frl_dgt import FRLDGT
from mer.motion.magnify import MagnifyConfig
from mer.training.checkpoints import read_about, stored_config
from mer.training.device import one_thread
from mer.training.fold_model import check_pair_model, fold_model
from mer.training.folds import fold_folder
from mer.training.inputs import Inputs
from mer.training.magnified import with_test_factor


@dataclass(frozen=True)
class Explanation:
    """Attributions of some clips and the occlusion of all.

    Attributes:
        attribution: of the chosen clips, in their order, for the predicted class.
        occlusion: float32, (n, 9), for every clip the fall of the true class's log-odds when a box moves only as the
            head does.
    """

    attribution: Attribution
    occlusion: np.ndarray


def explain_run(
    run_folder: Path | str,
    arrays: Mapping[str, Rows],
    predictions: pd.DataFrame,
    chosen: Sequence[int],
    steps: int = 64,
) -> Explanation:
    """Explain a leave-one-subject-out run with the fold models that it left.

    Args:
        run_folder: a finished run of FRL-DGT.
        arrays: its ``arrays/clips.npz``.
        predictions: its predictions, rows as in ``arrays``.
        chosen: rows to attribute.
        steps: of the integrated gradients.
    """
    occlusion = np.zeros((len(predictions), arrays["boxes"].shape[1]), np.float32)
    parts: dict[int, Attribution] = {}
    with one_thread("cpu"):
        for fold, rows in progress(predictions.groupby("fold").indices.items(), what="Explaining", unit="fold"):
            model, classes, magnify = _model(run_folder, str(fold))
            onset, apex, boxes = _inputs(arrays, rows, model, magnify)
            truth = torch.tensor([classes.index(label) for label in predictions["label"].iloc[rows]])
            occlusion[rows] = occlusion_by_region(model, onset, apex, boxes, truth).numpy()
            for row in set(chosen) & set(rows.tolist()):
                parts[row] = attribute_clips(model, *_inputs(arrays, np.array([row]), model, magnify), steps=steps)
    return Explanation(_joined([parts[row] for row in chosen]), occlusion)


def attribute_run(
    run_folder: Path | str,
    arrays: Mapping[str, Rows],
    predictions: pd.DataFrame,
    chosen: Sequence[int],
    targets: Sequence[str],
    steps: int = 64,
) -> Attribution:
    """Attributions of some clips for a class of one's choice, by the fold models that predicted them.

    Args:
        run_folder: a finished run of FRL-DGT.
        arrays: its ``arrays/clips.npz``.
        predictions: its predictions, rows as in ``arrays``.
        chosen: rows to attribute, at least one.
        targets: class name to explain of each of them, for instance the true one of a wrong prediction.
        steps: of the integrated gradients.

    Raises:
        InputError: no clip is chosen, or a class is none of the run's.
    """
    parts = [
        attribute_clips(model, *inputs, target=target, steps=steps)
        for model, inputs, target in each_fold_model(run_folder, arrays, predictions, chosen, targets)
    ]
    return _joined(parts)


def each_fold_model(
    run_folder: Path | str,
    arrays: Mapping[str, Rows],
    predictions: pd.DataFrame,
    chosen: Sequence[int],
    targets: Sequence[str],
) -> Iterator[tuple[FRLDGT, tuple[Tensor, Tensor, Tensor], Tensor]]:
    """For each chosen clip the model that predicted it, its onset, apex and boxes, and the class to explain (1,).

    Between two of them the caller runs on one CPU thread. Arguments and errors as for `attribute_run`.
    """
    if not len(chosen):
        raise InputError("No clip to explain. Choose at least one clip.")
    missing = [name for name in ("onset", "apex", "boxes") if name not in arrays]
    if missing:
        raise InputError(
            f"{run_folder} keeps no {', '.join(missing)} of its clips, so it cannot be explained. "
            "Give a run of 04_train_loso."
        )
    for row, target in zip(chosen, targets, strict=True):
        model, classes, magnify = _model(run_folder, str(predictions["fold"].iloc[row]))
        if target not in classes:
            raise InputError(f"{target!r} is not a class of {run_folder}. {nearest(target, classes)}")
        with one_thread("cpu"):
            yield model, _inputs(arrays, np.array([row]), model, magnify), torch.tensor([classes.index(target)])


def _model(run_folder: Path | str, fold: str) -> tuple[FRLDGT, list[str], MagnifyConfig | None]:
    """A fold's model, its classes, and the magnification that it was trained and tested with."""
    path = fold_folder(Path(run_folder), fold) / "weights.safetensors"
    model, classes = fold_model(path)
    why = "only models of an onset-apex pair and its generated displacement are explained. Give such a run."
    check_pair_model(model.config, run_folder, why)
    about = read_about(path)
    return model, classes, stored_config(MagnifyConfig, about, "magnify", path) if about.get("magnify") else None


def _joined(parts: Sequence[Attribution]) -> Attribution:
    return Attribution(
        **{item.name: np.concatenate([getattr(part, item.name) for part in parts]) for item in fields(Attribution)}
    )


def _inputs(
    arrays: Mapping[str, Rows], rows: np.ndarray, model: FRLDGT, magnify: MagnifyConfig | None
) -> tuple[Tensor, Tensor, Tensor]:
    """Onset and apex as float (B, C, H, W) in [0, 1], and the boxes.

    A run keeps the frames of its clips as they are; where it predicted magnified ones (a test factor other than 1), the
    apex is magnified here by the same factor.
    """
    frames = []
    for name in ("onset", "apex"):
        image = torch.from_numpy(arrays[name][rows]).float() / 255
        frames.append(image.unsqueeze(1) if image.ndim == 3 else image.permute(0, 3, 1, 2))
    (onset, apex), boxes = frames, torch.from_numpy(arrays["boxes"][rows])
    if magnify is not None:
        apex = with_test_factor(Inputs(onset, apex[None, :, None], boxes), model, magnify).others[0, :, 0]
    return onset, apex, boxes
