"""Fusion before attention (the paper's layer) against after it (ablation M4): all fusions of configuration ``paper``.

The two are different models and return different numbers; each is checked against its own formula, written out region
by region and head by head (`mer.bench.fusion_plain`). Both are timed as they were trained, and in the form that answers
(`mer.models.inference`), where neither computes what is not needed.
"""

from collections.abc import Iterator
from copy import deepcopy
from functools import partial

import torch
from torch import Tensor

from mer.bench.compare import compare, largest_difference
from mer.bench.frame import Check, Measurement, Result
from mer.bench.fusion_plain import plain_fusion
from mer.bench.options import Options
from mer.evaluation.costs import multiply_adds
from mer.evaluation.runtime import AFTER, BEFORE, both_orders
from mer.models.configs import model_config
from mer.models.fusion import FusionModule, TransformerFusion
from mer.models.inference.fusion import fold_fusion
from mer.training.device import mixed_precision

#: Largest difference of outputs, which are of size 1, to the plain formula: rounding of float32 sums.
TOLERANCE = 2e-4
BATCHES = (1, 32)
TRAINED, SHORT = "as trained", "inference form"
_AIMS = {TRAINED: "before/after", SHORT: "before/after, short"}

_Models = dict[str, TransformerFusion]


def run(options: Options) -> Iterator[Result]:
    """Times and operations of both orders at batches of 1 and 32; on a GPU in mixed precision as well as in float32."""
    name = "small" if options.quick else "paper"
    models = fusion_models(name, options.torch_device)
    tokens = {batch: example_tokens(models[BEFORE], batch) for batch in BATCHES}
    counts = {order: multiply_adds(partial(all_fusions, model, *tokens[1])) for order, model in models.items()}
    for order, count in counts.items():
        yield Measurement(f"{order}: operations of a pair", count / 1e6, "million multiply-adds")
    yield Measurement("operations, before / after", counts[BEFORE] / counts[AFTER], "×")
    short = {order: inference_form(model) for order, model in models.items()}
    for batch in BATCHES:
        checks = {
            TRAINED: Check("both orders against their formulas, float32", _worst(models, tokens[batch]), TOLERANCE),
            SHORT: Check("inference form against as trained, float32", _apart(models, short, tokens[batch]), TOLERANCE),
        }
        for form, asked in ((TRAINED, models), (SHORT, short)):
            for precision in ("float32", "mixed") if options.kind == "cuda" else ("float32",):
                with torch.inference_mode(), mixed_precision(options.torch_device, precision):
                    calls = {order: partial(all_fusions, model, *tokens[batch]) for order, model in asked.items()}
                    yield compare(
                        f"all fusions, {form}, batch {batch}, {precision}",
                        calls,
                        options,
                        rounds=200 if batch == 1 else 20,
                        check=checks[form],
                        ratios=[(BEFORE, AFTER)],
                        warm_up=3,
                        aim=_AIMS[form],
                        note=f"configuration {name}",
                    )


def fusion_models(name: str, device: torch.device) -> _Models:
    """The Transformer Fusion of a configuration in both orders, in eval mode, with random weights and statistics."""
    torch.manual_seed(0)
    models = {}
    for order, config in both_orders(model_config(name)).items():
        model = TransformerFusion(config.fusion, config.channels, config.classes).eval()
        for module in model.modules():  # fresh statistics would make batch normalisation do nothing
            if isinstance(module, torch.nn.BatchNorm1d):
                assert module.running_mean is not None and module.running_var is not None
                module.running_mean.normal_(0, 0.2)
                module.running_var.uniform_(0.5, 2.0)
        for key, value in model.named_parameters():
            if key.endswith("fuse_queries"):
                torch.nn.init.uniform_(value, 0, 2 / value.shape[-1])
        models[order] = model.to(device)
    return models


def inference_form(model: TransformerFusion) -> TransformerFusion:
    """A copy that only answers."""
    short = deepcopy(model)
    fold_fusion(short)
    return short.requires_grad_(False)


def example_tokens(model: TransformerFusion, batch: int) -> tuple[Tensor, Tensor]:
    """Random tokens of the regions (B, 9, n, C) and of the face (B, 1, m, C)."""
    config, device = model.config, model.region_position.device
    made = torch.Generator().manual_seed(batch)
    regions = torch.randn(batch, 9, config.region.tokens, config.width, generator=made)
    face = torch.randn(batch, 1, config.face.tokens, config.width, generator=made)
    return regions.to(device), face.to(device)


def all_fusions(model: TransformerFusion, regions: Tensor, face: Tensor) -> tuple[Tensor, Tensor]:
    """What the paper times as "all fusions": nine local ones, the global one over them, that of the full face."""
    local = model.local_fusion(regions)[0] + model.region_position
    return model.global_fusion(local.unsqueeze(1))[0], model.full_fusion(face)[0]


def formula_error(model: TransformerFusion, regions: Tensor, face: Tensor) -> float:
    """Largest difference of the three fusion layers' output from `plain_fusion` on the tokens that reach them."""
    with torch.no_grad():
        local = model.local_fusion(regions)[0] + model.region_position
        inputs = ((model.local_fusion, regions), (model.global_fusion, local.unsqueeze(1)), (model.full_fusion, face))
        return max(_layer_error(module, tokens) for module, tokens in inputs)


def _layer_error(module: FusionModule, tokens: Tensor) -> float:
    for block in module.blocks:
        tokens = block(tokens)
    tokens = module.norm(tokens)
    return largest_difference(plain_fusion(module.fuse, tokens), module.fuse(tokens)[0])  # type: ignore[arg-type]


def _worst(models: _Models, tokens: tuple[Tensor, Tensor]) -> float:
    return max(formula_error(model, *tokens) for model in models.values())


def _apart(models: _Models, short: _Models, tokens: tuple[Tensor, Tensor]) -> float:
    """Largest difference of what the two forms return, of both orders."""
    with torch.inference_mode():
        pairs = [(all_fusions(models[order], *tokens), all_fusions(short[order], *tokens)) for order in models]
    return max(largest_difference(*pair) for pair in pairs)
