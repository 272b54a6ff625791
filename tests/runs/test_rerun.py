"""Runs made again from their recipes, on notebooks of a second or two."""

import json
import shutil
from pathlib import Path

import pytest

from mer.core.errors import InputError, MissingPath
from mer.core.finished_run import seal_run
from mer.runs.console import Console
from mer.runs.recipe import read_recipe, runs_used
from mer.runs.rerun import differences, rerun, studies
from tests.runs.conftest import Project
from tests.sealed_again import seal_again

#: All of them: whichever is first has to wait for the runs that are made again.
pytestmark = pytest.mark.slow

PREDICT = """
import numpy as np
from pathlib import Path
from mer.evaluation.predictions import write_predictions
from tests.made_up_runs import made_up_predictions
skill = value + (int((Path(source) / 'made.txt').read_text()) if source else 0)
table = made_up_predictions(('negative', 'positive', 'surprise'), skill)
write_predictions(table.assign(run=run.folder.name), run.folder / 'predictions.csv')
"""
MAKE = "(run.folder / 'made.txt').write_text(str(value)); run.save_table('made', pandas.DataFrame({'a': [value]}))"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A study whose second run uses its first, and a single run that uses it by its folder; all finished."""
    project = Project(tmp_path_factory.mktemp("rerun"))
    project.notebook("01_make", "import pandas", MAKE, "run.finish()")
    project.notebook("02_predict", PREDICT, "run.finish()")
    steps = [
        {"run": "make", "notebook": "01_make", "parameters": {"value": 2}},
        {"run": "predict", "notebook": "02_predict", "parameters": {"source": "@make"}},
    ]
    project.study("s", steps, title="Two runs")
    run(project, "study", "s")
    run(project, "run", "02_predict", "--name", "alone", "-p", "source", str(project.outputs / "s" / "make"))
    return project


def run(project, *arguments, status=0):
    done = project.mer(*arguments, extra={"PYTHONPATH": str(Path(__file__).resolve().parents[2])})
    assert done.returncode == status, done.stderr[-3000:] + done.stdout[-3000:]
    return done


@pytest.fixture(autouse=True)
def here(project, monkeypatch):
    monkeypatch.chdir(project.folder)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    for name in ("MER_OUTPUTS", "MER_CACHE"):
        monkeypatch.delenv(name, raising=False)


def contents(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_recipe_is_closed(project):
    recipe = json.loads((project.outputs / "s" / "predict" / "recipe.json").read_text())
    assert [(step["run"], step["notebook"], step["parameters"]["value"]) for step in recipe["steps"]] == [
        ("make", "notebooks/01_make.ipynb", 2),
        ("predict", "notebooks/02_predict.ipynb", 1),
    ]
    assert recipe["steps"][1]["parameters"]["source"] == "@make" and recipe["uses"] == {}
    assert "title: Two runs" in recipe["study_file"] and recipe["steps"][1]["made_of"]["code"]
    found = recipe["surroundings"]
    assert found["distributions"]["numpy"] and found["variables"]["OMP_NUM_THREADS"] == "1" and found["workers"] > 0
    assert {"python", "processor", "instructions", "gpu", "libc", "lock"} <= set(found)


def test_a_run_is_made_again_with_what_it_needs_and_is_equal(project):
    before = contents(project.outputs / "s")
    done = run(project, "rerun", "outputs/s/predict")
    assert "Equal, byte for byte: predictions.csv." in done.stdout and "Other than then" not in done.stderr
    (again,) = (project.outputs / "rerun").iterdir()
    assert (again / "s" / "make" / "result.json").is_file()
    assert (again / "s" / "predict" / "predictions.csv").read_bytes() == before[
        project.outputs / "s" / "predict" / "predictions.csv"
    ]
    assert contents(project.outputs / "s") == before, "nothing of the run is changed"
    assert "rerun" not in run(project, "runs").stdout


def test_a_run_that_names_another_by_its_folder_is_made_again_with_that_one(project, tmp_path):
    alone = project.outputs / "single" / "alone"
    recipe = read_recipe(alone)
    ((path, used),) = recipe["uses"].items()
    assert path == str(project.outputs / "s" / "make") and used["recipe"]["run"] == "make"
    planned = studies(recipe, tmp_path)
    assert [(study.name, [one.name for one in study.runs]) for study in planned] == [
        ("s", ["make"]),
        ("single", ["alone"]),
    ]
    assert planned[1].runs[0].parameters["source"] == str(tmp_path / "s" / "make")
    moved = alone.rename(tmp_path / "copied")  # its own folder, and what it used, may be gone
    (project.outputs / "s" / "make").rename(tmp_path / "gone")
    try:
        assert run(project, "rerun", str(moved), "--into", str(tmp_path / "again")).returncode == 0
    finally:
        moved.rename(alone)
        (tmp_path / "gone").rename(project.outputs / "s" / "make")


@pytest.fixture
def copied(project, tmp_path):
    """A copy of the finished run, whose recipe may be changed."""
    return Path(shutil.copytree(project.outputs / "s" / "predict", tmp_path / "s" / "predict"))


def change(folder, alter):
    path = folder / "recipe.json"
    recipe = json.loads(path.read_text())
    alter(recipe)
    path.write_text(json.dumps(recipe))
    seal_again(folder)
    return recipe


def test_nothing_changed_is_no_difference(copied):
    assert differences(read_recipe(copied), copied) == []


@pytest.mark.parametrize(
    ("alter", "line"),
    [
        (lambda r: r["steps"][1]["parameters"].update(value=5), "predict: value is 5 now, was the default"),
        (lambda r: r["surroundings"].update(processor="Abacus 3"), "the processor is "),
        (
            lambda r: r["surroundings"]["instructions"].append("avx1024"),
            "the processor's instructions: here without avx1024",
        ),
        (lambda r: r["surroundings"]["distributions"].update(numpy="0.1"), "packages: numpy "),
        (lambda r: r["surroundings"]["variables"].update(MKL_NUM_THREADS="9"), "MKL_NUM_THREADS is not set, was '9'"),
        (lambda r: r["surroundings"].update(gpu="A GPU"), "the GPU is None, was A GPU"),
        (lambda r: r["surroundings"].update(workers=999), "the number of processors that may be used is "),
        (lambda r: r["steps"][0]["made_of"].update(cells="0"), "make: code of notebook 01_make changed"),
        (
            lambda r: r["steps"][1]["made_of"]["code"].update({"mer.evaluation.predictions": "0"}),
            "predict: code changed: mer.evaluation.predictions",
        ),
    ],
)
def test_each_difference_is_a_line(copied, alter, line):
    said = differences(change(copied, alter), copied)
    assert any(one.startswith(line) for one in said), said
    more = [one for one in said if not one.startswith(line)]
    assert len(more) <= 1 and all(one.startswith("the commit was ") for one in more), said


def test_differences_stop_it_unless_they_are_accepted(project, copied):
    change(copied, lambda recipe: recipe["surroundings"].update(processor="Abacus 3"))
    stopped = run(project, "rerun", str(copied), status=2)
    assert "the processor is" in stopped.stderr and "--here" in stopped.stderr and not stopped.stdout
    table = (copied / "predictions.csv").read_text().splitlines()
    cells = table[3].split(",")
    cells[5] = str(1 - float(cells[5]))
    (copied / "predictions.csv").write_text("\n".join([*table[:3], ",".join(cells), *table[4:], ""]))
    seal_again(copied)
    gone = run(project, "rerun", str(copied), "--here", status=1)
    clip = "/".join(cells[:3])
    assert f"differs first in row 3 ({clip}): score_negative is " in gone.stdout and f"was {cells[5]}" in gone.stdout
    assert "Other than then: the processor is" in gone.stderr and "Largest difference of a probability: " in gone.stdout


def test_what_cannot_be_made_again_is_refused_with_the_reason(project, copied, tmp_path):
    with pytest.raises(MissingPath, match=r"is no folder of a run"):
        read_recipe(tmp_path / "gone")
    by_hand = tmp_path / "interactive" / "02_predict"
    by_hand.mkdir(parents=True)
    (by_hand / "record.json").write_text("{}")
    with pytest.raises(InputError, match=r"was run by hand.*mer run NOTEBOOK"):
        read_recipe(by_hand)
    (by_hand / "parameters.json").write_text("{}")
    with pytest.raises(InputError, match="made before runs kept"):
        read_recipe(by_hand)
    recipe = change(copied, lambda one: one["steps"][0].update(notebook="notebooks/99_gone.ipynb"))
    with pytest.raises(InputError, match="cannot be made again here:\n  No notebook '99_gone'"):
        differences(recipe, copied)
    recipe = change(
        copied, lambda one: one["uses"].update({"outputs/x": {"inside": "", "reason": "It was made by hand."}})
    )
    with pytest.raises(InputError, match="it uses outputs/x, which cannot be made again: It was made by hand"):
        differences(recipe, copied)
    again = r"Make it again: .*mer study s --only predict --force"
    for damage, said in (({"steps": 3}, again), ({"format": 99}, r"Update it"), ({"format": 1, "uses": None}, again)):
        change(copied, lambda one, damage=damage: one.update(damage))
        with pytest.raises(InputError, match=said):
            read_recipe(copied)


def test_a_parameter_that_names_a_run_by_hand_says_so(project, tmp_path):
    by_hand = tmp_path / "interactive" / "01_make"
    by_hand.mkdir(parents=True)
    (by_hand / "record.json").write_text("{}")
    (by_hand / "made.txt").write_text("3")
    used = runs_used([str(by_hand / "made.txt"), "@predict", "small", str(tmp_path), "outputs/s/make/"])
    assert list(used) == [str(by_hand / "made.txt"), "outputs/s/make/"]
    assert used[str(by_hand / "made.txt")]["inside"] == "made.txt"
    assert "was run by hand" in used[str(by_hand / "made.txt")]["reason"]
    assert used["outputs/s/make/"]["recipe"]["run"] == "make"


def test_a_file_that_is_not_there_any_more_is_named(copied):
    def alter(recipe):
        recipe["steps"][1]["made_of"]["inputs"]["data/points.csv"] = "0"

    with pytest.raises(InputError, match=r"data/points.csv, which predict reads, is not there"):
        differences(change(copied, alter), copied)


def test_into_the_outputs_folder_of_the_run_itself_is_refused(project):
    folder = project.outputs / "s" / "predict"
    with pytest.raises(InputError, match="is the outputs folder of the run itself"):
        rerun(folder, read_recipe(folder), project.outputs, Console())


def test_a_finished_run_of_something_else_is_not_replaced(project, tmp_path):
    other = tmp_path / "outputs" / "s" / "make"
    shutil.copytree(project.outputs / "s" / "make", other)
    content = json.loads((other / "parameters.json").read_text())
    result = json.loads((other / "result.json").read_text())
    (other / "parameters.json").write_text(json.dumps(content | {"hash": "other"}))
    seal_run(other, {key: result[key] for key in ("state", "study", "run", "notebook", "seconds")} | {"hash": "other"})
    before = contents(other)
    folder = project.outputs / "s" / "make"
    with pytest.raises(InputError, match=r"s/make is a finished run of something else, and would be replaced"):
        rerun(folder, read_recipe(folder), tmp_path / "outputs", Console())
    assert contents(other) == before


def test_a_run_that_was_altered_is_not_compared(project, copied):
    table = copied / "predictions.csv"
    table.write_text(table.read_text().replace("negative", "positive", 1))
    done = run(project, "rerun", str(copied), status=2)
    assert "predictions.csv is damaged" in done.stderr
