"""What the baseline networks see: flow and strain as images, or the apex frame, at each network's size."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch

from mer.core.errors import InputError
from mer.core.processors import one_opencv_thread, processors
from mer.core.progress import progress
from mer.datasets.maps import CHANNELS, SIZE
from mer.face.aligned_store import AlignedStore
from mer.models.baselines.registry import APEX, BASELINES, Architecture, baseline_name
from mer.models.resize import resized
from mer.motion.flow import FlowConfig, optical_flow
from mer.motion.strain import optical_strain


def map_fields(pixels: np.ndarray) -> np.ndarray:
    """Motion maps as fields: what `flow_fields` gives for frames.

    Args:
        pixels: uint8 (n, 1, 28, 28, 3), onset-apex maps (`mer.datasets.maps.read_pixels`).

    Returns:
        float32 (n, 3, 28, 28), u, v and strain in [0, 1], each stretched to its own range when the maps were made.

    Raises:
        InputError: another shape.
    """
    if pixels.ndim != 5 or pixels.shape[1:] != (1, SIZE, SIZE, 3):
        raise InputError(f"Maps have the shape {pixels.shape}; expected (n, 1, {SIZE}, {SIZE}, 3).")
    return np.ascontiguousarray(np.moveaxis(pixels[:, 0], -1, 1), dtype=np.float32) / np.float32(255)


def flow_fields(store: AlignedStore, rows: Sequence[int] | np.ndarray, flow: str | FlowConfig = "tvl1") -> np.ndarray:
    """Flow from onset to apex of aligned clips, forwards, in the way of the public motion maps.

    Args:
        store: the aligned clips, H x W pixels.
        rows: which of them, n.
        flow: method (`mer.motion.flow.FLOW_METHODS`) or its configuration.

    Returns:
        float32 (n, 3, H, W): u (right), v (down) and strain, each stretched from its own minimum and maximum to [0, 1].
        A field without motion is 0.

    Raises:
        InputError: a clip has no apex.
    """
    measured = _measured_flow(store, rows, flow)
    return np.stack([stretched(np.concatenate([motion, optical_strain(motion)[None]])) for motion in measured])


def onset_apex_flow(
    store: AlignedStore, rows: Sequence[int] | np.ndarray, flow: str | FlowConfig = "tvl1"
) -> np.ndarray:
    """Optical flow of aligned clips in pixels, forwards from onset to apex; arguments and errors as `flow_fields`.

    Returns:
        float32 (n, 2, H, W), x right and y down, on the grid of the onset frame: the other way round than the suite's
        displacement.
    """
    return np.stack(list(_measured_flow(store, rows, flow)))


def _measured_flow(
    store: AlignedStore, rows: Sequence[int] | np.ndarray, flow: str | FlowConfig
) -> Iterator[np.ndarray]:
    _check_apexes(store, rows)

    def one(row: int) -> np.ndarray:
        onset, apex = store.pair(row)
        return optical_flow(apex, onset, flow)  # given in this order: where each point of the onset frame goes

    chosen = [int(row) for row in rows]
    with one_opencv_thread(), ThreadPoolExecutor(processors(most=8)) as pool:
        yield from progress(pool.map(one, chosen), "Optical flow", len(chosen), "pairs")


def _check_apexes(store: AlignedStore, rows: Sequence[int] | np.ndarray) -> None:
    if missing := int(store.clips["apex"].iloc[np.asarray(rows)].isna().sum()):
        raise InputError(f"{missing} clips have no apex. Fill them in, or leave those clips out.")


def stretched(fields: np.ndarray) -> np.ndarray:
    """Each image (..., H, W) from its own minimum and maximum to [0, 1]; a constant one becomes 0. float32."""
    least, most = fields.min(axis=(-2, -1), keepdims=True), fields.max(axis=(-2, -1), keepdims=True)
    span = most - least
    return ((fields - least) / np.where(span > 0, span, 1)).astype(np.float32)


def network_inputs(fields: np.ndarray, architecture: Architecture) -> np.ndarray:
    """Fields as a network sees them: its channels, its size.

    Deviation: SSSNet and RCN-A want 64 and 60 pixels a side; maps of 28 x 28 are enlarged to that bilinearly, which
    adds nothing to what they show. Fields of aligned frames are large enough and are reduced.

    Args:
        fields: float32 (n, 3, H, W), u, v and strain in [0, 1], which is the range of the sources.
        architecture: of a network of flow.

    Returns:
        float32 (n, C, size, size).

    Raises:
        InputError: another shape, or a network of the apex frame.
    """
    baseline = BASELINES[baseline_name(architecture)]
    if not baseline.sees_flow:
        raise InputError(f"{baseline.title} sees the apex frame, not flow; make its input with apex_images.")
    if fields.ndim != 4 or fields.shape[1] != len(CHANNELS):
        raise InputError(f"Fields have the shape {fields.shape}; expected (n, {len(CHANNELS)}, height, width).")
    seen = [CHANNELS.index(channel) for channel in baseline.channels]
    return resized(torch.from_numpy(fields[:, seen]), architecture.size).numpy()


def apex_images(store: AlignedStore, rows: Sequence[int] | np.ndarray, size: int) -> np.ndarray:
    """Apex frames alone: float32 (n, 3, size, size) in [0, 1]; a grey frame stands in all three channels.

    Args:
        store: the aligned clips.
        rows: which of them, n.
        size: pixels a side.

    Raises:
        InputError: a clip has no apex.
    """
    _check_apexes(store, rows)
    images = np.empty((len(rows), len(APEX), size, size), np.float32)
    for place, row in enumerate(rows):  # one at a time: larger frames of all clips need not lie in memory
        apex = torch.from_numpy(store.pair(int(row))[1]).permute(2, 0, 1)[None].float() / 255
        images[place] = resized(apex, size)[0].numpy()
    return images
