"""A plane is computed once for the same features, seed and parameters."""

from collections import OrderedDict

import numpy as np
import pytest

from mer.figures.kept_plane import kept_plane

VALUES = np.arange(12, dtype=np.float32).reshape(4, 3)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MER_CACHE", str(tmp_path))
    return tmp_path / "planes"


@pytest.fixture
def compute():
    def made(values):
        made.calls += 1
        return values[:, :2] * 2.0

    made.calls = 0
    return made


def test_the_second_time_it_is_read(cache, compute):
    first = kept_plane(VALUES, compute, seed=0, neighbours=15)
    second = kept_plane(VALUES.copy(), compute, neighbours=15, seed=0)
    assert compute.calls == 1 and len(list(cache.iterdir())) == 1
    assert first.dtype == np.float32 and first.tolist() == second.tolist() == (VALUES[:, :2] * 2).tolist()


@pytest.mark.parametrize(
    ("values", "parameters"),
    [
        (VALUES, {"seed": 1, "neighbours": 15}),
        (VALUES, {"seed": 0, "neighbours": 14}),
        (VALUES + 1, {"seed": 0, "neighbours": 15}),
        (VALUES.reshape(2, 6), {"seed": 0, "neighbours": 15}),
        (VALUES.astype(np.float64), {"seed": 0, "neighbours": 15}),
    ],
)
def test_other_features_or_parameters_are_another_plane(cache, compute, values, parameters):
    kept_plane(VALUES, compute, seed=0, neighbours=15)
    kept_plane(values, compute, **parameters)
    assert compute.calls == 2


@pytest.mark.parametrize("content", [b"", b"broken", np.zeros((3, 2), np.float32)])
def test_a_file_that_does_not_fit_is_made_anew(cache, compute, content):
    kept_plane(VALUES, compute, seed=0)
    (path,) = cache.iterdir()
    path.write_bytes(content) if isinstance(content, bytes) else np.save(path, content)
    assert kept_plane(VALUES, compute, seed=0).shape == (4, 2) and compute.calls == 2
    assert np.load(path).tolist() == (VALUES[:, :2] * 2).tolist()


def test_without_a_place_to_write_the_last_are_kept_in_memory(tmp_path, monkeypatch, compute):
    monkeypatch.setattr("mer.figures.kept_plane._UNWRITTEN", OrderedDict())
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MER_CACHE", str(tmp_path / "file"))
    kept_plane(VALUES, compute, seed=0)[:] = 0  # the asker's own
    assert kept_plane(VALUES, compute, seed=0).tolist() == (VALUES[:, :2] * 2).tolist() and compute.calls == 1
    for seed in range(1, 9):
        kept_plane(VALUES, compute, seed=seed)
    kept_plane(VALUES, compute, seed=0)  # only so many
    assert compute.calls == 10
