"""All frames of an aligned store on the device, as bytes, so that a batch is picked there and nothing travels."""

import numpy as np
import torch
from torch import Tensor

from mer.face.aligned_store import AlignedStore
from mer.training.pairs import as_float, to_float

#: Share of a GPU's free memory that frames may take; the rest is for training.
MOST = 0.3


class ResidentFrames:
    """Frames of a store by their number; on the device where they fit, else read from the store batch by batch."""

    def __init__(self, store: AlignedStore, device: torch.device) -> None:
        self.store, self.device = store, device
        self.frames: Tensor | None = None
        if device.type == "cuda" and store.frames.nbytes < MOST * torch.cuda.mem_get_info(device)[0]:
            self.frames = torch.from_numpy(np.ascontiguousarray(store.frames)).to(device)

    def take(self, rows: np.ndarray) -> Tensor:
        """Frames at ``rows`` (int64, any shape S): float32, (*S, C, H, W), values in [0, 1]."""
        if self.frames is None:
            flat = to_float(self.store.frames[rows.ravel()], self.device)
            return flat.unflatten(0, rows.shape)
        return as_float(self.frames[torch.from_numpy(rows).to(self.device, non_blocking=True)])
