"""Displacement of every clip from the pretrained DGM that never saw its person."""

from pathlib import Path

import numpy as np
import torch

from mer.core.configs import from_dict
from mer.face.store import AlignedStore
from mer.manifest.clips import person
from mer.models.dgm import DGM, DGMConfig
from mer.training.checkpoints import fill, load_weights
from mer.training.device import choose_device
from mer.training.pairs import frames_near_apex, to_float
from mer.training.pretrain import find_pretrained

BATCH = 32


@torch.no_grad()
def generate_held_out(store: AlignedStore, pretrained: Path | str, device: str = "auto") -> np.ndarray:
    """Onset-apex displacement of every clip that has an apex, each by the DGM that held its person out.

    Args:
        store: aligned clips.
        pretrained: folder of a pretraining.
        device: ``auto``, ``cpu`` or ``cuda``.

    Returns:
        float32, (n, 2, H, W), backward, normalised units; NaN for a clip without an apex.
    """
    chosen = choose_device(device)
    persons = person(store.clips).to_numpy()
    has_apex = store.clips["apex"].notna().to_numpy()
    sources = {name: find_pretrained(Path(pretrained), name) for name in sorted(set(persons))}
    source_of_clip = np.array([str(sources[name]) for name in persons])
    side = store.config.size
    fields = np.full((len(store.clips), 2, side, side), np.nan, np.float32)
    for path in sorted(set(source_of_clip)):
        state, about = load_weights(path)
        model = DGM(from_dict(DGMConfig, about["dgm"])).to(chosen).eval()
        fill(model, state, path)
        rows = np.flatnonzero((source_of_clip == path) & has_apex)
        for part in np.array_split(rows, max(1, -(-len(rows) // BATCH))):
            onset = to_float(store.frames[np.asarray(store.start)[part]], chosen)
            apex = to_float(frames_near_apex(store, part, (0,))[0], chosen)
            fields[part] = model.displacement(model(onset, apex)).cpu().numpy()
    return fields
