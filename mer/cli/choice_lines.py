"""Where the sources say ``Unstated`` (the paper is silent) or ``Deviation`` (we depart from it): found by parsing them.

Read are docstrings (paragraphs, and the entries below ``Attributes:`` and ``Args:``), comments, and the texts of tables
at module level. A paragraph's line that begins with a marker starts a statement of its own; elsewhere the whole
paragraph or entry counts. "Deviation of" is taken for the statistical word.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

_MARKER = re.compile(r"\b(Unstated|Deviation)\b(?! of\b)")
_STARTS = re.compile(r"(?:#:?\s*)?(Unstated|Deviation)\b(?! of\b)")
_SECTION = re.compile(r"(Attributes|Args|Returns|Yields|Raises):$")
_ENTRY = re.compile(r"([A-Za-z_][\w, ]*): (.*)")


@dataclass(frozen=True)
class Choice:
    """One statement.

    Attributes:
        module: dotted name, or a path for a file that is not Python.
        name: class, function, constant or entry that it belongs to; empty for the module itself.
        field: attribute or argument; empty where it belongs to the whole.
        kinds: ``Unstated``, ``Deviation`` or both.
        text: the sentences, in one line.
        value: of a constant, or the default of an attribute, as written; empty for the rest.
    """

    module: str
    name: str
    field: str
    kinds: tuple[str, ...]
    text: str
    value: str = ""


def choices_in(source: str, module: str) -> list[Choice]:
    """Every statement of a Python source, in the order of its lines, those of docstrings before those of comments."""
    tree = ast.parse(source)
    found = [choice for name, text in _docstrings(tree) for choice in _of_docstring(module, name, text)]
    defaults = _defaults(tree)
    found = [replace(choice, value=_default_of(defaults.get(choice.name, {}), choice.field)) for choice in found]
    return [*found, *_of_texts(tree, module), *_of_comments(source, tree, module)]


def _defaults(tree: ast.Module) -> dict[str, dict[str, str]]:
    """Class to attribute to its default, as written."""
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    return {
        node.name: {
            ast.unparse(line.target): ast.unparse(line.value)
            for line in node.body
            if isinstance(line, ast.AnnAssign) and line.value is not None
        }
        for node in classes
    }


def _default_of(defaults: dict[str, str], field: str) -> str:
    return ", ".join(defaults[name] for name in field.split(", ") if name in defaults)


def _docstrings(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Qualified name and cleaned docstring of the module, its classes and functions."""

    def below(node: ast.AST, prefix: str) -> Iterator[tuple[str, str]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                name = f"{prefix}{child.name}"
                yield name, ast.get_docstring(child) or ""
                yield from below(child, f"{name}.")

    yield "", ast.get_docstring(tree) or ""
    yield from below(tree, "")


def _of_docstring(module: str, name: str, text: str) -> Iterator[Choice]:
    for field, block in _blocks(text):
        if kinds := kinds_of(block):
            words = _plain(block if field else _from_marker(block))
            yield Choice(module, name, field, kinds, words or field.replace("_", " "))


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    """(field, text) of every paragraph and entry; a line that starts with a marker begins a paragraph."""
    section, field, lines = False, "", list[str]()
    for line in [*text.splitlines(), ""]:
        bare, indent = line.strip(), len(line) - len(line.lstrip())
        entry = _ENTRY.match(bare) if section and indent == 4 else None
        ends = not bare or entry or _SECTION.match(bare) or (not field and _STARTS.match(bare))
        if ends and lines:
            yield field, " ".join(lines)
            field, lines = "", []
        if _SECTION.match(bare):
            section = bare.startswith(("Attributes", "Args"))
        elif bare and section and indent == 0:
            section = False
        if entry:
            field, lines = entry[1], [entry[2]]
        elif bare and not _SECTION.match(bare):
            lines.append(bare)


def _of_texts(tree: ast.Module, module: str) -> Iterator[Choice]:
    """Statements in the texts of assignments at module level, for instance of a table of named readings."""
    for node in tree.body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        name = ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target)
        pairs: list[tuple[str, ast.AST]] = [(name, node.value)]
        if isinstance(node.value, ast.Dict):
            keys = [f"{name}[{ast.unparse(key)}]".replace("'", '"') if key else name for key in node.value.keys]
            pairs = list(zip(keys, node.value.values, strict=True))
        for place, value in pairs:
            texts = [item.value for item in ast.walk(value) if isinstance(item, ast.Constant)]
            for text in texts:
                if isinstance(text, str) and (kinds := kinds_of(text)):
                    yield Choice(module, place, "", kinds, _plain(_from_marker(text)))


def _of_comments(source: str, tree: ast.Module, module: str) -> Iterator[Choice]:
    lines = source.splitlines()
    for first, last, text in _comment_blocks(source):
        for block in _paragraphs(text):
            if kinds := kinds_of(block):
                following = next((line for line in lines[last:] if line.strip()), "") if first else ""
                name, value = _statement_at(tree, last + 1, following)
                yield Choice(module, name, "", kinds, _plain(_from_marker(block)), value)


def _comment_blocks(source: str) -> Iterator[tuple[int, int, str]]:
    """(first line, last line, text) of comments on lines of their own that follow each other."""
    block: list[tuple[int, str]] = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            alone = not token.line[: token.start[1]].strip()
            if block and (not alone or token.start[0] != block[-1][0] + 1):
                yield block[0][0], block[-1][0], "\n".join(text for _, text in block)
                block = []
            block.append((token.start[0], token.string.lstrip("#:").strip()))
    if block:
        yield block[0][0], block[-1][0], "\n".join(text for _, text in block)


def _paragraphs(text: str) -> list[str]:
    """Blocks of a comment: each marker at the start of a line begins one."""
    blocks: list[list[str]] = [[]]
    for line in text.splitlines():
        if _STARTS.match(line) and blocks[-1]:
            blocks.append([])
        blocks[-1].append(line)
    return [" ".join(block) for block in blocks]


def _statement_at(tree: ast.Module, line: int, following: str) -> tuple[str, str]:
    """Name and value of what stands below a comment: a constant, an entry of one, or the class or function around."""
    for node in tree.body:
        if not (node.lineno <= line <= (node.end_lineno or node.lineno)):
            continue
        if isinstance(node, ast.Assign | ast.AnnAssign):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            name = ast.unparse(target)
            key = re.match(r"\s*(\"[^\"]*\"|'[^']*')\s*:", following)
            if node.lineno < line and key:
                return f"{name}[{key[1]}]", ""
            return name, ast.unparse(node.value) if node.value else ""
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            inner = [child for child in ast.walk(node) if isinstance(child, ast.FunctionDef | ast.ClassDef)]
            around = [child for child in inner if child.lineno <= line <= (child.end_lineno or child.lineno)]
            names = [node.name] + [child.name for child in around if child is not node]
            return ".".join(names), ""
    return "", ""


def kinds_of(text: str) -> tuple[str, ...]:
    """The markers in a text, each once."""
    return tuple(dict.fromkeys(_MARKER.findall(text)))


def _from_marker(text: str) -> str:
    """The text without the marker that it starts with."""
    return re.sub(r"^(Unstated|Deviation): ", "", text)


def _plain(text: str) -> str:
    """One line that begins with a capital and does not end with the marker, which has a column of its own."""
    text = re.sub(r"``(.+?)``", r"`\1`", " ".join(text.split()))
    text = re.sub(r"(?:^|;? ?)\(?(Unstated|Deviation)\)?\.$", "", text).strip()
    text = text + "." if text and text[-1] not in ".?!" else text
    return text[:1].upper() + text[1:]


def choices_of_yaml(path: Path, name: str) -> list[Choice]:
    """Statements of a YAML file: in its values (named by their keys) and in its comments."""
    import yaml

    source = path.read_text(encoding="utf-8")

    def texts(value: object, keys: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        if isinstance(value, dict):
            for key, item in value.items():
                yield from texts(item, (*keys, str(key)))
        elif isinstance(value, str):
            yield ".".join(keys), value

    found = [
        Choice(name, keys.removesuffix(".about"), "", kinds, _plain(text))
        for keys, text in texts(yaml.safe_load(source), ())
        if (kinds := kinds_of(text))
    ]
    lines = [re.sub(r"^[^#]*#?", "", line).strip() if "#" in line else "" for line in source.splitlines()]
    for block in "\n".join(lines).split("\n\n"):
        found += [
            Choice(name, "", "", kinds, _plain(_from_marker(text)))
            for text in _paragraphs(block.strip())
            if (kinds := kinds_of(text))
        ]
    return found
