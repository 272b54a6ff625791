from dataclasses import replace

import cv2
import numpy as np
import pandas as pd
import pytest

from mer.core.errors import InputError
from mer.datasets.database import Database
from mer.face.align import face_transform, warp_image
from mer.face.canonical import square_points
from mer.face.pose import eye_distance, head_pose
from mer.face.regions import region_boxes
from mer.face.store import AlignedStore, StoreConfig, build_store
from tests.face.conftest import POINTS, FixedDetector, MakeDatabase, noise

pytestmark = pytest.mark.usefixtures("cache")


class TestContent:
    def test_frames_are_the_aligned_frames_in_order(self, store: AlignedStore) -> None:
        assert store.frames.shape == (12, 65, 65, 3)
        assert store.frames.dtype == np.uint8
        assert isinstance(store.frames, np.memmap)
        assert store.start.tolist() == [0, 5, 8]
        assert store.count.tolist() == [5, 3, 4]
        matrix = face_transform(POINTS, 65)
        for clip, length in enumerate([5, 3, 4]):
            for k, frame in enumerate(noise(clip, length)):
                np.testing.assert_array_equal(store.frame(clip, 7 + k), warp_image(frame, matrix, 65))

    def test_one_pixel_is_where_the_shift_puts_it(self, store: AlignedStore) -> None:
        np.testing.assert_array_equal(store.frame(0, 7), noise(0)[0][8:73, 8:73])

    def test_geometry(self, store: AlignedStore) -> None:
        assert store.landmarks.shape == (3, 68, 2)
        np.testing.assert_allclose(store.landmarks[1], square_points(65), atol=1e-3)
        np.testing.assert_allclose(store.transforms[2], [[1, 0, -8], [0, 1, -8]], atol=1e-3)
        np.testing.assert_array_equal(store.boxes[0], region_boxes(store.landmarks[0], 65))
        np.testing.assert_allclose(store.eye_distance, [eye_distance(POINTS)] * 3, rtol=1e-5)
        np.testing.assert_allclose(store.pose, [head_pose(POINTS)] * 3, rtol=1e-4)
        assert store.landmarks.dtype == store.transforms.dtype == store.boxes.dtype == np.float32

    def test_table_and_provenance(self, store: AlignedStore, database: Database) -> None:
        pd.testing.assert_frame_equal(store.clips, database.clips)
        assert list(store.skipped.columns) == ["database", "subject", "clip", "kind", "reason"]
        assert len(store.skipped) == 0
        assert len(store) == 3
        assert (store.database_name, store.synthetic, store.terms) == ("photo", False, "public domain")
        assert store.config == StoreConfig(size=65, channels=3, detector="fixed")
        assert store.displacement is None

    def test_pairs(self, store: AlignedStore) -> None:
        onset, apex = store.pairs()
        assert onset.shape == apex.shape == (3, 3, 65, 65)
        assert onset.dtype == np.float32
        for clip, length in enumerate([5, 3, 4]):
            first, second = store.pair(clip)
            np.testing.assert_array_equal(second, store.frame(clip, 7 + length // 2))
            np.testing.assert_allclose(onset[clip].transpose(1, 2, 0) * 255, first, atol=1e-3)
            np.testing.assert_allclose(apex[clip].transpose(1, 2, 0) * 255, second, atol=1e-3)

    def test_pairs_of_some_clips_need_no_apex_of_the_others(self, store: AlignedStore) -> None:
        apex = store.clips["apex"].where([True, False, True])
        partly = replace(store, clips=store.clips.assign(apex=apex))
        some = np.array([2, 0])
        for found, every in zip(partly.pairs(some), store.pairs(), strict=True):
            np.testing.assert_array_equal(found, every[some])
        with pytest.raises(InputError, match=r"1 of 3 clips of photo have no apex, the first is photo/.*/b\."):
            partly.pairs()
        with pytest.raises(InputError, match="1 of 1 clips"):
            partly.pairs(np.array([1]))

    def test_grey_is_one_channel(self, database: Database, detector: FixedDetector) -> None:
        grey = build_store(database, StoreConfig(size=65), detector)
        assert grey.frames.shape == (12, 65, 65, 1)
        expected = noise(0)[0][8:73, 8:73].astype(float) @ [0.299, 0.587, 0.114]
        np.testing.assert_allclose(grey.frame(0, 7)[..., 0], expected, atol=1)

    def test_a_frame_outside_the_clip_is_refused(self, store: AlignedStore) -> None:
        with pytest.raises(InputError, match="frames 7 to 9; 10"):
            store.frame(1, 10)

    def test_true_displacement_is_carried_over(self, make_database: MakeDatabase, detector: FixedDetector) -> None:
        database = make_database({"a": noise(0), "b": noise(1)})
        truth = np.full((2, 80, 80), np.nan, np.float16)
        truth[0, 20:60, 20:60] = 2
        truth[1, 20:60, 20:60] = -1
        np.save(database.root / "a" / "displacement.npy", truth)
        store = build_store(replace(database, synthetic=True), StoreConfig(size=65), detector)
        assert store.displacement is not None
        assert store.displacement.shape == (2, 2, 65, 65)
        assert store.displacement.dtype == np.float16
        np.testing.assert_allclose(store.displacement[0, :, 30, 30], [2 * 2 / 64, -1 * 2 / 64], rtol=2e-3)
        assert np.isnan(store.displacement[0, :, 5, 5]).all()
        assert np.isnan(store.displacement[1]).all()


class TestSources:
    """A clip need not be a folder of images."""

    def test_a_video(self, make_database: MakeDatabase, detector: FixedDetector) -> None:
        database = make_database({"a": noise(0, 3)})
        path = database.root / "clip mit Lücke.avi"
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (80, 80))
        for k in range(12):
            writer.write(cv2.GaussianBlur(noise(k, 1)[0], (0, 0), 3))
        writer.release()
        clips = database.clips.assign(frames=path.name, onset=3, apex=5, offset=9)
        store = build_store(replace(database, clips=clips), StoreConfig(size=65, channels=3), detector)
        assert store.count.tolist() == [7]
        video = cv2.VideoCapture(str(path))
        decoded = [cv2.cvtColor(video.read()[1], cv2.COLOR_BGR2RGB) for _ in range(12)]
        matrix = face_transform(POINTS, 65)
        for number in range(3, 10):
            np.testing.assert_array_equal(store.frame(0, number), warp_image(decoded[number], matrix, 65))

    def test_a_pair_of_images(self, make_database: MakeDatabase, detector: FixedDetector) -> None:
        database = make_database({"a": noise(0, 3)})
        clips = database.clips.assign(frames="a/img008.png|a/img009.png", onset=0, apex=1, offset=1)
        store = build_store(replace(database, clips=clips), StoreConfig(size=65, channels=3), detector)
        matrix = face_transform(POINTS, 65)
        for found, expected in zip(store.pair(0), noise(0, 3)[1:], strict=True):
            np.testing.assert_array_equal(found, warp_image(expected, matrix, 65))


@pytest.mark.parametrize(("values", "message"), [({"size": 8}, "16 to 1024"), ({"channels": 2}, "1 .grey. or 3")])
def test_configuration_is_checked(values: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        StoreConfig(**values)
