"""Training clips whose motion is larger than it was."""

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from mer.core.errors import InputError
from mer.models.dgm import DGMConfig
from mer.models.frl_dgt import FRLDGT
from mer.motion.magnify import MagnifyConfig, draw_factors, magnify
from mer.training.inputs import Inputs
from mer.training.magnet_weights import load_magnet

BATCH = 32

#: How often each true variant of a clip is repeated, every time with a factor of its own.
ROUNDS = 2


def magnet_of(config: MagnifyConfig, device: torch.device) -> Callable[[Tensor, Tensor, Tensor], Tensor] | None:
    """The user's magnification network, where the method needs one. Errors as `load_magnet`."""
    return load_magnet(config.weights).to(device).eval() if config.weights else None


def with_magnified(inputs: Inputs, model: FRLDGT, config: MagnifyConfig, seed: int) -> Inputs:
    """Training clips of which a share (``config.probability``) has its apex frame magnified, in new variants.

    Args:
        inputs: of training clips, onset and apex.
        model: its DGM generates the displacement that the method ``displacement`` magnifies by.
        config: how.
        seed: of the factors.
    """
    generator = torch.Generator().manual_seed(seed)
    network = magnet_of(config, inputs.onset.device)
    made = [
        _magnified(inputs.onset, others[:, 0], draw_factors(len(others), config, generator), model, config, network)
        for _ in range(ROUNDS)
        for others in inputs.others
    ]
    return replace(inputs, others=torch.stack(made)[:, :, None])


def with_test_factor(inputs: Inputs, model: FRLDGT, config: MagnifyConfig) -> Inputs:
    """Test clips magnified by ``config.test``, the same for all; as they are where it is 1."""
    if config.test == 1:
        return inputs
    factor = torch.full((len(inputs.onset),), config.test)
    network = magnet_of(config, inputs.onset.device)
    apex = _magnified(inputs.onset, inputs.others[0, :, 0], factor, model, config, network)
    return replace(inputs, others=apex[None, :, None])


@torch.no_grad()
def _magnified(
    onset: Tensor,
    apex: Tensor,
    factor: Tensor,
    model: FRLDGT,
    config: MagnifyConfig,
    network: Callable[[Tensor, Tensor, Tensor], Tensor] | None,
) -> Tensor:
    model.eval()
    factor = factor.to(onset.device)
    parts = []
    for rows in torch.arange(len(onset)).split(BATCH):
        first, second = onset[rows], apex[rows]
        field = None
        if config.method == "displacement":
            assert model.dgm is not None  # refused by the configuration otherwise
            field = model.dgm.displacement(model.generate(first, second))
        parts.append(magnify(first, second, factor[rows], config, field, network))
    return torch.cat(parts)


def check_field(config: MagnifyConfig | None, pretrained: bool, dgm: DGMConfig) -> None:
    """Refuse magnification by a displacement that no module has learnt to generate.

    Raises:
        InputError: it is asked for without a pretrained DGM, and the DGM has no start in closed form.
    """
    if config is not None and config.method == "displacement" and not (pretrained or dgm.start.windows):
        raise InputError(
            "magnify.method is 'displacement', but no pretrained DGM is given (pretrain_run) to generate it. Pretrain "
            "first, or choose linear or phase."
        )


def check_magnify(config: MagnifyConfig | None, source: str, sequence: int) -> None:
    """Refuse magnification where new apex frames would not reach the model.

    Raises:
        InputError: the motion is computed beforehand from the true frames, or clips are sequences.
    """
    if config is None:
        return
    if sequence or source != "dgm":
        raise InputError(
            f"magnify is set ({config.method}) with model.sequence {sequence} and model.motion.source {source!r}: "
            "magnification makes new apex frames, so it goes with onset-apex pairs (sequence 0) whose motion the DGM "
            "generates (source 'dgm')."
        )
