"""All figures of a run for a paper: drawn, shown with their captions, and one LaTeX file that includes them."""

from collections.abc import Sequence
from pathlib import Path

from mer.core.errors import InputError
from mer.core.files import write_text
from mer.core.one_run import MadeAgain
from mer.figures.save import display_still
from mer.figures.style_book import named_style
from mer.runs.paper.catalogue import figure_named
from mer.runs.paper.data import RunData
from mer.runs.paper.figures import PaperFiles, paper_figure, possible_figures

_SCREEN_DPI = 118  # a figure of a page's width fills a notebook's column
FILE_NAME = "all-figures.tex"


def draw_all(
    run: RunData, names: Sequence[str], style: str, width: str | None, folder: Path, show: bool = True
) -> list[PaperFiles]:
    """Draw figures of a run into a folder and show each as a still with its caption.

    A figure that this run has nothing to show in, for instance errors where there are none, is left out and said so.

    Args:
        run: the run's data.
        names: of the figures; none means all that the run allows.
        style: as for `mer.runs.paper.figures.paper_figure`.
        width: same.
        folder: of the files; `FILE_NAME` in it includes all of them.
        show: display them, as a notebook wants.

    Raises:
        InputError: a name, the style or the width is unknown.
        MadeAgain: the run was made again since it was opened.
    """
    across = named_style(style).chosen_width(width)
    for name in names:
        figure_named(name)
    done: list[PaperFiles] = []
    for name in names or possible_figures(run):
        try:
            done.append(paper_figure(name, run, style, across, folder))
        except MadeAgain:  # so are all that follow
            raise
        except InputError as error:
            print(f"{name} is left out: {error}")
            continue
        if show:
            show_files(done[-1], named_style(style).width_mm(across) / 25.4)
    write_text(folder / FILE_NAME, latex_book(done, style, across))
    return done


def show_files(files: PaperFiles, inches: float) -> None:
    """A drawn figure as the output of a cell: a still with its caption, about as large as the other figures."""
    width = min(round(inches * _SCREEN_DPI), 900)
    display_still(files.figure.png.read_bytes(), alt=files.alt, width=width, caption=files.caption)


def latex_book(files: Sequence[PaperFiles], style: str, width: str) -> str:
    r"""Lines that ``\input`` every figure; the file and its figures are in one folder."""
    lines = [f"% Figures in the style {style}, width {width}. The preamble needs \\usepackage{{graphicx}}."]
    lines.append("% From another folder: \\graphicspath{{<folder>/}} and \\input{<folder>/" + FILE_NAME + "}.")
    lines += [f"\\input{{{one.tex.name}}}" for one in files]
    return "\n".join(lines) + "\n"
