"""A study file of somebody else: its texts are texts wherever they stand; nothing is run or made elsewhere."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from mer.cli.main import main
from mer.core.errors import InputError
from mer.runs.references import split_reference
from mer.runs.study import load_study

TEXTS = {
    "shell": "$(touch x)",
    "next command": "a; touch x",
    "backticks": "`touch x`",
    "out": "../../x",
    "root": "/x/y",
    "nul": "a\0b",
    "long": "a" * 10_000,
    "line": "a\ntouch x",
    "unseen": "a\u202etxt.exe",
    "option": "--help",
    "home": "~/x",
    "tag": "!!python/object/apply:os.system [touch x]",
}
PARAMETERS = "run_dir = None\nseed: int = 1\nbase_run: str = ''\ndatabase: str = 'synthetic'\ndevice: str = 'auto'"


def _study(**changed: Any) -> dict[str, Any]:
    step = {"run": "a", "notebook": "01_make", "parameters": {"seed": 1}}
    return {"name": "s", "steps": [step | changed]}


#: Where a text can stand; texts that are only shown (title, about) are judged below.
PLACES: dict[str, Callable[[str], dict[str, Any]]] = {
    "name": lambda text: {"name": text, "steps": _study()["steps"]},
    "key": lambda text: _study() | {text: 1},
    "shared": lambda text: _study() | {"shared": {text: 1}},
    "shared value": lambda text: _study() | {"shared": {"device": text}},
    "step": lambda text: _study(run=text),
    "step's key": lambda text: _study(**{text: 1}),
    "notebook": lambda text: _study(notebook=text),
    "parameter": lambda text: _study(parameters={text: 1}),
    "number": lambda text: _study(parameters={"seed": text}),
    "run": lambda text: _study(parameters={"base_run": text}),
    "database": lambda text: _study(parameters={"database": text}),
    "device": lambda text: _study(parameters={"device": text}),
    "grid": lambda text: _study(grid={text: [1]}),
    "grid's value": lambda text: _study(grid={"device": [text]}),
    "reference": lambda text: _study(parameters={"base_run": f"@{text}"}),
    "minutes": lambda text: _study(minutes=text),
    "steps": lambda text: {"name": "s", "steps": text},
}


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if "outputs" not in path.parts}


@pytest.mark.parametrize("place", PLACES)
def test_a_text_is_refused_and_nothing_is_made(project, place: str) -> None:
    project.notebook("01_make", parameters=PARAMETERS)
    path = project.folder / "theirs.yaml"
    for about, text in TEXTS.items():
        path.write_text(yaml.safe_dump(PLACES[place](text)), encoding="utf-8")
        before = files(project.folder.parent)
        result = CliRunner().invoke(main, ["study", str(path)])
        assert result.exit_code == 2, (about, result.output, result.exception)
        assert isinstance(result.exception, SystemExit), about
        assert files(project.folder.parent) == before, about
        assert len(result.output) < 60_000, about


@pytest.mark.parametrize("inside", ["../x", "../../x", "a/../../x", "/etc/passwd", "a\0b", "a/..", "a\nb"])
def test_a_reference_stays_in_the_folder_of_its_run(project, inside: str) -> None:
    project.notebook("01_make", parameters=PARAMETERS)
    steps = [{"run": "a", "notebook": "01_make"}]
    steps += [{"run": "b", "notebook": "01_make", "parameters": {"base_run": f"@a/{inside}"}}]
    project.study("s", steps)
    with pytest.raises(InputError, match="leaves the folder of the run 'a'"):
        load_study("s")


def test_a_file_in_the_folder_of_a_run_is_meant() -> None:
    assert split_reference("a/arrays/..x.npz") == ("a", "arrays/..x.npz")
    assert split_reference("a") == ("a", "")


def test_what_is_only_shown_is_shown_as_text(project, monkeypatch: pytest.MonkeyPatch) -> None:
    from mer.runs.report import write_report

    project.notebook("01_make", parameters=PARAMETERS)
    text = "<script>x</script>$(touch x)`touch x`"
    project.study("s", [{"run": "a", "notebook": "01_make", "about": text}], title=text, about=text)
    page = write_report(load_study("s")).read_text(encoding="utf-8")
    assert "<script>x" not in page and "$(touch x)" in page
    assert not list(project.folder.rglob("x"))


@pytest.mark.parametrize("command", ["study", "run", "audit", "predict", "runs", "stream"])
def test_a_name_too_long_for_a_file_is_one_line(tmp_path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MER_OUTPUTS", str(tmp_path / "outputs"))
    run = ["--run", "none"] if command in ("predict", "stream") else []
    result = CliRunner().invoke(main, [command, "a" * 300, *run])
    assert result.exit_code in (0, 2) and not isinstance(result.exception, OSError), result.exception
    assert "Traceback" not in result.output
