"""What the figures of the suite share in the style in force: colours of classes and databases, names, titles.

Sizes, type and palettes are those of `mer.figures.styles`.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import pandas as pd

from mer.figures.style_book import MM as MM
from mer.figures.style_book import OKABE_ITO, STYLES
from mer.figures.styles import current, ink, use_style

#: Width in inches and points of type in a notebook. A figure asks `figure_width` and `points` of the style in force.
PAGE = STYLES["notebook"].page_mm * MM
FONT_SIZE = 8

CLASS_COLOURS = {
    "negative": OKABE_ITO["blue"],
    "positive": OKABE_ITO["orange"],
    "surprise": OKABE_ITO["green"],
}
#: Of a clip's key frames; the same as those of a time line (`mer.widgets.parts.timeline`).
MARK_COLOURS = {"onset": OKABE_ITO["blue"], "apex": OKABE_ITO["vermilion"], "offset": OKABE_ITO["green"]}
_COMPOSITE = {"negative": "blue", "positive": "orange", "surprise": "green"}
#: Of other known classes, so that they are the same in every figure, whichever of them occur in it.
_EMOTIONS = {"happiness": "orange", "disgust": "vermilion", "repression": "purple", "others": "sky"}
_OTHERS = ("purple", "vermilion", "sky", "yellow", "black", "orange", "blue")
_DATABASES = {"casme2": "vermilion", "samm": "sky", "smic": "purple"}
_DATABASE_MARKERS = {"casme2": "o", "samm": "s", "smic": "^"}
_OTHER_MARKERS = ["D", "v", "P", "X", "*"]
#: Names of databases as they are printed, by the suite's own; `database_label` and `database_words` know more.
DATABASE_NAMES = {"casme2": "CASME II", "samm": "SAMM", "smic": "SMIC"}
#: In grey print, by the colour that the class has otherwise.
_HATCHES = {"orange": "////", "green": "....", "vermilion": "xxxx", "sky": "\\\\\\\\", "yellow": "oo", "purple": "||||"}
_MARKERS = {"blue": "o", "orange": "^", "green": "s", "vermilion": "D", "purple": "v", "sky": "P", "yellow": "X"}

#: Ink for secondary text and thin lines.
GREY = "#5A5A5A"
#: Where an image has no value (off the face, unknown).
NO_DATA = "#E4E4E4"
_SYNTHETIC = "synthetic faces"

P = ParamSpec("P")
T = TypeVar("T")


def styled(function: Callable[P, T]) -> Callable[P, T]:
    """Decorator: the function draws in the style in force."""

    @wraps(function)
    def inside(*args: P.args, **kwargs: P.kwargs) -> T:
        with use_style():
            return function(*args, **kwargs)

    return inside


def title_with_source(title: str, synthetic: bool, epoch_rule: str = "") -> str:
    """What stands at the head of a figure: its title, and in brackets the remarks that every figure has there.

    They are "synthetic faces" when the data behind are rendered, unless the title says so, and the epoch rule of
    scores. In a style whose titles stand in captions it is the remarks alone, or nothing.
    """
    named = current().title
    said = [_SYNTHETIC] if synthetic and not (named and "synthetic" in title.lower()) else []
    remarks = "; ".join([*said, *([f"epoch rule: {epoch_rule}"] if epoch_rule else [])])
    if not named:
        return remarks
    return f"{title} ({remarks})" if remarks else title


def any_synthetic(databases: Iterable[str]) -> bool:
    """Whether one of the databases is a rendered one: their names begin with ``synthetic``."""
    return any(str(name).lower().startswith("synthetic") for name in databases)


def ordered_classes(labels: Iterable[str]) -> list[str]:
    """The classes that occur, the composite ones first and in their order, others by name."""
    present = set(labels)
    return [name for name in _COMPOSITE if name in present] + sorted(present - set(_COMPOSITE))


def class_palette(labels: Iterable[str]) -> dict[str, str]:
    """Colour of every class, all different while the palette lasts; known classes always have their own."""
    return {name: ink(colour) for name, colour in _class_inks(labels).items()}


def class_hatches(labels: Iterable[str]) -> dict[str, str]:
    """Matplotlib hatch of every class's bars: empty, but in grey print all different while they last."""
    grey = current().grey_safe
    return {name: _HATCHES.get(colour, "") if grey else "" for name, colour in _class_inks(labels).items()}


def class_markers(labels: Iterable[str]) -> dict[str, str]:
    """Matplotlib marker of every class, all different while they last."""
    return {name: _MARKERS.get(colour, "*") for name, colour in _class_inks(labels).items()}


def _class_inks(labels: Iterable[str]) -> dict[str, str]:
    """Name of the colour of every class."""
    names = list(dict.fromkeys(labels))
    known = _COMPOSITE | _EMOTIONS
    inks: dict[str, str] = {}
    for name in ordered_classes(names):  # "happiness" gives way to "positive" where a study has both
        if name in known and known[name] not in inks.values():
            inks[name] = known[name]
    rest = iter([colour for colour in _OTHERS if colour not in inks.values()] + list(_OTHERS) * 10)
    inks |= {name: next(rest) for name in sorted(set(names) - set(inks))}
    return {name: inks[name] for name in names}


def database_palette(names: Iterable[str]) -> dict[str, str]:
    """Colour of every database; ``synthetic-casme2`` has that of ``casme2``."""
    rest = iter(["blue", "green", "orange", "black"] * 10)
    return {name: ink(_DATABASES.get(_stem(name)) or next(rest)) for name in dict.fromkeys(names)}


def database_markers(names: Iterable[str]) -> dict[str, str]:
    """Matplotlib marker of every database; ``synthetic-casme2`` has that of ``casme2``."""
    rest = iter(_OTHER_MARKERS * 10)
    return {name: _DATABASE_MARKERS.get(_stem(name)) or next(rest) for name in dict.fromkeys(names)}


def database_label(name: str) -> str:
    """How a database's name is printed: ``casme2`` is "CASME II", ``synthetic-samm`` is "SAMM style"."""
    known = DATABASE_NAMES.get(_stem(name))
    if known is None:
        return name
    return f"{known} style" if name.startswith("synthetic") else known


def database_words(name: str) -> str:
    """A database's name where no title says synthetic for it: ``casme2`` is "CASME II"; ``synthetic-casme2``, rendered
    like it, says both: "synthetic, CASME II style"."""
    label = database_label(name)
    return f"synthetic, {label}" if name.startswith("synthetic-") and label != name else label


def clip_name(row: Mapping[str, Any] | pd.Series) -> str:
    """A clip's key in two short lines, for labels: the database's label, then subject and clip."""
    return f"{database_label(str(row['database']))}\n{clip_key(row)}"


def clip_key(row: Mapping[str, Any] | pd.Series) -> str:
    """Subject and clip, "sub01 EP01_24"; the clip alone where its release repeats the subject in it."""
    subject, clip = str(row["subject"]), str(row["clip"])
    return clip if clip.startswith(subject) else f"{subject} {clip}"


def _stem(name: str) -> str:
    return name.lower().removeprefix("synthetic-").replace("_", "").replace(" ", "")
