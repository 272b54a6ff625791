import numpy as np
import pandas as pd
import pytest

from mer.core.errors import InputError
from mer.face.landmarks import CutFace, FaceFault, NoFace, SeveralFaces, the_face
from mer.face.points_file import PointsFile
from mer.figures.alignment import (
    REASONS,
    eye_distance_figure,
    eye_distances,
    failure_sheet,
    outcome_table,
    pose_figure,
    short_reason,
)
from tests.figures.conftest import texts

POINTS = np.random.default_rng(0).uniform(10, 40, (68, 2)).astype(np.float32)


def skipped(*rows: tuple[str, str, str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["database", "subject", "clip", "kind", "reason"])


class Fixed:
    name = "fixed"

    def __init__(self, *faces):
        self.faces = list(faces)

    def detect(self, image):
        return self.faces


@pytest.mark.parametrize(
    ("faces", "error", "short"),
    [
        ([], NoFace, "no face"),
        ([POINTS] * 2, SeveralFaces, "several faces"),
        ([POINTS + 30], CutFace, "cut face"),
    ],
)
def test_real_reasons_have_their_short_word(faces, error, short):
    """With the messages that the landmarks really give, so that a changed wording is noticed."""
    with pytest.raises(error) as found:
        the_face(np.zeros((50, 50, 3), np.uint8), Fixed(*faces))
    assert short_reason("face", str(found.value)) == short
    assert short in REASONS


def test_missing_landmarks_have_their_short_word(tmp_path):
    (tmp_path / "s").mkdir()
    np.save(tmp_path / "s" / "other.npy", POINTS)
    with pytest.raises(FaceFault) as found:
        PointsFile(tmp_path).points(pd.Series({"database": "d", "subject": "s", "clip": "c"}))
    assert short_reason("face", str(found.value)) == "no landmarks"


def test_data_are_data_whatever_they_say():
    assert short_reason("data", "No face of this name") == "faulty data"


def test_outcomes_by_hand():
    clips = pd.DataFrame({"database": ["a", "a", "b"]})
    lost = skipped(
        ("a", "1", "x", "face", "No face found by facemesh in an image"),
        ("a", "1", "y", "face", "2 faces found by facemesh"),
        ("a", "1", "z", "data", "gone"),
        ("c", "1", "z", "data", "gone"),
    )
    table = outcome_table(clips, lost)
    assert table.index.tolist() == ["a", "b", "c"]
    assert table.columns.tolist() == ["clips", "aligned", *REASONS]
    assert table.loc["a"].to_dict() == {
        "clips": 5,
        "aligned": 2,
        "no face": 1,
        "cut face": 0,
        "no landmarks": 0,
        "several faces": 1,
        "faulty data": 1,
    }
    assert table["clips"].tolist() == [5, 1, 1]
    assert table["aligned"].tolist() == [2, 1, 0]


def test_outcomes_without_a_loss():
    table = outcome_table(pd.DataFrame({"database": ["a", "a"]}), skipped())
    assert table.loc["a", ["clips", "aligned"]].tolist() == [2, 2]
    assert table[list(REASONS)].to_numpy().sum() == 0


def test_failures_have_a_picture_a_reason_and_a_name():
    lost = skipped(
        ("samm", "006", "006_1_2", "face", "No face found"),
        ("casme2", "01", "EP1", "face", "2 faces found"),
        ("casme2", "01", "EP2", "data", "gone"),
    )
    picture = np.random.default_rng(0).integers(0, 255, (40, 60, 3), dtype=np.uint8)
    figure = failure_sheet(lost, {"samm/006/006_1_2": picture}, synthetic=False)
    words = texts(figure)
    assert {"no face", "several faces", "SAMM\n006_1_2", "CASME II\n01 EP1", "no picture"} <= set(words)
    assert not any("EP2" in text for text in words)  # faulty data have no picture
    image = figure.axes[0].images[0]
    np.testing.assert_array_equal(image.get_array(), picture)
    left, right, bottom, top = image.get_extent()
    assert (right - left) / (bottom - top) == pytest.approx(60 / 40)  # not squeezed into the square


def test_more_failures_than_room():
    lost = skipped(*(("d", "s", f"c{k}", "face", "No face found") for k in range(5)))
    figure = failure_sheet(lost, {}, synthetic=True, most=3)
    assert len(figure.axes) == 3
    assert "Faces that could not be aligned, 3 of 5 (synthetic faces)" in texts(figure)


def test_no_failure_is_a_sentence():
    words = texts(failure_sheet(skipped(("d", "s", "c", "data", "gone")), {}, synthetic=False))
    assert any(text.startswith("none: ") for text in words)


def test_eye_distance_by_hand():
    points = np.zeros((1, 68, 2))
    points[0, 42:48, 0] = 40
    np.testing.assert_allclose(eye_distances(points, 101), [0.4])


def test_eyes_raw_and_aligned():
    table = pd.DataFrame({"database": ["samm", "samm", "smic"], "raw_px": [100.0, 140.0, 90.0], "aligned": 0.4})
    figure = eye_distance_figure(table, synthetic=True)
    words = texts(figure)
    assert words.count("SAMM (n = 2)") == 2
    assert {
        "median 120",
        "median 90",
        "median 0.4",
        "raw onset frame, px",
        "Distance of the eyes (synthetic faces)",
    } <= {*words}
    with pytest.raises(InputError, match="No aligned clip"):
        eye_distance_figure(table.iloc[:0], synthetic=False)


def test_pose_counts_every_clip_once_and_names_the_unknown():
    draw = np.random.default_rng(0)
    table = pd.DataFrame(draw.normal(0, 8, (30, 3)), columns=["yaw", "pitch", "roll"])
    table.insert(0, "database", ["samm"] * 12 + ["smic"] * 18)
    table.loc[29, "pitch"] = np.nan
    figure = pose_figure(table, synthetic=False)
    counts = [sum(patch.get_height() for patch in axes.patches) for axes in figure.axes]
    assert counts == [12, 12, 12, 17, 17, 17]
    words = texts(figure)
    assert "SMIC\n17 clips" in words
    assert "1 clip(s) without a known pose left out" in words
    assert f"median {table['yaw'][:12].median():.1f}" in words
    with pytest.raises(InputError, match="None of 1 clips has a known head pose"):
        pose_figure(table.iloc[29:], synthetic=False)
