import pytest

from mer.core.errors import InputError, MissingPath
from mer.runs.notebook import check_parameters, find_notebook, read_notebook


def test_parameters_are_read_with_annotations_and_defaults(project):
    path = project.notebook(
        "a", parameters="run_dir: 'Optional[str]' = None\nx = [1, 2]\nlr: float = 1e-3\nfree = 2 * 3"
    )
    parameters = read_notebook(path).parameters
    assert list(parameters) == ["run_dir", "x", "lr", "free"]
    assert (parameters["x"].default, parameters["lr"].annotation, parameters["lr"].default) == ([1, 2], "float", 1e-3)
    assert parameters["run_dir"].annotation == "Optional[str]"


def test_misspelt_notebook_names_the_nearest(project):
    project.notebook("02_align")
    assert find_notebook("02_align").stem == "02_align"
    with pytest.raises(MissingPath, match="Did you mean '02_align'"):
        find_notebook("02_alingn")


def test_all_problems_of_a_notebook_are_listed(project):
    notebook = read_notebook(project.notebook("a", parameters="seed: int = 1"))
    _, problems = check_parameters(notebook, {"sede": 1, "seed": "x"})
    assert len(problems) == 3
    assert "Did you mean 'seed'" in problems[1]


@pytest.mark.parametrize("content", ["not json", "{}", '{"cells": 3}'])
def test_broken_notebook_is_named(project, content):
    path = project.folder / "notebooks" / "broken.ipynb"
    path.write_text(content)
    with pytest.raises(InputError, match=r"broken\.ipynb"):
        read_notebook(path)


def test_notebook_without_parameters_cell_is_refused(project):
    path = project.notebook("a")
    path.write_text(path.read_text().replace('"parameters"', '"other"'))
    with pytest.raises(InputError, match="0 cells tagged 'parameters'"):
        read_notebook(path)
