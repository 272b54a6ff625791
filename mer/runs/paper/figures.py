r"""A figure of a finished run for a paper, in one call: PDF, SVG, PNG, its numbers, its words, and lines of LaTeX.

    paper_figure("confusion", "outputs/demo/train", style="cvpr", width="column")

The figure has the true width of the column or page: ``\includegraphics`` does not scale it, so type has the size that
the style says. Its caption ends with where the numbers are from.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from mer.core.caveats import read_caveats
from mer.core.errors import InputError
from mer.core.made_again import INTERACTIVE
from mer.core.paths import outputs_dir
from mer.evaluation.corrected_since import corrected_since_words
from mer.evaluation.data_terms import run_terms, terms_words
from mer.figures.latex import escape
from mer.figures.provenance import provenance, said_once
from mer.figures.save import FigureFiles, write_figure
from mer.figures.style_book import FigureStyle, Width, named_style
from mer.figures.styles import current, narrow, use_style
from mer.runs.paper.catalogue import FIGURES, PaperFigure, figure_named
from mer.runs.paper.data import RunData
from mer.runs.paper.drawing import Drawing

#: Figures drawn again from numbers that a run keeps in ``figures``: name to file.
_KEPT = {"endpoint": "endpoint-error-bins", "runtime": "runtime-summary"} | {
    name: name
    for name in (
        *("ablation", "automatic-apex", "conditions", "deviations", "spotting"),
        *("differences", "epoch-rules", "methods"),
    )
}


@dataclass(frozen=True)
class PaperFiles:
    """What `paper_figure` wrote.

    Attributes:
        figure: paths of the picture, the numbers and the words.
        tex: lines of LaTeX that show it.
        caption: as it stands in them, without escapes.
        alt: what a reader who cannot see it must know.
        title: its name in words.
        older: which runs are older than a user's corrections, a sentence each, in the order of their names; they are in
            the caption too.
    """

    figure: FigureFiles
    tex: Path
    caption: str
    alt: str
    title: str
    older: tuple[str, ...] = ()


def paper_figure(
    name: str,
    run: str | Path | RunData | Sequence[str | Path | RunData],
    style: str | FigureStyle = "cvpr",
    width: str | None = None,
    out: str | Path | None = None,
    clips: int | None = None,
    seen: Callable[[bytes, str], None] | None = None,
) -> PaperFiles:
    """Draw one figure of a run and write it with all that a paper needs of it; equal calls write equal bytes.

    Args:
        name: one of `mer.runs.paper.catalogue.FIGURES`.
        run: folder of the run; several where the figure compares runs. `RunData` keeps what was read before.
        style: name of a style (`mer.figures.styles`), ``-grey`` at the end for grey print, or a style.
        width: ``column``, ``middle`` or ``page``, where the style has it; its narrowest when not given.
        out: folder of the files; ``outputs/interactive/paper-figures/<run>/<style>-<width>`` when not given.
        clips: of a figure that shows single clips.
        seen: called with the PNG and its alternative text as soon as there is one, before the other files are written.

    Raises:
        InputError: no such figure, style or width; the run does not keep what the figure needs.
        MissingPath: the run's folder, or a file of it, is missing.
        MadeAgain: a run was made again since its `RunData` was opened, or while the figure was drawn.
    """
    entry, chosen = figure_named(name), named_style(style) if isinstance(style, str) else style
    across, runs = chosen.chosen_width(width), _opened(run)
    with use_style(chosen, across):
        with ExitStack() as opened:
            for each in runs:
                opened.enter_context(each.opened.one_making())
                each.begin_drawing()
            shown, drawing = clips_shown(entry, clips), drawn(entry, runs, clips)
            older, said = _older(runs), _older(runs, printed=True)
            caveats = list(dict.fromkeys([*(one for each in runs for one in read_caveats(each.folder)), *said]))
            caption = f"{entry.title}. {drawing.caption}"
            for sentence in [*(provenance(each.folder) for each in runs), *caveats]:
                caption = said_once(caption, sentence)
            terms = terms_words(one for each in runs for one in run_terms(each.folder))
        folder = Path(out) if out is not None else default_folder(runs, chosen, across)
        words = {"title": entry.title, "caption": caption, "alt": drawing.alt, "terms": terms}
        below = caveats if chosen.title else ()
        first = (lambda png: seen(png, drawing.alt)) if seen is not None else None
        tex = latex_figure(name, caption, drawing.alt, chosen, across)
        files = write_figure(drawing.figure, name, folder, words, drawing.data, below, first, tex)
        drawing.figure.clear()
    for each in runs:
        each.done_drawing(name, shown)
    return PaperFiles(files, folder / f"{name}.tex", caption, drawing.alt, entry.title, older)


def _older(runs: Sequence[RunData], printed: bool = False) -> tuple[str, ...]:
    """Which runs are older than a user's corrections, a sentence each, in the order of their names."""
    return tuple(sorted(set(filter(None, (corrected_since_words(each.folder, printed) for each in runs)))))


def drawn(entry: PaperFigure, runs: Sequence[RunData], clips: int | None = None) -> Drawing:
    """A figure in the style in force.

    Raises:
        InputError: several runs for a figure of one.
    """
    if len(runs) > 1 and not entry.several:
        raise InputError(f"{len(runs)} runs were given, but {entry.title!r} is a figure of one. Give one run.")
    if clips is not None and clips < 1:
        raise InputError(f"clips is {clips}. Give at least 1.")
    return entry.draw(list(runs) if entry.several else runs[0], clips_shown(entry, clips))


def clips_shown(entry: PaperFigure, clips: int | None = None) -> int:
    """How many single clips a figure shows in the style in force: as many as wanted, or as fit."""
    on_page, in_column, on_slide = entry.clips
    wide = current().page_mm > current().height_mm
    return clips or (on_slide if wide else in_column if narrow() else on_page)


def possible_figures(run: str | Path | RunData) -> list[str]:
    """Names of the figures for which a run keeps what is needed; nothing is computed."""
    data = _opened(run)[0]
    with data.opened.one_making():
        return _possible(data)


def _possible(data: RunData) -> list[str]:
    folder = data.folder / "figures"
    notebook = str(data.record.get("notebook", ""))
    found = []
    for name, entry in FIGURES.items():
        if name in _KEPT:
            possible = (folder / f"{_KEPT[name]}.csv").is_file()
        elif name in ("scores", "confusion", "reliability"):
            possible = _has(data, "predictions.csv")
        elif name == "training":
            possible = _has(data, "history.csv")
        else:
            possible = _has(data, "arrays/clips.npz") and (not entry.models or _has(data, "folds"))
        if possible and not (notebook == "06_motion_maps" and name not in ("scores", "confusion", "reliability")):
            found.append(name)
    return found


def latex_figure(name: str, caption: str, alt: str, style: FigureStyle, width: Width) -> str:
    r"""Lines of LaTeX: a ``figure``, or a ``figure*`` over both columns, at its true width in the template's unit."""
    mm = style.width_mm(width)
    size = f"{mm / 25.4:.4g}in" if style.tex_unit == "in" else f"{mm:.4g}mm"
    star = "*" if style.columns > 1 and width != "column" else ""
    told = " ".join(alt.split()).replace("%", r"\%")
    return (
        f"% {told}\n"
        f"\\begin{{figure{star}}}[t]\n"
        "  \\centering\n"
        f"  \\includegraphics[width={size}]{{{name}.pdf}}\n"
        f"  \\caption{{{escape(caption)}}}\n"
        f"  \\label{{fig:{name}}}\n"
        f"\\end{{figure{star}}}\n"
    )


def default_folder(runs: Sequence[RunData], style: FigureStyle, width: Width) -> Path:
    """Where figures go when nobody says: beside runs by hand, not into a finished run, which they would change."""
    first = runs[0].folder
    return outputs_dir() / INTERACTIVE / "paper-figures" / f"{first.parent.name}-{first.name}" / f"{style.name}-{width}"


def _opened(run: str | Path | RunData | Sequence[str | Path | RunData]) -> list[RunData]:
    several = [run] if isinstance(run, str | Path | RunData) else list(run)
    if not several:
        raise InputError("No run was given. Give the folder of a finished run, for instance outputs/demo/train.")
    return [one if isinstance(one, RunData) else RunData(one) for one in several]


def _has(data: RunData, name: str) -> bool:
    try:
        return (data.trained / name).exists()
    except InputError:
        return False
