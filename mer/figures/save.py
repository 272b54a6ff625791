"""A figure on disk and in a notebook: PNG, PDF, SVG, the plotted numbers as CSV, and the words that go with it."""

import base64
import html
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from mer.core.caveats import read_caveats
from mer.core.csv_text import csv_text
from mer.core.errors import InputError
from mer.core.files import json_text, read_json, write_together
from mer.evaluation.data_terms import run_terms, terms_words
from mer.figures.caveats import below
from mer.figures.faces import may_show_faces
from mer.figures.laid_out import laid_out_once
from mer.figures.provenance import provenance, said_once
from mer.figures.styles import use_style

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_PACKED: dict[str, dict[str, Any]] = {"png": {"pil_kwargs": {"compress_level": 4}}}  # 8 % larger, in 40 % of the time
_SCREEN_DPI = 118  # a figure of paper width fills a notebook's column


@dataclass(frozen=True)
class FigureFiles:
    """Where the parts of one figure lie. ``csv`` holds one path a table, none when nothing was given to write."""

    png: Path
    pdf: Path
    svg: Path
    record: Path
    csv: tuple[Path, ...] = ()

    def _ipython_display_(self) -> None:
        """Nothing: the figure stands above already, and absolute paths tell a reader nothing."""


def save_figure(
    figure: Figure,
    name: str,
    folder: Path | str,
    *,
    title: str,
    caption: str,
    alt: str,
    data: pd.DataFrame | Mapping[str, pd.DataFrame] | None = None,
) -> FigureFiles:
    """Write ``<folder>/figures/<name>.{png,pdf,svg,csv,json}``, each whole or not at all; equal figures, equal bytes.

    The caption ends with what the numbers are from (`mer.figures.provenance`). What a reader must know of every result
    of the run (`mer.core.caveats`: clips that were left out) stands after that, and below the figure; last the terms of
    real faces (`mer.evaluation.data_terms`), for whoever passes the figure on.

    Args:
        figure: what to write; it stays open.
        name: lower-case letters, digits, ``-`` and ``_``.
        folder: a run's folder; ``figures`` is made inside.
        title: one line, without a full stop.
        caption: what a reader must know to read the figure.
        alt: what a reader who cannot see the figure must know of it; at least a few words.
        data: the plotted numbers. One table becomes ``<name>.csv``, a mapping ``<name>-<key>.csv`` each.

    Raises:
        InputError: a name that is no plain file name, an empty title, caption or alternative text, a failing write.
    """
    folder = Path(folder)
    caveats = read_caveats(folder)
    terms = terms_words(run_terms(folder))
    if caption.strip():
        caption = " ".join(filter(None, [said_once(caption, provenance(folder)), *caveats, terms]))
    words = {"title": title, "caption": caption, "alt": alt, "terms": terms}
    return write_figure(figure, name, folder / "figures", words, data, caveats)


def write_figure(
    figure: Figure,
    name: str,
    folder: Path,
    words: Mapping[str, str],
    data: pd.DataFrame | Mapping[str, pd.DataFrame] | None = None,
    caveats: Sequence[str] = (),
    seen: Callable[[bytes], None] | None = None,
    tex: str = "",
) -> FigureFiles:
    """Write ``<folder>/<name>.{png,pdf,svg,csv,json}``; the words stand in the JSON file and in those of the figure.

    The JSON file says too whether a face may be seen (``faces``, `mer.figures.faces`). All are of this figure, or all
    stay what they were.

    Args:
        figure, name, data: as for `save_figure`.
        folder: the files' own.
        words: ``title``, ``caption`` and ``alt``; ``terms`` of the clips where they are of real faces.
        caveats: sentences that are printed below the figure.
        seen: called with the PNG before the other files are made.
        tex: what stands in ``<folder>/<name>.tex``; without it there is no such file.

    Raises:
        InputError: as for `save_figure`.
    """
    if not _NAME.fullmatch(name):
        raise InputError(f"Figure name {name!r} is not lower-case letters, digits, '-' and '_'. Use e.g. 'confusion'.")
    for what in ("title", "caption", "alt"):
        if not words[what].strip():
            raise InputError(f"Figure {name!r} has an empty {what}. Say in words what the figure shows.")
    tables, faces = _tables(name, data), may_show_faces(figure)
    paths = {suffix: folder / f"{name}.{suffix}" for suffix in ("png", "pdf", "svg")}
    contents: dict[Path, bytes] = {}
    with below(figure, caveats) as page, laid_out_once(figure):
        for suffix, path in paths.items():
            contents[path] = figure_bytes(figure, suffix, page, words)
            if seen is not None and suffix == "png":
                seen(contents[path])
    for file_name, table in tables.items():
        contents[folder / file_name] = csv_text(table, float_format="%.9g", lineterminator="\n").encode()
    if tex:
        contents[folder / f"{name}.tex"] = tex.encode()
    record = folder / f"{name}.json"
    known: dict[str, Any] = {"name": name} | {key: words[key].strip() for key in ("title", "caption", "alt")}
    known |= {"terms": words.get("terms", ""), "faces": faces}
    width, height = (page or figure.bbox_inches).size
    known |= {"width_in": round(width, 3), "height_in": round(height, 3), "csv": list(tables)}
    write_together({**contents, record: json_text(known).encode()})
    return FigureFiles(**paths, record=record, csv=tuple(folder / file_name for file_name in tables))


def figure_bytes(
    figure: Figure, suffix: str = "png", page: Bbox | None = None, words: Mapping[str, str] | None = None
) -> bytes:
    """The figure as ``png``, ``pdf`` or ``svg``, without dates: equal figures are equal bytes.

    Args:
        figure: what to write, in the style in force (dots an inch of a PNG).
        suffix: of the file.
        page: the part that is written, in inches; None means the figure as large as it is.
        words: ``title`` and ``caption`` for the file's own metadata.
    """
    known = {"Title": words["title"], "about": words["caption"]} if words else {}
    names = {"png": "Description", "pdf": "Subject", "svg": "Description"}
    metadata: dict[str, dict[str, Any]] = {
        "png": {"Software": None},
        "pdf": {"CreationDate": None, "Producer": None, "Creator": None},
        "svg": {"Date": None, "Creator": None},
    }
    if suffix not in metadata:
        raise InputError(f"Figure format {suffix!r} is unknown. Valid: {', '.join(metadata)}.")
    told = metadata[suffix] | {names[suffix] if key == "about" else key: value for key, value in known.items()}
    stream = io.BytesIO()
    with use_style():
        figure.savefig(stream, format=suffix, metadata=told, bbox_inches=page, **_PACKED.get(suffix, {}))
    return stream.getvalue()


def show(
    figure: Figure,
    name: str,
    run: Any,
    *,
    title: str,
    caption: str,
    alt: str,
    data: pd.DataFrame | Mapping[str, pd.DataFrame] | None = None,
) -> FigureFiles:
    """Save a figure into the run's folder, show it as a still PNG with its alternative text and caption, and close it.

    Args:
        figure: what to show.
        name: as for `save_figure`.
        run: the run's folder, or an object whose ``folder`` (or ``path``) is that.
        title: as for `save_figure`.
        caption: as for `save_figure`; printed under the figure.
        alt: as for `save_figure`.
        data: as for `save_figure`.
    """
    files = save_figure(figure, name, run_folder(run), title=title, caption=caption, alt=alt, data=data)
    display_still(
        files.png.read_bytes(),
        alt=alt,
        width=screen_width(figure),
        caption=read_json(files.record)["caption"],
        name=name,
    )
    figure.clear()
    return files


def display_still(png: bytes, *, alt: str, width: int | None = None, caption: str = "", name: str = "") -> None:
    """Show PNG bytes in a notebook with their words, as `still_bundle` makes them."""
    from IPython.display import display

    display(still_bundle(png, alt=alt, width=width, caption=caption, name=name), raw=True)


def still_bundle(
    png: bytes, *, alt: str, width: int | None = None, caption: str = "", name: str = ""
) -> dict[str, str]:
    """PNG bytes as the output of a cell: HTML, because JupyterLab drops the alternative text of a plain image.

    Readers without HTML get the plain PNG, readers without images the alternative text.

    Args:
        png: the image.
        alt: its alternative text.
        width: pixels across.
        caption: printed under it.
        name: of the figure, by which an exported page finds its files.
    """
    encoded = base64.b64encode(png).decode("ascii")
    size = f' width="{width}"' if width else ""
    below = f"<figcaption>{html.escape(caption.strip())}</figcaption>" if caption else ""
    named = f' data-figure="{html.escape(name)}"' if name else ""
    image = f'<img src="data:image/png;base64,{encoded}" alt="{html.escape(alt)}"{size}/>'
    page = f"<figure{named}>{image}{below}</figure>"
    return {"text/html": page, "image/png": encoded, "text/plain": f"{alt} {caption}".strip()}


def screen_width(figure: Figure) -> int:
    """Pixels across of a figure in a notebook: one of a page's width fills its column."""
    return round(figure.get_size_inches()[0] * _SCREEN_DPI)


def run_folder(run: Any) -> Path:
    """Folder of a run given as a path or as an object with ``folder`` or ``path``."""
    if isinstance(run, str | Path):
        return Path(run)
    for attribute in ("folder", "path"):
        if hasattr(run, attribute):
            return Path(getattr(run, attribute))
    raise InputError(f"{type(run).__name__} names no run folder. Give the folder's path.")


def _tables(name: str, data: pd.DataFrame | Mapping[str, pd.DataFrame] | None) -> dict[str, pd.DataFrame]:
    if data is None:
        return {}
    if isinstance(data, pd.DataFrame):
        return {f"{name}.csv": data}
    wrong = [key for key in data if not _NAME.fullmatch(key)]
    if wrong:
        raise InputError(f"Figure {name!r}: table names {wrong} are not lower-case letters, digits, '-' and '_'.")
    return {f"{name}-{key}.csv": table for key, table in data.items()}
