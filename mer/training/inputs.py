"""What a model is given of each clip: onset, other frames, AU boxes, and motion that is computed beforehand.

The frames of onset-apex pairs are read from the store as they are. Interpolated sequences, optical flow and dynamic
images cost more than training on them, so they are made once for all folds and kept, memory-mapped, in the cache.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mer.core.errors import InputError
from mer.core.files import digest, file_digest
from mer.core.kept import kept_folder
from mer.core.machine_fault import raise_machine_fault
from mer.core.paths import cache_dir
from mer.core.sealed import FILES
from mer.face.aligned_store import AlignedStore
from mer.models.frl_dgt import FRLDGTConfig
from mer.training.make_inputs import MOTION, OTHERS, size_of_inputs, write_inputs
from mer.training.pairs import apex_rows, to_float

#: The code that decides what is kept: when one of these files changes, it is made anew.
_CODE = (
    "models/dgm.py",
    "models/frl_dgt.py",
    "models/head_motion.py",
    "models/local_contrast.py",
    "models/local_motion.py",
    "models/motion_input.py",
    "models/normalise.py",
    "models/resize.py",
    "motion/blur.py",
    "motion/dynamic_image.py",
    "motion/flow.py",
    "motion/sequence.py",
    "motion/tim.py",
    "motion/units.py",
    "motion/warp.py",
    "training/inputs.py",
    "training/make_inputs.py",
    "training/stacks.py",
)

#: Raised whenever the files that are kept are others, for whatever reason but the code above.
FORMAT = 1


@cache
def code_key() -> str:
    """Digest of the code that decides what is kept."""
    package = Path(__file__).parents[1]
    return digest(*(file_digest(package / name) for name in _CODE))


@dataclass(frozen=True)
class Prepared:
    """Where the inputs of some clips lie that were made beforehand.

    Attributes:
        rows: int64, of ``store.clips``.
        offsets: frames beside the apex that there is a variant of; (0,) for sequences.
        folder: holds the files; None where nothing was made.
        files: those that were made: ``others.npy`` (sequences) and ``motion.npy``.
    """

    rows: np.ndarray
    offsets: tuple[int, ...]
    folder: Path | None
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Inputs:
    """Inputs of n clips with S pairs each, in V variants (the apex and frames beside it).

    Attributes:
        onset: float32, (n, C, H, W), values in [0, 1].
        others: float32, (V, n, S, C, H, W): the apex, or the other frames of a sequence.
        boxes: float32, (n, 9, 4).
        motion: float32, (V, n, S, 2 or 1, H, W) in the units of the model's raw motion; None where the DGM makes it.
    """

    onset: Tensor
    others: Tensor
    boxes: Tensor
    motion: Tensor | None = None


def prepare_inputs(store: AlignedStore, rows: np.ndarray, model: FRLDGTConfig, offsets: tuple[int, ...]) -> Prepared:
    """Make what is made beforehand for these clips, unless it is there and whole.

    Args:
        store: aligned clips.
        rows: of ``store.clips``.
        model: says which sequence and which motion.
        offsets: frames beside the apex that may stand for it, 0 among them. A sequence has no such variants.

    Raises:
        InputError: a sequence model is asked for on clips that are onset-apex pairs, or there is no room on the disk.
    """
    source = model.motion.source
    offsets = (0,) if model.sequence else offsets
    check_lengths(store, rows, model.sequence)
    if source == "dgm" and not model.sequence:
        return Prepared(rows, offsets, None)
    what = [source, model.motion.flow if source == "flow" else "", str(model.sequence), str(model.dgm.alpha)]
    variants = (0,) if source == "dynamic_image" else offsets  # which has one for all
    key = digest(code_key(), store.path.name, *what, str(variants), rows.astype(np.int64).tobytes())
    folder = cache_dir() / "inputs" / f"{source}-{key[:16]}"
    index = kept_folder(
        folder,
        FORMAT,
        lambda work: write_inputs(store, rows, model, offsets, work),
        {"code": code_key()},
        need=size_of_inputs(store, len(rows), model, len(variants)),
    )
    return Prepared(rows, offsets, folder, tuple(sorted(index[FILES])))


def check_lengths(store: AlignedStore, rows: np.ndarray, sequence: int) -> None:
    """Refuse a sequence model on clips without a frame between their first and last one.

    Raises:
        InputError: some clip has fewer than 3 frames; the message names both sides.
    """
    short = rows[np.asarray(store.count)[rows] < 3] if sequence else rows[:0]
    if len(short):
        names = ", ".join("/".join(store.clips.iloc[row][["subject", "clip"]]) for row in short[:3])
        raise InputError(
            f"The model reads sequences of {sequence} frames (model.sequence), but {len(short)} of {len(rows)} clips "
            f"of {store.database_name} have only {int(store.count[short].max())} frames: {names}. Choose the pair "
            "model (variant M9), or clips with all frames from onset to offset."
        )


def load_inputs(
    store: AlignedStore, prepared: Prepared, chosen: np.ndarray, offsets: tuple[int, ...], device: torch.device
) -> Inputs:
    """Inputs of some clips on a device.

    Args:
        store: aligned clips.
        prepared: of `prepare_inputs`.
        chosen: bool, (n,), which of the prepared rows.
        offsets: which variants, of those that were prepared.
        device: where to.

    Raises:
        InputError: what was prepared was deleted or damaged since.
    """
    clips = prepared.rows[chosen]
    offsets = tuple(offset for offset in offsets if offset in prepared.offsets)
    boxes = torch.from_numpy(np.asarray(store.boxes)[clips]).to(device)
    onset = to_float(store.frames[np.asarray(store.start)[clips]], device)
    kept = _kept(prepared, OTHERS)
    others = store.frames[apex_rows(store, clips, offsets)][:, :, None] if kept is None else kept[:, chosen]
    frames = to_float(others.reshape(-1, *others.shape[3:]), device).unflatten(0, others.shape[:3])
    motion = None
    if (fields := _kept(prepared, MOTION)) is not None:
        variants = [prepared.offsets.index(offset) for offset in offsets] if len(fields) > 1 else [0] * len(offsets)
        motion = torch.from_numpy(fields[variants][:, chosen]).to(device).float()
    return Inputs(onset, frames, boxes, motion)


def _kept(prepared: Prepared, name: str) -> np.ndarray | None:
    if prepared.folder is None or name not in prepared.files:
        return None
    return kept_array(prepared.folder / name)


def kept_array(path: Path) -> np.ndarray:
    """A file of inputs or stacks, memory-mapped; its folder was checked when the run began.

    Raises:
        InputError: it was deleted or damaged since.
    """
    try:
        found: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise_machine_fault(error, path)
        raise InputError(
            f"{path} was deleted or damaged since it was made ({error}). Run again: it is made anew."
        ) from error
    return found
