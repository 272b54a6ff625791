"""One look for every figure: sizes of a two-column paper, one font size, one palette safe for colour-blind readers."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import matplotlib as mpl
import pandas as pd

MM = 1 / 25.4  # inches
PAGE = 175 * MM  #: width of both columns of a paper, inches
FONT_SIZE = 8  # points

#: Okabe and Ito, "Color Universal Design" (2008): eight colours that stay apart for colour-blind readers.
OKABE_ITO = {
    "black": "#000000",
    "orange": "#E69F00",
    "sky": "#56B4E9",
    "green": "#009E73",
    "yellow": "#F0E442",
    "blue": "#0072B2",
    "vermilion": "#D55E00",
    "purple": "#CC79A7",
}
CLASS_COLOURS = {
    "negative": OKABE_ITO["blue"],
    "positive": OKABE_ITO["orange"],
    "surprise": OKABE_ITO["green"],
}
#: Of other known classes, so that they are the same in every figure, whichever of them occur in it.
_EMOTION_COLOURS = {
    "happiness": OKABE_ITO["orange"],
    "disgust": OKABE_ITO["vermilion"],
    "repression": OKABE_ITO["purple"],
    "others": OKABE_ITO["sky"],
}
_OTHER_COLOURS = [OKABE_ITO[name] for name in ("purple", "vermilion", "sky", "yellow", "black", "orange", "blue")]
_DATABASE_COLOURS = {
    "casme2": OKABE_ITO["vermilion"],
    "samm": OKABE_ITO["sky"],
    "smic": OKABE_ITO["purple"],
}
_DATABASE_MARKERS = {"casme2": "o", "samm": "s", "smic": "^"}
_OTHER_MARKERS = ["D", "v", "P", "X", "*"]
_DATABASE_NAMES = {"casme2": "CASME II", "samm": "SAMM", "smic": "SMIC"}

#: Ink for secondary text and thin lines.
GREY = "#5A5A5A"
#: Where an image has no value (off the face, unknown).
NO_DATA = "#E4E4E4"

_STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same glyphs on every machine
    "font.size": FONT_SIZE,
    "axes.titlesize": FONT_SIZE,
    "axes.labelsize": FONT_SIZE,
    "xtick.labelsize": FONT_SIZE - 1,
    "ytick.labelsize": FONT_SIZE - 1,
    "legend.fontsize": FONT_SIZE - 1,
    "legend.title_fontsize": FONT_SIZE - 1,
    "figure.titlesize": FONT_SIZE + 1,
    "figure.titleweight": "bold",
    "figure.dpi": 100,
    "figure.facecolor": "white",
    "savefig.dpi": 200,
    "savefig.facecolor": "white",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "axes.edgecolor": GREY,
    "axes.titlepad": 4.0,
    "axes.axisbelow": True,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": "black",
    "ytick.labelcolor": "black",
    "grid.color": "#DDDDDD",
    "grid.linewidth": 0.5,
    "lines.linewidth": 1.2,
    "patch.linewidth": 0.6,
    "legend.frameon": False,
    "legend.handlelength": 1.4,
    "image.interpolation": "antialiased",
    "pdf.fonttype": 42,  # text stays text
    "svg.fonttype": "path",
    "svg.hashsalt": "mer",  # same figure, same bytes
    "path.simplify": True,
}

P = ParamSpec("P")
T = TypeVar("T")


@contextmanager
def use_style() -> Iterator[None]:
    """Inside the block matplotlib draws in the suite's style; afterwards the user's own settings are back."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        yield


def styled(function: Callable[P, T]) -> Callable[P, T]:
    """Decorator: the function draws in the suite's style."""

    @wraps(function)
    def inside(*args: P.args, **kwargs: P.kwargs) -> T:
        with use_style():
            return function(*args, **kwargs)

    return inside


def title_with_source(title: str, synthetic: bool) -> str:
    """The title, ending in "(synthetic faces)" when the data behind it are rendered."""
    return f"{title} (synthetic faces)" if synthetic and "synthetic" not in title.lower() else title


def any_synthetic(databases: Iterable[str]) -> bool:
    """Whether one of the databases is a rendered one: their names begin with ``synthetic``."""
    return any(str(name).lower().startswith("synthetic") for name in databases)


def ordered_classes(labels: Iterable[str]) -> list[str]:
    """The classes that occur, the composite ones first and in their order, others by name."""
    present = set(labels)
    return [name for name in CLASS_COLOURS if name in present] + sorted(present - set(CLASS_COLOURS))


def class_palette(labels: Iterable[str]) -> dict[str, str]:
    """Colour of every class, all different while the palette lasts; known classes always have their own."""
    names = list(dict.fromkeys(labels))
    known = CLASS_COLOURS | _EMOTION_COLOURS
    palette: dict[str, str] = {}
    for name in ordered_classes(names):  # "happiness" gives way to "positive" where a study has both
        if name in known and known[name] not in palette.values():
            palette[name] = known[name]
    rest = iter([colour for colour in _OTHER_COLOURS if colour not in palette.values()] + _OTHER_COLOURS * 10)
    palette |= {name: next(rest) for name in sorted(set(names) - set(palette))}
    return {name: palette[name] for name in names}


def database_palette(names: Iterable[str]) -> dict[str, str]:
    """Colour of every database; ``synthetic-casme2`` has that of ``casme2``."""
    rest = iter([OKABE_ITO[name] for name in ("blue", "green", "orange", "black")] * 10)
    return {name: _DATABASE_COLOURS.get(_stem(name)) or next(rest) for name in dict.fromkeys(names)}


def database_markers(names: Iterable[str]) -> dict[str, str]:
    """Matplotlib marker of every database; ``synthetic-casme2`` has that of ``casme2``."""
    rest = iter(_OTHER_MARKERS * 10)
    return {name: _DATABASE_MARKERS.get(_stem(name)) or next(rest) for name in dict.fromkeys(names)}


def database_label(name: str) -> str:
    """How a database's name is printed: ``casme2`` is "CASME II", ``synthetic-samm`` is "SAMM look (synthetic)"."""
    known = _DATABASE_NAMES.get(_stem(name))
    if known is None:
        return name
    return f"{known} look" if name.startswith("synthetic") else known


def clip_name(row: Mapping[str, Any] | pd.Series) -> str:
    """A clip's key in two short lines, for labels: the database's label, then subject and clip."""
    subject, clip = str(row["subject"]), str(row["clip"])
    key = clip if clip.startswith(subject) else f"{subject} {clip}"  # some releases repeat the subject in the clip
    return f"{database_label(str(row['database']))}\n{key}"


def _stem(name: str) -> str:
    return name.lower().removeprefix("synthetic-").replace("_", "").replace(" ", "")
