"""Faults of a drawn figure that a reader would see on paper: words cut, too small or on top of each other."""

from itertools import combinations

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

_CUT, _TOUCH = 0.7, 1.0  # dots of a hundredth of an inch that are forgiven: letters stand on whole dots


def drawn_words(figure: Figure) -> list[tuple[str, Bbox, Text]]:
    """Every text that is drawn, with its box in dots; labels of ticks outside their axes are not."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    hidden = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            seen = {id(tick) for tick in axis._update_ticks()} if axes.axison else set()
            ticks = [tick for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()) if id(tick) not in seen]
            hidden |= {id(label) for tick in ticks for label in (tick.label1, tick.label2)}
    words = []
    for text in figure.findobj(Text):
        if text.get_visible() and text.get_text().strip() and id(text) not in hidden:
            box = text.get_window_extent(renderer)
            if box.width > 0 and box.height > 0:
                words.append((text.get_text(), box, text))
    return words


def print_faults(figure: Figure, smallest: float) -> list[str]:
    """What is wrong with the words of a figure, in words; nothing when all can be read."""
    words = drawn_words(figure)
    page = figure.bbox
    faults = [
        f"cut: {text!r}"
        for text, box, _ in words
        if min(box.x0, box.y0) < -_CUT or box.x1 > page.width + _CUT or box.y1 > page.height + _CUT
    ]
    faults += [f"{float(one.get_fontsize()):g} pt: {text!r}" for text, _, one in words if one.get_fontsize() < smallest]
    for (one, a, _), (other, b, _) in combinations(words, 2):
        across, down = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        if across > _TOUCH and down > _TOUCH:
            faults.append(f"on top of each other: {one!r}, {other!r}")
    return faults
