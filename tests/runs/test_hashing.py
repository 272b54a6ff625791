import json

import pytest

from mer.runs import hashing
from mer.runs.hashing import code_digest, folder_result_digest, input_digests, path_digest, reached_modules, run_hash
from mer.runs.notebook import read_notebook


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package in place of `mer`: a imports b inside a function, c stands alone."""
    folder = tmp_path / "mer"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.py").write_text("def f():\n    from mer.sub.b import g\n    return g\n")
    (folder / "sub" / "b.py").write_text('"""Doc."""\nimport mer.a\n\n\ndef g():\n    """Doc."""\n    return 1\n')
    (folder / "c.py").write_text("x = 1\n")
    monkeypatch.setattr(hashing, "PACKAGE", folder)
    hashing._meaning.cache_clear()
    yield folder
    hashing._meaning.cache_clear()


def edit(path, text):
    path.write_text(text)
    hashing._meaning.cache_clear()


def test_modules_are_followed_through_functions_and_circles(package):
    assert set(reached_modules(["from mer.a import f"])) == {"mer.a", "mer.sub.b"}
    assert set(reached_modules(["from mer.sub import b"])) == {"mer.a", "mer.sub.b"}
    assert set(reached_modules(["%matplotlib inline\n!ls\nimport mer.c\nimport numpy"])) == {"mer.c"}
    assert reached_modules(["not python ("]) == {}


def test_only_code_that_is_reached_and_means_something_counts(package):
    source = ["from mer.a import f"]
    before = code_digest(source)
    edit(package / "c.py", "x = 2\n")
    assert code_digest(source) == before
    edit(package / "sub" / "b.py", '"""Other words."""\nimport mer.a\n\ndef g():\n    return 1  # why\n')
    assert code_digest(source) == before
    edit(package / "sub" / "b.py", "import mer.a\n\ndef g():\n    return 2\n")
    assert code_digest(source) != before


def test_recording_a_run_does_not_change_it():
    assert reached_modules(["from mer.runs.session import open_run"]) == {}
    assert "mer.core.files" in reached_modules(["from mer.figures.save import show"])


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


def test_a_large_folder_is_told_by_names_and_sizes(tmp_path, monkeypatch):
    (tmp_path / "a.bin").write_bytes(b"xx")
    monkeypatch.setattr(hashing, "_MOST_BYTES", 1)
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
