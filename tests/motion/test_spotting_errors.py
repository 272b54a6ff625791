from dataclasses import replace

import pandas as pd
import pytest

from mer.core.errors import InputError
from mer.face.aligned_store import AlignedStore
from mer.motion.spotting import SpotConfig
from mer.motion.spotting_errors import clip_errors, errors_table, seconds_per_clip
from tests.motion.test_spotted_store import LENGTH, store

__all__ = ["store"]  # the fixture: four clips of frames 7 to 27


def _with(store: AlignedStore, **columns: object) -> AlignedStore:
    return replace(store, clips=store.clips.assign(**columns))


def test_by_hand(store: AlignedStore) -> None:
    """Annotated 21 and 16, found 20 and 19: errors -1 and 3; the two clips without annotation do not count."""
    sources = ["annotated", "middle", "annotated", "middle"]
    truth = _with(store, apex=[21, 17, 16, 17], apex_source=sources)
    errors = clip_errors(truth, {"some": _with(store, apex=[20, 8, 19, 8]), "none": truth})
    assert errors["method"].tolist() == ["some", "some", "none", "none"]
    assert errors["error_frames"].tolist() == [-1, 3, 0, 0]
    assert errors["error_share"].tolist() == pytest.approx([-1 / LENGTH, 3 / LENGTH, 0, 0])
    table = errors_table(errors).set_index("method")
    assert table.loc["some"].to_dict() == pytest.approx(
        {
            "part": "all",
            "clips": 2,
            "error_frames": 2.0,
            "error_share": 2 / LENGTH,
            "bias_frames": 1.0,
            "worst_frames": 3,
        }
    )
    assert table.loc["none", "error_frames"] == 0


def test_several_databases_and_all(store: AlignedStore) -> None:
    truth = _with(store, database=["x", "x", "y", "y"], apex_source="annotated")
    found = _with(truth, apex=pd.array([22, 17, 17, 20], "Int64"))
    table = errors_table(clip_errors(truth, {"m": found}))
    assert table["part"].tolist() == ["all", "x", "y"]
    assert table["clips"].tolist() == [4, 2, 2]
    assert table["error_frames"].tolist() == [1.0, 0.5, 1.5]


def test_other_clips_and_no_truth_are_refused(store: AlignedStore) -> None:
    with pytest.raises(InputError, match=r"'m' holds different clips"):
        clip_errors(store, {"m": _with(store, clip=["d", "e", "f", "g"])})
    with pytest.raises(InputError, match="No clip has an annotated apex"):
        clip_errors(_with(store, apex_source="middle"), {"m": store})
    with pytest.raises(InputError, match="at least one method"):
        clip_errors(store, {})


def test_time_is_of_the_method(store: AlignedStore) -> None:
    slow, fast = (seconds_per_clip(store, SpotConfig(method=m), 2) for m in ("flow", "middle"))  # type: ignore[arg-type]
    assert slow > 10 * fast > 0
