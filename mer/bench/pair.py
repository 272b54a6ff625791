"""One pair, from two image files to the class: every stage and the whole, the plain way and the short one.

Plain is the model as it was trained, stage after stage (`mer.evaluation.chain`). Short is its inference form
(`mer.models.inference`), with the apex decoded while the face is found (`mer.training.recognise`).
"""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from torch import nn

from mer.bench.compare import compare, compare_all, largest_difference
from mer.bench.frame import Check, Measurement, Result
from mer.bench.options import Options
from mer.datasets.synthetic.pairs import rendered_pairs
from mer.evaluation.chain import STAGES, Chain, Machine
from mer.evaluation.costs import model_costs, multiply_adds, parameters
from mer.evaluation.runtime import write_pairs
from mer.face.landmarks import make_detector
from mer.models.configs import SIZE_OF, model_config
from mer.models.frl_dgt import FRLDGT
from mer.models.inference.model import for_inference
from mer.training.recognise import PairRecogniser

#: Largest difference of probabilities, fields and tokens between the two ways: rounding of float32 sums.
TOLERANCE = 1e-4
PLAIN, SHORT = "plain", "short"
WHOLE = "image files to class"
_DGM = [("DGM, plain", "DGM, short")]
#: What each stage leaves for the next one (`Chain.kept`); it is compared.
_LEAVES = ("images", "points", "frames", "stack", "regions", "local", "across", "full", "probabilities")


def run(options: Options) -> Iterator[Result]:
    """Stages, whole, operations and the processor's limit."""
    name = "small" if options.quick else "paper"
    size = SIZE_OF.get(name, 128)
    model = trained_like(FRLDGT(model_config(name)))
    with TemporaryDirectory(prefix="mer-pair-") as folder:
        (files,) = write_pairs(rendered_pairs(1), Path(folder))
        detector, machine = make_detector("facemesh"), Machine(torch.device("cpu"), size)
        chains = {PLAIN: Chain(model, detector, machine), SHORT: Chain(for_inference(model), detector, machine)}
        for chain in chains.values():
            chain.recognise(files)  # fills what the single stages start from
        stages = {
            stage: {way: partial(_stage, chain, stage, left, files) for way, chain in chains.items()}
            for stage, left in zip(STAGES, _LEAVES, strict=True)
        }
        note = f"configuration {name}, faces of {size} x {size}, files of 640 x 480"
        with torch.inference_mode():
            yield from compare_all(stages, options, rounds=60, tolerance=TOLERANCE, warm_up=3, note=note)
        with PairRecogniser(model, detector, size) as short:
            calls: dict[str, Callable[[], Any]] = {
                PLAIN: partial(_whole, chains[PLAIN], files),
                SHORT: partial(short.recognise, *files),
            }
            whole = compare(WHOLE, calls, options, rounds=60, tolerance=TOLERANCE, warm_up=3, note=note)
        yield whole
        yield Measurement(f"{WHOLE}, {SHORT}", whole.ms(SHORT), "ms", aim="whole", note=note)
    yield from _limits(model, name, size, options)


def trained_like(model: FRLDGT) -> FRLDGT:
    """A model in eval mode whose statistics and last layer are as far from their start as training puts them."""
    torch.manual_seed(0)
    with torch.no_grad():
        for part in model.modules():
            if isinstance(part, nn.BatchNorm1d | nn.BatchNorm2d):
                assert part.running_mean is not None and part.running_var is not None
                part.running_mean.normal_(0, 0.2)
                part.running_var.uniform_(0.5, 2.0)
        if model.dgm is not None:
            nn.init.normal_(model.dgm.last.weight, std=0.01)
    return model.eval()


def _stage(chain: Chain, stage: str, left: str, files: tuple[Path, Path]) -> Any:
    chain.read(files) if stage == STAGES[0] else chain.stages[stage]()
    return chain.kept[left]


def _whole(chain: Chain, files: tuple[Path, Path]) -> np.ndarray:
    chain.recognise(files)
    return chain.kept["probabilities"][0].numpy()


def _limits(model: FRLDGT, name: str, size: int, options: Options) -> Iterator[Result]:
    """Operations and bytes of a pair, how fast this processor multiplies at best, and how near the DGM comes."""
    assert model.dgm is not None
    costs = model_costs(model.config, size)
    operations = float(costs.loc[costs["part"] == "whole model", "multiply_adds"].iloc[0])
    yield Measurement("operations of the model, plain", operations / 1e6, "million multiply-adds")
    yield Measurement("weights that are read for a pair", 4 * parameters(model) / 2**20, "MiB")
    side = 64 if options.quick else 512
    factor, short = torch.randn(side, side), for_inference(model)
    images = torch.rand(2, 1, 1, size, size)
    convolution = nn.Conv2d(128, 128, 3, padding=1, bias=False)
    convolution.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    picture = torch.randn(1, 128, 45, 45).to(memory_format=torch.channels_last)
    assert short.dgm is not None
    calls: dict[str, Callable[[], Any]] = {
        "product of matrices": lambda: factor @ factor,
        "convolution": lambda: convolution(picture),
        "DGM, plain": partial(model.dgm, *images),
        "DGM, short": partial(short.dgm, *images),
    }
    work = {what: multiply_adds(call) for what, call in calls.items()}
    with torch.inference_mode():
        worst = largest_difference(calls["DGM, plain"](), calls["DGM, short"]())
        check = Check("DGM, short against plain", worst, TOLERANCE)
        timed = compare("the processor's rate", calls, options, rounds=40, check=check, warm_up=3, ratios=_DGM)
    yield timed
    rates = {what: work[what] / timed.ms(what) / 1e6 for what in calls}
    best = max(rates["product of matrices"], rates["convolution"])
    yield Measurement("fastest large product or convolution", best, "thousand million multiply-adds a second")
    yield Measurement("DGM, short: share of that rate", 100 * rates["DGM, short"] / best, "%")
    yield Measurement(f"whole model of {name} at that rate, at least", operations / best / 1e6, "ms")
