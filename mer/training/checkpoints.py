"""Weights on disk: tensors and text only, nothing that can be executed (safetensors)."""

import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from mer.core.errors import InputError, MissingPath
from mer.core.files import write_bytes


def save_weights(path: Path | str, state: dict[str, Tensor], about: dict[str, Any]) -> None:
    """Write a state dict and what it is (``about``, stored as JSON), whole or not at all."""
    tensors = {name: value.detach().cpu().contiguous() for name, value in state.items()}
    write_bytes(path, save(tensors, metadata={"about": json.dumps(about)}))


def load_weights(path: Path | str) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read what `save_weights` wrote.

    Raises:
        MissingPath: no such file.
        InputError: it is not a safetensors file of ours (a pickle is refused, never opened).
    """
    path = Path(path)
    if not path.is_file():
        raise MissingPath(f"Weights {path} do not exist. Run the training that makes them.")
    try:
        with safe_open(path, framework="pt") as stored:
            about = json.loads((stored.metadata() or {})["about"])
            return {name: stored.get_tensor(name) for name in stored.keys()}, about  # noqa: SIM118
    except (SafetensorError, KeyError, json.JSONDecodeError, OSError) as error:
        raise InputError(f"{path} is not a weights file of this suite ({error}). Delete it and train again.") from error


def read_about(path: Path | str) -> dict[str, Any]:
    """What a weights file says of itself, without reading the tensors. Errors as `load_weights`."""
    try:
        with safe_open(Path(path), framework="pt") as stored:
            return json.loads((stored.metadata() or {})["about"])
    except (SafetensorError, KeyError, json.JSONDecodeError, OSError) as error:
        raise InputError(f"{path} is not a weights file of this suite ({error}). Delete it and train again.") from error


def fill(module: nn.Module, state: dict[str, Tensor], source: Path | str) -> None:
    """Load ``state`` into ``module``.

    Raises:
        InputError: names or shapes differ; the message names both sides.
    """
    own = module.state_dict()
    faults = [f"{name} is missing" for name in own.keys() - state.keys()]
    faults += [f"{name} is unknown" for name in state.keys() - own.keys()]
    faults += [
        f"{name} is {tuple(state[name].shape)} in the file and {tuple(own[name].shape)} in the model"
        for name in own.keys() & state.keys()
        if own[name].shape != state[name].shape
    ]
    if faults:
        raise InputError(
            f"{source} does not fit {type(module).__name__}: {'; '.join(sorted(faults)[:6])} ({len(faults)} in "
            "all). Use the configuration it was trained with."
        )
    module.load_state_dict(state)
