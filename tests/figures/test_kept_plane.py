"""A plane is computed once for the same features, seed and parameters."""

import shutil
from collections import OrderedDict

import numpy as np
import pytest

from mer.figures import kept_plane as module
from mer.figures.kept_plane import kept_plane
from tests.damage import DAMAGES, contents
from tests.killed import kill_at_steps

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
    assert compute.calls == 1 and len(list(cache.glob("[!.]*"))) == 1
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


@pytest.mark.parametrize("how", DAMAGES)
@pytest.mark.parametrize("name", ["plane.npy", "index.json"])
def test_a_damaged_one_is_named_and_computed_anew(cache, compute, capsys, name, how):
    kept_plane(VALUES, compute, seed=0)
    (folder,) = cache.glob("[!.]*")
    before = contents(folder)
    DAMAGES[how](folder / name)
    assert kept_plane(VALUES, compute, seed=0).tolist() == (VALUES[:, :2] * 2).tolist() and compute.calls == 2
    said = capsys.readouterr().err
    assert contents(folder) == before and name in said and said.endswith("Building it again.\n")


def test_that_of_other_features_in_its_place_is_noticed(cache, compute):
    kept_plane(VALUES, compute, seed=0)
    (one,) = cache.glob("[!.]*")
    kept_plane(VALUES + 1, compute, seed=0)
    (other,) = set(cache.glob("[!.]*")) - {one}
    shutil.rmtree(one)
    shutil.copytree(other, one)
    assert kept_plane(VALUES, compute, seed=0).tolist() == (VALUES[:, :2] * 2).tolist() and compute.calls == 3
    shutil.copy(other / "plane.npy", one / "plane.npy")
    assert kept_plane(VALUES, compute, seed=0).tolist() == (VALUES[:, :2] * 2).tolist() and compute.calls == 4


def test_an_older_one_is_not_used_and_a_newer_one_left_alone(cache, compute, monkeypatch):
    kept_plane(VALUES, compute, seed=0)
    with monkeypatch.context() as patch:
        patch.setattr(module, "FORMAT", module.FORMAT + 1)
        kept_plane(VALUES, compute, seed=0)
    assert compute.calls == 2
    kept_plane(VALUES, compute, seed=0)
    assert compute.calls == 2 and len(list(cache.glob("[!.]*"))) == 2, "each version has its own"


def build(folder):
    return str(kept_plane(VALUES, lambda values: values[:, :2] * 2.0, seed=0).tolist())


def test_whenever_its_maker_is_killed_the_next_one_makes_it(tmp_path):
    kill_at_steps(tmp_path, "tests.figures.test_kept_plane:build")


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
