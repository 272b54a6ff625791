"""Weights for MagNet that a user supplies: read without running anything, and given the names of this suite.

Three namings are understood, in a ``.safetensors`` file or in a checkpoint of PyTorch:

- that of `mer.models.magnet.MagNet` itself, in the authors' configuration unless another is given;
- that of postech-ami/Deep-Motion-Mag-Pytorch (``encoder.res_encoder.conv1.weight``, ..., in ``model_state_dict``);
- that of ZhengPeng7/motion_magnification_learning-based and He1senbergg/Motion-Magnification
  (``encoder.cba_1.conv2d.weight``, ..., bare).

Whether such weights may be used is between the user and their authors: the checkpoints carry no licence of their own. A
checkpoint that holds a whole pickled model (as cgst/motion-magnification) is refused: to read it is to run it.
"""

import re
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from mer.core.errors import InputError, MissingPath
from mer.models.magnet import POSTECH, ZHENGPENG7, MagNet, MagNetConfig
from mer.training.checkpoints import fill

_WRAPPERS = ("state_dict", "model_state_dict", "model")

#: A name that only one naming has, its configuration, and how its names become ours, in this order.
_NAMINGS: tuple[tuple[str, MagNetConfig, tuple[tuple[str, str], ...]], ...] = (
    ("encoder.conv1.weight", MagNetConfig(), ()),
    (
        "encoder.res_encoder.conv1.weight",
        POSTECH,
        (
            (r"^res_manipulator\.conv1\.", "manipulator.g."),
            (r"^res_manipulator\.conv2\.", "manipulator.h."),
            (r"^res_manipulator\.residual\.0\.", "manipulator.block."),
            (r"^encoder\.res_encoder\.", "encoder."),
            (r"^decoder\.res_decoder\.", "decoder."),
            (r"\.residual\.", ".blocks."),
            (r"^encoder\.conv_tex\.", "encoder.texture_conv."),
            (r"^encoder\.conv_sha\.", "encoder.shape_conv."),
            (r"\.(texture|shape)_resblk\.", r".\1_blocks."),
            (r"^decoder\.conv_tex_aft_upsample\.", "decoder.texture_conv."),
            (r"^decoder\.conv_up_sample\.", "decoder.upsample_conv."),
        ),
    ),
    (
        "encoder.cba_1.conv2d.weight",
        ZHENGPENG7,
        (
            (r"\.conv2d\.", "."),
            (r"\.cba_(\d)\.", r".conv\1."),
            (r"\.motion_", ".shape_"),
            (r"\.(texture|shape)_cba\.", r".\1_conv."),
            (r"\.(texture_|shape_|)resblks\.", r".\1blocks."),
            (r"^manipulator\.h_conv\.", "manipulator.h."),
            (r"^manipulator\.h_resblk\.", "manipulator.block."),
        ),
    ),
)


def load_magnet(path: Path | str, config: MagNetConfig | None = None) -> MagNet:
    """MagNet with the weights of a file, in evaluation mode, on the CPU.

    Args:
        path: ``.safetensors``, or a checkpoint of ``torch.save`` with a state dict, bare or under one of `_WRAPPERS`;
            a leading ``module.`` of parallel training is dropped.
        config: the network's configuration; None takes the one that goes with the names in the file.

    Raises:
        MissingPath: no such file.
        InputError: the file holds more than tensors, is damaged, has unknown names, or its shapes do not fit.
    """
    path = Path(path)
    if not path.is_file():
        raise MissingPath(f"Weights {path} do not exist. This suite has none; name a file of your own.")
    stored = _tensors(path)
    for mark, usual, changes in _NAMINGS:
        if mark in stored:
            network = MagNet(config or usual)
            fill(network, {_renamed(name, changes): value for name, value in stored.items()}, path)
            return network.eval().requires_grad_(False)
    marks = ", ".join(mark for mark, _, _ in _NAMINGS)
    raise InputError(
        f"{path} holds no weights of MagNet in a known naming: found {', '.join(sorted(stored)[:4]) or 'nothing'}; "
        f"expected one of {marks}. Rename its tensors to those of mer.models.magnet.MagNet().state_dict()."
    )


def _renamed(name: str, changes: tuple[tuple[str, str], ...]) -> str:
    for pattern, ours in changes:
        name = re.sub(pattern, ours, name)
    return name


def _tensors(path: Path) -> dict[str, Tensor]:
    """The finite float tensors of a file by name, out of their wrappers."""
    found = _safetensors(path) if path.suffix == ".safetensors" else _checkpoint(path)
    for wrapper in _WRAPPERS:
        if isinstance(found, dict) and isinstance(found.get(wrapper), dict):
            found = found[wrapper]
    if not isinstance(found, dict):
        raise InputError(f"{path} holds a {type(found).__name__}; expected a state dict: names and tensors.")
    faults = [
        str(name)
        for name, value in found.items()
        if not (isinstance(name, str) and isinstance(value, Tensor) and value.is_floating_point())
        or not bool(value.isfinite().all())
    ]
    if faults:
        raise InputError(f"{path}: {', '.join(faults[:4])} ({len(faults)} in all) is no finite tensor of numbers.")
    if found and all(name.startswith("module.") for name in found):
        found = {name.removeprefix("module."): value for name, value in found.items()}
    return found


def _safetensors(path: Path) -> Any:
    try:
        with safe_open(path, framework="pt") as stored:
            return {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise InputError(f"{path} is no safetensors file ({error}).") from error


def _checkpoint(path: Path) -> Any:
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a strange file can fail in any way; none of them may run it
        # Not torch's own words: they advise to load with weights_only=False.
        raise InputError(
            f"{path} cannot be read as a checkpoint that holds tensors only. A file with pickled objects "
            "could run anything, so it is refused. Save its state dict alone, best as .safetensors."
        ) from error
