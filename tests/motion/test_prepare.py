"""From a name to the store that a study works on: every choice reaches the place where it counts."""

import shutil
from dataclasses import replace

import cv2
import numpy as np
import pandas as pd
import pytest

from mer.core.errors import InputError
from mer.core.problems import ProblemsFound
from mer.datasets.places import Place, add_place
from mer.datasets.registry import open_database
from mer.face import store as store_module
from mer.face.canonical import square_points
from mer.motion.prepare import APEXES, DataConfig, prepared_store, with_apexes
from mer.motion.spotting import SpotConfig, spot_apex
from tests.face.conftest import FixedDetector
from tests.imitations.pictures import Pictures
from tests.imitations.plans import Plan
from tests.imitations.plant import spoil, truncate
from tests.imitations.samm import write_samm
from tests.imitations.smic import RAW, write_smic
from tests.motion.test_spotting import course, texture, warped

SIDE = 96
PEAK = 14


@pytest.fixture
def world(tmp_path, monkeypatch):
    """SAMM and SMIC of two clips each, of 21 frames with numbers from 100; faces are where the detector says."""
    monkeypatch.setenv("MER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("MER_DATABASES", str(tmp_path / "databases.yaml"))
    detector = FixedDetector(square_points(SIDE - 8) + 4)
    monkeypatch.setattr(store_module, "make_detector", lambda name: detector)
    images = {}
    for number, e in enumerate(course(PEAK, 21), start=100):
        images[number] = tmp_path / f"{number}.png"

        cv2.imwrite(str(images[number]), np.rint(warped(texture(0, SIDE), 1.5 * e)))
    pictures = Pictures(tmp_path / "pictures", np.zeros((SIDE, SIDE, 3), np.uint8))
    samm = [
        Plan("006", f"006_1_{k}", 100, 105, 120, emotion, own=images) for k, emotion in ((1, "anger"), (2, "other"))
    ]
    smic = [Plan("s1", f"s1_{kind[:2]}_01", 100, None, 120, kind, own=images) for kind in ("negative", "positive")]
    write_samm(tmp_path / "samm", samm, pictures, {"raw": "SAMM"})
    write_smic(tmp_path / "smic", smic, pictures, ["HS"], [RAW], non_micro=False)
    for name in ("samm", "smic"):
        add_place(Place(name, tmp_path / name, name))
    return tmp_path


def prepared(database, **more):
    return prepared_store(DataConfig(database, size=64, **more))


def test_choices_that_there_are():
    assert APEXES[:3] == ("annotated", "spotted", "middle")
    assert set(APEXES[3:]) == {"flow", "difference", "capsule", "divide-and-conquer", "frequency"}
    assert DataConfig() == DataConfig("synthetic", "composite", "annotated", 128, 1, "facemesh", False)
    with pytest.raises(InputError, match=r"apex is 'spoted'\. Did you mean 'spotted'"):
        DataConfig(apex="spoted")
    with pytest.raises(InputError, match="Did you mean 'capsule'"):
        with_apexes(None, "capsul")


def test_annotated_apexes_stay_and_missing_ones_are_the_middle(world):
    assert prepared("samm").clips["apex"].tolist() == [105, 105]
    smic = prepared("smic")
    assert smic.clips["apex"].tolist() == [110, 110]
    assert set(smic.clips["apex_source"]) == {"middle"}


def test_spotting_touches_only_what_nobody_annotated(world):
    samm = prepared("samm", apex="spotted")
    assert samm.clips["apex"].tolist() == [105, 105]
    assert set(samm.clips["apex_source"]) == {"annotated"}
    smic = prepared("smic", apex="spotted")
    assert (smic.clips["apex"] - 100 - PEAK).abs().max() <= 2
    assert set(smic.clips["apex_source"]) == {"spotted"}
    assert smic.pair(0)[1].tolist() == smic.frame(0, int(smic.clips["apex"][0])).tolist()


def test_the_middle_frame_of_every_clip(world):
    samm = prepared("samm", apex="middle")
    assert samm.clips["apex"].tolist() == [110, 110]
    assert set(samm.clips["apex_source"]) == {"middle"}
    assert prepared("samm").clips["apex"].tolist() == [105, 105], "the annotated store is another"


@pytest.mark.parametrize("method", [name for name in APEXES if name not in ("annotated", "spotted", "middle")])
def test_every_spotter_reaches_all_clips(world, method):
    store = prepared("samm", apex=method)
    expected = spot_apex(store.frames[:21], store.boxes[0], SpotConfig(method=method), store.landmarks[0])
    assert store.clips["apex"].tolist() == [100 + expected.index] * 2
    assert set(store.clips["apex_source"]) == {"middle" if expected.flat else "spotted"}


def test_a_ratio_needs_other_peoples_annotations(world):
    with pytest.raises(InputError, match="no ratio can be learned"):
        with_apexes(prepared("smic"), "ratio")


def test_a_ratio_is_not_for_training():
    """Learned from other people's annotations, it would carry the test person's into the training clips."""
    with pytest.raises(InputError, match="apex is 'ratio'"):
        DataConfig(apex="ratio")


def test_labels_decide_the_classes_and_not_the_frames(world):
    composite = prepared("samm")
    assert composite.clips["label"].tolist() == ["negative", ""]
    with pytest.raises(InputError, match="say nothing of database 'samm'"):
        prepared("samm", labels="casme2-5")
    stores = list((world / "cache" / "stores").glob("[!.]*"))
    assert {path.name.split("-")[0] for path in stores} == {"samm"}
    assert prepared("samm").path == composite.path


def test_size_and_channels_reach_the_store(world):
    assert prepared("samm").frames.shape[1:] == (64, 64, 1)
    assert prepared_store(DataConfig("samm", size=32, channels=3)).frames.shape[1:] == (32, 32, 3)


def test_the_detector_reaches_the_store(world, monkeypatch):
    seen = []
    make = store_module.make_detector
    monkeypatch.setattr(store_module, "make_detector", lambda name: seen.append(name) or make(name))
    prepared("samm", detector="dlib")
    assert seen == ["dlib"]
    with pytest.raises(InputError, match="Did you mean 'dlib'"):
        prepared("samm", detector="dlibb")


def test_faulty_clips_are_refused_or_left_out(world):
    truncate(world / "samm/SAMM/006/006_1_1/006_00103.jpg")
    with pytest.raises(ProblemsFound, match=r"006_00103\.jpg"):
        prepared("samm")
    store = prepared("samm", allow_missing=True)
    assert store.clips["clip"].tolist() == ["006_1_2"]
    assert store.left_out() == "1 of 2 clips left out: 1 missing or damaged."
    spotted = prepared("samm", allow_missing=True, apex="middle")
    assert spotted.left_out() == store.left_out(), "whatever the apex"


def test_files_that_only_decoding_shows_to_be_damaged(world):
    path = world / "samm/SAMM/006/006_1_1/006_00103.jpg"
    content = path.read_bytes()
    spoil(path, content[:3] + bytes(len(content) - 5) + content[-2:])  # both ends are whole
    with pytest.raises(ProblemsFound, match=r"006_00103\.jpg"):
        prepared("samm")
    with pytest.warns(UserWarning, match=r"006_00103\.jpg"):
        store = prepared_store(DataConfig("samm", size=32, allow_missing=True))
    assert store.left_out() == "1 of 2 clips left out: 1 missing or damaged."


def test_notes_of_a_database_are_printed_and_many_are_cut(world, capsys, monkeypatch):
    prepared("smic")
    assert "Note: No apex is annotated; the middle frame is taken.\n" in capsys.readouterr().out
    smic = open_database("smic")
    many = replace(smic, remarks=tuple(f"oddity {k}" for k in range(15)))
    monkeypatch.setattr("mer.motion.prepare.open_database", lambda *given: many)
    prepared("smic")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Note: oddity 0" and lines[11:] == ["Note: oddity 11", "and 3 more: mer data check smic"]
    many = replace(smic, remarks=())
    prepared("smic")
    assert capsys.readouterr().out == ""


def test_a_second_call_aligns_nothing(world, monkeypatch):
    first = prepared("smic", apex="spotted")
    monkeypatch.setattr(store_module, "make_detector", lambda name: pytest.fail("aligned again"))
    again = prepared("smic", apex="spotted")
    assert again.path == first.path
    pd.testing.assert_frame_equal(again.clips, first.clips)


def test_a_database_that_is_gone(world):
    shutil.rmtree(world / "samm")
    with pytest.raises(InputError, match="samm, which is gone"):
        prepared("samm")
