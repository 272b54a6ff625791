"""Motion maps: small precomputed optical-flow images of the composite database, readable without any licensed video.

The public set is the folder ``datasets/STSNet_whole_norm_u_v_os`` of the repository tony19980810/CausalNet (MIT): for
each of the 442 clips four PNG files of 28x28 pixels, named ``<subject>_<clip><suffix> .png`` with a space before the
dot. SMIC names are padded there (``s01_s01_ne_01`` is s1/s1_ne_01 of the release).

What is in a file
-----------------
* Flow maps (``onset-apex``, ``apex-offset``): R = u (right), G = v (down), B = optical strain; TV-L1. Known from the
  authors. The directions are inferred: in smiles (AU 12) both mouth corners move outwards and up.
* Every channel was stretched from its own minimum..maximum to 0..255 before it was made small. Inferred: each file
  spans nearly 0..255 whatever the motion, and the median of u lies anywhere from 14 to 246. So the size of a motion is
  lost, and no grey value means "no motion" in all files.
* Direction maps (``...-direction``): the colour (hue) of the angle of the 8-bit pair (u, v), so that B = 0. Computed
  anew from the flow map they agree in 99.9 % of the pixels: they hold nothing new. `read_pixels` reads them,
  `read_maps` does not.

What is offered
---------------
`read_maps` gives u and v about zero: a map's own median, the motion of the larger, still part of the face, counts as
zero. It also takes out a shift of the whole head. Strain is 0 where nothing deforms, up to the stretching of its
minimum.

Flow maps run forward (onset to apex), in units of the map's own range: they are no displacement of the DGM's
convention.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from mer.core.errors import InputError, MissingPath, nearest
from mer.core.files import digest
from mer.datasets.frames import read_frame
from mer.manifest.clips import clip_key

#: Kind of map to the suffix of its file name.
SUFFIXES = {"onset-apex": "", "apex-offset": "_1", "onset-apex-direction": "_2", "apex-offset-direction": "_3"}
FLOW_KINDS = ("onset-apex", "apex-offset")
CHANNELS = ("u", "v", "strain")
SIZE = 28
SOURCE = "github.com/tony19980810/CausalNet (MIT), folder datasets/STSNet_whole_norm_u_v_os"
FOLDER_NAME = "STSNet_whole_norm_u_v_os"

Centre = Literal["median", "middle"]


@dataclass(frozen=True)
class MotionMaps:
    """Motion maps of clips, row by row.

    Attributes:
        maps: float32 (n, C, 28, 28), C = 3 channels a kind in the order of ``kinds``: u, v in about [-2, 2] (0 = no
            motion, as well as can be known), strain in [0, 1].
        clips: the clip table's rows, index 0..n-1.
        kinds: kinds of map.
        fingerprint: digest of the pixels and keys, for a run's record.
    """

    maps: np.ndarray
    clips: pd.DataFrame
    kinds: tuple[str, ...]
    fingerprint: str

    @property
    def channels(self) -> tuple[str, ...]:
        """Name of every channel, ``<kind> <u|v|strain>``."""
        return tuple(f"{kind} {channel}" for kind in self.kinds for channel in CHANNELS)


def read_maps(
    folder: Path | str, clips: pd.DataFrame, kinds: Sequence[str] = ("onset-apex",), centre: Centre = "median"
) -> MotionMaps:
    """Motion maps of ``clips`` as numbers about zero.

    Args:
        folder: where the PNG files lie (or the folder above it).
        clips: clip table, or some rows of it.
        kinds: of `FLOW_KINDS`.
        centre: what counts as no motion in u and v: the map's ``median`` (default), or the ``middle`` grey value 127.5.

    Raises:
        MissingPath: the folder or files are missing; all missing files are listed.
        InputError: an unknown kind or centre, a file that is no 28x28 image.
    """
    for kind in kinds:
        if kind not in FLOW_KINDS:
            raise InputError(
                f"Kind of map {kind!r} holds no flow. {nearest(kind, FLOW_KINDS)} "
                f"read_pixels reads all of {', '.join(SUFFIXES)}."
            )
    if centre not in ("median", "middle"):
        raise InputError(f"centre is {centre!r}. {nearest(centre, ('median', 'middle'))}")
    pixels = read_pixels(folder, clips, kinds)
    maps = centred_maps(pixels, centre)
    rows = clips.reset_index(drop=True)
    keys = "\n".join(clip_key(row) for _, row in rows.iterrows())
    return MotionMaps(maps, rows, tuple(kinds), digest(pixels.tobytes(), keys, *kinds, centre))


def read_pixels(folder: Path | str, clips: pd.DataFrame, kinds: Sequence[str] = ("onset-apex",)) -> np.ndarray:
    """The files as they are: uint8, RGB, shape (n, kinds, 28, 28, 3).

    Raises:
        MissingPath: the folder or files are missing; all missing files are listed.
        InputError: an unknown kind, a file that is no 28x28 image.
    """
    folder = _maps_folder(Path(folder))
    for kind in kinds:
        if kind not in SUFFIXES:
            raise InputError(f"Unknown kind of map {kind!r}. {nearest(kind, SUFFIXES)}")
    if not kinds:
        raise InputError(f"No kind of map was asked for; choose from {', '.join(SUFFIXES)}.")
    present = {path.name for path in folder.iterdir()}
    paths, missing = [], []
    for _, row in clips.iterrows():
        for kind in kinds:
            names = file_names(row, kind)
            found = next((name for name in names if name in present), None)
            if found is None:
                missing.append(f"{clip_key(row)} ({names[0]!r})")
            else:
                paths.append(folder / found)
    if missing:
        shown = "\n  ".join(missing[:50]) + (f"\n  and {len(missing) - 50} more" if len(missing) > 50 else "")
        raise MissingPath(f"{len(missing)} motion map(s) are not in {folder}; copy them from {SOURCE}:\n  {shown}")
    pixels = np.empty((len(paths), SIZE, SIZE, 3), dtype=np.uint8)
    faults = []
    for position, path in enumerate(paths):
        try:
            image = read_frame(path)
        except InputError as error:
            faults.append(str(error))
            continue
        if image.shape != (SIZE, SIZE, 3):
            faults.append(f"{path} is {image.shape[1]}x{image.shape[0]} pixels, expected {SIZE}x{SIZE}")
            continue
        pixels[position] = image
    if faults:
        shown = "\n  ".join(faults[:50]) + (f"\n  and {len(faults) - 50} more" if len(faults) > 50 else "")
        raise InputError(f"{len(faults)} motion map(s) cannot be used:\n  {shown}")
    return pixels.reshape(len(clips), len(kinds), SIZE, SIZE, 3)


def file_names(row: pd.Series, kind: str) -> list[str]:
    """Names that a clip's map may have, the public set's first. Built from the key: names cannot be split again,
    for a clip's own name may end in ``_1``.
    """
    subject, clip = str(row["subject"]), str(row["clip"])
    pairs = [(subject, clip)]
    if row["database"] == "smic" and clip.startswith(subject) and subject[:1] == "s" and subject[1:].isdigit():
        padded = f"s{int(subject[1:]):02d}"
        pairs.insert(0, (padded, padded + clip[len(subject) :]))
    return [f"{one}_{other}{SUFFIXES[kind]}{end}" for one, other in pairs for end in (" .png", ".png")]


def centred_maps(pixels: np.ndarray, centre: Centre = "median") -> np.ndarray:
    """Pixels of flow maps as numbers about zero.

    Args:
        pixels: uint8 RGB (n, kinds, 28, 28, 3).
        centre: see `read_maps`.

    Returns:
        float32 (n, 3 * kinds, 28, 28): u and v as (pixel - centre) / 127.5, strain as pixel / 255.
    """
    channels = np.moveaxis(pixels, -1, 2).astype(np.float32)  # n, kinds, 3, 28, 28
    motion = channels[:, :, :2]
    zero = np.median(motion, axis=(-2, -1), keepdims=True) if centre == "median" else np.float32(127.5)
    channels[:, :, :2] = (motion - zero) / 127.5
    channels[:, :, 2] /= 255
    return channels.reshape(len(pixels), -1, *pixels.shape[2:4])


def flip_maps(maps: np.ndarray) -> np.ndarray:
    """The maps of the mirrored faces: columns reversed, u negated. Twice gives the maps back.

    Args:
        maps: (..., C, H, W) with the channels u, v, strain of every kind in turn (`read_maps`).
    """
    if maps.ndim < 3 or maps.shape[-3] % 3:
        raise InputError(f"Maps have the shape {maps.shape}; expected (..., 3 channels a kind, height, width).")
    flipped = maps[..., ::-1].copy()
    flipped[..., 0::3, :, :] *= -1
    return flipped


def _maps_folder(folder: Path) -> Path:
    """``folder``, or its subfolder of the public set's name."""
    if not folder.is_dir():
        raise MissingPath(
            f"The folder of motion maps {folder} does not exist. Get it from {SOURCE}, and give its path."
        )
    inner = folder / FOLDER_NAME
    return inner if inner.is_dir() else folder
