"""Parameters and operations of the model's parts, counted and not timed."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.modules.module import register_module_forward_pre_hook
from torch.utils.flop_counter import FlopCounterMode

from mer.core.errors import InputError
from mer.models.crops import crop_regions
from mer.models.frl_dgt import FRLDGT, FRLDGTConfig
from mer.models.fusion_layer import FusionLayer
from mer.models.resize import resized


def multiply_adds(call: Callable[[], Any]) -> int:
    """Multiply-adds of the matrix products and convolutions of a call; cheap element-wise work is not counted."""
    in_fusions = 0

    def add_fusion(module: nn.Module, given: tuple[Any, ...]) -> None:
        # Its three products along the tokens (fused query, dot products, mixed values) are computed element by element,
        # which the counter does not see.
        nonlocal in_fusions
        if isinstance(module, FusionLayer):
            in_fusions += 3 * given[0].numel()

    hook = register_module_forward_pre_hook(add_fusion)
    try:
        # The plain form of attention: the counter does not know the fused ones of the CPU.
        with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
            call()
    finally:
        hook.remove()
    return counter.get_total_flops() // 2 + in_fusions


def parameters(*modules: nn.Module) -> int:
    """Trainable numbers of some modules."""
    return sum(value.numel() for module in modules for value in module.parameters())


def model_costs(config: FRLDGTConfig, size: int) -> pd.DataFrame:
    """What the parts of a model cost for one onset-apex pair.

    Args:
        config: with a DGM and a full-face module, for single pairs.
        size: side of the aligned face in pixels.

    Returns:
        Columns ``part, parameters, multiply_adds``: ``displacement``, ``regions and tokens``, ``local fusions`` (all
        nine), ``global fusion``, ``full-face fusion``, ``all fusions`` (these three) and ``whole model``.
    """
    model = FRLDGT(config).eval()
    dgm, fusion = model.dgm, model.fusion
    if dgm is None:
        raise InputError(f"This model's motion is {config.motion.source!r}; only the cost of a DGM is counted.")
    onset = torch.zeros(1, config.image_channels, size, size)
    boxes = torch.tensor([0.2, 0.2, 0.8, 0.8]).expand(1, 9, 4)
    stack = torch.zeros(1, config.channels, size, size)
    with torch.no_grad():
        images = fusion.reduced(stack)
        regions = fusion.embed_region(crop_regions(images, boxes, fusion.config.region.image))
        face = fusion.embed_face(resized(images, fusion.config.face.image).unsqueeze(1))

    def embed() -> None:
        found = fusion.reduced(stack)
        fusion.embed_region(crop_regions(found, boxes, fusion.config.region.image))
        fusion.embed_face(resized(found, fusion.config.face.image).unsqueeze(1))

    across = torch.zeros(1, 1, boxes.shape[1], config.fusion.width)
    tokens = (fusion.embed_region, fusion.embed_face)
    rows = {
        "displacement": (parameters(dgm), multiply_adds(lambda: dgm(onset, onset))),
        "regions and tokens": (parameters(*tokens), multiply_adds(embed)),
        "local fusions": (parameters(fusion.local_fusion), multiply_adds(lambda: fusion.local_fusion(regions))),
        "global fusion": (parameters(fusion.global_fusion), multiply_adds(lambda: fusion.global_fusion(across))),
        "full-face fusion": (parameters(fusion.full_fusion), multiply_adds(lambda: fusion.full_fusion(face))),
    }
    three = [rows[name] for name in ("local fusions", "global fusion", "full-face fusion")]
    rows["all fusions"] = (sum(row[0] for row in three), sum(row[1] for row in three))
    rows["whole model"] = (parameters(model), multiply_adds(lambda: model(onset, onset, boxes)))
    return pd.DataFrame([(part, *row) for part, row in rows.items()], columns=["part", "parameters", "multiply_adds"])
