"""A figure that is laid out once for all formats it is saved in."""

from collections.abc import Iterator
from contextlib import contextmanager

from matplotlib import rcParams
from matplotlib.figure import Figure

from mer.figures.styles import use_style


@contextmanager
def laid_out_once(figure: Figure) -> Iterator[None]:
    """Within the block panels and legends stay where one layout puts them: each format would find the same places.

    They stay there on a page longer than the figure too (`mer.figures.caveats`), at whose lower edge a legend below the
    panels would stand otherwise.
    """
    engine = figure.get_layout_engine()
    if engine is not None:
        dots = figure.dpi
        try:
            with use_style():
                figure.set_dpi(rcParams["savefig.dpi"])  # where letters stand on whole dots they are wider
                figure.draw_without_rendering()
        finally:
            figure.set_dpi(dots)
        figure.set_layout_engine("none")
    # Not before: a layout leaves no room for a legend that has an anchor.
    loose = [legend for legend in figure.legends if legend._bbox_to_anchor is None]  # type: ignore[attr-defined]
    for legend in loose:
        legend.set_bbox_to_anchor((0, 0, 1, 1), figure.transFigure)
    try:
        yield
    finally:
        for legend in loose:
            legend.set_bbox_to_anchor(None)
        if engine is not None:
            figure.set_layout_engine(engine)
