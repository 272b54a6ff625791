"""``mer choices``: every choice where the paper is silent or where we depart from it, on one page, from the sources."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from mer.cli.choice_lines import Choice, choices_in, choices_of_yaml
from mer.core.files import write_text
from mer.core.paths import notebooks_dir
from mer.manifest.place import manifests_dir

FILE_NAME = "CHOICES.md"
#: Parts of the method by the folder of the package, in the order of the page.
PARTS = {
    "data_manifests": "Labels and lists of clips",
    "manifest": "Labels and lists of clips",
    "datasets": "Databases, also the synthetic one",
    "face": "Faces: landmarks, alignment, regions",
    "motion": "Motion: flow, apex, magnification, sequences",
    "models": "Model: displacement generation and Transformer Fusion",
    "training": "Training and testing",
    "evaluation": "Scores",
    "": "The rest",
}
_LONGEST = 48  # letters of a value
_HEAD = """# Where the paper is silent, and where we depart from it

Made from the sources by `mer choices --write`; do not edit it. *Unstated*: the paper gives no value or no rule, so what
stands here is a choice. *Deviation*: the paper does otherwise. Values are those of the configurations `paper` and
`small` (`mer.training.configs`); a value in italics is a constant or a default that both share. Values of a
configuration change with the parameter `overrides` of a notebook.
"""


def page() -> str:
    """The page in Markdown."""
    values = {name: _values(name) for name in ("paper", "small")}
    found = sorted(all_choices(), key=lambda choice: list(PARTS).index(_part(choice)))  # stable: by module inside
    groups: dict[str, list[Choice]] = {}
    for choice in found:
        groups.setdefault(PARTS[_part(choice)], []).append(choice)
    counts = {kind: sum(kind in choice.kinds for choice in found) for kind in ("Unstated", "Deviation")}
    lines = [_HEAD, f"{counts['Unstated']} unstated, {counts['Deviation']} deviations."]
    for title, choices in groups.items():
        lines += ["", f"## {title}", "", "| where | | what | `paper` | `small` |", "|---|---|---|---|---|"]
        lines += [_line(choice, values) for choice in choices]
    return "\n".join(lines) + "\n"


def write_page() -> Path:
    """Write the page beside the notebooks; returns its path."""
    path = notebooks_dir() / FILE_NAME
    write_text(path, page())
    return path


def all_choices() -> list[Choice]:
    """Every statement of the package and of the manifests, by file."""
    package = Path(__file__).resolve().parents[1]
    found = []
    for path in sorted(package.rglob("*.py")):
        if path.name in ("choices.py", "choice_lines.py"):
            continue  # they speak of the markers themselves
        module = ".".join(path.relative_to(package.parent).with_suffix("").parts).removesuffix(".__init__")
        found += choices_in(path.read_text(encoding="utf-8"), module)
    for path in sorted(manifests_dir().rglob("*.yaml")):
        found += choices_of_yaml(path, f"data_manifests/{path.relative_to(manifests_dir()).as_posix()}")
    return found


def _part(choice: Choice) -> str:
    folder = choice.module.split("/")[0] if "/" in choice.module else choice.module.split(".")[1]
    return folder if folder in PARTS else ""


def _line(choice: Choice, values: dict[str, dict[str, dict[str, Any]]]) -> str:
    where = f"`{choice.module.removeprefix('mer.')}`"
    if choice.name or choice.field:
        where += f" `{choice.name}{'.' if choice.name and choice.field else ''}{choice.field}`"
    cells = [where, " ".join(choice.kinds), choice.text]
    cells += [_value(choice, values[name]) for name in ("paper", "small")]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _value(choice: Choice, values: dict[str, dict[str, Any]]) -> str:
    """The value in a configuration (several where it holds the class more than once), else the constant or default."""
    found = values.get(f"{choice.module}.{choice.name}.{choice.field}", {}) if choice.field else {}
    texts = {path: _short(_shown(value)) for path, value in found.items()}
    if not texts:
        return f"*`{_short(choice.value)}`*" if choice.value else ""
    if len(set(texts.values())) == 1:
        return f"`{next(iter(texts.values()))}`"
    return ", ".join(f"{path}: `{text}`" for path, text in texts.items())


def _values(name: str) -> dict[str, dict[str, Any]]:
    """Every field of a configuration: ``module.class.field`` to the places where it occurs and its value there."""
    from mer.training.configs import fold_config, pretrain_config

    found: dict[str, dict[str, Any]] = {}
    for root, config in (("", fold_config(name)), ("pretrain", pretrain_config(name))):
        for path, kind, field, value in _fields(root, config):
            found.setdefault(f"{kind.__module__}.{kind.__qualname__}.{field}", {})[path] = value
    return found


def _fields(path: str, config: Any) -> Iterator[tuple[str, type, str, Any]]:
    for field in fields(config):
        value = getattr(config, field.name)
        yield path or "fold", type(config), field.name, value
        if is_dataclass(value):
            yield from _fields(f"{path}.{field.name}".lstrip("."), value)


def _shown(value: Any) -> str:
    return type(value).__name__ if is_dataclass(value) else repr(value)


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
