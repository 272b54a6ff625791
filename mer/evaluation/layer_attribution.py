"""How much each module of the Transformer Fusion adds to a class's log-odds: integrated gradients at the hand-overs.

The nine local modules hand one vector each to the global module; the global and the full-face module hand one vector
each to the classifier. At both places the straight way from the vectors of the same face without motion (the baseline
of `mer.evaluation.attributions`) to those of the clip is integrated (Captum's integrated gradients, which on the part
of the model behind a layer are its layer integrated gradients):

* branches: ``global`` + ``full face`` = gain of the log-odds (why these: `mer.evaluation.attributions`);
* local modules: the nine boxes + ``full face`` = the same gain, the global module taken as part of the way.

Each sum has its own convergence delta. The two sums are two ways of telling the same gain: the share of the full face
may differ between them, because another straight way is walked.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from mer.core.errors import InputError
from mer.evaluation.attributions import integrated_gradients, log_odds, logits_of

#: What the two sums of `LayerAttribution` are called in tables and figures.
BRANCHES, LOCAL = "branches", "local modules"
GLOBAL_NAME, FULL_NAME, UNEXPLAINED = "global", "full face", "unexplained"


@dataclass(frozen=True)
class LayerAttribution:
    """Contributions of the modules to one class's log-odds, for a batch.

    Attributes:
        local: float32 (B, K), of the local module of each AU box.
        full_beside_local: float32 (B,), of the full-face module beside them; NaN for a model without one.
        across: float32 (B,), of the global module.
        full: float32 (B,), of the full-face module beside it; NaN for a model without one.
        target: int64 (B,), the class explained.
        log_odds, baseline_log_odds: float32 (B,), of that class, for the clip and for the same face without motion.
        delta_local, delta_branches: float32 (B,), sum of the contributions minus ``log_odds - baseline_log_odds``.
    """

    local: np.ndarray
    full_beside_local: np.ndarray
    across: np.ndarray
    full: np.ndarray
    target: np.ndarray
    log_odds: np.ndarray
    baseline_log_odds: np.ndarray
    delta_local: np.ndarray
    delta_branches: np.ndarray


@dataclass(frozen=True)
class HandedOn:
    """Vectors at the hand-overs: ``local`` (B, K, C), ``across`` (B, C), ``full`` (B, C) or None, and the logits."""

    local: Tensor
    across: Tensor
    full: Tensor | None
    logits: Tensor


@torch.no_grad()
def handed_on(fusion: Any, images: Tensor, boxes: Tensor) -> HandedOn:
    """What the modules of a `mer.models.fusion.TransformerFusion` hand on when it classifies."""
    seen: dict[str, Tensor] = {}
    modules = {"local": fusion.local_fusion, "across": fusion.global_fusion}
    if fusion.config.full_face:
        modules["full"] = fusion.full_fusion

    def keep(name: str) -> Any:
        return lambda _module, _inputs, output: seen.update({name: output[0]})

    hooks = [module.register_forward_hook(keep(name)) for name, module in modules.items()]
    try:
        logits = logits_of(fusion(images, boxes))
    finally:
        for hook in hooks:
            hook.remove()
    full = seen["full"].squeeze(1) if "full" in seen else None
    return HandedOn(seen["local"], seen["across"].squeeze(1), full, logits)


def attribute_layers(
    model: Any, onset: Tensor, apex: Tensor, boxes: Tensor, target: Tensor | None = None, steps: int = 64
) -> LayerAttribution:
    """Contributions of the local, global and full-face modules, against the same face without motion.

    Args:
        model: `mer.models.frl_dgt.FRLDGT` of an onset-apex pair, in eval mode.
        onset: float (B, C, H, W) in [0, 1].
        apex: same.
        boxes: (B, 9, 4) fractions.
        target: class indices (B,); the predicted class when not given.
        steps: of `mer.evaluation.attributions.integrated_gradients`.
    """
    if model.training:
        raise InputError("The model is in training mode. Call model.eval() first: its dropout would blur attributions.")
    fusion = model.fusion
    with torch.no_grad():
        raw = model.generate(onset, apex)
        clip = handed_on(fusion, model.stack(onset, apex, raw), boxes)
        still = handed_on(fusion, model.stack(onset, onset, torch.zeros_like(raw)), boxes)
    target = clip.logits.argmax(1) if target is None else target

    def from_branches(*branches: Tensor) -> Tensor:
        return fusion.head(torch.cat(branches, dim=-1))

    def from_local(local: Tensor, *full: Tensor) -> Tensor:
        across, _ = fusion.global_fusion((local + fusion.region_position).unsqueeze(1))
        return from_branches(across.squeeze(1), *full)

    full = [] if clip.full is None or still.full is None else [(clip.full, still.full)]
    at_local = [(clip.local, still.local), *full]
    at_branches = [(clip.across, still.across), *full]
    parts, delta_local = integrated_gradients(from_local, *_unzipped(at_local), target, steps)
    branches, delta_branches = integrated_gradients(from_branches, *_unzipped(at_branches), target, steps)
    rows = torch.arange(len(target), device=target.device)
    nothing = torch.full((len(target),), torch.nan)
    return LayerAttribution(
        local=_numpy(parts[0].sum(-1)),
        full_beside_local=_numpy(parts[1].sum(-1) if full else nothing),
        across=_numpy(branches[0].sum(-1)),
        full=_numpy(branches[1].sum(-1) if full else nothing),
        target=target.cpu().numpy().astype(np.int64),
        log_odds=_numpy(log_odds(clip.logits)[rows, target]),
        baseline_log_odds=_numpy(log_odds(still.logits)[rows, target]),
        delta_local=_numpy(delta_local),
        delta_branches=_numpy(delta_branches),
    )


def layer_table(
    attribution: LayerAttribution, clips: Sequence[str], classes: Sequence[str], boxes: Sequence[str]
) -> pd.DataFrame:
    """The contributions as rows: ``clip, explained_class, log_odds_gain, sum, module, log_odds``.

    The contributions of one ``sum`` of a clip, the row `UNEXPLAINED` (minus the convergence delta) among them, add up
    to ``log_odds_gain``, the log-odds of the class minus those of the same face without motion.

    Args:
        attribution: of B clips.
        clips: their names.
        classes: names by index.
        boxes: names of the local modules.
    """
    records: list[tuple[str, str, float, str, str, float]] = []
    for row, (clip, target) in enumerate(zip(clips, attribution.target, strict=True)):
        gain = float(attribution.log_odds[row] - attribution.baseline_log_odds[row])
        branches = {GLOBAL_NAME: attribution.across[row], FULL_NAME: attribution.full[row]}
        local = dict(zip(boxes, attribution.local[row], strict=True)) | {FULL_NAME: attribution.full_beside_local[row]}
        deltas = (attribution.delta_branches[row], attribution.delta_local[row])
        for name, modules, delta in ((BRANCHES, branches, deltas[0]), (LOCAL, local, deltas[1])):
            known = {module: float(value) for module, value in modules.items() if np.isfinite(value)}
            known[UNEXPLAINED] = -float(delta)  # what the contributions lack
            records += [(clip, classes[target], gain, name, module, value) for module, value in known.items()]
    return pd.DataFrame(records, columns=["clip", "explained_class", "log_odds_gain", "sum", "module", "log_odds"])


def layers_of_run(
    run_folder: Path | str,
    arrays: Any,
    predictions: pd.DataFrame,
    chosen: Sequence[int],
    targets: Sequence[str],
    steps: int = 64,
) -> LayerAttribution:
    """Contributions of the modules for some clips of a run, by the fold models that predicted them.

    Args:
        run_folder, arrays, predictions, chosen, targets, steps: as for `mer.evaluation.explain.attribute_run`.

    Raises:
        InputError: no clip is chosen, a class is none of the run's, or the run keeps no model that can be explained.
    """
    from mer.evaluation.explain import each_fold_model

    parts = [
        attribute_layers(model, *inputs, target=target, steps=steps)
        for model, inputs, target in each_fold_model(run_folder, arrays, predictions, chosen, targets)
    ]
    return LayerAttribution(
        **{item.name: np.concatenate([getattr(p, item.name) for p in parts]) for item in fields(LayerAttribution)}
    )


def _unzipped(pairs: Sequence[tuple[Tensor, Tensor]]) -> tuple[list[Tensor], list[Tensor]]:
    return [clip for clip, _ in pairs], [still for _, still in pairs]


def _numpy(values: Tensor) -> np.ndarray:
    return values.detach().float().cpu().numpy()
