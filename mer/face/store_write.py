"""Write the arrays of an aligned store: clip by clip, so that memory stays flat whatever the size of a database."""

import warnings
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import cv2
import numpy as np
import pandas as pd

from mer.core.errors import InputError
from mer.core.progress import progress
from mer.datasets.database import Database
from mer.datasets.frames import read_frame
from mer.face.align import face_transform, transform_points, warp_displacement, warp_image
from mer.face.landmarks import LandmarkDetector, the_face
from mer.face.regions import region_boxes
from mer.manifest.clips import KEY, clip_key, write_clips


@dataclass(frozen=True)
class PlacedClip:
    """A clip whose onset frame showed one whole face.

    Attributes:
        paths: image files, onset to offset.
        shape: height and width of the raw onset frame.
        landmarks: float32, (68, 2), aligned pixels.
        matrix: float64, (2, 3), raw to aligned.
        boxes: float32, (9, 4), fractions.
    """

    paths: tuple[Path, ...]
    shape: tuple[int, int]
    landmarks: np.ndarray
    matrix: np.ndarray
    boxes: np.ndarray


def place_clip(database: Database, row: pd.Series, size: int, detector: LandmarkDetector) -> PlacedClip:
    """Find the face in the onset frame and where it goes.

    Raises:
        InputError: the clip has no apex, a frame has no file, the onset frame cannot be read or does not show exactly
            one whole face.
    """
    if pd.isna(row["apex"]):
        raise InputError("No apex frame is given. Annotate it, or fill it in with the clip's middle or a spotted apex.")
    paths = database.frame_paths(row)
    onset = read_frame(paths[int(row["onset"])])
    points = the_face(onset, detector)
    matrix = face_transform(points, size)
    landmarks = transform_points(points, matrix)
    boxes = region_boxes(landmarks, size)
    return PlacedClip(tuple(paths.values()), onset.shape[:2], landmarks, matrix, boxes)


def aligned_frames(placed: PlacedClip, size: int, channels: int) -> np.ndarray:
    """Decode and warp all frames of a clip: uint8, shape (frames, size, size, channels), grey or RGB.

    Raises:
        InputError: a frame cannot be read or differs in size from the onset frame.
    """
    frames = np.empty((len(placed.paths), size, size, channels), np.uint8)
    for target, path in zip(frames, placed.paths, strict=True):
        image = read_frame(path)
        if image.shape[:2] != placed.shape:
            raise InputError(
                f"{path.name} has {image.shape[1]} x {image.shape[0]} pixels, the onset frame "
                f"{placed.shape[1]} x {placed.shape[0]}; all frames of a clip must have one size."
            )
        if channels == 1:
            image = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        target[:] = warp_image(image, placed.matrix, size).reshape(target.shape)
    return frames


def write_arrays(
    folder: Path, database: Database, size: int, channels: int, detector: LandmarkDetector, workers: int
) -> None:
    """Align every clip of a database and write clips, skipped clips and arrays into ``folder``.

    Faces are looked for in this thread (detectors are not thread-safe); frames are decoded and warped by ``workers``
    threads, a few clips ahead. A clip that cannot be aligned goes to ``skipped.csv`` with the reason.

    Raises:
        InputError: no clip could be aligned.
    """
    kept: list[int] = []
    counts: list[int] = []
    placed_clips: list[PlacedClip] = []
    skipped: dict[int, str] = {}
    any_truth = False
    waiting: deque[tuple[int, PlacedClip, Future]] = deque()
    bar = progress(what=f"Aligning {database.name}", total=len(database.clips), unit="clips")
    with (
        bar,
        GrowingArray(folder / "frames.npy", (size, size, channels), np.uint8) as frames,
        GrowingArray(folder / "displacement.npy", (2, size, size), np.float16) as truths,
        ThreadPoolExecutor(workers) as pool,
    ):

        def collect() -> None:
            nonlocal any_truth
            index, placed, future = waiting.popleft()
            bar.update()
            try:
                images, truth = future.result()
            except InputError as error:
                skipped[index] = str(error)
                return
            frames.append(images)
            any_truth |= truth is not None
            truths.append(np.full((1, 2, size, size), np.nan) if truth is None else truth[None])
            kept.append(index)
            counts.append(len(images))
            placed_clips.append(placed)

        for index in range(len(database.clips)):
            row = database.clips.iloc[index]
            try:
                placed = place_clip(database, row, size, detector)
            except InputError as error:
                skipped[index] = str(error)
                bar.update()
                continue
            waiting.append((index, placed, pool.submit(_align, database, row, placed, size, channels)))
            while len(waiting) > 2 * workers:
                collect()
        while waiting:
            collect()
    if not any_truth:
        (folder / "displacement.npy").unlink()
    _report_skipped(folder, database, skipped, len(kept))
    write_clips(database.clips.iloc[kept], folder / "clips.csv")
    count = np.array(counts, np.int64)
    np.save(folder / "rows.npy", np.stack([np.cumsum(count) - count, count], axis=1))
    np.save(folder / "landmarks.npy", np.stack([placed.landmarks for placed in placed_clips]))
    np.save(folder / "transforms.npy", np.stack([placed.matrix for placed in placed_clips]).astype(np.float32))
    np.save(folder / "boxes.npy", np.stack([placed.boxes for placed in placed_clips]))


class GrowingArray:
    """A ``.npy`` file that rows are appended to; its header is corrected when it is closed."""

    def __init__(self, path: Path, row_shape: tuple[int, ...], dtype: type) -> None:
        """Start the file with a header that says "no rows"."""
        self.row_shape, self.dtype, self.rows = row_shape, np.dtype(dtype), 0
        self._stream = open(path, "wb")  # noqa: SIM115 - closed by __exit__
        self._header()
        self._data_starts = self._stream.tell()

    def append(self, rows: np.ndarray) -> None:
        """Add rows, shape (k, *row_shape), cast to the file's type."""
        if rows.shape[1:] != self.row_shape:
            raise ValueError(f"rows have shape {rows.shape[1:]}, the file {self.row_shape}")
        self._stream.write(np.ascontiguousarray(rows, dtype=self.dtype).data)
        self.rows += len(rows)

    def __enter__(self) -> Self:
        """The array itself."""
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Correct the header (NumPy leaves room for a growing first axis) and close."""
        with self._stream:
            self._stream.seek(0)
            self._header()
            assert self._stream.tell() == self._data_starts, "the header of a .npy file changed its length"

    def _header(self) -> None:
        about = {
            "descr": np.lib.format.dtype_to_descr(self.dtype),
            "fortran_order": False,
            "shape": (self.rows, *self.row_shape),
        }
        np.lib.format.write_array_header_1_0(self._stream, about)


def _align(
    database: Database, row: pd.Series, placed: PlacedClip, size: int, channels: int
) -> tuple[np.ndarray, np.ndarray | None]:
    frames = aligned_frames(placed, size, channels)
    truth = database.true_displacement(row)
    if truth is None:
        return frames, None
    if truth.shape != (2, *placed.shape):
        raise InputError(f"The true displacement has shape {truth.shape}, expected {(2, *placed.shape)} as the frames.")
    return frames, warp_displacement(truth, placed.matrix, size)


def _report_skipped(folder: Path, database: Database, skipped: dict[int, str], kept: int) -> None:
    root = f"{database.root}/"
    reasons = [skipped[index].replace(root, "") for index in sorted(skipped)]
    table = database.clips.iloc[sorted(skipped)][KEY].assign(reason=reasons)
    table.to_csv(folder / "skipped.csv", index=False)
    if not skipped:
        return
    first = table.iloc[0]
    example = f"{clip_key(first)}: {first['reason']}"
    if not kept:
        raise InputError(
            f"None of the {len(skipped)} clips of {database.name} could be aligned. The first: {example} "
            "Check the folder of frames and look at one onset frame."
        )
    warnings.warn(
        f"{len(skipped)} of {len(skipped) + kept} clips of {database.name} could not be aligned and are left out "
        f"(the store's table 'skipped' has the reasons). The first: {example}",
        stacklevel=2,
    )
