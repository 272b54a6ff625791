"""Weights of pretrained DGMs: which of them never saw a person, and whether they are those that are wanted."""

from collections.abc import Iterable
from dataclasses import asdict, fields
from pathlib import Path

from mer.core.configs import from_dict
from mer.core.errors import InputError, MissingPath
from mer.models.dgm import DGMConfig
from mer.models.dgm_loss import DGMLossConfig
from mer.training.checkpoints import read_about


def find_pretrained(folder: Path, held_out: str) -> Path:
    """The pretrained weights that never saw the person ``held_out``.

    Raises:
        InputError: no file in ``folder`` held this person out; using another would leak test frames.
    """
    files = sorted(Path(folder).glob("group-*.safetensors"))
    if not files:
        raise MissingPath(
            f"{folder} holds no pretrained DGM (group-*.safetensors). Run the pretraining notebook first."
        )
    for path in files:
        if held_out in read_about(path)["held_out"]:
            return path
    raise InputError(
        f"No pretrained DGM in {folder} held out {held_out!r}: its frames would leak into its own test. "
        "Pretrain on the aligned store that is trained on now."
    )


def check_pretrained(paths: Iterable[Path], dgm: DGMConfig, loss: DGMLossConfig) -> None:
    """Check, before anything is trained, that pretrained weights are of the DGM that is wanted, learnt by its losses.

    Raises:
        InputError: they are of another; the message names what differs, on both sides.
    """
    for path in sorted(paths):
        about = read_about(path)
        sides: list[tuple[DGMConfig | DGMLossConfig, DGMConfig | DGMLossConfig]] = [
            (from_dict(DGMConfig, about["dgm"]), dgm),
            (from_dict(DGMLossConfig, about.get("loss", asdict(loss))), loss),
        ]
        differences = [
            f"{item.name} is {getattr(old, item.name)} in the file and {getattr(new, item.name)} in what is trained"
            for old, new in sides
            for item in fields(new)
            if getattr(old, item.name) != getattr(new, item.name)
        ]
        if differences:
            raise InputError(
                f"The pretrained DGM {path} is not the one that is to be trained on: {'; '.join(differences)}. "
                "Pretrain with the same configuration and reading."
            )
