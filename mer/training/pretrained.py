"""Weights of pretrained DGMs: which of them never saw a person, and whether they are those that are wanted."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pandas as pd

from mer.core.errors import InputError, MissingPath
from mer.core.finished_run_files import vouched_files
from mer.core.unfinished_run import refuse_unfinished
from mer.manifest.clips import person
from mer.models.dgm import DGMConfig
from mer.models.dgm_loss import DGMLossConfig
from mer.training.checkpoints import read_about, stored_config
from mer.training.protocols import ProtocolFold, may_train

_WEIGHTS = "group-*.safetensors"


def find_pretrained(folder: Path, held_out: str) -> Path:
    """The pretrained weights that never saw the person ``held_out``.

    Raises:
        MissingPath, Damaged: as `pretrained_of_folds`.
        InputError: no file in ``folder`` held this person out; using another would leak test frames.
    """
    return _that_held_out(folder, _pretrained(folder), [held_out])


def pretrained_of_folds(
    folder: Path, clips: pd.DataFrame, protocol: str, folds: Iterable[ProtocolFold]
) -> dict[str, Path]:
    """For each fold, by its name, pretrained weights that saw nobody whom the fold may not see.

    Args:
        folder: of a pretraining.
        clips: the whole clip table, with the clips that have no class: the DGM needs none.
        protocol: of the folds.
        folds: of that protocol.

    Raises:
        MissingPath: the folder holds no weights, or its run did not finish.
        Damaged: weights are not as the finished run left them, or gone.
        InputError: they were pretrained by another protocol, or have seen somebody whom a fold may not see.
    """
    abouts = _pretrained(folder)
    for path, about in abouts.items():
        if (own := about.get("protocol", "loso")) != protocol:
            raise InputError(
                f"{path} was pretrained by the protocol {own!r}, the folds are to be trained by {protocol!r}: it may "
                f"have seen people whom they must not see. Run 03_pretrain with the same (-p protocol {protocol})."
            )
    found = {}
    for fold in folds:
        found[fold.name] = path = _that_held_out(folder, abouts, fold.persons)
        check_unseen(path, abouts[path], clips, protocol, fold.persons)
    return found


def check_unseen(
    path: Path, about: Mapping[str, Any], clips: pd.DataFrame, protocol: str, persons: Iterable[str]
) -> None:
    """Check that a pretrained DGM saw nobody whom the fold that tests these persons may not see.

    Args:
        path: of its weights, for the message.
        about: what they say of themselves (`mer.training.checkpoints.read_about`).
        clips: the whole clip table.
        protocol: of the fold.
        persons: ``database/subject``.

    Raises:
        InputError: it has seen one of them, or somebody else whose frames the protocol keeps away.
    """
    tested, everyone = set(persons), person(clips)
    seen = set(about["seen"]) if "seen" in about else set(everyone) - set(about["held_out"])
    leaked = sorted(seen & set(everyone[~may_train(clips, protocol, tested)]), key=lambda one: (one not in tested, one))
    if leaked:
        why = "tests" if leaked[0] in tested else f"must not see (protocol {protocol})"
        raise InputError(f"{path} was pretrained on frames of {leaked[0]!r}, which this fold {why}.")


def _pretrained(folder: Path) -> dict[Path, dict[str, Any]]:
    """All weights of a pretraining, and what they say of themselves; none is left out because it is gone."""
    refuse_unfinished(folder, "A training on pretrained DGMs")
    listed = (Path(folder) / name for name in vouched_files(folder) if fnmatch(name, _WEIGHTS))
    files = sorted({*Path(folder).glob(_WEIGHTS), *listed})
    if not files:
        raise MissingPath(f"{folder} holds no pretrained DGM ({_WEIGHTS}). Run the pretraining notebook first.")
    return {path: read_about(path) for path in files}


def _that_held_out(folder: Path, abouts: Mapping[Path, Mapping[str, Any]], persons: Iterable[str]) -> Path:
    wanted = set(persons)
    for path, about in abouts.items():
        if wanted <= set(about["held_out"]):
            return path
    alone = sorted(wanted - {one for about in abouts.values() for one in about["held_out"]}) or sorted(wanted)
    raise InputError(
        f"No pretrained DGM in {folder} held out {', '.join(map(repr, alone[:3]))}"
        f"{' and others' if len(alone) > 3 else ''}: frames of a test would leak into it. "
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
            (stored_config(DGMConfig, about, "dgm", path), dgm),
            (stored_config(DGMLossConfig, about, "loss", path), loss),
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
