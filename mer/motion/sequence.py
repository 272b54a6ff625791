"""Sequences of equal length from clips of any length, for the sequence model FRL-DGT-S."""

from collections.abc import Iterator

import numpy as np

from mer.core.errors import InputError
from mer.core.progress import progress
from mer.face.aligned_store import AlignedStore
from mer.motion.tim import interpolate


def clip_sequence(frames: np.ndarray, wanted: int = 10) -> np.ndarray:
    """One clip with ``wanted`` frames, by TIM; the first is the first given one exactly, the last the last.

    Args:
        frames: uint8, or float in [0, 1]; shape (n, H, W, C), from onset to offset.
        wanted: at least 1. The paper uses 10 for its sequence model.

    Returns:
        Same type, shape (wanted, H, W, C).
    """
    if frames.ndim != 4:
        raise InputError(f"A clip has shape (frames, height, width, channels); found {frames.shape}.")
    return interpolate(frames, wanted)


def sequences(store: AlignedStore, clips: np.ndarray, wanted: int = 10) -> np.ndarray:
    """Sequences of clips of an aligned store, each from its onset to its offset.

    Args:
        clips: int, shape (k,): rows of ``store.clips``.
        wanted: frames of each sequence; memory is k x wanted x H x W x C bytes.

    Returns:
        uint8, shape (k, wanted, H, W, C); frame 0 is the onset frame exactly. The apex frame need not be among
        them.
    """
    clips = np.asarray(clips)
    made = np.empty((len(clips), max(0, wanted), *store.frames.shape[1:]), np.uint8)
    for place, sequence in enumerate(each_sequence(store, clips, wanted)):
        made[place] = sequence
    return made


def each_sequence(store: AlignedStore, clips: np.ndarray, wanted: int = 10) -> Iterator[np.ndarray]:
    """`sequences` one after the other, uint8, (wanted, H, W, C) each: memory does not grow with the clips."""
    clips = np.asarray(clips)
    if clips.ndim != 1 or (clips.size and not np.issubdtype(clips.dtype, np.integer)):
        raise InputError(f"clips holds row numbers, shape (k,); found {clips.dtype}, shape {clips.shape}.")
    if clips.size and not (clips.min() >= 0 and clips.max() < len(store)):
        raise InputError(f"The store has clips 0 to {len(store) - 1}; asked for {clips.min()} to {clips.max()}.")
    if wanted < 1:
        raise InputError(f"A sequence has at least one frame; asked for {wanted}.")
    for clip in progress(clips, "Sequences", unit="clip"):
        first = int(store.start[clip])
        yield clip_sequence(store.frames[first : first + int(store.count[clip])], wanted)
