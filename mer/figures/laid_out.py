"""A figure that is laid out once for all formats it is saved in."""

from collections.abc import Iterator
from contextlib import contextmanager

from matplotlib import rcParams
from matplotlib.figure import Figure

from mer.figures.styles import use_style


@contextmanager
def laid_out_once(figure: Figure) -> Iterator[None]:
    """Within the block the panels stay where one layout puts them: each format would find the same places again."""
    engine = figure.get_layout_engine()
    if engine is None:
        yield
        return
    dots = figure.dpi
    try:
        with use_style():
            figure.set_dpi(rcParams["savefig.dpi"])  # where letters stand on whole dots they are wider
            figure.draw_without_rendering()
    finally:
        figure.set_dpi(dots)
    figure.set_layout_engine("none")
    try:
        yield
    finally:
        figure.set_layout_engine(engine)
