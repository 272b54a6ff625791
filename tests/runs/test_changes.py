"""Why a run is out of date, in words: each thing that its hash counts, changed alone."""

import json

import nbformat
import pytest

from mer.manifest.own_corrections import OwnCorrection, own_corrections_file, save_own_corrections
from mer.runs import changes, reached_code
from mer.runs.changes import MADE_OF, what_changed
from mer.runs.folder import RunFolder
from mer.runs.hashing import run_hash, run_parts
from mer.runs.notebook import read_notebook
from tests.runs.board_runs import made_up, write

PARAMETERS = "run_dir = None\nseed: int = 0\ndatabase: str = 'samm'"
GIVEN = {"seed": 1, "source": "@make"}
INPUTS = {"@make": "d1", "samm": "d2", "data/x.csv": "d3"}


@pytest.fixture
def notebook(project):
    return project.notebook("02_use", "x = 1", "from mer.core.files import digest", parameters=PARAMETERS)


@pytest.fixture
def made(project, notebook):
    """A finished run as the runner leaves it."""
    folder = made_up(project.outputs, "s", "use", notebook="02_use", parameters=GIVEN)
    parts = run_parts(read_notebook(notebook), GIVEN, INPUTS)
    write(folder / "parameters.json", {"hash": "a", "parameters": GIVEN, MADE_OF: parts})
    return RunFolder(project.outputs, "s", "use")


def said(made, notebook, given=GIVEN, inputs=INPUTS):
    return what_changed(made, read_notebook(notebook), given, inputs)


def test_a_parameter_says_its_value_now_and_before(made, notebook):
    assert said(made, notebook, GIVEN | {"seed": 3}) == ["seed is 3 now, was 1"]
    assert said(made, notebook, {"source": "@make"}) == ["seed is the default now, was 1"]
    assert said(made, notebook, GIVEN | {"database": "casme2"}) == ['database is "casme2" now, was the default']


def test_what_a_run_reads_is_named_as_a_person_knows_it(made, notebook, monkeypatch):
    given = GIVEN | {"database": "samm"}  # its default: no change
    assert said(made, notebook, given, INPUTS | {"@make": "new"}) == ["run make, which it uses, has another result"]
    assert said(made, notebook, given, INPUTS | {"samm": "new"}) == [
        "database samm changed: its files, or your corrections"
    ]
    by_default = {name: value for name, value in given.items() if name != "database"}
    never = {name: text for name, text in INPUTS.items() if name != "samm"}  # synthetic clips before any correction
    changed = "database samm changed: its files, or your corrections"
    assert said(made, notebook, by_default, INPUTS | {"samm": "new"}) == [changed]
    assert said(made, notebook, by_default, never) == ["database samm cannot be opened any more"]
    monkeypatch.setattr("mer.datasets.content.known_content", lambda name: ("", []))
    assert said(made, notebook, by_default, never) == [changed]
    assert said(made, notebook, given, INPUTS | {"data/x.csv": "new"}) == ["data/x.csv, which it reads, changed"]
    less = {name: text for name, text in INPUTS.items() if name != "data/x.csv"}
    assert said(made, notebook, given, less) == ["it does not read data/x.csv any more"], "no parameter names it"
    assert said(made, notebook, given | {"tables": ["data/x.csv"]}, less) == [
        'tables is ["data/x.csv"] now, was the default',
        "data/x.csv, which it reads, is not there any more",
    ]
    assert said(made, notebook, given, INPUTS | {"@other": "d4"}) == ["it uses run other now"]
    alone = {name: text for name, text in INPUTS.items() if name != "@make"}
    assert said(made, notebook, given, alone) == ["it does not use run make any more"]
    assert said(made, notebook, given, INPUTS | {"y.csv": "d4"}) == ["y.csv, which it reads, is new"]


def test_of_another_database_nothing_is_said_to_have_gone_or_changed(made, notebook):
    other = {name: text for name, text in INPUTS.items() if name != "samm"} | {"casme2": "d5"}
    assert said(made, notebook, GIVEN | {"database": "casme2"}, other) == [
        'database is "casme2" now, was the default',
        "casme2, which it reads, is new",
        "it does not read samm any more",
    ]


def test_a_database_says_whether_it_is_the_users_corrections_or_its_files(made, notebook):
    new = INPUTS | {"samm": "new"}
    write(made.file("record.json"), {"config": {"database": "samm"}, "standing_corrections": []})
    assert said(made, notebook, GIVEN, new) == ["database samm changed: its files"]
    save_own_corrections([OwnCorrection("samm", "006", "006_1_2", "apex", "12", "14")])
    assert said(made, notebook, GIVEN, new) == ["your corrections of 1 clip changed since (samm/006/006_1_2)"]
    own_corrections_file().write_text("a,b\n")
    assert said(made, notebook, GIVEN, new) == ["database samm changed: its files"]


def test_code_of_the_notebook_is_told_from_its_text(made, notebook):
    book = nbformat.read(notebook, as_version=4)
    book.cells[0].source = "# Other words"
    nbformat.write(book, notebook)
    assert said(made, notebook) == ["text of notebook 02_use changed, its code did not"]
    book.cells[-2].source = "x = 2"
    nbformat.write(book, notebook)
    assert said(made, notebook) == ["code of notebook 02_use changed"]


def test_modules_that_changed_are_named(made, notebook, monkeypatch):
    meaning = reached_code.meaning
    monkeypatch.setattr("mer.runs.hashing.meaning", lambda path: meaning(path) + "#" * (path.stem == "files"))
    assert said(made, notebook) == ["code changed: mer.core.files"]
    assert changes._some(list("abcdef")) == "a, b, c, d and 2 more"


def test_a_manifest_that_changed_is_named(made, notebook, monkeypatch):
    monkeypatch.setattr("mer.runs.hashing._manifest_digests", lambda sources: {"paper/ablation.csv": "new"})
    assert said(made, notebook) == ["manifest changed: paper/ablation.csv"]


def test_of_a_run_made_before_this_was_kept_the_record_and_the_executed_notebook_tell(made, notebook):
    record = made.read("record.json") | {"inputs": INPUTS}
    write(made.file("record.json"), record)
    write(made.file("parameters.json"), {"hash": "a", "parameters": GIVEN})
    executed = nbformat.read(notebook, as_version=4)
    injected = nbformat.v4.new_code_cell("seed = 1", metadata={"tags": ["injected-parameters"]})
    executed.cells.insert(2, injected)
    nbformat.write(executed, made.file("02_use.ipynb"))
    nothing = ["code of mer that it uses changed (which part was not kept on record when it was made)"]
    assert said(made, notebook) == nothing, "what is left when nothing that is known changed"
    assert said(made, notebook, GIVEN | {"seed": 3}, INPUTS | {"@make": "new"}) == [
        "seed is 3 now, was 1",
        "run make, which it uses, has another result",
    ]
    book = nbformat.read(notebook, as_version=4)
    book.cells[-2].source = "x = 2"
    nbformat.write(book, notebook)
    assert said(made, notebook) == ["code of notebook 02_use changed"]


def test_of_a_run_whose_parameters_are_not_known_none_is_said_to_have_changed(made, notebook):
    write(made.file("parameters.json"), {"hash": "a"})
    write(made.file("record.json"), {"inputs": INPUTS})
    assert said(made, notebook) == [
        "code of mer that it uses changed (which part was not kept on record when it was made)"
    ]


@pytest.mark.parametrize("broken", ['{"hal', "[]", json.dumps({MADE_OF: {"parameters": 3, "code": "x", "inputs": []}})])
def test_broken_files_of_a_run_are_no_fault(made, notebook, broken):
    for name in ("parameters.json", "record.json", "02_use.ipynb"):
        made.file(name).write_text(broken)
    assert said(made, notebook)


def test_whatever_changes_the_hash_changes_a_part(project, notebook):
    """A thing that the hash counts and the parts leave out could never be named."""
    before = read_notebook(notebook)
    book = nbformat.read(notebook, as_version=4)
    book.cells[0].source = "# Other words"
    nbformat.write(book, notebook)
    other = [(before, {"seed": 2}, {}), (before, {}, {"@a": "d"}), (read_notebook(notebook), {}, {})]
    assert run_parts(before, {"seed": 0}, {}) == run_parts(before, {}, {}), "a default given is none"
    for arguments in other:
        assert run_hash(*arguments) != run_hash(before, {}, {})
        assert run_parts(*arguments) != run_parts(before, {}, {})
