"""When a run need not be done again: one hash of everything that its result depends on.

The notebook's sources (outputs left out), its parameters, the results of the runs it refers to, the files it is given,
what a user corrected in its database, the composite manifest where it is read, and the code of `mer` that it reaches:
the modules its cells import, those that they import, and so on. Comments, docstrings, `mer.runs` (which records a run
and does not change it) and the live record of a fit (`mer.core.live`, with the statements that only write it) do not
count. Library versions do not count either; they are in the record.
"""

import ast
import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import mer
from mer.core.errors import InputError
from mer.core.files import digest, file_digest
from mer.core.live import LIVE
from mer.core.paths import project_dir
from mer.runs.folder import result_digest
from mer.runs.notebook import Notebook

PACKAGE = Path(mer.__file__).parent
#: Files of a run that tell about it instead of being its result.
_NOT_RESULTS = {"result.json", "record.json", "parameters.json", "error.json", "kernel.log"}
_NOT_RESULT_SUFFIXES = {".ipynb", ".html", ".part"}
_NOT_RESULT_FOLDERS = {"figures", LIVE}
#: Module whose functions tell how a fit goes on. A statement that only calls one of them changes no result.
_OBSERVER = "mer.core.live"
#: Folders larger than this are told apart by the names and sizes of their files, not by their bytes.
_MOST_BYTES = 256 * 2**20


def run_hash(notebook: Notebook, parameters: Mapping[str, Any], inputs: Mapping[str, str]) -> str:
    """Hash of a run.

    Args:
        notebook: what is executed.
        parameters: its parameters, references as they stand in the study; one given its default counts as not given.
        inputs: digest of everything outside that the run reads (`input_digests`).
    """
    defaults = {name: json.dumps(parameter.default) for name, parameter in notebook.parameters.items()}
    given = {name: json.dumps(value, sort_keys=True) for name, value in parameters.items()}
    return digest(
        *notebook.source,
        json.dumps({name: text for name, text in given.items() if text != defaults.get(name)}, sort_keys=True),
        json.dumps(inputs, sort_keys=True),
        code_digest(notebook.code),
        *_manifest_digests(notebook.code),
    )


def code_digest(sources: Iterable[str]) -> str:
    """Digest of the modules of `mer` that these pieces of code reach by import."""
    modules = reached_modules(sources)
    return digest(*(part for name in sorted(modules) for part in (name, _meaning(modules[name]))))


def reached_modules(sources: Iterable[str]) -> dict[str, Path]:
    """Name and file of every module of `mer` that these pieces of code import, directly or through one another."""
    found: dict[str, Path] = {}
    waiting = [name for source in sources for name in _imports(_without_magics(source))]
    while waiting:
        name = waiting.pop()
        path = _module_file(name)
        if path is None or name in found:
            continue
        found[name] = path
        waiting += _imports(path.read_text(encoding="utf-8"))
    return found


def input_digests(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Digest of every file and folder that a parameter names, keyed by the path as given."""
    found = {}
    for text in _texts(parameters):
        path = project_dir() / Path(text).expanduser()
        if text.strip("./") and path.exists():
            found[text] = path_digest(path)
    name = parameters.get("database")
    if isinstance(name, str):
        path = project_dir() / Path(name).expanduser()
        found |= _database_digest(name, path if path.exists() else None, parameters.get("labels"))
    if isinstance(detector := parameters.get("detector"), str) and ":" in detector:
        found |= _detector_digest(detector)
    return found


def _database_digest(name: str, path: Path | None, labels: Any = None) -> dict[str, str]:
    """What a database holds now: its files may change behind its name or its table, and a user corrects clips.

    A database that cannot be opened has none: its run then fails by itself, with the reason. Nor has a synthetic one
    without corrections: it is made by code, which counts anyway.

    Raises:
        InputError: the user's file of corrections has faults, which would hide what changed.
    """
    from mer.datasets.corrected import corrected_fingerprint
    from mer.manifest.emotions import label_mapping

    try:
        fingerprint, clips = _database_content(name, path)
        space = label_mapping(labels).space.name if isinstance(labels, str) else None
    except InputError:
        return {}
    text = corrected_fingerprint(fingerprint, clips, space)
    return {name: text} if text else {}


@cache
def _database_content(name: str, path: Path | None) -> tuple[str, frozenset[tuple[str, str, str]]]:
    """Fingerprint and clips of a database without a user's corrections. Looked up once a process.

    Raises:
        InputError: it cannot be opened.
    """
    from mer.datasets.registry import database_content, is_table

    place = path if path is not None and is_table(path) else name  # a folder may merely have the name of a database
    return database_content(place)


def _detector_digest(detector: str) -> dict[str, str]:
    """What the file behind a landmark detector holds now; none where it is missing, its run then says so."""
    from mer.face.landmarks import detector_identity

    try:
        return {detector: digest(detector_identity(detector))}
    except InputError:
        return {}


def _manifest_digests(sources: Iterable[str]) -> list[str]:
    """Digest of the manifests where they are read: files that no parameter names."""
    if "mer.manifest.place" not in reached_modules(sources):
        return []
    from mer.manifest.place import manifests_dir

    files = sorted(path for path in manifests_dir().rglob("*") if path.suffix in {".csv", ".yaml"})
    return [part for path in files for part in (path.name, file_digest(path))]


def path_digest(path: Path) -> str:
    """Digest of a file's bytes, of a finished run's result, of an index that lists digests, or of a folder's files."""
    if path.is_file():
        return file_digest(path)
    result = result_digest(path)
    if result is not None:
        return result
    if (path / "index.json").is_file():
        return file_digest(path / "index.json")
    files = [file for file in path.rglob("*") if file.is_file()]
    if sum(file.stat().st_size for file in files) <= _MOST_BYTES:
        return _files_digest(path, files)
    sizes = (f"{file.relative_to(path).as_posix()} {file.stat().st_size}" for file in sorted(files))
    tables = [file for file in files if file.suffix in (".csv", ".json") and file.parent == path]
    return digest(*sizes, _files_digest(path, tables))


def folder_result_digest(folder: Path) -> str:
    """Digest of what a run produced: every file but its record, its notebook, its figures."""
    produced = (
        file
        for file in folder.rglob("*")
        if file.is_file()
        and file.name not in _NOT_RESULTS
        and file.suffix not in _NOT_RESULT_SUFFIXES
        and file.relative_to(folder).parts[0] not in _NOT_RESULT_FOLDERS
    )
    return _files_digest(folder, produced)


def _files_digest(folder: Path, files: Iterable[Path]) -> str:
    return digest(
        *(part for file in sorted(files) for part in (file.relative_to(folder).as_posix(), file_digest(file)))
    )


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for item in value.values() for text in _texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    return []


def _imports(source: str) -> list[str]:
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return []  # the notebook will say so itself when it runs
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    own = [name for name in names if name.split(".")[0] == "mer" and not name.startswith("mer.runs")]
    return [name for name in own if name != _OBSERVER]


def _module_file(name: str) -> Path | None:
    path = PACKAGE.joinpath(*name.split(".")[1:]).with_suffix(".py")
    return path if path.is_file() else None


def _without_magics(source: str) -> str:
    return "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in source.splitlines())


@cache
def _meaning(path: Path) -> str:
    """A module's code without comments, docstrings, layout and what only tells how a fit goes on."""
    tree = _Unobserved().visit(ast.parse(path.read_text(encoding="utf-8")))
    for node in ast.walk(tree):
        match node:
            case ast.Module() | ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                if ast.get_docstring(node, clean=False) is not None:
                    node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)


class _Unobserved(ast.NodeTransformer):
    """Drops the import of functions from the live record, and statements that are nothing but a call of one of them."""

    def __init__(self) -> None:
        self._names: set[str] = set()

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.ImportFrom | None:
        if node.module != _OBSERVER:
            return node
        self._names |= {alias.asname or alias.name for alias in node.names}
        return None

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        called = node.value.func if isinstance(node.value, ast.Call) else None
        return None if isinstance(called, ast.Name) and called.id in self._names else node
