"""Frame pairs as batches, drawn from an aligned store without a loop over clips."""

import numpy as np
import torch
from torch import Tensor

from mer.core.errors import InputError
from mer.face.store import AlignedStore


def to_float(frames: np.ndarray, device: torch.device) -> Tensor:
    """uint8 frames (n, H, W, C) to float32 (n, C, H, W) in [0, 1] on ``device``; bytes travel, floats do not."""
    moved = torch.from_numpy(np.ascontiguousarray(frames)).to(device)
    return moved.permute(0, 3, 1, 2).float().div_(255)


class RandomPairs:
    """Random pairs of frames of one clip, from the clips of the allowed persons only.

    Unstated: the paper says "random frame pairs". Here both frames lie within onset..offset, at least
    ``minimum_gap`` frames apart, in either order; a clip is drawn with a probability in proportion to its frames.
    """

    def __init__(self, store: AlignedStore, clips: np.ndarray, minimum_gap: int) -> None:
        """``clips``: int, rows of ``store.clips`` that may be used."""
        counts = np.asarray(store.count)[clips]
        usable = counts > minimum_gap
        if not usable.any():
            raise InputError(
                f"No clip has more than {minimum_gap} frames (longest: {counts.max(initial=0)}). Lower the gap."
            )
        self.frames = store.frames
        self.start = np.asarray(store.start)[clips][usable]
        self.count = counts[usable]
        self.share = self.count / self.count.sum()
        self.minimum_gap = minimum_gap

    def draw(self, batch: int, rng: np.random.Generator, device: torch.device) -> tuple[Tensor, Tensor]:
        """Two tensors (batch, C, H, W), values in [0, 1]."""
        clip = rng.choice(len(self.start), batch, p=self.share)
        gap = rng.integers(self.minimum_gap, self.count[clip])
        first = rng.integers(0, self.count[clip] - gap)
        pair = self.start[clip] + np.where(rng.random(batch) < 0.5, [first, first + gap], [first + gap, first])
        return to_float(self.frames[pair[0]], device), to_float(self.frames[pair[1]], device)


def frames_near_apex(store: AlignedStore, clips: np.ndarray, offsets: tuple[int, ...]) -> np.ndarray:
    """Apex frames and their neighbours.

    Args:
        store: the frames.
        clips: rows of ``store.clips``.
        offsets: positions relative to the apex; outside onset + 1 .. offset they stop at the border.

    Returns:
        uint8, shape (len(offsets), len(clips), H, W, C).
    """
    table = store.clips.iloc[clips]
    start, count = np.asarray(store.start)[clips], np.asarray(store.count)[clips]
    apex = (table["apex"] - table["onset"]).to_numpy(dtype=np.int64)
    row = np.clip(apex[None] + np.asarray(offsets)[:, None], np.minimum(1, count - 1), count - 1) + start
    return store.frames[row]
