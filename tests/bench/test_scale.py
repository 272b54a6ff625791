import numpy as np
import pytest

from mer.bench import scale
from mer.bench.frame import Measurement, Series, series
from mer.bench.options import Options
from mer.bench.record import checks
from mer.bench.scale_data import KnownPoints, composite_counts, make_database
from mer.bench.scale_store import forget_files, make_large_store
from mer.core.errors import InputError
from mer.datasets.folder import open_folder
from mer.face.aligned_store import open_store
from mer.face.store import StoreConfig, build_store
from mer.motion import tim


def test_growth_is_the_power_of_the_largest_sizes():
    square = [n**2 for n in (10, 100, 1000)]
    assert scale.growth(series("t", "n", "s", [1, 10, 100, 1000], [7, *square])) == pytest.approx(2)
    assert scale.growth(series("t", "n", "s", [10, 100, 1000], [3, 3, 3])) == pytest.approx(0, abs=1e-9)


def test_made_up_clips_are_aligned_by_the_stores_own_code(monkeypatch, tmp_path):
    monkeypatch.setenv("MER_CACHE", str(tmp_path / "cache"))
    database = open_folder(make_database(tmp_path / "database", 7, frames=4, persons=3))
    assert len(database.clips) == 7 and database.clips["subject"].nunique() == 3 and database.synthetic
    store = build_store(database, StoreConfig(size=32), KnownPoints(), workers=1)
    assert store.frames.shape == (28, 32, 32, 1) and not store.left_out()
    assert len(np.unique(np.asarray(store.frames[0]))) > 20, "textured, so that nothing is trivially cheap"


def test_the_large_store_is_a_store(tmp_path):
    store = open_store(make_large_store(tmp_path / "large", [3, 70, 5], 128), verify=True)
    assert len(store) == 3 and store.frames.shape == (78, 128, 128, 1)
    assert store.start.tolist() == [0, 3, 73] and store.frame(1, 70).shape == (128, 128, 1)
    forget_files(store.path)
    assert open_store(store.path).count.tolist() == [3, 70, 5]
    with open(store.path / "frames.npy", "r+b") as stream:
        stream.seek(-5, 2)
        stream.write(b"wrong")
    with pytest.raises(InputError, match=r"frames\.npy is damaged"):
        open_store(store.path)


def test_ten_composite_databases():
    counts = composite_counts(10)
    assert len(counts) == 4420 and sum(counts) == 254_690


@pytest.mark.slow
def test_a_quick_run_has_every_line_and_the_same_numbers(monkeypatch):
    results = list(scale.run(Options(quick=True, rounds=1)))
    assert all(check.holds for _, check in checks(results)) and len(checks(results)) == 3
    assert {one.x for one in results if isinstance(one, Series)} == {
        *("clips", "frames a clip", "folds", "frames a sequence")
    }
    judged = [one.aim for one in results if isinstance(one, Measurement)]
    assert judged.count("linear") >= 10 and judged.count("flat") >= 8 and judged.count("open") == 2
    (held,) = [one for one in results if isinstance(one, Series) and one.name.endswith(": held")]
    assert held.r2 > 0.99, "bytes are counted, not measured"


def test_wrong_weights_are_found(monkeypatch):
    real = tim._sum_of_cosines
    monkeypatch.setattr(tim, "_sum_of_cosines", lambda m, n: real(m, n) + 1e-6)
    first = next(iter(scale.run(Options(quick=True, rounds=1))))
    assert not first.check.holds
