"""A small aligned store with a video and image folders behind it, for the tests of the explorer."""

from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from mer.datasets.database import Database
from mer.face.aligned_store import AlignedStore, StoreConfig
from mer.face.canonical import square_points
from mer.face.regions import region_boxes
from mer.manifest.clips import validate_clips

SIZE = 64
#: database, subject, clip, onset, apex, offset, label, action units
ROWS = [
    ("synthetic-casme2", "01", "a", 11, 14, 18, "negative", "4"),
    ("synthetic-casme2", "02", "b", 3, 5, 9, "positive", "6+12"),
    ("synthetic-samm", "006", "c", 1, None, 4, "surprise", "1+2+L25"),
    ("synthetic-samm", "007", "d", 20, 22, 25, "", ""),
]


def clip_table(rows=ROWS) -> pd.DataFrame:
    names = ["database", "subject", "clip", "onset", "apex", "offset", "label", "action_units"]
    table = pd.DataFrame(rows, columns=names)
    known = table["apex"].notna()
    return validate_clips(
        table.assign(
            frames=table["database"] + "/" + table["clip"],
            fps=200.0,
            emotion="",
            apex_source=np.where(known, "annotated", ""),
            note="",
        )
    )


@dataclass
class Shelf:
    """A store, and the database it was aligned from: its frames are those of the store, numbers 0 to 29 on disk."""

    store: AlignedStore
    database: Database


def blob(number: int, shift: float = 0.5, size: int = SIZE) -> np.ndarray:
    """A smooth face-like texture that drifts to the right by ``shift`` px a frame: uint8 (size, size)."""
    rng = np.random.default_rng(5)
    texture = cv2.GaussianBlur(rng.normal(size=(size + 40, size + 40)).astype(np.float32), (0, 0), 3)
    texture = 128 + 700 * texture
    move = np.array([[1, 0, shift * number - 20], [0, 1, -20]], np.float32)
    return np.clip(cv2.warpAffine(texture, move, (size, size), flags=cv2.INTER_CUBIC), 0, 255).astype(np.uint8)


def make_store(folder: Path, rows=ROWS, displacement: bool = True, synthetic: bool = True) -> AlignedStore:
    """A store in ``folder`` whose frame number n of every clip is `blob` (n)."""
    clips = clip_table(rows)
    count = (clips["offset"] - clips["onset"] + 1).to_numpy(dtype=np.int64)
    start = np.cumsum(count) - count
    numbers = np.concatenate([np.arange(int(row.onset), int(row.offset) + 1) for row in clips.itertuples()])
    pictures = {number: blob(number) for number in set(numbers)}
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "frames.npy", np.stack([pictures[number] for number in numbers])[..., None])
    truth = np.zeros((len(clips), 2, SIZE, SIZE), np.float16)
    truth[:, 0] = -2 * 1.5 / (SIZE - 1)  # 1.5 px to the right, backward
    truth[:, :, :4] = np.nan
    points = square_points(SIZE).astype(np.float32)
    return AlignedStore(
        path=folder,
        config=StoreConfig(size=SIZE),
        database_name="small",
        synthetic=synthetic,
        terms="free",
        clips=clips,
        skipped=pd.DataFrame(columns=["database", "subject", "clip", "kind", "reason"]),
        frames=np.load(folder / "frames.npy", mmap_mode="r"),
        start=start,
        count=count,
        landmarks=np.tile(points, (len(clips), 1, 1)),
        transforms=np.tile(np.array([[1, 0, 0], [0, 1, 0]], np.float32), (len(clips), 1, 1)),
        boxes=np.tile(region_boxes(points, SIZE), (len(clips), 1, 1)),
        displacement=truth if displacement else None,
        eye_distance=np.full(len(clips), 40.0, np.float32),
        pose=np.zeros((len(clips), 3), np.float32),
    )


def many_rows(count: int, length: int = 7) -> list[tuple]:
    """Rows of clips of ``length`` frames, 20 a person, of two databases and all classes."""
    looks = ("synthetic-casme2", "synthetic-samm")
    units = ("4", "6+12", "1+2+L25", "", "R12A+17")
    labels = ("negative", "positive", "surprise", "")
    rows = []
    for k in range(count):
        onset = 3 + k % 4  # neighbours look different
        key = (looks[k % 2], f"s{k // 20:03d}", f"c{k}")
        rows.append((*key, onset, onset + length // 2, onset + length - 1, labels[k % 4], units[k % 5]))
    return rows


def make_large(folder: Path, count: int, length: int = 7) -> AlignedStore:
    """A store of `many_rows`, which share the frames of the first four."""
    small = make_store(folder, many_rows(4, length))
    each = np.arange(count) % len(small)
    names = ("start", "count", "landmarks", "transforms", "boxes", "eye_distance", "pose")
    return replace(
        small,
        clips=clip_table(many_rows(count, length)),
        displacement=None,
        **{name: getattr(small, name)[each] for name in names},
    )


def make_database(root: Path, store: AlignedStore) -> Database:
    """Folders of images, numbers 0 to 29, of the clips of a store; clip ``a`` is a video."""
    for row in store.clips.itertuples():
        folder = root / row.frames
        if row.clip == "a":
            folder.parent.mkdir(parents=True, exist_ok=True)
            video = cv2.VideoWriter(f"{folder}.avi", cv2.VideoWriter_fourcc(*"MJPG"), 25, (SIZE, SIZE))
            for number in range(30):
                video.write(cv2.cvtColor(blob(number), cv2.COLOR_GRAY2BGR))
            video.release()
            continue
        folder.mkdir(parents=True)
        for number in range(30):
            cv2.imwrite(str(folder / f"img{number}.png"), blob(number))
    video = store.clips["clip"] == "a"
    store.clips.loc[video, "frames"] += ".avi"
    return Database("small", root, store.clips, store.synthetic, store.terms, "made up")
