"""Named styles of figures: width of page and column, type and colours that a place of print asks for.

A figure is drawn in the style in force: that of `use_style`, or of the environment (``MER_FIGURE_STYLE``, for instance
``cvpr`` or ``ieee-grey``, and ``MER_FIGURE_WIDTH``), or ``notebook``. Every style has a second form for grey print, its
name ending in ``-grey``, where lightness, hatches and markers say what colour says otherwise.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Literal, get_args

from mer.core.errors import InputError, nearest

MM = 1 / 25.4  # inches
Width = Literal["column", "middle", "page"]

#: Okabe and Ito, "Color Universal Design" (2008): eight colours that stay apart for colour-blind readers.
OKABE_ITO: Mapping[str, str] = MappingProxyType(
    {
        "black": "#000000",
        "orange": "#E69F00",
        "sky": "#56B4E9",
        "green": "#009E73",
        "yellow": "#F0E442",
        "blue": "#0072B2",
        "vermilion": "#D55E00",
        "purple": "#CC79A7",
    }
)
#: The same names as greys, ten or more steps of lightness (CIE L*: 0, 20, 34, 48, 60, 71, 81, 91) apart.
GREYS: Mapping[str, str] = MappingProxyType(
    {
        "black": "#000000",
        "blue": "#303030",
        "purple": "#505050",
        "green": "#727272",
        "vermilion": "#919191",
        "orange": "#AEAEAE",
        "sky": "#C9C9C9",
        "yellow": "#E5E5E5",
    }
)
_GREY_END = "-grey"


@dataclass(frozen=True)
class FigureStyle:
    """What a place of print asks of a figure.

    Attributes:
        name: by which it is chosen.
        source: where its numbers are from.
        page_mm: width of the text, over all columns.
        height_mm: of the text; a figure with its caption is not higher.
        column_mm: width of one column; that of the page where there is one column only.
        middle_mm: a width between both where the publisher has one.
        font_size: points, of most text.
        smallest: points; no text is smaller.
        font_family: one that comes with matplotlib, so that the glyphs are the same on every machine.
        palette: colour by name.
        grey_safe: nothing is said by hue: lightness, hatches and markers instead.
        title: whether the title stands in the picture; in a paper it stands in the caption.
        columns: of text on a page; in two columns a figure of page width is a ``figure*``.
        tex_unit: the unit in which the template gives its widths.
        dpi: of the PNG.
    """

    name: str
    source: str
    page_mm: float
    height_mm: float
    column_mm: float
    middle_mm: float | None = None
    font_size: float = 8.0
    smallest: float = 6.0
    font_family: str = "STIXGeneral"
    palette: Mapping[str, str] = field(default_factory=lambda: OKABE_ITO)
    grey_safe: bool = False
    title: bool = False
    columns: int = 2
    tex_unit: Literal["in", "mm"] = "mm"
    dpi: int = 300

    def width_mm(self, width: Width = "page") -> float:
        """One of its widths.

        Raises:
            InputError: it has none of that name.
        """
        widths = {"column": self.column_mm, "middle": self.middle_mm, "page": self.page_mm}
        known = [name for name, value in widths.items() if value]
        if (found := widths.get(width)) is None:
            raise InputError(f"Style {self.name!r} has no width {width!r}. {nearest(str(width), known)}")
        return found

    @property
    def widths(self) -> tuple[Width, ...]:
        """Names of its widths, all different ones, narrow first."""
        known: dict[float, Width] = {}
        for name in get_args(Width):
            value = {"column": self.column_mm, "middle": self.middle_mm, "page": self.page_mm}[name]
            if value:
                known[value] = name
        return tuple(known.values())

    def in_grey(self) -> "FigureStyle":
        """The same for grey print."""
        name = self.name.removesuffix(_GREY_END) + _GREY_END
        return replace(self, name=name, palette=GREYS, grey_safe=True)


#: The styles in colour by name; `named_style` finds those for grey print too.
STYLES: Mapping[str, FigureStyle] = {
    style.name: style
    for style in (
        FigureStyle(
            "notebook",
            "this suite: both columns of a paper, read on a screen",
            page_mm=175,
            height_mm=1000,
            column_mm=85,
            smallest=0,
            font_family="DejaVu Sans",
            title=True,
            dpi=200,
        ),
        FigureStyle(
            "cvpr",
            "CVPR author guidelines: text of 6 7/8 x 8 7/8 in, two columns of 3 1/4 in; Times",
            page_mm=6.875 * 25.4,
            height_mm=8.875 * 25.4,
            column_mm=3.25 * 25.4,
            tex_unit="in",
        ),
        FigureStyle(
            "ieee",
            "IEEE Author Center, Size Requirements for Graphics: 3.5 in or 7.16 in; Times, type of about 8 pt",
            page_mm=7.16 * 25.4,
            height_mm=9 * 25.4,
            column_mm=3.5 * 25.4,
            tex_unit="in",
        ),
        FigureStyle(
            "springer",
            "Springer LNCS, advice to authors: printing area 12.2 x 19.3 cm, one column; Times",
            page_mm=122,
            height_mm=193,
            column_mm=122,
            columns=1,
        ),
        FigureStyle(
            "elsevier",
            "Elsevier artwork sizing: 90, 140 or 190 mm; lettering 7 pt, none below 6 pt; Arial or similar",
            page_mm=190,
            height_mm=240,
            middle_mm=140,
            column_mm=90,
            font_size=7,
            font_family="DejaVu Sans",
        ),
        FigureStyle(
            "slides",
            "this suite: a slide of 13.33 x 7.5 in (16:9) with margins; type to be read from afar",
            page_mm=310,
            height_mm=175,
            column_mm=310,
            font_size=14,
            smallest=10,
            font_family="DejaVu Sans",
            columns=1,
            dpi=150,
        ),
    )
}
_in_force: ContextVar[tuple[FigureStyle, Width] | None] = ContextVar("figure style", default=None)


def style_names() -> list[str]:
    """Names of all styles, those for grey print too."""
    return [*STYLES, *(name + _GREY_END for name in STYLES)]


def named_style(name: str) -> FigureStyle:
    """The style of a name.

    Raises:
        InputError: there is none.
    """
    colour = name.removesuffix(_GREY_END)
    if colour not in STYLES:
        raise InputError(f"No figure style {name!r}. {nearest(name, style_names())}")
    return STYLES[colour].in_grey() if name.endswith(_GREY_END) else STYLES[colour]


def current() -> FigureStyle:
    """The style in force."""
    return _state()[0]


def figure_width() -> float:
    """Width in inches of a figure that is drawn now."""
    style, width = _state()
    return style.width_mm(width) * MM


def highest() -> float:
    """Inches that a figure may be high, with room for a caption of some lines."""
    return current().height_mm * MM * 0.92


def unit() -> float:
    """By how much type, and the space that it takes, is larger than in a notebook (8 points)."""
    return current().font_size / 8


def points(size: float) -> float:
    """Points in the style in force of text that has ``size`` points in a notebook; not below the smallest."""
    style = current()
    return max(size * style.font_size / 8, style.smallest)


def narrow() -> bool:
    """Whether panels that stand side by side on a page have to stand below one another."""
    return figure_width() / unit() < 5.0


def as_designed() -> bool:
    """Whether the figures are drawn as they were laid out by hand, on a page of the notebook; else words are fitted."""
    return current().title and figure_width() == STYLES["notebook"].page_mm * MM


def ink(name: str) -> str:
    """A colour of the palette in force by the name that it has in `OKABE_ITO`."""
    return current().palette[name]


@contextmanager
def use_style(style: str | FigureStyle | None = None, width: Width | None = None) -> Iterator[FigureStyle]:
    """Inside the block figures are drawn in a style; afterwards matplotlib's own settings of the user are back.

    Args:
        style: one of `style_names`, or a `FigureStyle`; None keeps the one in force.
        width: of the figures: ``column``, ``middle`` (where the style has one) or ``page``; None keeps the one in
            force, or is ``page`` where another style is chosen.
    """
    import matplotlib as mpl

    before, across = _state()
    chosen = named_style(style) if isinstance(style, str) else style or before
    across = width or (across if style is None else "page")
    chosen.width_mm(across)
    token = _in_force.set((chosen, across))
    try:
        with mpl.rc_context():
            mpl.rcdefaults()
            mpl.rcParams.update(_settings(chosen))
            yield chosen
    finally:
        _in_force.reset(token)


def _state() -> tuple[FigureStyle, Width]:
    if (known := _in_force.get()) is not None:
        return known
    style = named_style(os.environ.get("MER_FIGURE_STYLE") or "notebook")
    width = os.environ.get("MER_FIGURE_WIDTH") or "page"
    style.width_mm(width)  # type: ignore[arg-type]
    return style, width  # type: ignore[return-value]


def _settings(style: FigureStyle) -> dict[Any, Any]:
    """Matplotlib's settings for a style."""
    size, scale = style.font_size, style.font_size / 8
    small = max(size - 1 * scale, style.smallest)
    grey = "#5A5A5A"
    heading = size + scale if style.title else small
    return {
        "font.family": style.font_family,
        "font.size": size,
        "axes.titlesize": size,
        "axes.labelsize": size,
        "xtick.labelsize": small,
        "ytick.labelsize": small,
        "legend.fontsize": small,
        "legend.title_fontsize": small,
        "figure.titlesize": heading,
        "figure.titleweight": "bold" if style.title else "normal",
        "figure.dpi": 100,
        "figure.facecolor": "white",
        "savefig.dpi": style.dpi,
        "savefig.facecolor": "white",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.linewidth": 0.6 * scale,
        "axes.edgecolor": grey,
        "axes.titlepad": 4.0 * scale,
        "axes.axisbelow": True,
        "xtick.major.width": 0.6 * scale,
        "ytick.major.width": 0.6 * scale,
        "xtick.major.size": 2.5 * scale,
        "ytick.major.size": 2.5 * scale,
        "xtick.color": grey,
        "ytick.color": grey,
        "xtick.labelcolor": "black",
        "ytick.labelcolor": "black",
        "grid.color": "#DDDDDD",
        "grid.linewidth": 0.5 * scale,
        "lines.linewidth": 1.2 * scale,
        "patch.linewidth": 0.6 * scale,
        "hatch.linewidth": 0.5 * scale,
        "legend.frameon": False,
        "legend.handlelength": 1.4,
        "image.interpolation": "antialiased",
        "pdf.fonttype": 42,  # text stays text
        "svg.fonttype": "path",
        "svg.hashsalt": "mer",  # same figure, same bytes
        "path.simplify": True,
    }
