"""Write what a model is given beside the frames of a pair: sequences, flow, dynamic images; made once for all folds."""

import math
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import TypeAlias

import numpy as np

from mer.core.array_writer import ArrayWriter
from mer.core.processors import one_opencv_thread, processors
from mer.core.progress import progress
from mer.face.aligned_store import AlignedStore
from mer.models.frl_dgt import FRLDGTConfig
from mer.motion.dynamic_image import dynamic_image, scale_to_range
from mer.motion.flow import optical_flow
from mer.motion.sequence import each_sequence
from mer.motion.units import pixels_to_grid
from mer.training.pairs import apex_rows

#: Files that are written: frames beside the onset, and motion.
OTHERS, MOTION = "others.npy", "motion.npy"
#: Variant, clip and pair of a sequence.
_Place: TypeAlias = tuple[int, ...]
#: Pairs whose flow is asked for at a time.
_BLOCK = 256


def size_of_inputs(store: AlignedStore, clips: int, model: FRLDGTConfig, variants: int) -> int:
    """Bytes that `write_inputs` writes: frames of a sequence in 8 bits, and motion in 16, of one or two components."""
    pixels, channels = store.frames.shape[1] * store.frames.shape[2], store.frames.shape[3]
    pairs = clips * max(1, model.sequence - 1)
    motion = {"flow": 2 * 2 * variants * pairs, "dynamic_image": 2 * clips}.get(model.motion.source, 0)
    return int(pixels * (motion + (pairs * channels if model.sequence else 0)))


def write_inputs(
    store: AlignedStore, rows: np.ndarray, model: FRLDGTConfig, offsets: tuple[int, ...], work: Path
) -> None:
    """Everything clip by clip: thousands of clips need no more memory than some.

    Args:
        store: aligned clips.
        rows: of ``store.clips``.
        model: says which sequence and which motion.
        offsets: frames beside the apex that may stand for it.
        work: folder that the files are written into (`OTHERS`, `MOTION`).
    """
    height, width, channels = store.frames.shape[1:]
    if model.sequence:
        shape = (1, len(rows), model.sequence - 1, height, width, channels)
        with ArrayWriter(work / OTHERS, shape, np.uint8) as kept:
            for sequence in each_sequence(store, rows, model.sequence):
                kept.add(sequence[1:])
    if model.motion.source == "dynamic_image":
        with ArrayWriter(work / MOTION, (1, len(rows), 1, 1, height, width), np.float16) as kept:
            for image in _dynamic_images(store, rows):
                kept.add(image)
    elif model.motion.source == "flow":
        if model.sequence:
            others = np.load(work / OTHERS, mmap_mode="r")
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
        ArrayWriter(work / MOTION, (*shape, 2, *size), np.float16) as kept,
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
