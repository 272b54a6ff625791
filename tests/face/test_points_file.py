import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mer.core.errors import InputError, MissingPath
from mer.core.problems import ProblemsFound
from mer.face.canonical import square_points
from mer.face.landmarks import ClipLandmarks, FaceFault, NoFace, detector_identity, make_detector
from mer.face.points_file import PointsFile

POINTS = square_points(200) + 20
ROW = pd.Series({"database": "samm", "subject": "006", "clip": "006_1_2"})
OTHER = pd.Series({"database": "casme2", "subject": "006", "clip": "006_1_2"})


def save(path: Path, points: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, points)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save(tmp_path / "points" / "006" / "006_1_2.npy", POINTS.astype(np.float64))
    return tmp_path / "points"


def csv(path: Path, *rows: tuple[str, str, str, np.ndarray]) -> Path:
    names = [f"{axis}{k}" for k in range(68) for axis in "xy"]
    table = pd.DataFrame([[*key, *points.ravel()] for *key, points in rows], dtype=object)
    table.columns = ["database", "subject", "clip", *names]
    table.to_csv(path, index=False)
    return path


class TestFolder:
    def test_by_subject_and_clip(self, folder: Path) -> None:
        found = PointsFile(folder)
        assert isinstance(found, ClipLandmarks)
        points = found.points(ROW)
        assert points.dtype == np.float32
        np.testing.assert_allclose(points, POINTS)

    def test_the_database_comes_first(self, folder: Path) -> None:
        save(folder / "casme2" / "006" / "006_1_2.npy", POINTS + 1)
        found = make_detector(f"points:{folder}")
        assert isinstance(found, PointsFile)
        np.testing.assert_allclose(found.points(OTHER), POINTS + 1)
        np.testing.assert_allclose(found.points(ROW), POINTS)

    def test_a_missing_clip_is_a_fault_of_the_face_and_says_what_was_expected(self, folder: Path) -> None:
        row = pd.Series(ROW.to_dict() | {"clip": "006_1_3"})
        with pytest.raises(NoFace, match=r"neither 006/006_1_3.npy nor samm/006/006_1_3.npy is in points"):
            PointsFile(folder).points(row)

    @pytest.mark.parametrize(
        ("points", "message"),
        [
            (POINTS[:67], r"float32 \(67, 2\); expected 68"),
            (POINTS.T, r"\(2, 68\)"),
            (np.where(np.arange(68)[:, None] < 3, np.nan, POINTS), "3 of 68 points are not finite"),
            (POINTS.astype(str), "expected numbers"),
        ],
    )
    def test_wrong_arrays_are_faults_of_the_data(self, folder: Path, points: np.ndarray, message: str) -> None:
        save(folder / "006" / "006_1_2.npy", points)
        with pytest.raises(InputError, match=message) as found:
            PointsFile(folder).points(ROW)
        assert not isinstance(found.value, FaceFault)

    @pytest.mark.parametrize("content", [b"", b"no array at all", b"PK\x03\x04 no archive either"])
    def test_broken_files_are_named(self, folder: Path, content: bytes) -> None:
        (folder / "006" / "006_1_2.npy").write_bytes(content)
        with pytest.raises(InputError, match=r"006_1_2.npy is not a NumPy array"):
            PointsFile(folder).points(ROW)

    def test_an_archive_is_no_array(self, folder: Path) -> None:
        with open(folder / "006" / "006_1_2.npy", "wb") as stream:
            np.savez(stream, POINTS)
        with pytest.raises(InputError, match="is an archive of arrays"):
            PointsFile(folder).points(ROW)

    @pytest.mark.parametrize("name", ["../../secret", "..", "a\\b"])
    def test_names_that_lead_out_of_the_folder(self, folder: Path, name: str) -> None:
        save(folder.parent / "secret" / "006_1_2.npy", POINTS)
        save(folder / ".." / "006_1_2.npy", POINTS)
        with pytest.raises(InputError, match="Rename it in the clip table"):
            PointsFile(folder).points(pd.Series(ROW.to_dict() | {"subject": name}))

    def test_nothing_there(self, tmp_path: Path) -> None:
        with pytest.raises(MissingPath, match=r"absent' do not exist.*<subject>/<clip>.npy"):
            make_detector(f"points:{tmp_path / 'absent'}")
        (tmp_path / "empty").mkdir()
        with pytest.raises(InputError, match=r"holds no .npy file"):
            make_detector(f"points:{tmp_path / 'empty'}")
        with pytest.raises(InputError, match=r"'points:' needs a path"):
            make_detector("points:")


class TestCsv:
    def test_rows_by_key(self, tmp_path: Path) -> None:
        path = csv(tmp_path / "a.csv", ("samm", "006", "006_1_2", POINTS), ("casme2", "006", "006_1_2", POINTS + 1))
        found = PointsFile(path)
        np.testing.assert_allclose(found.points(ROW), POINTS, rtol=1e-6)
        np.testing.assert_allclose(found.points(OTHER), POINTS + 1, rtol=1e-6)

    def test_a_missing_row(self, tmp_path: Path) -> None:
        path = csv(tmp_path / "a.csv", ("samm", "6", "006_1_2", POINTS))
        with pytest.raises(NoFace, match=r"No landmarks for samm/006/006_1_2 in a.csv"):  # 006 is not 6
            PointsFile(path).points(ROW)

    def test_points_cannot_be_changed_from_outside(self, tmp_path: Path) -> None:
        found = PointsFile(csv(tmp_path / "a.csv", ("samm", "006", "006_1_2", POINTS)))
        found.points(ROW)[:] = 0
        np.testing.assert_allclose(found.points(ROW), POINTS, rtol=1e-6)

    def test_all_bad_rows_are_listed(self, tmp_path: Path) -> None:
        bad = POINTS.astype(object)
        bad[2, 1] = "half"
        path = csv(
            tmp_path / "a.csv",
            ("samm", "006", "006_1_2", POINTS),
            ("samm", "006", "006_1_3", bad),
            ("samm", "006", "006_1_2", POINTS),
        )
        with pytest.raises(ProblemsFound, match=r"a.csv has 2 unusable row") as found:
            PointsFile(path)
        assert [(problem.row, problem.clip[2]) for problem in found.value.problems if problem.clip] == [
            ("3", "006_1_3"),
            ("4", "006_1_2"),
        ]
        assert "y2 is 'half'" in str(found.value)
        assert "stands twice" in str(found.value)

    def test_missing_columns_are_named(self, tmp_path: Path) -> None:
        pd.DataFrame({"database": ["a"], "subject": ["b"], "x0": [1]}).to_csv(tmp_path / "a.csv", index=False)
        with pytest.raises(InputError, match=r"lacks 136 column\(s\): clip, y0, x1, y1, x2, y2 \.\.\."):
            PointsFile(tmp_path / "a.csv")

    def test_what_is_no_table(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_bytes(b"")
        with pytest.raises(InputError, match="not a CSV table"):
            PointsFile(tmp_path / "a.csv")


class TestName:
    """The name follows names and content, and nothing else."""

    def test_folder(self, folder: Path, tmp_path: Path) -> None:
        first = PointsFile(folder).name
        assert first.startswith("points:")
        assert len(first) == len("points:") + 12
        assert detector_identity(f"points:{folder}") == first
        shutil.copytree(folder, tmp_path / "copy")
        assert PointsFile(tmp_path / "copy").name == first
        save(tmp_path / "copy" / "006" / "006_1_2.npy", POINTS.astype(np.float64) + 0.5)
        assert PointsFile(tmp_path / "copy").name != first
        (folder / "006").rename(folder / "007")
        assert PointsFile(folder).name != first

    def test_csv(self, tmp_path: Path) -> None:
        a = PointsFile(csv(tmp_path / "a.csv", ("samm", "006", "c", POINTS))).name
        b = PointsFile(csv(tmp_path / "b.csv", ("samm", "006", "c", POINTS))).name
        c = PointsFile(csv(tmp_path / "c.csv", ("samm", "006", "c", POINTS + 1))).name
        assert a == b != c
