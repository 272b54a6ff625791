"""The styles of figures that there are: width of page and column, type and colours that a place of print asks for.

Every style has a second form for grey print, its name ending in ``-grey``, where lightness, hatches and markers say
what colour says otherwise. `mer.figures.styles` puts one in force.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal, get_args

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
#: What speaks for a class and what against it, wherever an explanation is drawn; maps take `PuOr_r`, the same two hues.
FOR, AGAINST = OKABE_ITO["orange"], "#7A5AA6"
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

    def chosen_width(self, width: str | None = None) -> Width:
        """Name of one of its widths; the narrowest when none is given.

        Raises:
            InputError: it has none of that name.
        """
        for name in self.widths:
            if width in (None, name):
                return name
        known = ", ".join(f"{name} ({self._named(name):.4g} mm)" for name in self.widths)
        raise InputError(f"Style {self.name!r} has no width {width!r}. It has: {known}.")

    def width_mm(self, width: str = "page") -> float:
        """One of its widths.

        Raises:
            InputError: it has none of that name.
        """
        return self._named(self.chosen_width(width))

    @property
    def widths(self) -> tuple[Width, ...]:
        """Names of its widths, all different ones, narrow first; a page without columns is ``page`` alone."""
        known = {value: name for name in get_args(Width) if (value := self._named(name))}
        return tuple(known.values())

    def _named(self, width: Width) -> float:
        """Millimetres; 0 where it has none of that name."""
        return {"column": self.column_mm, "middle": self.middle_mm or 0.0, "page": self.page_mm}[width]

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
