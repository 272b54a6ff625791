"""The aligned store of a rendered database, where the true motion is known."""

import numpy as np
import pytest
import torch

from mer.datasets.database import Database
from mer.face.canonical import square_points
from mer.face.landmarks import LandmarkDetector
from mer.face.store import AlignedStore, StoreConfig, build_store
from mer.motion.flow import optical_flow
from mer.motion.units import grid_to_pixels
from mer.motion.warp import warp


@pytest.fixture(scope="module")
def store(
    tiny_database: Database, facemesh: LandmarkDetector, tmp_path_factory: pytest.TempPathFactory
) -> AlignedStore:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MER_CACHE", str(tmp_path_factory.mktemp("cache")))
        return build_store(tiny_database, StoreConfig(), facemesh)


def test_every_clip_aligns(store: AlignedStore, tiny_database: Database) -> None:
    assert len(store.skipped) == 0
    assert store.clips["clip"].tolist() == tiny_database.clips["clip"].tolist()
    assert store.synthetic
    lengths = (tiny_database.clips["offset"] - tiny_database.clips["onset"] + 1).tolist()
    assert store.count.tolist() == lengths
    assert len(store.frames) == sum(lengths)


def test_faces_are_in_their_place(store: AlignedStore) -> None:
    """Eyes within 4 % of the square of where the canonical face has them; boxes touch no border."""
    eyes = store.landmarks[:, 36:48].reshape(len(store), 2, 6, 2).mean(axis=2)
    expected = square_points(128)[36:48].reshape(2, 6, 2).mean(axis=1)
    assert np.abs(eyes - expected).max() < 0.04 * 127
    assert store.boxes.min() > 0
    assert store.boxes.max() < 1


def test_true_displacement_predicts_the_apex(store: AlignedStore) -> None:
    """Direction, unit and grid at once: the onset warped by D is nearer to the apex than the onset itself, and the
    onset warped by -D is further away, in every clip that moves."""
    assert store.displacement is not None
    onset, apex = (torch.from_numpy(images) for images in store.pairs())
    field = torch.from_numpy(np.asarray(store.displacement, dtype=np.float32))
    face = torch.isfinite(field).all(dim=1)
    field = torch.nan_to_num(field)

    def error(displacement: torch.Tensor) -> np.ndarray:
        difference = (warp(onset, displacement) - apex).abs().mean(dim=1)
        return ((difference * face).sum(dim=(1, 2)) / face.sum(dim=(1, 2))).numpy()

    still = error(torch.zeros_like(field))
    assert (error(field) < still).mean() > 0.9
    assert (error(-field) > still).mean() > 0.9
    assert error(field).mean() < 0.8 * still.mean()


def test_true_displacement_agrees_with_optical_flow(store: AlignedStore) -> None:
    assert store.displacement is not None
    errors, lengths = [], []
    for clip in range(len(store)):
        truth = grid_to_pixels(np.asarray(store.displacement[clip], dtype=np.float32))
        estimate = optical_flow(*store.pair(clip), "dis")
        errors.append(np.nanmean(np.linalg.norm(truth - estimate, axis=0)))
        lengths.append(np.nanmean(np.linalg.norm(truth, axis=0)))
    assert np.mean(errors) < 0.5 * np.mean(lengths)


def test_faces_are_known_and_backgrounds_are_not(store: AlignedStore) -> None:
    assert store.displacement is not None
    known = np.isfinite(np.asarray(store.displacement, dtype=np.float32)).all(axis=1)
    nose = store.landmarks[:, 30].astype(int)
    assert known[np.arange(len(store)), nose[:, 1], nose[:, 0]].all()
    assert not known.all()
