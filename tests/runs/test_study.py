import pytest
import yaml

from mer.core.errors import InputError, MissingPath
from mer.runs.references import replace_references
from mer.runs.steps import listed
from mer.runs.study import load_study, parse_study, single_run

PARAMETERS = (
    "from typing import Optional\nrun_dir: Optional[str] = None\nseed: int = 1\nname: str = 'a'\n"
    "base_run: Optional[str] = None\nsource: Optional[str] = None\nsources: Optional[list[str]] = None\n"
    "data_folder: Optional[str] = None"
)


@pytest.fixture
def notebooks(project):
    for name in ("01_make", "02_use"):
        project.notebook(name, parameters=PARAMETERS)
    project.notebook("03_default", parameters="run_dir = None\nmaps_folder: str = 'not/here'")
    return project


def study(*steps, **more):
    return parse_study({"name": "s", "steps": list(steps), **more})


def test_a_grid_becomes_one_run_for_every_combination(notebooks):
    runs = study({"run": "train", "notebook": "01_make", "grid": {"seed": [1, 2], "name": ["x", "y z"]}}).runs
    assert [run.name for run in runs] == [
        "train-seed=1,name=x",
        "train-seed=1,name=y_z",
        "train-seed=2,name=x",
        "train-seed=2,name=y_z",
    ]
    assert runs[3].parameters == {"seed": 2, "name": "y z"}


def test_references_make_needs(notebooks):
    made = study(
        {"run": "a", "notebook": "01_make"},
        {"run": "b", "notebook": "01_make", "grid": {"seed": [1, 2]}},
        {"run": "c", "notebook": "02_use", "parameters": {"source": "@a/arrays/x.npz", "sources": "@b"}},
        {"run": "d", "notebook": "02_use", "grid": {"source": "@b"}},
        {"run": "e", "notebook": "02_use", "parameters": {"sources": ["@a", "@b-seed=2"]}},
    )
    needs = {run.name: run.needs for run in made.runs}
    assert needs["c"] == ("a", "b-seed=1", "b-seed=2")
    assert needs["d-source=b-seed_1"] == ("b-seed=1",)
    assert needs["e"] == ("a", "b-seed=2")
    assert made.groups == {
        "b": ("b-seed=1", "b-seed=2"),
        "d": ("d-source=b-seed_1", "d-source=b-seed_2"),
    }
    assert [run.name for run in made.selected("e")] == ["a", "b-seed=2", "e"]


def test_the_last_value_of_a_runs_name_is_enough(notebooks):
    made = study(
        {"run": "a", "notebook": "01_make", "grid": {"seed": [1, 2]}},
        {"run": "b", "notebook": "01_make", "grid": {"name": ["x", "y"], "seed": [2, 12, 3]}},
    )
    assert [run.name for run in made.selected("1")] == ["a-seed=1"], "12 ends in another value"
    assert made.run_names("b-name=x,seed=3") == {"b-name=x,seed=3"}
    with pytest.raises(InputError, match=r"'2' could be 3 runs.*\n  a-seed=2\n  b-name=x,seed=2\n  b-name=y,seed=2$"):
        made.selected("2")
    with pytest.raises(InputError, match="no step '4'"):
        made.selected("4")


def test_a_variant_of_the_paper_by_its_name():
    paper = load_study("paper")
    assert [run.name for run in paper.selected("M4")] == ["pretrain", "ablation-variant=M4"]
    with pytest.raises(InputError, match=r"'M9' could be 3 runs[^$]*ablation-variant=M9\n  classes-"):
        paper.selected("M9")


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ({"notebook": "01_mkae"}, "Did you mean '01_make'"),
        ({"parameters": {"sede": 1}}, "unknown parameter 'sede'.*Did you mean 'seed'"),
        ({"parameters": {"seed": "abc"}}, "'abc' is text, expected int"),
        ({"parameters": {"seed": True}}, "True is a yes/no value, expected int"),
        ({"parameters": {"name": 7}}, "Put it in quotes: '7'"),
        ({"parameters": {"source": "@nothing"}}, "'@nothing' names no earlier step"),
        ({"parameters": {"data_folder": "no/such"}}, "'no/such' does not exist"),
        ({"parameters": {"data_folder": None, "base_run": "nothing"}}, "base_run: 'nothing' does not exist"),
        ({"notebook": "03_default"}, "maps_folder: 'not/here' does not exist"),
        ({"parameters": {"run_dir": "x"}}, "unknown parameter 'run_dir'"),
        ({"grid": {"seed": 3}}, "grid: seed: 3 is not a list"),
        ({"grid": {"name": ["a b", "a_b"]}}, "both called 'x-name=a_b'"),
        ({"grid": {"seed": [1]}, "parameters": {"seed": 2}}, "stands in parameters and in grid"),
        ({"parameter": {}}, "unknown key 'parameter'.*Did you mean 'parameters'"),
        ({"run": "../x"}, "cannot be a folder name"),
        ({"run": ".hidden"}, "cannot be a folder name"),
        ({"minutes": "long"}, "'long' is not a number"),
        ({"parameters": [1]}, r"\[1\] is not a mapping"),
    ],
)
def test_a_fault_is_named_with_value_and_remedy(notebooks, step, message):
    with pytest.raises(InputError, match=message):
        study({"run": "x", "notebook": "01_make", **step})


def test_a_list_of_runs_for_a_single_path_is_refused(notebooks):
    with pytest.raises(InputError, match="is a list, expected Optional"):
        study(
            {"run": "a", "notebook": "01_make", "grid": {"seed": [1, 2]}},
            {"run": "b", "notebook": "02_use", "parameters": {"source": "@a"}},
        )


def test_a_run_cannot_refer_to_itself_or_to_a_later_one(notebooks):
    with pytest.raises(InputError, match="names no earlier step"):
        study({"run": "a", "notebook": "02_use", "parameters": {"source": "@a"}})


def test_everything_wrong_is_listed_at_once(notebooks):
    with pytest.raises(InputError) as error:
        study(
            {"run": "a", "notebook": "01_make", "parameters": {"sede": 1, "name": 3}},
            {"run": "a", "notebook": "nothing"},
            "text",
            titel="x",
        )
    text = str(error.value)
    assert text.startswith("study: 6 problems, nothing was run.")
    assert all(part in text for part in ("titel", "sede", "quotes", "used twice", "nothing", "step 3: 'text'"))


def test_what_is_wrong_in_several_steps_is_said_once(notebooks, monkeypatch):
    monkeypatch.setenv("MER_DATABASES", str(notebooks.folder / "databases.yaml"))
    notebooks.notebook("04_data", parameters="run_dir = None\ndatabase: str = 'synthetic'\nseed: int = 1")
    steps = [
        {"run": name, "notebook": "04_data", "parameters": {"database": "samm"} | more}
        for name, more in (("a", {}), ("b", {"seed": "x"}), ("c", {}))
    ]
    with pytest.raises(InputError) as error:
        study(*steps)
    lines = str(error.value).splitlines()
    assert lines[0] == "study: 2 problems, nothing was run."
    (once,) = [line for line in lines if "SAMM is not set up" in line]
    assert once.startswith("  - steps 1 (a), 2 (b), 3 (c): database: SAMM is not set up.")
    (other,) = [line for line in lines[1:] if line != once]
    assert other.startswith("  - step 2 (b): ")


def test_problems_of_several_steps_are_merged_and_others_stay_as_they_are():
    text = listed("s", ["step 1 (a): x.", "step 2 (b): y.", "z.", "step 3 (c): x."])
    assert text.splitlines() == [
        "s: 3 problems, nothing was run.",
        "  - steps 1 (a), 3 (c): x.",
        "  - step 2 (b): y.",
        "  - z.",
    ]


@pytest.mark.parametrize(
    "content", [None, [], {"name": "s"}, {"name": "s", "steps": []}, {"name": "cache", "steps": []}]
)
def test_an_empty_study_is_refused(notebooks, content):
    with pytest.raises(InputError):
        parse_study(content)


def test_a_study_file_is_found_by_name_and_a_misspelt_one_gets_the_nearest(notebooks):
    notebooks.study("demo", [{"run": "a", "notebook": "01_make"}])
    assert load_study("demo").runs[0].name == "a"
    with pytest.raises(MissingPath, match="Did you mean 'demo'"):
        load_study("demmo")


def test_a_key_given_twice_is_refused(notebooks):
    path = notebooks.study("twice", [])
    path.write_text("name: twice\nname: again\n")
    with pytest.raises(InputError, match="'name' is given twice"):
        load_study("twice")


def test_not_yaml_is_refused_with_the_line(notebooks):
    path = notebooks.study("broken", [])
    path.write_text("name: [\n")
    with pytest.raises(InputError, match="line 2"):
        load_study(str(path))


def test_a_single_run_keeps_text_as_text_and_names_its_folder(notebooks):
    run = single_run("01_make", {"name": "007", "seed": "3"}).runs[0]
    assert run.parameters == {"name": "007", "seed": 3}
    assert run.name == "01_make-name=007,seed=3"
    with pytest.raises(InputError, match="unknown parameter 'sede'"):
        single_run("01_make", {"sede": "3"})
    with pytest.raises(InputError, match="does not exist"):
        single_run("01_make", {"data_folder": "no/such"})


def test_references_are_replaced_inside_lists_and_mappings():
    value = {"a": ["@x", 1, "y"], "b": {"c": "@z/f"}}
    assert replace_references(value, str.upper) == {"a": ["X", 1, "y"], "b": {"c": "Z/F"}}


def test_default_values_are_known_to_the_record(notebooks):
    run = single_run("01_make", {}).runs[0]
    assert run.value("seed") == 1
    assert run.value("nothing") is None
    assert yaml.safe_load("1e-3") == "1e-3"  # why a float parameter takes such text


def test_a_shared_parameter_goes_to_every_notebook_that_has_it_unless_the_step_or_its_grid_says_otherwise(notebooks):
    made = study(
        {"run": "a", "notebook": "01_make"},
        {"run": "b", "notebook": "01_make", "parameters": {"name": "own"}},
        {"run": "c", "notebook": "02_use", "grid": {"name": ["x", "y"]}},
        {"run": "d", "notebook": "03_default", "parameters": {"maps_folder": "."}},
        shared={"name": "shared", "seed": 7},
    )
    assert [run.parameters.get("name") for run in made.runs] == ["shared", "own", "x", "y", None]
    assert [run.parameters.get("seed") for run in made.runs] == [7, 7, 7, 7, None]


def test_a_shared_parameter_that_no_notebook_has_is_refused(notebooks):
    with pytest.raises(InputError, match="no notebook of the study has a parameter 'sed'"):
        study({"run": "a", "notebook": "01_make"}, shared={"sed": 7})
    with pytest.raises(InputError, match="not a mapping"):
        study({"run": "a", "notebook": "01_make"}, shared=["seed"])


def test_shared_parameters_from_the_command_line_name_the_study(notebooks):
    steps = [{"run": "a", "notebook": "01_make"}]
    notebooks.study("base", steps, shared={"seed": 1, "name": "a"})
    made = load_study("base", {"seed": "5"})
    assert made.name == "base-seed=5"
    assert made.runs[0].parameters == {"seed": 5, "name": "a"}
    assert load_study("base").name == "base"
    with pytest.raises(InputError, match=r"shares no parameter 'sead'.*'seed'"):
        load_study("base", {"sead": "5"})


def test_the_study_of_the_released_databases_goes_elsewhere_by_its_shared_values():
    given = {"database": "synthetic:1", "configuration": "paper", "size": "180", "device": "cpu", "seed": "3"}
    made = load_study("megc2019", given)
    assert made.name == "megc2019-database=synthetic_1,configuration=paper,size=180,device=cpu,seed=3"
    for run in made.runs:
        for key, value in {**given, "size": 180, "seed": 3}.items():
            assert run.parameters.get(key) == (value if key in run.notebook.parameters else None), (run.name, key)
    data = {key for run in made.runs for key in run.parameters}
    assert data >= {"labels", "apex", "detector", "allow_missing"}, "the other choices of `DataConfig` are shared too"


def test_a_step_takes_a_shared_value_by_name(notebooks):
    steps = [
        {"run": "a", "notebook": "01_make"},
        {"run": "b", "notebook": "01_make", "parameters": {"name": "$other"}},
    ]
    made = study(*steps, shared={"name": "x", "other": "y"})
    assert [run.parameters["name"] for run in made.runs] == ["x", "y"]
    notebooks.study("base", steps, shared={"name": "x", "other": "y"})
    assert [run.parameters["name"] for run in load_study("base", {"other": "z"}).runs] == ["x", "z"]
    with pytest.raises(InputError, match=r"'\$othr' names no shared value.*other"):
        study({"run": "a", "notebook": "01_make", "parameters": {"name": "$othr"}}, shared={"other": "y", "name": "x"})
