"""Displacement of every clip from the pretrained DGM that never saw its person."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from mer.face.store import AlignedStore
from mer.manifest.clips import person
from mer.models.dgm import DGM, DGMConfig
from mer.training.checkpoints import fill, load_weights, stored_config
from mer.training.device import choose_device
from mer.training.pairs import frames_near_apex, to_float
from mer.training.pretrained import find_pretrained

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
    sources = {name: find_pretrained(Path(pretrained), name) for name in sorted(set(persons))}
    source_of_clip = np.array([str(sources[name]) for name in persons])
    fields = _unknown(store)
    for path in sorted(set(source_of_clip)):
        state, about = load_weights(path)
        model = DGM(stored_config(DGMConfig, about, "dgm", path)).to(chosen).eval()
        fill(model, state, path)
        _generate(model, store, source_of_clip == path, fields, chosen)
    return fields


@torch.no_grad()
def generate_untrained(store: AlignedStore, dgm: DGMConfig, device: str = "auto") -> np.ndarray | None:
    """The displacement that a module starts from: its steps in closed form alone, before its network has learnt.

    Returns:
        As `generate_held_out`; None for a module that is a network alone.
    """
    if not dgm.start.windows:
        return None
    chosen, fields = choose_device(device), _unknown(store)
    _generate(
        DGM(replace(dgm, zero_start=True)).to(chosen).eval(), store, np.full(len(store.clips), True), fields, chosen
    )
    return fields


def _unknown(store: AlignedStore) -> np.ndarray:
    return np.full((len(store.clips), 2, store.config.size, store.config.size), np.nan, np.float32)


def _generate(model: DGM, store: AlignedStore, wanted: np.ndarray, fields: np.ndarray, device: torch.device) -> None:
    """Fill ``fields`` at the wanted clips that have an apex."""
    rows = np.flatnonzero(wanted & store.clips["apex"].notna().to_numpy())
    for part in np.array_split(rows, max(1, -(-len(rows) // BATCH))):
        onset = to_float(store.frames[np.asarray(store.start)[part]], device)
        apex = to_float(frames_near_apex(store, part, (0,))[0], device)
        fields[part] = model.displacement(model(onset, apex)).cpu().numpy()
