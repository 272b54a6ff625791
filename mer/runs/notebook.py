"""A notebook as a function: find it by name, read which parameters it takes, check values against their types.

The parameters are the assignments of the cell tagged ``parameters``. Their types come from the annotations (``int``,
``float``, ``str``, ``bool``, ``list``, ``dict``, ``Optional[...]``, ``X | None``, ``list[X]``, ``Literal[...]``), or,
where there is none, from the default value. The cell is read, never executed.
"""

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mer.core.errors import InputError, MissingPath, nearest
from mer.core.paths import notebooks_dir

#: The parameter that the runner fills in: the run's folder. Every notebook of the suite has it.
RUN_DIR = "run_dir"


@dataclass(frozen=True)
class Parameter:
    """One parameter of a notebook.

    Attributes:
        name: its name.
        annotation: its annotation as written, or None.
        default: its default, or None where the default is not a plain value.
    """

    name: str
    annotation: str | None
    default: Any

    def convert(self, value: Any) -> Any:
        """The value as the notebook gets it: as given, or an integer made a float where a float is expected.

        Raises:
            InputError: the value is of another type; the message has the value and the expected type.
        """
        if self.annotation is None:
            expected = _type_of_default(self.default)
            return value if expected is None else self._convert(ast.Name(expected), value)
        return self._convert(ast.parse(self.annotation, mode="eval").body, value)

    def convert_text(self, text: str) -> Any:
        """A value typed on the command line: text stays text where text is expected, the rest is read as YAML."""
        import yaml

        if self.expected() in ("str", "Optional[str]", "str | None"):
            return None if text in ("null", "None") and self.expected() != "str" else text
        try:
            value = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise InputError(f"{self.name}: {text!r} is not valid YAML ({error}).") from None
        return self.convert(value)

    def expected(self) -> str:
        """The type in words for a message."""
        return self.annotation or _type_of_default(self.default) or "any value"

    def _convert(self, annotation: ast.expr, value: Any) -> Any:
        try:
            return _convert(annotation, value)
        except _Mismatch:
            hint = ""
            if "str" in self.expected() and isinstance(value, int | float):
                hint = f" Put it in quotes: '{value}'."
            raise InputError(
                f"{self.name}: {value!r} is {_kind(value)}, expected {self.expected()} (default {self.default!r})."
                + hint
            ) from None


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
        if path.suffix == ".ipynb" and path.is_file():
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
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is not a notebook of format 4 ({error}). Open and save it in JupyterLab.") from None
    code = tuple(source for cell, source in zip(cells, sources, strict=True) if cell["cell_type"] == "code")
    tagged = [
        source
        for cell, source in zip(cells, sources, strict=True)
        if "parameters" in cell.get("metadata", {}).get("tags", [])
    ]
    if len(tagged) != 1:
        raise InputError(
            f"{path} has {len(tagged)} cells tagged 'parameters', expected one. In JupyterLab: select the cell that "
            "assigns the parameters, property inspector, add the tag."
        )
    try:
        parameters = {parameter.name: parameter for parameter in _assignments(tagged[0])}
    except SyntaxError as error:
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


def _type_of_default(default: Any) -> str | None:
    return None if default is None else {tuple: "list"}.get(type(default), type(default).__name__)


class _Mismatch(Exception):
    pass


_PLAIN: dict[str, type] = {"int": int, "str": str, "bool": bool, "list": list, "dict": dict, "List": list, "Dict": dict}


def _convert(annotation: ast.expr, value: Any) -> Any:
    name = annotation.attr if isinstance(annotation, ast.Attribute) else getattr(annotation, "id", None)
    if isinstance(annotation, ast.Constant):
        if annotation.value is None and value is None:
            return None
        raise _Mismatch
    if isinstance(annotation, ast.BinOp):  # X | Y
        return _any_of([annotation.left, annotation.right], value)
    if isinstance(annotation, ast.Subscript):
        return _convert_subscript(annotation, value)
    if name == "float":
        return _to_float(value)
    if name in _PLAIN:
        wanted = _PLAIN[name]
        if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
            raise _Mismatch
    return value  # Any, object and names that we do not know accept everything


def _convert_subscript(annotation: ast.Subscript, value: Any) -> Any:
    outer = annotation.value
    name = outer.attr if isinstance(outer, ast.Attribute) else getattr(outer, "id", "")
    inner = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
    if name == "Optional":
        return None if value is None else _convert(inner[0], value)
    if name == "Union":
        return _any_of(inner, value)
    if name == "Literal":
        if value in [ast.literal_eval(choice) for choice in inner]:
            return value
        raise _Mismatch
    if name in ("list", "List", "Sequence", "tuple", "Tuple"):
        if not isinstance(value, list):
            raise _Mismatch
        return [_convert(inner[0], item) for item in value]
    if name in ("dict", "Dict", "Mapping"):
        if not isinstance(value, dict):
            raise _Mismatch
        return {key: _convert(inner[1], item) for key, item in value.items()}
    return value


def _any_of(choices: list[ast.expr], value: Any) -> Any:
    for choice in choices:
        try:
            return _convert(choice, value)
        except _Mismatch:
            continue
    raise _Mismatch


def _to_float(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _Mismatch
    try:
        return float(value)  # YAML reads 1e-3 (no dot) as text; a person means a number
    except ValueError:
        raise _Mismatch from None


def _kind(value: Any) -> str:
    kinds = {bool: "a yes/no value", int: "a whole number", float: "a number", str: "text", list: "a list"}
    kinds |= {dict: "a mapping", type(None): "nothing"}
    return kinds.get(type(value), type(value).__name__)
