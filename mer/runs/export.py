"""An executed notebook as a page that needs no kernel and no network; its figures link to their data beside it."""

import os
import re
from pathlib import Path
from typing import Any

from mer.core.files import read_json, write_text

_FIGURE = re.compile(r'<figure data-figure="([a-z0-9][a-z0-9_-]*)">(.*?)</figure>', re.DOTALL)
_IMAGE = re.compile(r"<img [^>]*>")
_VIEW = "application/vnd.jupyter.widget-view+json"
#: JupyterLab's greys and greens are too faint on a page for some readers: these have a contrast of 4.5 and more.
_STYLE = """
body { max-width: 72rem; margin: 0 auto; }
:root { --jp-cell-inprompt-font-color: #5f5f5f; --jp-cell-outprompt-font-color: #5f5f5f;
  --jp-cell-prompt-not-active-font-color: #5f5f5f; --jp-cell-prompt-not-active-opacity: 1;
  --jp-mirror-editor-comment-color: #2f6363; --jp-mirror-editor-number-color: #006d00;
  --jp-mirror-editor-operator-color: #8810d8; }
.highlight .ow, .highlight .o { color: #8810d8 }
details.code > summary { cursor: pointer; color: #5f5f5f; font: .8rem var(--jp-ui-font-family);
  padding: .2rem 0 .2rem 4.2rem; }
.jp-OutputArea details.code > summary { padding-left: 0; }
.jp-OutputArea-output pre { word-break: normal; overflow-wrap: anywhere; }
a { text-decoration: underline !important; }
.jp-InputArea-editor { overflow: visible; }
.jp-CodeCell .highlight pre { white-space: pre-wrap; overflow-wrap: anywhere; }
figure { margin: .5rem 0; } figure img { max-width: 100%; height: auto; } figure .wide { overflow-x: auto; }
@media (max-width: 40rem) { figure .wide img { max-width: none; min-width: 34rem; } }
@page { margin: 15mm 14mm; }
@media print {
  details.code, .files { display: none; }
  h1, h2, h3 { break-after: avoid; } figure, tr { break-inside: avoid; }
  figure img { max-height: 19cm; object-fit: contain; object-position: left; }
  .jp-OutputPrompt, .jp-InputPrompt { display: none !important; }
  .jp-RenderedHTMLCommon table { font-size: 7pt; }
  .jp-RenderedHTMLCommon :is(th, td) { padding: .3em; white-space: normal; overflow-wrap: anywhere; }
}
"""
_LONG = 24  # lines of plain output that a page shows unfolded


def export_notebook(path: Path) -> Path | None:
    """The executed notebook as a page beside it, without anything from the network; None where that fails.

    The page has its notebook's time: one of a run that was replaced meanwhile is not taken for that of the new, and one
    that was written to since, or cut short, is made anew.
    """
    target = path.with_suffix(".html")
    try:
        made = path.stat().st_mtime_ns
        if target.is_file() and target.stat().st_mtime_ns == made:
            return target
    except OSError:  # the run is being replaced
        return None
    import nbformat
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(
        template_name="lab",
        require_js_url="",
        mathjax_url="",
        mermaid_js_url="",
        mermaid_layout_elk_js_url="",
        jquery_url="",
        jupyter_widgets_base_url="",
        embed_images=False,
    )
    try:
        page, _ = exporter.from_notebook_node(
            _still(nbformat.read(path, as_version=4), path.parent / "figures"), {"metadata": {"name": path.stem}}
        )
        if path.stat().st_mtime_ns != made:
            return None
        write_text(target, _readable(page))
        os.utime(target, ns=(made, made))
    except Exception:
        return None  # the notebook itself is linked all the same
    return target


def _readable(page: str) -> str:
    """The page without what few came for: code, all but the parameters, and long plain output are folded away."""
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(page, "html.parser")
    style = soup.new_tag("style")
    style.string = _STYLE
    (soup.head or soup).append(style)
    for cell in soup.select(".jp-CodeCell"):
        code = cell.select_one(".jp-Cell-inputWrapper")
        if code is None or _has_parameters(cell):
            continue
        _fold(soup, code, "Code")
    for text in soup.select(".jp-OutputArea-output > pre"):
        if (lines := len(text.get_text().strip().splitlines())) > _LONG:
            _fold(soup, text, f"{lines} lines of output")
    return str(soup)


def _fold(soup: Any, element: Any, words: str) -> None:
    """Put an element where only those see it who open it."""
    folded = soup.new_tag("details", attrs={"class": "code"})
    summary = soup.new_tag("summary")
    summary.string = words
    element.insert_before(folded)
    folded.extend([summary, element.extract()])


def _has_parameters(cell: Any) -> bool:
    """Whether a cell holds the notebook's parameters, or those that the runner gave."""
    return any(str(name).startswith("celltag_") and str(name).endswith("parameters") for name in cell["class"])


def _still(notebook: Any, figures: Path) -> Any:
    """The notebook with the picture, or else a sentence, where a widget would stand: a page has no kernel to serve it.

    The state of the widgets (megabytes, among them the code of the plotting library) goes too. Figures get links to
    their files.
    """
    note = "<p><em>An interactive view stands here when the notebook is opened in JupyterLab.</em></p>"
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        outputs = [output for output in cell.get("outputs", []) if not _is_progress(output)]
        if cell.cell_type == "code":
            cell.outputs = outputs
        for output in outputs:
            data = output.get("data", {})
            if data.pop(_VIEW, None) is not None and "image/png" not in data:
                data["text/html"] = note
            if "text/html" in data:
                data["text/html"] = _FIGURE.sub(lambda found: _with_links(found, figures), data["text/html"])
    return notebook


def _is_progress(output: Any) -> bool:
    """Whether an output holds nothing but progress bars at their end: no reader of a finished page waits for one."""
    lines = [line for line in str(output.get("text", "")).splitlines() if line.strip()]
    return output.get("name") == "stderr" and all("%|" in line for line in lines)


def _with_links(found: re.Match[str], figures: Path) -> str:
    """A figure's HTML with links to its files, those that exist."""
    name, inside = found.groups()
    record = figures / f"{name}.json"
    tables = read_json(record).get("csv", []) if record.is_file() else []
    files = [("PDF", f"{name}.pdf"), ("SVG", f"{name}.svg"), *((_numbers(table, name), table) for table in tables)]
    links = [
        f'<a href="{figures.name}/{file}" aria-label="{words} of figure {name}">{words}</a>'
        for words, file in files
        if (figures / file).is_file()
    ]
    below = f'<p class="files">Files: {", ".join(links)}</p>' if links else ""
    scrolled = f'<div class="wide" role="region" tabindex="0" aria-label="Figure {name}">\\g<0></div>'
    inside = _IMAGE.sub(scrolled, inside, count=1)
    return f'<figure data-figure="{name}">{inside}{below}</figure>'


def _numbers(table: str, figure: str) -> str:
    """``numbers``, or ``numbers: <which>`` where a figure has several tables."""
    which = table.removesuffix(".csv").removeprefix(figure).lstrip("-")
    return f"numbers: {which}" if which else "numbers"
