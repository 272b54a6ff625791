from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from mer.core.errors import InputError
from mer.datasets.database import Database
from mer.face.aligned_store import AlignedStore, StoreConfig
from mer.face.canonical import square_points
from mer.face.store import build_store
from mer.manifest.clips import validate_clips
from mer.motion.learned_ratio import learned_ratio, learned_ratios, with_learned_ratio
from tests.face.conftest import FixedDetector


def table(*rows: tuple[str, str, int | None]) -> pd.DataFrame:
    """Clips of frames 10 to 30: database, subject, apex (None: the middle frame by rule)."""
    whole = [
        {"database": database, "subject": subject, "clip": f"c{k}", "frames": f"c{k}", "onset": 10, "offset": 30}
        | {"apex": 20 if apex is None else apex, "apex_source": "middle" if apex is None else "annotated"}
        | {"fps": 200, "emotion": "", "action_units": "", "label": "positive", "note": ""}
        for k, (database, subject, apex) in enumerate(rows)
    ]
    return validate_clips(pd.DataFrame(whole))


X = [("x", f"{k}", apex) for k, apex in enumerate((12, 14, 16, 18, 26, 28))]


def test_the_median_of_the_others_by_hand() -> None:
    """Without person 0 (at 0.1) there are 0.2, 0.3, 0.4, 0.8, 0.9; without person 5 (0.9): 0.1, 0.2, 0.3, 0.4, 0.8."""
    clips = table(*X)
    assert learned_ratio(clips, "x/0", "x") == pytest.approx(0.4)
    assert learned_ratio(clips, "x/5", "x") == pytest.approx(0.3)


def test_a_database_with_few_annotations_takes_all() -> None:
    clips = table(*X, ("y", "0", 30), ("y", "1", None))
    everyone = np.median([0.1, 0.2, 0.3, 0.4, 0.8, 0.9, 1.0])
    assert learned_ratio(clips, "y/1", "y") == pytest.approx(everyone)
    assert learned_ratio(clips, "y/0", "y") == pytest.approx(np.median([0.1, 0.2, 0.3, 0.4, 0.8, 0.9]))


@pytest.mark.parametrize("apex", [10, 11, 29, 30])
def test_a_persons_own_apexes_do_not_count(apex: int) -> None:
    clips = table(*X, ("x", "2", 20), ("y", "2", 24))
    changed = clips.copy()
    changed.loc[changed["subject"] == "2", "apex"] = apex
    own = (clips["subject"] == "2").to_numpy()
    # Person 2 of database y is another one, and its clip counts nowhere: y has too few, x does not look at it.
    np.testing.assert_array_equal(learned_ratios(changed)[own][:2], learned_ratios(clips)[own][:2])
    if apex in (10, 30):
        assert (learned_ratios(changed)[~own] != learned_ratios(clips)[~own]).any()


def test_nobody_else_is_named() -> None:
    with pytest.raises(InputError, match=r"people other than 'x/0'.*'middle'"):
        learned_ratio(table(("x", "0", 15), ("x", "1", None)), "x/0", "x")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AlignedStore:
    monkeypatch.setenv("MER_CACHE", str(tmp_path / "cache"))
    clips = table(*X, ("x", "6", None))
    for name in clips["frames"]:
        (tmp_path / name).mkdir()
        for number in range(10, 31):
            cv2.imwrite(str(tmp_path / name / f"img{number}.png"), np.full((32, 32), number, np.uint8))
    database = Database("toy", tmp_path, clips, synthetic=False, terms="none", fingerprint="1")
    return build_store(database, StoreConfig(size=16), FixedDetector(square_points(24) + 4))


def test_a_store_with_the_ratio(store: AlignedStore) -> None:
    """Person 6, whose apex nobody knows, is at the median of all six others: 0.35 of 20 frames."""
    learned = with_learned_ratio(store)
    assert learned.clips["apex"].tolist() == [18, 18, 18, 16, 16, 16, 17]
    assert set(learned.clips["apex_source"]) == {"spotted"}
    assert learned.path != store.path
    assert store.clips["apex_source"].tolist().count("annotated") == 6
