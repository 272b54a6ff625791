"""``mer figure``: a figure of a run for a paper."""

import textwrap
from pathlib import Path

import click

from mer.core.errors import InputError

_LINE = 100  # letters


def list_figures() -> str:
    """Every figure by the run that it needs, with what it shows; then styles and widths."""
    from mer.figures.style_book import STYLES
    from mer.runs.paper.catalogue import FIGURES

    wide = max(map(len, FIGURES)) + 1
    lines: list[str] = []
    for needs in dict.fromkeys(one.needs for one in FIGURES.values()):
        lines += ["", f"Of {needs}:"] if lines else [f"Of {needs}, or of a run that shows one:"]
        for name, one in FIGURES.items():
            if one.needs == needs:
                lines += _entry(f"{name}{'*' * one.models}", one.shows, wide)
    lines += ["", "* asks the trained models again, which takes a minute or two", ""]
    lines.append("Styles, each also for grey print with -grey at the end of its name:")
    for name, style in STYLES.items():
        widths = ", ".join(f"{width} {style.width_mm(width):.4g} mm" for width in style.widths)
        lines += _entry(name, f"{widths}. {style.source[:1].upper()}{style.source[1:]}.", wide)
    return "\n".join(lines)


def _entry(name: str, words: str, wide: int) -> list[str]:
    """A name and its words, which go on below themselves where the line ends."""
    before, indent = f"  {name:<{wide}}  ", " " * (wide + 4)
    return textwrap.wrap(words, _LINE, initial_indent=before, subsequent_indent=indent)


def write_figures(
    names: tuple[str, ...], runs: tuple[str, ...], style: str, width: str | None, out: Path | None, clips: int | None
) -> str:
    """Draw figures of a run; where they lie, and the captions. That a run is older than corrections goes to stderr.

    Raises:
        InputError: as for `mer.runs.paper.figures.paper_figure`; or no run, or no name.
    """
    from mer.figures.style_book import named_style
    from mer.runs.console import BEWARE
    from mer.runs.paper.catalogue import figure_named
    from mer.runs.paper.data import RunData
    from mer.runs.paper.figures import paper_figure, possible_figures

    named_style(style).chosen_width(width)  # before anything is read

    if not runs:
        raise InputError("Give the folder of a finished run: --run outputs/demo/train. `mer runs` lists the runs.")
    opened = [RunData(run) for run in runs]
    if not names:
        can = ", ".join(possible_figures(opened[0])) or "none"
        raise InputError(f"Give the name of a figure. This run has what is needed for: {can}.")
    for name in names:
        figure_named(name)
    lines: list[str] = []
    older: list[str] = []
    for name in names:
        files = paper_figure(name, opened, style, width, out, clips)
        older += files.older
        known = [
            files.figure.pdf,
            files.figure.svg,
            files.figure.png,
            *files.figure.csv,
            files.figure.record,
            files.tex,
        ]
        lines.append(f"{name}: {files.figure.pdf.parent}\n  {' '.join(path.name for path in known)}\n  {files.caption}")
    for sentence in dict.fromkeys(older):
        click.echo(f"{BEWARE}{sentence}", err=True)
    return "\n".join(lines)


@click.command("figure")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--run", "runs", multiple=True, metavar="FOLDER", help="Of a finished run; again for figures of several.")
@click.option(
    "--style", default="cvpr", show_default=True, help="notebook, cvpr, ieee, springer, elsevier, slides; -grey."
)
@click.option("--width", help="column, middle or page, where the style has it; its narrowest when not given.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for the files.")
@click.option("--clips", type=click.IntRange(min=1), help="How many clips a figure of single clips shows.")
@click.option("--list", "listed", is_flag=True, help="What each figure shows, the run it needs, and the styles.")
def figure(
    names: tuple[str, ...],
    runs: tuple[str, ...],
    style: str,
    width: str | None,
    out: Path | None,
    clips: int | None,
    listed: bool,
) -> None:
    """Draw figures of a run for a paper: PDF, SVG, PNG, numbers as CSV, caption, lines of LaTeX.

    NAME is one of `mer figure --list`, for instance: mer figure confusion --run outputs/demo/train --style cvpr
    """
    click.echo(list_figures() if listed else write_figures(names, runs, style, width, out, clips))
