"""Clips that an aligned store leaves out: why, in which words, and what happens when they are mended."""

import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from mer.core.errors import InputError
from mer.core.problems import ProblemsFound
from mer.datasets.database import Database
from mer.face.landmarks import LandmarkDetector
from mer.face.store import StoreConfig, build_store
from tests.face.conftest import FixedDetector, MakeDatabase, noise

pytestmark = pytest.mark.usefixtures("cache")


class TestSkipped:
    def test_every_reason_is_recorded(self, make_database: MakeDatabase, detector: FixedDetector) -> None:
        names = ["good", "gone", "unreadable", "resized", "last"]
        database = make_database({name: noise(i) for i, name in enumerate(names)})
        shutil.rmtree(database.root / "gone")
        (database.root / "unreadable" / "img009.png").write_bytes(b"not an image")
        cv2.imwrite(str(database.root / "resized" / "img008.png"), np.zeros((40, 30, 3), np.uint8))
        with pytest.warns(UserWarning, match="3 of 5 clips of photo"):
            store = build_store(database, StoreConfig(size=65), detector, allow_missing=True)
        assert store.clips["clip"].tolist() == ["good", "last"]
        assert store.start.tolist() == [0, 5]
        reasons = dict(zip(store.skipped["clip"], store.skipped["reason"], strict=True))
        assert list(reasons) == ["gone", "unreadable", "resized"]
        assert "does not exist" in reasons["gone"]
        assert "img009.png is not a readable image" in reasons["unreadable"]
        assert "Frame 8 has 30 x 40 pixels, the onset frame 80 x 80" in reasons["resized"]
        assert store.skipped["kind"].tolist() == ["data"] * 3
        assert not any(str(database.root) in reason for reason in reasons.values())
        expected = noise(4)[4][8:73, 8:73].astype(float) @ [0.299, 0.587, 0.114]
        np.testing.assert_allclose(store.frame(1, 11)[..., 0], expected, atol=1)  # rows did not slip

    def test_a_clip_without_apex_is_refused_at_once(self, make_database: MakeDatabase, detector: FixedDetector) -> None:
        database = make_database({"a": noise(0)})
        clips = database.clips.assign(apex=pd.array([pd.NA], "Int64"))
        with pytest.raises(InputError, match="no apex"):
            build_store(replace(database, clips=clips), StoreConfig(size=65), detector)
        assert detector.calls == 0

    def test_faulty_data_stop_the_build_with_all_of_them_named(
        self, make_database: MakeDatabase, detector: FixedDetector
    ) -> None:
        database = make_database({name: noise(i) for i, name in enumerate("abc")})
        for name in "ac":
            (database.root / name / "img009.png").write_bytes(b"not an image")
        with pytest.warns(UserWarning, match="2 of 3"), pytest.raises(ProblemsFound, match="allow-missing") as found:
            build_store(database, StoreConfig(size=65), detector)
        assert [problem.clip[2] for problem in found.value.problems if problem.clip] == ["a", "c"]
        assert "img009.png" in found.value.problems[0].what
        with pytest.raises(ProblemsFound, match="2 of 3"):  # also when the store is there already
            build_store(database, StoreConfig(size=65), detector)
        calls = detector.calls
        store = build_store(database, StoreConfig(size=65), detector, allow_missing=True)
        assert detector.calls == calls
        assert store.clips["clip"].tolist() == ["b"]

    def test_photographs(
        self, make_database: MakeDatabase, face_crop: np.ndarray, astronaut: np.ndarray, facemesh: LandmarkDetector
    ) -> None:
        """No face, two faces and a cut face are left out with the reason; the whole face stays."""
        database = make_database(
            {
                "whole": [face_crop] * 3,
                "noise": noise(0, 3, 176),
                "two": [np.concatenate([face_crop, face_crop], axis=1)] * 3,
                "cut": [np.ascontiguousarray(astronaut[:, 200:])] * 3,
            }
        )
        with pytest.warns(UserWarning, match="3 of 4 clips"):
            store = build_store(database, StoreConfig(), facemesh)
        assert store.clips["clip"].tolist() == ["whole"]
        assert store.skipped["reason"].str.split().str[:2].str.join(" ").tolist() == ["No face", "2 faces", "The face"]
        assert store.skipped["kind"].tolist() == ["face"] * 3
        assert [picture.shape for picture in store.failures().values()] == [(160, 160, 3), (80, 160, 3), (160, 98, 3)]
        assert store.skipped["subject"].tolist() == ["006"] * 3  # text, not the number 6

    def test_nothing_aligned_is_an_error_and_leaves_nothing(self, database: Database, cache: Path) -> None:
        with pytest.raises(InputError, match=r"None of the 3 clips of photo.*No face found"):
            build_store(database, StoreConfig(), FixedDetector())
        assert not list((cache / "stores").glob("[!.]*"))


class TestMended:
    def test_a_file_mended_without_another_size_is_seen(
        self, make_database: MakeDatabase, detector: FixedDetector
    ) -> None:
        """Names and sizes of the files stay, so the store keeps its name; its faults must not stay with it."""
        database = make_database({name: noise(i) for i, name in enumerate("ab")})
        path = database.root / "a" / "img009.png"
        whole = path.read_bytes()
        path.write_bytes(b"X" * len(whole))
        with pytest.warns(UserWarning, match="1 of 2"), pytest.raises(ProblemsFound):
            build_store(database, StoreConfig(size=65), detector)
        path.write_bytes(whole)
        store = build_store(database, StoreConfig(size=65), detector)
        assert store.clips["clip"].tolist() == ["a", "b"]
        assert store.skipped.empty
