"""Made-up clips by the thousand for measuring how cost grows: small textured squares, no faces, nothing to learn.

The files are a few pictures under many names (hard links), for it is the number of clips and frames that is measured.
Faces are not looked for: every clip has the points of the canonical face, so a detector's time is not in what is
measured (it is the same for every clip).
"""

import json
import os
import shutil
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from mer.core.csv_text import csv_text
from mer.core.files import write_text
from mer.face.canonical import square_points
from mer.manifest.composite import read_composite
from mer.manifest.labels import COMPOSITE

#: Pixels a side of a raw frame and of an aligned one.
RAW, SIZE = 40, 32
#: Clips a person of the composite database: 442 of 68.
_CLIPS_A_PERSON = 6.5
_PICTURES = 8


class KnownPoints:
    """Stands in for a landmark detector: the canonical face in every onset frame."""

    name = "points:canonical"

    def points(self, row: pd.Series) -> np.ndarray:
        """The 68 points, float32, pixels of the raw frame."""
        return square_points(RAW).astype(np.float32)


def make_database(folder: Path, clips: int, frames: int = 6, persons: int = 0) -> Path:
    """A folder of clips as `mer.datasets.folder.open_folder` reads it.

    Args:
        folder: is made.
        clips: how many.
        frames: of each clip, at least 3.
        persons: how many; 0 for as many clips a person as the composite database has.
    """
    pictures = folder / "pictures"
    pictures.mkdir(parents=True)
    made = np.random.default_rng(0)
    for number in range(_PICTURES):
        image = cv2.resize(made.integers(0, 256, (10, 10), np.uint8), (RAW, RAW), interpolation=cv2.INTER_CUBIC)
        cv2.imwrite(str(pictures / f"{number}.jpg"), image)
    names = [f"img{number:05d}.jpg" for number in range(1, frames + 1)]
    for clip in range(clips):
        place = folder / "frames" / f"{clip:05d}"
        place.mkdir(parents=True)
        for number, name in enumerate(names):
            _link(pictures / f"{(clip + number) % _PICTURES}.jpg", place / name)
    write_text(folder / "clips.csv", csv_text(clip_table(clips, [frames] * clips, persons)))
    write_text(folder / "database.json", json.dumps({"name": "made-up", "synthetic": True, "terms": "made up"}))
    return folder


def clip_table(clips: int, frames: list[int], persons: int = 0) -> pd.DataFrame:
    """The clip table of made-up clips; frame numbers begin at 1."""
    persons = persons or max(2, round(clips / _CLIPS_A_PERSON))
    number = np.arange(clips)
    counts = np.asarray(frames)
    return pd.DataFrame(
        {
            "database": "made-up",
            "subject": [f"s{one:05d}" for one in number % persons],
            "clip": [f"c{one:05d}" for one in number],
            "frames": [f"frames/{one:05d}" for one in number],
            "onset": 1,
            "apex": 1 + counts // 2,
            "offset": counts,
            "fps": 200,
            "emotion": "",
            "action_units": "",
            "label": [COMPOSITE.classes[one % len(COMPOSITE.classes)] for one in number],
            "apex_source": "annotated",
            "note": "",
        }
    )


def composite_counts(times: int) -> list[int]:
    """Frames from onset to offset of the clips of the composite database, so many times over."""
    table = read_composite()
    return (table["offset"] - table["onset"] + 1).tolist() * times


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # some file systems have no hard links
        shutil.copyfile(source, target)
