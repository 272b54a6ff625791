import pytest

from mer.runs import reached_code
from mer.runs.reached_code import code_digest, reached_modules


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package in place of `mer`: a imports b inside a function, c stands alone."""
    folder = tmp_path / "mer"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.py").write_text("def f():\n    from mer.sub.b import g\n    return g\n")
    (folder / "sub" / "b.py").write_text('"""Doc."""\nimport mer.a\n\n\ndef g():\n    """Doc."""\n    return 1\n')
    (folder / "c.py").write_text("x = 1\n")
    monkeypatch.setattr(reached_code, "PACKAGE", folder)
    forget()
    yield folder
    forget()


def forget():
    """As in a new process."""
    reached_code.meaning.cache_clear()
    reached_code._imports_of.cache_clear()


def edit(path, text):
    path.write_text(text)
    forget()


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


def test_where_parts_are_computed_does_not_count():
    reached = reached_modules(["import mer.training.loso"])
    assert "mer.core.spread" in reached and not [name for name in reached if "slurm" in name or "executor" in name]


def test_what_only_tells_how_a_fit_goes_on_does_not_count(package):
    source = ["import mer.sub.b"]
    edit(package / "sub" / "b.py", "import mer.core.limits\n\ndef g():\n    x = 1\n    return x\n")
    before = code_digest(source)
    hooked = "import mer.core.limits\nfrom mer.core.live import note_live as note\n\ndef g():\n    x = 1\n"
    edit(package / "sub" / "b.py", f"{hooked}    note(x)\n    return x\n")
    assert code_digest(source) == before
    edit(package / "sub" / "b.py", f"{hooked}    x = note(x)\n    return x\n")
    assert code_digest(source) != before, "a result that depends on it counts"
    edit(package / "sub" / "b.py", f"{hooked}    print(x)\n    return x\n")
    assert code_digest(source) != before
    assert "mer.core.live" not in reached_modules(["import mer.training.fit_fusion"])
