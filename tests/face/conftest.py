from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from mer.datasets.database import Database
from mer.face.canonical import square_points
from mer.face.landmarks import LandmarkDetector, make_detector
from mer.face.store import AlignedStore, StoreConfig, build_store
from mer.manifest.clips import validate_clips

MakeDatabase = Callable[[dict[str, list[np.ndarray]]], Database]

#: Where the fixed detector sees the face in frames of 80 pixels: the canonical square, moved by 8.
POINTS = square_points(65) + 8


@pytest.fixture(scope="session")
def astronaut() -> np.ndarray:
    """A photograph of one smiling person, head on: uint8 RGB, (512, 512, 3), public domain (NASA)."""
    data = pytest.importorskip("skimage.data", reason="needs scikit-image's photograph")
    return data.astronaut()


@pytest.fixture(scope="session")
def face_crop(astronaut: np.ndarray) -> np.ndarray:
    """The head alone, (176, 176, 3)."""
    return astronaut[20:196, 140:316]


@pytest.fixture(scope="session")
def facemesh() -> Iterator[LandmarkDetector]:
    pytest.importorskip("mediapipe", reason="needs MediaPipe's face model")
    detector = make_detector("facemesh")
    yield detector
    detector.close()


@pytest.fixture
def make_database(tmp_path: Path) -> MakeDatabase:
    """Writes clips (name to RGB frames) as PNG folders and opens them; apex is the middle frame, numbers from 7."""

    def make(clips: dict[str, list[np.ndarray]]) -> Database:
        rows = []
        for name, frames in clips.items():
            folder = tmp_path / "frames" / name
            folder.mkdir(parents=True)
            for number, frame in enumerate(frames, start=7):
                cv2.imwrite(str(folder / f"img{number:03d}.png"), cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
            numbers = {"onset": 7, "apex": 7 + len(frames) // 2, "offset": 6 + len(frames)}
            texts = dict.fromkeys(("emotion", "action_units", "note"), "")
            row = {"database": "photo", "subject": "006", "clip": name, "frames": name, "fps": 200}
            rows.append(row | numbers | texts | {"label": "positive", "apex_source": "middle"})
        table = validate_clips(pd.DataFrame(rows))
        return Database("photo", tmp_path / "frames", table, synthetic=False, terms="public domain", fingerprint="1")

    return make


class FixedDetector:
    """Says of every image that its face is at the points given."""

    name = "fixed"

    def __init__(self, *faces: np.ndarray) -> None:
        self.faces = list(faces)
        self.calls = 0

    def detect(self, image: np.ndarray) -> list[np.ndarray]:
        self.calls += 1
        return [face.copy() for face in self.faces]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the test's aligned stores go."""
    monkeypatch.setenv("MER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def noise(seed: int, frames: int = 5, side: int = 80) -> list[np.ndarray]:
    """Frames of random pixels: uint8 RGB, each (side, side, 3)."""
    return list(np.random.default_rng(seed).integers(0, 256, (frames, side, side, 3), dtype=np.uint8))


@pytest.fixture
def detector() -> FixedDetector:
    return FixedDetector(POINTS)


@pytest.fixture
def database(make_database: MakeDatabase) -> Database:
    return make_database({"a": noise(0, 5), "b": noise(1, 3), "c": noise(2, 4)})


@pytest.fixture
def store(database: Database, detector: FixedDetector, cache: Path) -> AlignedStore:
    """12 frames in colour of three clips a, b, c."""
    return build_store(database, StoreConfig(size=65, channels=3), detector)
