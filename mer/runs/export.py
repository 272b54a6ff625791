"""An executed notebook as a page that needs no kernel and no network."""

from pathlib import Path
from typing import Any

from mer.core.files import write_text


def export_notebook(path: Path) -> Path | None:
    """The executed notebook as a page beside it, without anything from the network; None where that fails."""
    target = path.with_suffix(".html")
    if target.is_file() and target.stat().st_mtime >= path.stat().st_mtime:
        return target
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
            _without_widgets(nbformat.read(path, as_version=4)), {"metadata": {"name": path.stem}}
        )
        write_text(target, page)
    except Exception:
        return None  # the notebook itself is linked all the same
    return target


def _without_widgets(notebook: Any) -> Any:
    """The notebook with a sentence where a widget would stand: a page has no kernel to serve it."""
    note = "<p><em>An interactive view stands here when the notebook is opened in JupyterLab.</em></p>"
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if data.pop("application/vnd.jupyter.widget-view+json", None) is not None and "image/png" not in data:
                data["text/html"] = note
    return notebook
