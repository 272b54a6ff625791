"""What a legend tells apart is told apart by every reader: colour-blind, or with a print in grey."""

from itertools import combinations

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D

from mer.figures.styles import use_style
from tests.figures.gallery.every import FIGURES
from tests.figures.vision import BLINDNESS, nearest_pair, smallest_step


def looks(legend):
    """Of every entry what is no colour (marker, dashes, hatch), and its colour."""
    found = []
    for handle in legend.legend_handles:
        if isinstance(handle, Line2D):
            drawn = handle.get_linestyle() not in ("None", "", " ")
            dashes = str(handle._unscaled_dash_pattern) if drawn else ""
            found.append(((str(handle.get_marker()), dashes), to_hex(handle.get_color())))
        elif hasattr(handle, "get_hatch") and hasattr(handle, "get_width"):
            found.append(((handle.get_hatch() or "",), to_hex(handle.get_facecolor())))
        else:  # a collection of one marker
            shape = handle.get_paths()[0].vertices.round(2).tolist() if handle.get_paths() else ""
            colours = handle.get_facecolor()
            found.append(((str(shape),), to_hex(colours[0] if len(colours) else handle.get_edgecolor()[0])))
    return found


def alike(figure, grey):
    """Pairs of entries of one legend that some reader cannot tell apart."""
    legends = [*figure.legends, *(part for axes in figure.axes for part in axes.findobj(Legend))]
    pairs = []
    for legend in {id(one): one for one in legends}.values():
        names = [text.get_text() for text in legend.get_texts()]
        for (one, (shape, colour)), (other, (other_shape, other_colour)) in combinations(
            zip(names, looks(legend), strict=True), 2
        ):
            both = [colour, other_colour]
            apart = (
                smallest_step(both) > 9 if grey else min(nearest_pair(both, kind) for kind in (None, *BLINDNESS)) > 15
            )
            if shape == other_shape and not apart:
                pairs.append((one, other))
    return pairs


@pytest.mark.parametrize("style", ["cvpr", "cvpr-grey"])
def test_legends_of_all_figures(style):
    wrong = {}
    for name, draw in FIGURES.items():
        with use_style(style, "column") as chosen:
            if pairs := alike(draw(), chosen.grey_safe):
                wrong[name] = pairs
    assert not wrong


def test_what_is_alike_is_found():
    """The test of the test: red and olive for a colour-blind reader, two greys, and the same two with markers."""
    figure = Figure()
    axes = figure.subplots()
    axes.bar([0], [1], color="#E60000", label="red")
    axes.bar([1], [1], color="#7A7A00", label="olive")
    axes.legend()
    assert alike(figure, grey=False) == [("red", "olive")]
    axes.clear()
    for shade, marker in (("#777777", "o"), ("#7A7A7A", "s"), ("#7A7A7A", "o")):
        axes.plot(np.arange(2), marker=marker, color=shade, label=f"{shade} {marker}")
    axes.legend()
    assert alike(figure, grey=True) == [("#777777 o", "#7A7A7A o")]
