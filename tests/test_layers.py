"""Rules of the house that no single module can keep: layers, light imports, thin notebooks, no machine's paths."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
CORE = ("core", "manifest", "datasets", "face", "motion", "models", "training", "evaluation")

# Imports every module of the layers named, with the packages named made absent.
IMPORT_WITHOUT = """
import importlib, sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in absent:
            raise ModuleNotFoundError(f"No module named {name!r} (made absent)", name=name)

modules, absent = sys.argv[1].split(","), set(sys.argv[2].split(","))
sys.meta_path.insert(0, Absent())
for module in modules:
    try:
        importlib.import_module(module)
    except ModuleNotFoundError as error:
        print(f"{module}: {error}")
"""


def modules_of(layers: tuple[str, ...]) -> list[str]:
    files = sorted(path for layer in layers for path in (ROOT / "mer" / layer).rglob("*.py"))
    return [".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in files]


def import_without(modules: list[str], absent: set[str]) -> list[str]:
    command = [sys.executable, "-c", IMPORT_WITHOUT, ",".join(modules), ",".join(sorted(absent))]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def tracked_files() -> list[Path]:
    done = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, cwd=ROOT, check=False)
    if done.returncode != 0:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


# --- layers -------------------------------------------------------------------------------------------------


def test_no_layer_imports_a_higher_one() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 kept, 0 broken" in done.stdout


def test_every_folder_of_the_package_is_a_layer() -> None:
    (contract,) = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    folders = {f"mer.{path.parent.name}" for path in (ROOT / "mer").glob("*/__init__.py")}
    assert folders == set(contract["layers"])


def test_package_files_hold_a_docstring_only() -> None:
    """A name is imported from the module that owns it, so importing a layer costs nothing."""
    for path in (ROOT / "mer").glob("*/**/__init__.py"):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        assert len(body) == 1 and ast.get_docstring(ast.Module(body, [])), f"{path.relative_to(ROOT)} holds more"


# --- light imports ------------------------------------------------------------------------------------------


def test_core_layers_import_without_the_suite() -> None:
    """A machine that only trains needs no notebook, no plots, no face detector and no renderer."""
    absent = {"mediapipe", "jax", "papermill", "plotly", "umap", "captum", "matplotlib", "seaborn", "anywidget"}
    absent |= {"ipywidgets", "IPython", "ipykernel", "openpyxl", "skimage"}
    modules = modules_of(CORE)
    assert len(modules) > 20
    assert import_without(modules, absent) == []


def test_core_layers_need_what_they_declare() -> None:
    """The check above can fail: without NumPy, which the core does declare, imports break."""
    assert import_without(["mer.core.errors"], {"numpy"}) == []
    (message,) = import_without(["mer.evaluation.metrics"], {"numpy"})
    assert message.startswith("mer.evaluation.metrics: No module named 'numpy'")


def test_command_line_starts_without_heavy_packages() -> None:
    """`mer --help` must not wait for torch or MediaPipe."""
    program = "import sys, mer.cli.main; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True, timeout=60
    )
    heavy = {"torch", "mediapipe", "jax", "numba", "umap", "captum", "papermill", "sklearn", "plotly", "matplotlib"}
    assert not heavy & set(done.stdout.split())


# --- notebooks ----------------------------------------------------------------------------------------------


def code_cells(notebook: Path) -> list[dict]:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return [{**cell, "source": "".join(cell["source"])} for cell in cells if cell["cell_type"] == "code"]


def without_magics(source: str) -> str:
    return "\n".join("pass" if re.match(r"\s*[%!]", line) else line for line in source.splitlines())


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS, "the checks below would pass on an empty folder"


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_thin_and_clean(notebook: Path) -> None:
    """Text, parameters, calls into `mer` and figures: no class, no function longer than five lines, no output."""
    content = json.loads(notebook.read_text(encoding="utf-8"))
    first = content["cells"][0]
    assert first["cell_type"] == "markdown" and "".join(first["source"]).startswith("# "), "opens with its title"
    cells = code_cells(notebook)
    tagged = [cell for cell in cells if "parameters" in cell["metadata"].get("tags", [])]
    assert len(tagged) == 1, "exactly one cell is tagged 'parameters'"
    for cell in cells:
        assert not cell["outputs"] and cell["execution_count"] is None, "commit notebooks without outputs (nbstripout)"
        for node in ast.walk(ast.parse(without_magics(cell["source"]))):
            assert not isinstance(node, ast.ClassDef), f"class {getattr(node, 'name', '')} belongs in mer"
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                assert length <= 5, f"function {node.name} has {length} lines and belongs in mer"


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_with_scores_says_in_its_first_cell_what_they_are(notebook: Path) -> None:
    first, *rest = ("".join(cell["source"]) for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"])
    if any(re.search(r"\b(uf1|uar)\b", cell, re.IGNORECASE) for cell in rest):
        assert re.search(r"UF1 is the mean of the classes' F1 .*UAR\b.* recalls\.", first, re.DOTALL)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_names_the_kernel_every_environment_has(notebook: Path) -> None:
    metadata = json.loads(notebook.read_text(encoding="utf-8"))["metadata"]
    assert metadata["kernelspec"]["name"] == "python3"
    assert "papermill" not in metadata and "widgets" not in metadata, "an executed copy was committed"


# --- paths --------------------------------------------------------------------------------------------------


def test_no_file_names_a_place_on_one_machine() -> None:
    """Neither this clone's own folder nor anybody's home folder."""
    home = re.compile(r"(?<![\w.~$}/])/(?:home|root|Users)/[A-Za-z]|[A-Z]:\\\\?Users")
    here = str(ROOT) if len(ROOT.parts) > 2 else None  # "/mer" would be found in every URL
    faults = []
    for path in tracked_files():
        if path.suffix in {".png", ".npz", ".npy", ".pdf", ".task"} or path == Path(__file__):
            continue
        text = path.read_text(encoding="utf-8", errors="replace")  # odd files for readers are no text, but hold some
        found = home.search(text)
        if found or (here and here in text):
            faults.append(f"{path.relative_to(ROOT)}: {found.group() if found else here}")
    assert not faults, "\n".join(faults)


def test_top_level_holds_only_what_it_should() -> None:
    fixed = {"notebooks", "mer", "data_manifests", "outputs", "tests", "environment.yml", "README.md"}
    tools = {"pyproject.toml", "requirements.lock", "Makefile", ".ci", "LICENSE", "CITATION.cff", "CONTRIBUTING.md"}
    tools |= {".gitignore", ".pre-commit-config.yaml", ".gitattributes"}
    found = {path.relative_to(ROOT).parts[0] for path in tracked_files()}
    assert found <= fixed | tools, f"not expected at the top level: {sorted(found - fixed - tools)}"


def test_outputs_keeps_one_tracked_file() -> None:
    found = [path.name for path in tracked_files() if path.relative_to(ROOT).parts[0] == "outputs"]
    assert found == ["README.md"]
