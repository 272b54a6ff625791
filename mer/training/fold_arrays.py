"""What a trained model makes of clips: the arrays that a fold leaves."""

import numpy as np
import torch

from mer.models.frl_dgt import FRLDGT, FRLDGTOutput
from mer.training.device import mixed_precision
from mer.training.inputs import Inputs

BATCH = 64


@torch.no_grad()
def fold_arrays(model: FRLDGT, inputs: Inputs, precision: str) -> dict[str, np.ndarray]:
    """Run the model on the first variant of some clips; the arrays of `FoldResult`."""
    model.eval()
    outputs: list[FRLDGTOutput] = []
    for rows in torch.arange(len(inputs.onset)).split(max(1, BATCH // model.config.pairs)):
        motion = None if inputs.motion is None else inputs.motion[0, rows].flatten(0, 1)
        with mixed_precision(inputs.onset.device, precision):
            outputs.append(model(inputs.onset[rows], inputs.others[0, rows], inputs.boxes[rows], motion))
    arrays = {}
    for name in ("embedding", "weights_local", "weights_global", "weights_full", "weights_time"):
        if getattr(outputs[0], name) is not None:
            arrays[name] = torch.cat([getattr(out, name) for out in outputs]).float().cpu().numpy()
    logits = torch.cat([out.logits for out in outputs]).float()
    arrays["probabilities"] = logits.softmax(dim=1).cpu().numpy()
    if model.config.fusion.regions == "grid":
        arrays["boxes"] = model.fusion.grid.expand(len(inputs.onset), -1, -1).cpu().numpy()
    fields = [out.displacement.half() for out in outputs if out.displacement is not None]
    if fields:
        arrays["displacement"] = torch.cat(fields).cpu().numpy()
    return arrays
