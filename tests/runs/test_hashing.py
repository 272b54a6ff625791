import json

import numpy as np
import pytest

from mer.core.errors import InputError
from mer.core.finished_run import folder_result_digest
from mer.datasets import registry
from mer.datasets.content import forget_content
from mer.datasets.places import Place, add_place
from mer.datasets.synthetic.plan import SyntheticConfig, plan
from mer.manifest.own_corrections import OwnCorrection, save_own_corrections
from mer.runs.hashing import input_digests, path_digest, run_hash
from mer.runs.notebook import read_notebook
from tests.imitations.pictures import Pictures
from tests.imitations.plans import Plan
from tests.imitations.plant import spoil
from tests.imitations.samm import write_samm


def test_the_hash_counts_source_parameters_and_inputs_and_no_outputs(project):
    path = project.notebook("a", "x = 1")
    notebook = read_notebook(path)
    base = run_hash(notebook, {"seed": 1}, {})
    assert base == run_hash(notebook, {"seed": 1}, {})
    assert base != run_hash(notebook, {"seed": 2}, {})
    assert base != run_hash(notebook, {"seed": 1}, {"@a": "d"})
    content = json.loads(path.read_text())
    content["cells"][-1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "hello"}]
    content["cells"][-1]["execution_count"] = 5
    path.write_text(json.dumps(content))
    assert base == run_hash(read_notebook(path), {"seed": 1}, {})
    content["cells"][-1]["source"] = "x = 2"
    path.write_text(json.dumps(content))
    assert base != run_hash(read_notebook(path), {"seed": 1}, {})


def test_the_manifest_counts_where_it_is_read(project, monkeypatch):
    (project.folder / "megc2019.csv").write_text("1")
    monkeypatch.setenv("MER_MANIFESTS", str(project.folder))
    reads = read_notebook(project.notebook("a", "from mer.manifest.composite import read_composite"))
    other = read_notebook(project.notebook("b", "x = 1"))
    before = run_hash(reads, {}, {}), run_hash(other, {}, {})
    (project.folder / "megc2019.csv").write_text("2")
    assert run_hash(reads, {}, {}) != before[0]
    assert run_hash(other, {}, {}) == before[1]


def test_files_and_folders_that_parameters_name_are_inputs(project):
    (project.folder / "data").mkdir()
    (project.folder / "data" / "x.csv").write_text("1")
    found = input_digests({"data_folder": "data", "files": ["data/x.csv"], "other": "text", "number": 3})
    assert set(found) == {"data", "data/x.csv"}
    (project.folder / "data" / "x.csv").write_text("2")
    again = input_digests({"data_folder": "data", "files": ["data/x.csv"]})
    assert found["data"] != again["data"]
    assert found["data/x.csv"] != again["data/x.csv"]


def release(folder, name="samm", clips=3, frames=4):
    """A few clips of a release of SAMM, added under ``name``."""
    plans = [Plan("006", f"006_1_{k}", 10, 11, 9 + frames, "anger") for k in range(1, clips + 1)]
    write_samm(folder, plans, Pictures(folder.parent / "pictures", np.zeros((8, 8, 3), np.uint8)), {"raw": "SAMM"})
    add_place(Place(name, folder, "samm"))
    return folder / "SAMM" / "006"


@pytest.fixture
def databases(project, monkeypatch):
    """No database is set up, and none is remembered from another call of ``mer``."""
    monkeypatch.setenv("MER_DATABASES", str(project.folder / "databases.yaml"))
    forget_content()
    yield project
    forget_content()


def digests(**parameters):
    forget_content()  # as in a new process
    return input_digests(parameters)


def test_what_a_database_holds_behind_its_name_counts(databases):
    clips = release(databases.folder / "data")
    before = digests(database="samm")
    assert set(before) == {"samm"}
    assert digests(database="samm") == before
    spoil(clips / "006_1_1" / "006_00011.jpg", b"\xff\xd8\xff other, larger content" + bytes(3000) + b"\xff\xd9")
    changed = digests(database="samm")
    assert changed != before
    (clips / "006_1_3").rename(databases.folder / "away")
    assert digests(database="samm") != changed, "a clip less is another database, faults or not"
    (databases.folder / "away").rename(clips / "006_1_3")
    assert digests(database="samm") == changed


def test_where_a_database_lies_does_not_count(databases):
    release(databases.folder / "data")
    before = digests(database="samm")
    (databases.folder / "data").rename(databases.folder / "moved")
    assert digests(database="samm") == {}, "what cannot be opened has no digest; its run says why"
    add_place(Place("samm", databases.folder / "moved", "samm"))
    assert digests(database="samm") == before


def test_a_folder_that_merely_has_the_name_of_a_database(databases):
    clips = release(databases.folder / "elsewhere")
    (databases.folder / "samm").mkdir()
    before = digests(database="samm")
    (clips / "006_1_3").rename(databases.folder / "away")
    assert digests(database="samm") != before


def test_a_database_is_looked_at_once_a_process(databases, monkeypatch):
    release(databases.folder / "data")
    seen = []
    content = registry.database_content
    monkeypatch.setattr(registry, "database_content", lambda name: seen.append(name) or content(name))
    for step in ("align", "train"):
        assert "samm" in input_digests({"database": "samm", "name": step})
    assert seen == ["samm"]


def corrected(clip, column="apex", value="12", **more):
    save_own_corrections([OwnCorrection(*clip, column, value, "11", **more)])


def test_what_a_user_corrected_counts_for_the_database_that_it_is_of(databases, monkeypatch):
    monkeypatch.setenv("MER_CORRECTIONS", str(databases.folder / "corrections.csv"))
    release(databases.folder / "data")
    before = digests(database="samm")
    corrected(("casme2", "sub01", "EP01_01"))
    assert digests(database="samm") == before
    corrected(("samm", "006", "006_1_1"))
    after = input_digests({"database": "samm"})
    assert set(after) == {"samm"} and after != before, "also in a process that has looked at it before"
    corrected(("samm", "006", "006_1_1"), "label", "positive", labels="casme2-5")
    assert input_digests({"database": "samm", "labels": "composite"}) == after
    assert input_digests({"database": "samm", "labels": "casme2-5"}) != after
    corrected(("samm", "006", "006_1_1"), reason="other words for the same")
    assert input_digests({"database": "samm", "labels": "composite"}) == after
    (databases.folder / "corrections.csv").unlink()
    assert digests(database="samm") == before


def test_corrected_clips_of_a_rendered_database_count_without_rendering_it(databases, monkeypatch):
    monkeypatch.setenv("MER_CORRECTIONS", str(databases.folder / "corrections.csv"))
    first = plan(SyntheticConfig())[0]
    corrected((first.look, first.subject, first.clip))
    assert set(digests(database="synthetic")) == {"synthetic"}
    assert digests(database="synthetic-emotions") == {}
    assert not (databases.outputs / "cache").exists()


def test_a_broken_file_of_corrections_is_told_and_not_taken_for_none(databases, monkeypatch):
    monkeypatch.setenv("MER_CORRECTIONS", str(databases.folder / "corrections.csv"))
    (databases.folder / "corrections.csv").write_text("clip,apex\n1,2\n")
    with pytest.raises(InputError, match=r"corrections\.csv"):
        digests(database="synthetic")


def test_databases_made_by_code_or_unknown_have_no_digest(databases):
    for name in ("synthetic", "synthetic:3", "casme2", "nothing", "megc2019", "@align"):
        assert digests(database=name) == {}
    assert not (databases.outputs / "cache").exists(), "nothing is rendered to plan a run"


def test_landmarks_behind_a_detector_count(databases):
    points = databases.folder / "points" / "006"
    points.mkdir(parents=True)
    np.save(points / "a.npy", np.zeros((68, 2), np.float32))
    before = digests(detector=f"points:{points.parent}")
    assert len(before) == 1
    np.save(points / "a.npy", np.ones((68, 2), np.float32))
    assert digests(detector=f"points:{points.parent}") != before
    assert digests(detector="facemesh") == digests(detector="points:/no/such/folder") == {}


def test_a_large_folder_is_told_by_names_and_sizes(tmp_path, monkeypatch):
    (tmp_path / "a.bin").write_bytes(b"xx")
    monkeypatch.setattr("mer.runs.hashing._MOST_BYTES", 1)
    before = path_digest(tmp_path)
    (tmp_path / "a.bin").write_bytes(b"yy")
    assert path_digest(tmp_path) == before
    (tmp_path / "a.bin").write_bytes(b"yyy")
    assert path_digest(tmp_path) != before


def test_a_result_is_its_data_and_not_its_record(tmp_path):
    (tmp_path / "arrays").mkdir()
    (tmp_path / "arrays" / "x.npz").write_bytes(b"1")
    before = folder_result_digest(tmp_path)
    (tmp_path / "figures").mkdir()
    for name in ("record.json", "n.ipynb", "n.html", "figures/a.png", "kernel.log"):
        (tmp_path / name).write_text("x")
    assert folder_result_digest(tmp_path) == before
    (tmp_path / "arrays" / "x.npz").write_bytes(b"2")
    assert folder_result_digest(tmp_path) != before


def test_the_live_record_is_no_result(tmp_path):
    (tmp_path / "history.csv").write_text("1")
    before = folder_result_digest(tmp_path)
    (tmp_path / "live").mkdir()
    (tmp_path / "live" / "a.jsonl").write_text("{}")
    assert folder_result_digest(tmp_path) == before
