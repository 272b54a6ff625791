"""The model that a fold left, and what it can be asked."""

from collections.abc import Sequence
from pathlib import Path

from mer.core.errors import InputError
from mer.core.run_record import recorded_config
from mer.models.frl_dgt import FRLDGT, FRLDGTConfig
from mer.training.checkpoints import fill, load_weights, read_about, stored_config
from mer.training.run_folder import fold_weights


def fold_model(path: Path) -> tuple[FRLDGT, list[str]]:
    """The FRL-DGT model of a fold, in eval mode on the CPU, and its class names.

    Args:
        path: its ``weights.safetensors``.

    Raises:
        MissingPath: no such file.
        InputError: the weights are damaged, of another model or of another version of the suite.
    """
    state, about = load_weights(path)
    if "model" not in about:
        raise InputError(f"{path} holds no FRL-DGT model (a run on motion maps?). Give a run trained on frames.")
    model = FRLDGT(stored_config(FRLDGTConfig, about, "model", path)).eval()
    fill(model, state, path)
    return model, list(about["classes"])


def trained_size(run_folder: Path | str) -> int | None:
    """Side of the aligned faces that a run was trained on; None where neither its weights nor its record say so."""
    size = read_about(fold_weights(run_folder)[0]).get("size")
    if size is None:  # weights of before the size was kept with them
        config = recorded_config(run_folder)
        size = config.get("data.size", config.get("size"))
    return None if size is None else int(size)


def check_pair_model(model: FRLDGTConfig, source: Path | str, why: str, motion: Sequence[str] = ("dgm",)) -> None:
    """Refuse a model that does not see onset and apex, or whose motion is of another source.

    Args:
        model: of a fold.
        source: the run, for the message.
        why: why others are refused and what to do, for the message.
        motion: sources of motion that will do (`mer.models.motion_input.MotionConfig`).

    Raises:
        InputError: it does not.
    """
    if model.sequence or model.motion.source not in motion:
        what = f"a sequence of {model.sequence} frames" if model.sequence else f"motion {model.motion.source!r}"
        raise InputError(f"The models of {source} see {what}; {why}")
