"""Landmarks of the apex frames of 442 real clips: what they go through on their way into a store."""

import numpy as np
import pytest

from mer.face.align import face_transform, transform_points
from mer.face.points_file import PointsFile
from mer.face.pose import eye_distance, head_pose
from mer.face.regions import region_boxes
from mer.manifest.composite import read_composite
from tests.real_data import REAL_DATA, needs

LANDMARKS = REAL_DATA / "key_frames_and_landmarks"
SIZE = 128

pytestmark = needs(LANDMARKS)


@pytest.mark.parametrize(("database", "clips"), [("casme2", 145), ("samm", 133), ("smic", 164)])
def test_every_clip_of_the_composite_has_landmarks_that_align(database, clips):
    finder = PointsFile(str(LANDMARKS / database / "landmarks"))
    manifest = read_composite()
    rows = [row for _, row in manifest[manifest["database"] == database].iterrows()]
    points = np.stack([finder.points(row) for row in rows])
    assert points.shape == (clips, 68, 2)
    aligned = np.stack([transform_points(one, face_transform(one, SIZE)) for one in points])
    assert aligned.std(axis=0).mean() < 2.5  # pixels of 128: eyes, nose and mouth stand in the same places
    boxes = np.stack([region_boxes(one, SIZE) for one in aligned])
    assert ((boxes >= 0) & (boxes <= 1)).all()
    assert (boxes[..., 2] > boxes[..., 0]).all() and (boxes[..., 3] > boxes[..., 1]).all()
    pose = np.stack([head_pose(one) for one in points])
    assert np.abs(pose[:, [0, 2]]).max() < 15  # people who look at a screen; pitch is rough
    assert np.abs(pose[:, 1]).max() < 30
    assert 80 < np.median([eye_distance(one) for one in points]) < 200  # raw pixels
