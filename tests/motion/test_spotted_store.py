import os
import pickle
import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from mer.core.errors import InputError
from mer.core.files import read_json
from mer.core.sealed import seal
from mer.datasets.database import Database
from mer.face.aligned_store import FORMAT, AlignedStore, StoreConfig, open_store
from mer.face.canonical import square_points
from mer.face.store import build_store
from mer.manifest.clips import validate_clips
from mer.motion import spotted_store
from mer.motion.spotted_store import with_spotted_apexes
from mer.motion.spotting import SpotConfig, spot_apex
from tests.damage import DAMAGES, contents
from tests.face.conftest import FixedDetector
from tests.killed import kill_at_steps
from tests.motion.test_spotting import course, texture, warped

SIDE = 96
PEAKS = {"a": 14, "b": 14, "c": 9, "still": 0}
LENGTH = 21
SOURCES = {"a": "annotated", "b": "middle", "c": "middle", "still": "middle"}


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AlignedStore:
    """Four clips of frames 7 to 27; one apex is annotated, the others are the middle frame, 17."""
    monkeypatch.setenv("MER_CACHE", str(tmp_path / "cache"))
    rows = []
    for seed, (name, peak) in enumerate(PEAKS.items()):
        folder = tmp_path / "frames" / name
        folder.mkdir(parents=True)
        for number, e in enumerate(course(peak, LENGTH) if peak else np.zeros(LENGTH), start=7):
            cv2.imwrite(str(folder / f"img{number}.png"), np.rint(warped(texture(seed, SIDE), 1.5 * e)))
        row = {"database": "toy", "subject": "006", "clip": name, "frames": name, "fps": 200, "label": "positive"}
        row |= {"onset": 7, "apex": 7 + peak if name == "a" else 17, "offset": 27, "apex_source": SOURCES[name]}
        rows.append(row | {"emotion": "", "action_units": "", "note": f"note of {name}"})
    table = validate_clips(pd.DataFrame(rows))
    database = Database("toy", tmp_path / "frames", table, synthetic=False, terms="none", fingerprint="1")
    return build_store(database, StoreConfig(size=64), FixedDetector(square_points(SIDE - 8) + 4))


def test_apexes_that_nobody_gave_are_spotted(store: AlignedStore) -> None:
    spotted = with_spotted_apexes(store)
    apex = dict(zip(spotted.clips["clip"], spotted.clips["apex"], strict=True))
    assert apex["a"] == 21
    assert abs(apex["b"] - 21) <= 2
    assert abs(apex["c"] - 16) <= 1
    assert apex["still"] == 17
    assert spotted.clips["apex_source"].tolist() == ["annotated", "spotted", "spotted", "middle"]
    kept = [column for column in store.clips if column not in ("apex", "apex_source")]
    pd.testing.assert_frame_equal(spotted.clips[kept], store.clips[kept])
    assert store.clips["apex"].tolist() == [21, 17, 17, 17]


def test_one_clip_alone_gives_the_same(store: AlignedStore) -> None:
    spotted = with_spotted_apexes(store, only="all")
    for clip in range(len(store)):
        first = int(store.start[clip])
        alone = spot_apex(store.frames[first : first + LENGTH], store.boxes[clip])
        assert spotted.clips["apex"].iloc[clip] == 7 + alone.index


def test_other_processes_and_keys_see_the_new_apexes(store: AlignedStore) -> None:
    """Training opens a store by its path and keys its results by the folder's name."""
    spotted = with_spotted_apexes(store)
    assert spotted.path.name != store.path.name
    for again in (open_store(spotted.path, verify=True), pickle.loads(pickle.dumps(spotted))):
        pd.testing.assert_frame_equal(again.clips, spotted.clips)
        np.testing.assert_array_equal(again.frames, store.frames)
    pd.testing.assert_frame_equal(open_store(store.path, verify=True).clips, store.clips)


def test_frames_take_no_room_twice(store: AlignedStore) -> None:
    spotted = with_spotted_apexes(store)
    assert os.path.samefile(store.path / "frames.npy", spotted.path / "frames.npy")


def test_file_systems_without_hard_links(store: AlignedStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    np.testing.assert_array_equal(with_spotted_apexes(store).frames, store.frames)


def test_it_is_done_once(store: AlignedStore, monkeypatch: pytest.MonkeyPatch) -> None:
    first = with_spotted_apexes(store)

    def fail(*_: object) -> None:
        raise AssertionError("spotted again")

    monkeypatch.setattr(spotted_store, "spot_all", fail)
    pd.testing.assert_frame_equal(with_spotted_apexes(store).clips, first.clips)
    with pytest.raises(AssertionError, match="again"):
        with_spotted_apexes(store, SpotConfig(smoothing=0.05))


@pytest.mark.parametrize("damage", [b"", b"database,subject\nx,y\n", None])
def test_a_damaged_result_is_made_again(store: AlignedStore, damage: bytes | None) -> None:
    first = with_spotted_apexes(store)
    table = first.path / "clips.csv"
    whole = table.read_bytes()
    table.write_bytes(whole.replace(b",16,", b",17,") if damage is None else damage)
    pd.testing.assert_frame_equal(with_spotted_apexes(store).clips, first.clips)
    assert table.read_bytes() == whole


@pytest.mark.parametrize("how", DAMAGES)
@pytest.mark.parametrize("name", ["apexes.json", "index.json"])
def test_what_is_kept_of_apexes_is_not_used_where_it_is_damaged(
    store: AlignedStore, name: str, how: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = with_spotted_apexes(store)
    (kept,) = (tmp_path / "cache" / "apexes").glob("[!.]*")
    before = contents(kept)
    DAMAGES[how](kept / name)
    pd.testing.assert_frame_equal(with_spotted_apexes(store).clips, first.clips)
    assert contents(kept) == before and name in capsys.readouterr().err


def test_other_apexes_in_the_place_of_these_are_noticed(store: AlignedStore, tmp_path: Path) -> None:
    first = with_spotted_apexes(store)
    (one,) = (tmp_path / "cache" / "apexes").glob("[!.]*")
    with_spotted_apexes(store, SpotConfig(method="middle"))
    (other,) = set((tmp_path / "cache" / "apexes").glob("[!.]*")) - {one}
    before = contents(one)
    assert before["apexes.json"] != contents(other)["apexes.json"]
    shutil.copy(other / "apexes.json", one)
    pd.testing.assert_frame_equal(with_spotted_apexes(store).clips, first.clips)
    shutil.rmtree(one)
    shutil.copytree(other, one)
    pd.testing.assert_frame_equal(with_spotted_apexes(store).clips, first.clips)
    assert contents(one) == before


def build(folder: Path) -> str:
    """Apexes of the one store in the cache, by the method that takes least time."""
    (path,) = (path for path in (folder / "cache" / "stores").glob("[!.]*") if "-clips-" not in path.name)
    clips = with_spotted_apexes(open_store(path), SpotConfig(method="middle"), only="all").clips
    return clips[["apex", "apex_source"]].to_csv()


def test_whenever_its_maker_is_killed_the_next_one_makes_it(store: AlignedStore, tmp_path: Path) -> None:
    shutil.copytree(store.path, tmp_path / "killed" / "before" / "stores" / store.path.name)
    kill_at_steps(tmp_path / "killed", "tests.motion.test_spotted_store:build", most=7)


def test_nothing_to_do_gives_the_store_itself(store: AlignedStore) -> None:
    given = _with(store, apex_source="annotated")
    assert with_spotted_apexes(given) is given


def test_the_middle_frame_by_rule_is_not_called_spotted(store: AlignedStore) -> None:
    by_rule = with_spotted_apexes(store, SpotConfig(method="middle"), only="all")
    assert by_rule.clips["apex"].tolist() == [17] * 4
    assert set(by_rule.clips["apex_source"]) == {"middle"}


def test_the_truth_of_another_apex_is_dropped(store: AlignedStore) -> None:
    """A store as a synthetic database gives it: with the true displacement of the annotated apex."""
    np.save(store.path / "displacement.npy", np.zeros((4, 2, 64, 64), np.float16))
    index = read_json(store.path / "index.json")
    about = {name: index[name] for name in index if name not in ("files", "format", "seal")}
    seal(store.path, "index.json", FORMAT, about, [*index["files"], "displacement.npy"])
    known = open_store(store.path)
    assert known.displacement is not None
    assert with_spotted_apexes(known).displacement is None
    assert with_spotted_apexes(known, SpotConfig(method="middle")).displacement is not None  # no apex moved


def test_a_wrong_choice_is_named(store: AlignedStore) -> None:
    with pytest.raises(InputError, match="'unannotated' or 'all'"):
        with_spotted_apexes(store, only="every")  # type: ignore[arg-type]


def _with(store: AlignedStore, **columns: object) -> AlignedStore:
    return replace(store, clips=store.clips.assign(**columns))
