"""Frame pairs as batches, drawn from an aligned store without a loop over clips."""

import numpy as np
import torch
from torch import Tensor

from mer.core.errors import InputError
from mer.face.store import AlignedStore


def to_float(frames: np.ndarray, device: torch.device) -> Tensor:
    """uint8 frames (n, H, W, C) to float32 (n, C, H, W) in [0, 1] on ``device``; bytes travel, floats do not."""
    return as_float(torch.from_numpy(np.ascontiguousarray(frames)).to(device))


def as_float(frames: Tensor) -> Tensor:
    """uint8 frames (..., H, W, C) to float32 (..., C, H, W) in [0, 1], where they are."""
    return frames.movedim(-1, -3).float().div_(255)


class RandomPairs:
    """Random pairs of frames of one clip, from the clips of the allowed persons only.

    Unstated: the paper says "random frame pairs". Here both frames lie within onset..offset, at least
    ``minimum_gap`` frames apart, in either order; a clip is drawn with a probability in proportion to its frames.
    """

    def __init__(self, store: AlignedStore, clips: np.ndarray, minimum_gap: int, apex_share: float = 0.0) -> None:
        """Pairs of some clips.

        Args:
            store: the frames.
            clips: int, rows of ``store.clips`` that may be used.
            minimum_gap: frames between the two.
            apex_share: share of the pairs that are onset and apex instead, in either order.
        """
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
        known = clips[store.clips["apex"].notna().to_numpy()[clips]]
        self.onset_apex = np.stack([np.asarray(store.start)[known], apex_rows(store, known, (0,))[0]])
        self.apex_share = apex_share if len(known) else 0.0

    def rows(self, batch: int, rng: np.random.Generator) -> np.ndarray:
        """Where the frames of a batch of pairs stand in ``store.frames``: int64, (2, batch)."""
        clip = rng.choice(len(self.start), batch, p=self.share)
        gap = rng.integers(self.minimum_gap, self.count[clip])
        first = rng.integers(0, self.count[clip] - gap)
        pair = self.start[clip] + np.stack([first, first + gap])
        if self.apex_share:
            chosen = self.onset_apex[:, rng.integers(0, self.onset_apex.shape[1], batch)]
            pair = np.where(rng.random(batch) < self.apex_share, chosen, pair)
        return np.where(rng.random(batch) < 0.5, pair, pair[::-1])

    def draw(self, batch: int, rng: np.random.Generator, device: torch.device) -> tuple[Tensor, Tensor]:
        """Two tensors (batch, C, H, W), values in [0, 1]."""
        first, second = self.rows(batch, rng)
        return to_float(self.frames[first], device), to_float(self.frames[second], device)


def apex_rows(store: AlignedStore, clips: np.ndarray, offsets: tuple[int, ...]) -> np.ndarray:
    """Where the apex frames and their neighbours stand in ``store.frames``.

    Args:
        store: the frames.
        clips: rows of ``store.clips``, each with an apex.
        offsets: positions relative to the apex; outside onset + 1 .. offset they stop at the border.

    Returns:
        int64, shape (len(offsets), len(clips)).
    """
    table = store.clips.iloc[clips]
    start, count = np.asarray(store.start)[clips], np.asarray(store.count)[clips]
    apex = (table["apex"] - table["onset"]).to_numpy(dtype=np.int64)
    return np.clip(apex[None] + np.asarray(offsets)[:, None], np.minimum(1, count - 1), count - 1) + start


def frames_near_apex(store: AlignedStore, clips: np.ndarray, offsets: tuple[int, ...]) -> np.ndarray:
    """The frames of `apex_rows`: uint8, shape (len(offsets), len(clips), H, W, C)."""
    return store.frames[apex_rows(store, clips, offsets)]
