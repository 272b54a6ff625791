"""What the renderer keeps in the cache: made once, and again where something happened to it."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mer.core.errors import InputError
from mer.core.sealed import Damaged, OtherFormat
from mer.datasets.synthetic import build, example, headpack
from mer.datasets.synthetic.build import build_synthetic, synthetic_folder
from mer.datasets.synthetic.example import example_clip
from mer.datasets.synthetic.headpack import head_pack
from mer.datasets.synthetic.plan import SyntheticConfig
from tests.at_once import Processes
from tests.damage import DAMAGES, contents
from tests.killed import kill_at_steps

TINY = SyntheticConfig(seed=2, looks=("synthetic-smic",), subjects=1, clips_per_subject=1, tempo=0.1, size=64, margin=0)
KINDS = ["index.json", "database.json", "clips.csv", "meta.json", "displacement.npy", ".jpg"]


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MER_CACHE", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def rendered(tmp_path_factory) -> Path:
    """A database as it lies in the cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MER_CACHE", str(tmp_path_factory.mktemp("cache")))
        build_synthetic(TINY, n_jobs=1)
        return synthetic_folder(TINY)


def render_by_copying(monkeypatch, rendered):
    """What rendering `TINY` again gives, copied: rendering takes long; its bytes are tested elsewhere."""
    before = contents(rendered)

    def copied(config, clips, work, n_jobs):
        for name in before:
            if name not in ("index.json", "database.json", "clips.csv"):
                (work / name).parent.mkdir(parents=True, exist_ok=True)
                (work / name).write_bytes(before[name])
        return build_synthetic(TINY, rendered).clips

    monkeypatch.setattr(build, "_render_all", copied)


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_database_is_named(rendered, tmp_path, kind):
    """In a folder that a user chose nothing is deleted unasked."""
    for how, damage in DAMAGES.items():
        copy = tmp_path / how
        shutil.copytree(rendered, copy)
        file = next(file for file in sorted(copy.rglob("*")) if file.name.endswith(kind))
        damage(file)
        with pytest.raises(InputError, match="Delete") as error:
            build_synthetic(TINY, copy)
        # A fingerprint that was altered is one of another configuration.
        assert kind in str(error.value) or how == "deleted" or "another configuration" in str(error.value), how
        assert len(contents(copy)) == len(contents(rendered)) - (how == "deleted")


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_database_of_the_cache_is_rendered_again(rendered, cache, capsys, monkeypatch, kind):
    shutil.copytree(rendered, synthetic_folder(TINY))
    before = contents(rendered)
    file = next(file for file in sorted(synthetic_folder(TINY).rglob("*")) if file.name.endswith(kind))
    DAMAGES["middle byte"](file)
    render_by_copying(monkeypatch, rendered)
    assert len(build_synthetic(TINY).clips) == 1
    assert contents(synthetic_folder(TINY)) == before
    said = capsys.readouterr().err
    assert said.count("Building it again.") == 1 and kind in said


def test_one_from_before_there_were_seals_is_refused_where_a_user_keeps_it(rendered, tmp_path):
    shutil.copytree(rendered, tmp_path / "old")
    (tmp_path / "old" / "index.json").unlink()
    with pytest.raises(OtherFormat, match=r"older version.*Delete the folder"):
        build_synthetic(TINY, tmp_path / "old")


def test_one_with_the_files_of_another_seed_is_noticed(rendered, tmp_path):
    shutil.copytree(rendered, tmp_path / "db")
    index = json.loads((tmp_path / "db" / "index.json").read_text())
    assert index["key"] == synthetic_folder(TINY).name
    other = replace(TINY, seed=5)
    about = json.loads((tmp_path / "db" / "database.json").read_text())
    about["fingerprint"] = build.fingerprint(other)
    (tmp_path / "db" / "database.json").write_text(json.dumps(about))
    with pytest.raises(Damaged, match="key"):
        build_synthetic(other, tmp_path / "db")


def test_no_room_is_said_before_the_first_clip(cache, monkeypatch):
    monkeypatch.setattr("mer.core.room.free_bytes", lambda folder: 20_000_000)
    monkeypatch.setattr(build, "render_clip", None)
    # 180 clips of 176 x 176 pixels
    with pytest.raises(InputError, match=r"synthetic-\w+ needs 1\d\d\.\d MB in .*databases, but only 20\.0 MB are"):
        build_synthetic(SyntheticConfig())


@pytest.mark.parametrize("name", ["index.json", "clip.json", "displacement.npy", ".jpg"])
def test_a_damaged_example_is_rendered_again(cache, monkeypatch, capsys, name):
    monkeypatch.setattr(example, "CONFIG", replace(example.CONFIG, size=64, tempo=0.05))
    folder = example_clip().frames.parents[1]
    before = contents(folder)
    DAMAGES["last byte"](next(file for file in sorted(folder.rglob("*")) if file.name.endswith(name)))
    example_clip()
    assert contents(folder) == before and name in capsys.readouterr().err


_ARRAYS = ("vertices", "triangles", "part", "atlas", "lips", "lids", "identity", "units")
#: In place of the real one, which takes seconds to cut.
PACK = dict.fromkeys(_ARRAYS, np.arange(12).reshape(4, 3)) | {
    "identity_names": np.array(["a"]),
    "unit_names": np.array(["b"]),
}


@pytest.mark.parametrize("how", DAMAGES)
def test_a_damaged_head_pack_is_cut_again(cache, monkeypatch, capsys, how):
    monkeypatch.setattr(headpack, "_extract", lambda files: PACK)
    head_pack.__wrapped__()
    for name in ("pack.npz", "index.json"):
        DAMAGES[how](cache / "headpacks" / "0.6.2-1" / name)
        np.testing.assert_array_equal(head_pack.__wrapped__().triangles, PACK["triangles"])
        assert name in capsys.readouterr().err


def build_pack(folder):
    headpack._extract = lambda files: PACK  # in a process of its own
    return str(head_pack.__wrapped__().triangles.tolist())


def test_whenever_its_maker_is_killed_the_next_one_cuts_the_head_pack(tmp_path):
    kill_at_steps(tmp_path, "tests.datasets.synthetic.test_kept_damaged:build_pack", most=5)


def test_whenever_their_maker_is_killed_the_next_one_renders_database_and_example(tmp_path):
    kill_at_steps(tmp_path, "tests.datasets.synthetic.killed_rendering:render", most=6)


RENDER = """
import os
os.environ["MER_CACHE"] = str(FOLDER / "cache")
from dataclasses import replace
from mer.datasets.synthetic import build, example, headpack
from tests.datasets.synthetic.test_kept_damaged import TINY

example.CONFIG = replace(example.CONFIG, size=64, tempo=0.05)
render, extract = build.render_clip, headpack._extract

def counted(config, clip, head, work):
    note("clip")
    return render(config, clip, head, work)

def extracted(files):
    note("pack")
    return extract(files)

build.render_clip = example.render_clip = counted
headpack._extract = extracted
meet()
database = build.build_synthetic(TINY, n_jobs=1)
print(database.fingerprint, headpack.head_pack().units.shape, example.example_clip())
"""


def test_two_processes_render_it_once(tmp_path):
    with Processes(tmp_path, RENDER) as both:
        both.start()
        first, second = both.results()
    assert first == second
    assert sorted(both.work()) == ["clip", "clip", "pack"], "of the database, and the example"
    assert any("Waiting: another process is making" in said for said in both.said)
