"""The model that a fold left."""

from pathlib import Path

from mer.core.configs import from_dict
from mer.core.errors import InputError
from mer.models.frl_dgt import FRLDGT, FRLDGTConfig
from mer.training.checkpoints import fill, load_weights


def fold_model(path: Path) -> tuple[FRLDGT, list[str]]:
    """The FRL-DGT model of a fold, in eval mode on the CPU, and its class names.

    Args:
        path: its ``weights.safetensors``.

    Raises:
        MissingPath: no such file.
        InputError: the weights are damaged, or of another model.
    """
    state, about = load_weights(path)
    if "model" not in about:
        raise InputError(f"{path} holds no FRL-DGT model (a run on motion maps?). Give a run trained on frames.")
    model = FRLDGT(from_dict(FRLDGTConfig, about["model"])).eval()
    fill(model, state, path)
    return model, list(about["classes"])
