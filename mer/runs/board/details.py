"""What the run board shows of one run, or of two side by side, as HTML; and the links to their files."""

import html
import os
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from mer.core.paths import notebooks_dir, outputs_dir, project_dir
from mer.evaluation.predictions import EPOCH_RULES
from mer.runs.board.rows import BoardRun
from mer.runs.board.tables import Defaults, clips, compare_table, runs_table
from mer.runs.console import duration

_LAST_LINES = 24


def run_html(run: BoardRun, defaults: Defaults, progress: Iterable[str] = (), log: str = "") -> str:
    """One run: state, scores, parameters, what went wrong.

    Args:
        run: the run.
        defaults: of the notebooks' parameters.
        progress: sentences on how far it is; empty ones are passed over.
        log: last lines of what its process printed, where that says more than the rest.
    """
    row = runs_table([run], [], defaults).iloc[0]
    running = run.state == "running"
    rendered = ", so these are no scores of people" if run.synthetic and row["uf1"] else ""
    count = clips(run)
    facts = {
        "State": run.state,
        "Notebook": run.notebook,
        "Started": f"{row['started']} UTC" if row["started"] else "",
        "Time": duration(run.seconds) if run.seconds is not None else "",
        "Would take": f"about {duration(run.expected)}" if run.expected is not None and not running else "",
        "UF1": row["uf1"],
        "UAR": row["uar"],
        "Clips": "" if count is None else str(count),
        "Faces": row["faces"] + rendered,
        "Epoch rule": _rule(row["epoch_rule"]),
        "Plan": "" if running or run.because else run.waits,
        "Beware": run.note,
    }
    parts = [f"<h3>{_escape(run.study)} / {_escape(run.run)}</h3>", _pairs(facts.items(), "What is known of the run")]
    if run.because:
        said = "".join(f"<li>{_escape(reason)}</li>" for reason in run.because)
        parts.insert(1, f"<p>It is out of date:</p><ul>{said}</ul>")
    parts += [f"<p>{_escape(sentence)}</p>" for sentence in progress if sentence]
    if run.state == "failed":
        parts.append(_lines("How it failed", run.error or "It left no message."))
    if log:
        parts.append(_lines("Last lines of its process", log))
    given = {name: _value(value) for name, value in run.parameters.items()}
    others = {name: f"{_value(value)} (default)" for name, value in defaults.values(run).items() if name not in given}
    if given or others:
        parts.append(f"<details><summary>Parameters: {len(given)} given, {len(others)} by default</summary>")
        parts.append(_pairs({**given, **others}.items(), "Parameters of the run") + "</details>")
    return "".join(parts)


def compare_html(first: BoardRun, second: BoardRun, defaults: Defaults) -> str:
    """Two runs side by side: the parameters that differ, and their scores."""
    table = compare_table(first, second, defaults)
    names = (_name(first, second), _name(second, first))
    heads = "<td></td>" + "".join(f'<th scope="col">{_escape(text)}</th>' for text in names)
    body = []
    for kind, title in (("parameter", "Parameters that differ"), ("score", "Scores")):
        rows = table[table["kind"] == kind]
        body.append(f'<tr><th colspan="3" scope="rowgroup">{title}{"" if len(rows) else ": none"}</th></tr>')
        for _, row in rows.iterrows():
            cells = "".join(f"<td>{_escape(row[side])}</td>" for side in ("first", "second"))
            body.append(f'<tr><th scope="row">{_escape(row["name"])}</th>{cells}</tr>')
    about = ""
    if None in (known := {first.synthetic, second.synthetic}) and len(known) == 2:
        about = "<p>Of one it is not known whether its faces are synthetic: their scores may not be comparable.</p>"
    elif len(known) == 2:
        about = "<p>One is of synthetic faces, the other is not: their scores cannot be compared.</p>"
    return (
        f'<h3>Two runs</h3>{about}<table class="mer-board" aria-label="Two runs side by side">'
        f"<thead><tr>{heads}</tr></thead><tbody>{''.join(body)}</tbody></table>"
    )


def links(run: BoardRun) -> list[tuple[str, Path]]:
    """What there is to open of a run: its notebook, its page, the report of its study, what the kernel said."""
    files = [
        ("executed notebook", run.folder / f"{run.notebook}.ipynb"),
        ("page", run.folder / f"{run.notebook}.html"),
        ("scores", run.folder / "tables" / "scores.html"),
        ("kernel log", run.folder / "kernel.log"),
        ("report of the study", run.folder.parent / "index.html"),
    ]
    return [(name, path) for name, path in files if path.is_file()]


def links_markdown(run: BoardRun) -> str:
    """The links as JupyterLab opens them: relative to the folder of the notebook that shows the board."""
    found = links(run)
    if not found:
        return ""
    home = notebook_folder()
    seen = [(name, relative(path, home)) for name, path in found]
    return "Open: " + " · ".join(f"[{name}]({quote(path)})" if path else name for name, path in seen)


def notebook_folder() -> Path:
    """Folder of the notebook whose kernel this is: Jupyter tells its path; else that of the notebooks."""
    told = os.environ.get("JPY_SESSION_NAME", "")
    return Path(told).parent if told.endswith(".ipynb") and Path(told).is_absolute() else notebooks_dir()


def relative(path: Path, home: Path) -> str:
    """The path from ``home``; below the project's own ``outputs`` where that is but a link to the real folder."""
    linked = project_dir() / "outputs"
    if path.is_relative_to(outputs_dir()) and linked.exists() and linked.resolve() == outputs_dir().resolve():
        path = linked / path.relative_to(outputs_dir())
    return Path(os.path.relpath(path, home)).as_posix()


def _name(run: BoardRun, other: BoardRun) -> str:
    return run.run if run.study == other.study else f"{run.study} / {run.run}"


def _pairs(pairs: Iterable[tuple[str, str]], label: str) -> str:
    rows = "".join(
        f'<tr><th scope="row">{_escape(name)}</th><td>{_escape(value)}</td></tr>' for name, value in pairs if value
    )
    return f'<table class="mer-board" aria-label="{_escape(label)}"><tbody>{rows}</tbody></table>'


def _lines(title: str, text: str) -> str:
    """Text of a program; its last lines, since what went wrong stands at the end."""
    lines = text.rstrip().splitlines()
    cut = ["…"] if len(lines) > _LAST_LINES else []
    shown = "\n".join([*lines[:1], *cut, *lines[-_LAST_LINES:]] if cut else lines)
    label = _escape(title)
    return f'<h4>{label}</h4><pre tabindex="0" role="region" aria-label="{label}">{_escape(shown)}</pre>'


def _rule(name: str) -> str:
    return f"{name}: {EPOCH_RULES[name]}" if name in EPOCH_RULES else name


def _value(value: object) -> str:
    return value if isinstance(value, str) else repr(value)


def _escape(text: object) -> str:
    return html.escape(str(text))
