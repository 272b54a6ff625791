"""Weights on disk: tensors and text only, nothing that can be executed (safetensors), and what vouches for both.

The file format has no checksum of its own, so the metadata hold one: under ``mer`` a JSON object with the ``format``,
``about`` (what the weights are, among it who was held out), the ``sha256`` of all tensors, and a ``seal`` over these
three. It is one entry because the library writes several in no fixed order, and the same weights are to be the same
bytes.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from mer.core.configs import from_dict
from mer.core.errors import InputError, MissingPath
from mer.core.files import digest, write_bytes
from mer.core.finished_run import checked
from mer.core.sealed import Damaged, check_format
from mer.training.made_again import how_again

#: 1: format, seal and checksum. Weights without a format are of before.
FORMAT = 1
_ENTRY = "mer"

Config = TypeVar("Config")


def save_weights(path: Path | str, state: dict[str, Tensor], about: dict[str, Any]) -> None:
    """Write a state dict and what it is (``about``, stored as JSON), whole or not at all."""
    tensors = {name: value.detach().cpu().contiguous() for name, value in state.items()}
    said = json.loads(json.dumps({"format": FORMAT, "about": about, "sha256": _digest(tensors)}))
    write_bytes(path, save(tensors, metadata={_ENTRY: json.dumps({**said, "seal": _seal(said)})}))


def load_weights(path: Path | str) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read what `save_weights` wrote, and check every byte that counts.

    Raises:
        MissingPath: no such file.
        InputError: it is no safetensors file of ours (a pickle is refused, never opened), it is damaged, or it is of
            an older or newer version; the message names it and says what to do.
    """
    said, tensors = _read(Path(path), whole=True)
    if _digest(tensors) != said["sha256"]:
        raise Damaged(f"{path} is damaged: its tensors are not those that were written. {how_again(path)}")
    return tensors, said["about"]


def read_about(path: Path | str) -> dict[str, Any]:
    """What a weights file says of itself, checked, without reading the tensors. Errors as `load_weights`."""
    return _read(Path(path), whole=False)[0]["about"]


def stored_config(kind: type[Config], about: Mapping[str, Any], name: str, path: Path | str) -> Config:
    """The configuration that stands as ``name`` in what a weights file says of itself.

    Every value has to be there: one that this version added would be read as its default, though nobody knows what the
    weights were trained with.

    Raises:
        InputError: there is none, it lacks a value, or has one that is unknown here.
    """
    values = about.get(name)
    if not isinstance(values, Mapping):
        raise InputError(f"{path} does not say its configuration {name!r}. {how_again(path)}")
    try:
        return from_dict(kind, values, complete=True)
    except InputError as error:
        raise InputError(f"{path} was trained by another version of this suite: {error} {how_again(path)}") from error


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


def _read(path: Path, whole: bool) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """What the metadata say, checked, and the tensors if the whole file is wanted."""
    if not checked(path).is_file():
        raise MissingPath(f"Weights {path} do not exist. Run the training that makes them.")
    try:
        with safe_open(path, framework="pt") as stored:
            metadata = stored.metadata() or {}
            tensors = {name: stored.get_tensor(name) for name in stored.keys()} if whole else {}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError, RuntimeError) as error:
        raise Damaged(f"{path} is not a weights file of this suite, or damaged ({error}). {how_again(path)}") from error
    if _ENTRY not in metadata and "about" not in metadata:
        raise InputError(f"{path} is not a weights file of this suite. {how_again(path)}")
    try:
        said = json.loads(metadata.get(_ENTRY, "{}"))
    except (ValueError, RecursionError) as error:
        raise Damaged(f"{path} is damaged: what it says of itself is no JSON. {how_again(path)}") from error
    if not isinstance(said, dict):
        raise Damaged(f"{path} is damaged: what it says of itself is no JSON object. {how_again(path)}")
    seal = said.pop("seal", None)
    check_format(path, said.get("format"), FORMAT, how_again(path))
    if seal != _seal(said) or not isinstance(said.get("about"), dict):
        raise Damaged(f"{path} is damaged: what it says of itself does not match its seal. {how_again(path)}")
    return said, tensors


def _seal(said: Mapping[str, Any]) -> str:
    return digest(json.dumps(said, sort_keys=True))


def _digest(tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 of names, dtypes, shapes (which say how many bytes follow) and bytes."""
    found = hashlib.sha256()
    for name in sorted(tensors):
        value = tensors[name]
        found.update(json.dumps([name, str(value.dtype), list(value.shape)]).encode())
        found.update(value.reshape(-1).view(torch.uint8).numpy().data)
    return found.hexdigest()
