"""The code of `mer` that pieces of code reach by import, and what of it can change a result.

Comments, docstrings and layout cannot, nor can `mer.runs`, which records a run and does not change it, nor the live
record of a fit (`mer.core.live`, with the statements that only write it), nor what hands parts of a run to a cluster
(`mer.core.executor`, `mer.core.slurm`): wherever they are computed, they come out the same. Nor can what keeps damaged
files and other processes out: either it refuses, or all is as without it.
"""

import ast
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import mer
from mer.core.files import digest

PACKAGE = Path(mer.__file__).parent
#: Module whose functions tell how a fit goes on. A statement that only calls one of them changes no result.
_OBSERVER = "mer.core.live"
#: What says where parts are computed.
_WHERE = ("mer.core.executor", "mer.core.slurm")
#: What refuses, or waits, and else changes nothing.
_GUARDS = (
    *("mer.core.finished_run", "mer.core.folders", "mer.core.found_right", "mer.core.kept", "mer.core.locked"),
    *("mer.core.machine_fault", "mer.core.made_again", "mer.core.one_run", "mer.core.orphans", "mer.core.room"),
    *("mer.core.sealed", "mer.core.unfinished_run", "mer.core.work_lock", "mer.core.writing"),
    *("mer.training.finished", "mer.training.made_again"),
)


def code_digest(sources: Iterable[str]) -> str:
    """Digest of the modules of `mer` that these pieces of code reach by import."""
    modules = reached_modules(sources)
    return digest(*(part for name in sorted(modules) for part in (name, meaning(modules[name]))))


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
        waiting += _imports_of(path)
    return found


@cache
def _imports_of(path: Path) -> tuple[str, ...]:
    """Imports of a module, parsed once a process: most notebooks reach the same modules."""
    return tuple(_imports(path.read_text(encoding="utf-8")))


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
    return [name for name in own if name != _OBSERVER and not name.startswith((*_WHERE, *_GUARDS))]


def _module_file(name: str) -> Path | None:
    path = PACKAGE.joinpath(*name.split(".")[1:]).with_suffix(".py")
    return path if path.is_file() else None


def _without_magics(source: str) -> str:
    return "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in source.splitlines())


@cache
def meaning(path: Path) -> str:
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
