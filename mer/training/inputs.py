"""What a model is given of each clip: onset, other frames, AU boxes, and motion that is computed beforehand.

The frames of onset-apex pairs are read from the store as they are. Interpolated sequences, optical flow and dynamic
images cost more than training on them, so they are made once for all folds and kept, memory-mapped, in the cache.
"""

import math
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch
from torch import Tensor

from mer.core.array_writer import ArrayWriter
from mer.core.errors import InputError
from mer.core.files import digest, file_digest
from mer.core.folders import whole_folder
from mer.core.paths import cache_dir
from mer.core.processors import one_opencv_thread, processors
from mer.core.progress import progress
from mer.face.aligned_store import AlignedStore
from mer.models.frl_dgt import FRLDGTConfig
from mer.motion.dynamic_image import dynamic_image, scale_to_range
from mer.motion.flow import optical_flow
from mer.motion.sequence import each_sequence
from mer.motion.units import pixels_to_grid
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
    "training/stacks.py",
)

#: Variant, clip and pair of a sequence.
_Place: TypeAlias = tuple[int, ...]
#: Pairs whose flow is asked for at a time.
_BLOCK = 256


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
        folder: holds ``others.npy`` (sequences) and ``motion.npy``; None where nothing was made.
    """

    rows: np.ndarray
    offsets: tuple[int, ...]
    folder: Path | None


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
    """Make what is made beforehand for these clips, unless it is there.

    Args:
        store: aligned clips.
        rows: of ``store.clips``.
        model: says which sequence and which motion.
        offsets: frames beside the apex that may stand for it, 0 among them. A sequence has no such variants.

    Raises:
        InputError: a sequence model is asked for on clips that are onset-apex pairs.
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
    if not folder.is_dir():
        with whole_folder(folder) as work:
            _write(store, rows, model, offsets, work)
    return Prepared(rows, offsets, folder)


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
    """
    clips = prepared.rows[chosen]
    offsets = tuple(offset for offset in offsets if offset in prepared.offsets)
    boxes = torch.from_numpy(np.asarray(store.boxes)[clips]).to(device)
    onset = to_float(store.frames[np.asarray(store.start)[clips]], device)
    kept = _kept(prepared.folder, "others")
    others = store.frames[apex_rows(store, clips, offsets)][:, :, None] if kept is None else kept[:, chosen]
    frames = to_float(others.reshape(-1, *others.shape[3:]), device).unflatten(0, others.shape[:3])
    motion = None
    if (fields := _kept(prepared.folder, "motion")) is not None:
        variants = [prepared.offsets.index(offset) for offset in offsets] if len(fields) > 1 else [0] * len(offsets)
        motion = torch.from_numpy(fields[variants][:, chosen]).to(device).float()
    return Inputs(onset, frames, boxes, motion)


def _kept(folder: Path | None, name: str) -> np.ndarray | None:
    path = folder / f"{name}.npy" if folder else None
    return np.load(path, mmap_mode="r") if path is not None and path.is_file() else None


def _write(store: AlignedStore, rows: np.ndarray, model: FRLDGTConfig, offsets: tuple[int, ...], work: Path) -> None:
    """Everything clip by clip: thousands of clips need no more memory than some."""
    height, width, channels = store.frames.shape[1:]
    if model.sequence:
        shape = (1, len(rows), model.sequence - 1, height, width, channels)
        with ArrayWriter(work / "others.npy", shape, np.uint8) as kept:
            for sequence in each_sequence(store, rows, model.sequence):
                kept.add(sequence[1:])
    if model.motion.source == "dynamic_image":
        with ArrayWriter(work / "motion.npy", (1, len(rows), 1, 1, height, width), np.float16) as kept:
            for image in _dynamic_images(store, rows):
                kept.add(image)
    elif model.motion.source == "flow":
        if model.sequence:
            others = np.load(work / "others.npy", mmap_mode="r")
            _write_flows(store, rows, others.shape[:3], lambda place: others[place], model, work)
        else:
            at = apex_rows(store, rows, offsets)
            _write_flows(store, rows, (*at.shape, 1), lambda place: store.frames[at[place[:2]]], model, work)


def _write_flows(
    store: AlignedStore,
    rows: np.ndarray,
    shape: tuple[int, ...],
    other: Callable[[_Place], np.ndarray],
    model: FRLDGTConfig,
    work: Path,
) -> None:
    """Flow of every pair: float16, (V, n, S, 2, H, W), backward, in units of the model's raw motion."""
    start, method = np.asarray(store.start)[rows], model.motion.flow
    # In units of the grid first, both in float16: the numbers that runs were made with.
    alpha, size = np.float16(model.dgm.alpha), store.frames.shape[1:3]

    def one(place: _Place) -> np.ndarray:
        flow = optical_flow(np.asarray(store.frames[start[place[1]]]), np.asarray(other(place)), method)
        return pixels_to_grid(flow).astype(np.float16) / alpha

    places = np.ndindex(*shape)
    bar = progress(what=f"Optical flow ({method})", total=math.prod(shape), unit="pairs")
    with (
        bar,
        one_opencv_thread(),
        ThreadPoolExecutor(processors(most=8)) as pool,
        ArrayWriter(work / "motion.npy", (*shape, 2, *size), np.float16) as kept,
    ):
        while block := list(islice(places, _BLOCK)):  # not all at once: what is done waits for its turn in memory
            for field in pool.map(one, block):
                kept.add(field)
                bar.update()


def _dynamic_images(store: AlignedStore, rows: np.ndarray) -> Iterator[np.ndarray]:
    """Dynamic image of onset..offset of every clip: float, (1, H, W), each stretched to [-1, 1]."""
    for start, count in progress(list(zip(store.start[rows], store.count[rows], strict=True)), "Dynamic images"):
        grey = store.frames[start : start + count].mean(axis=3, keepdims=True)
        yield scale_to_range(dynamic_image(grey)).transpose(2, 0, 1)
