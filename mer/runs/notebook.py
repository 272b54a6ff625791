"""A notebook as a function: find it by name, read which parameters it takes, check values against their types.

The parameters are the assignments of the cell tagged ``parameters``. Their types come from the annotations (``int``,
``float``, ``str``, ``bool``, ``list``, ``dict``, ``Optional[...]``, ``X | None``, ``list[X]``, ``Literal[...]``), or,
where there is none, from the default value. The cell is read, never executed.
"""

import ast
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mer.core.errors import InputError, MissingPath, nearest
from mer.core.paths import notebooks_dir
from mer.runs.parameters import Parameter

#: The parameter that the runner fills in: the run's folder. Every notebook of the suite has it.
RUN_DIR = "run_dir"


@dataclass(frozen=True)
class Notebook:
    """A notebook on disk and its parameters."""

    path: Path
    parameters: Mapping[str, Parameter]
    source: tuple[str, ...]  # source of every cell, outputs left out
    code: tuple[str, ...]  # source of the code cells

    @property
    def stem(self) -> str:
        """Its name without folder and ending."""
        return self.path.stem


def find_notebook(name: str | Path) -> Path:
    """Path of a notebook given by its stem in ``notebooks/`` (``"02_align"``) or by a path.

    Raises:
        MissingPath: there is none; the message has the nearest name.
    """
    text = str(name)
    candidates = [Path(text), notebooks_dir() / text, notebooks_dir() / f"{text}.ipynb"]
    for path in candidates:
        if path.suffix == ".ipynb" and os.path.isfile(path):  # `Path.is_file` fails where a name is too long
            return path
    known = sorted(path.stem for path in notebooks_dir().glob("*.ipynb"))
    raise MissingPath(f"No notebook {text!r} in {notebooks_dir()}. {nearest(Path(text).stem, known)}")


def read_notebook(name: str | Path) -> Notebook:
    """Read a notebook's parameters and sources.

    Raises:
        MissingPath: no such notebook.
        InputError: it is not a notebook, or its parameters cell cannot be read.
    """
    path = find_notebook(name)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        cells = content["cells"]
        sources = ["".join(cell["source"]) for cell in cells]
        tags = [(cell.get("metadata") or {}).get("tags") or [] for cell in cells]
        code = tuple(source for cell, source in zip(cells, sources, strict=True) if cell["cell_type"] == "code")
        tagged = [source for source, own in zip(sources, tags, strict=True) if "parameters" in own]
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror or error}). Check its access rights.") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f"{path} is not a notebook of format 4 ({error}). Open and save it in JupyterLab.") from None
    if len(tagged) != 1:
        raise InputError(
            f"{path} has {len(tagged)} cells tagged 'parameters', expected one. In JupyterLab: select the cell that "
            "assigns the parameters, property inspector, add the tag."
        )
    try:
        parameters = {parameter.name: parameter for parameter in _assignments(tagged[0])}
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:  # what ast says of a NUL, of deep brackets
        raise InputError(f"{path}: the parameters cell is not valid Python ({error}).") from None
    return Notebook(path, parameters, tuple(sources), code)


def check_parameters(notebook: Notebook, given: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Check values against a notebook's parameters.

    Returns:
        The converted values, and every problem found (empty when all is well).
    """
    values: dict[str, Any] = {}
    problems: list[str] = []
    settable = [name for name in notebook.parameters if name != RUN_DIR]
    if RUN_DIR not in notebook.parameters:
        problems.append(
            f"notebook {notebook.stem} has no parameter {RUN_DIR!r}. Add `{RUN_DIR}: Optional[str] = None` to its "
            "parameters cell and open the run with it."
        )
    for name, value in given.items():
        if name not in settable:
            problems.append(f"unknown parameter {name!r} of notebook {notebook.stem}. {nearest(str(name), settable)}")
            continue
        try:
            values[name] = notebook.parameters[name].convert(value)
        except InputError as error:
            problems.append(str(error))
    return values, problems


def _assignments(source: str) -> list[Parameter]:
    found = []
    for node in ast.parse(source).body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            annotation = node.annotation
            text = annotation.value if isinstance(annotation, ast.Constant) else ast.unparse(annotation)
            found.append(Parameter(node.target.id, str(text), _literal(node.value)))
        elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            found.append(Parameter(node.targets[0].id, None, _literal(node.value)))
    return found


def _literal(node: ast.expr | None) -> Any:
    if node is None:
        return None
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError):
        return None
