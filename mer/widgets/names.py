"""Names of databases and clips for people, the same in every view; a view has no title that says synthetic for it."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from mer.figures.style import clip_key
from mer.figures.style import database_words as database_words


def class_words(label: str, own: str | None = None, none: str = "no class") -> str:
    """A class in words, marked where a user corrected it: ``positive (corrected; database: negative)``.

    Args:
        label: the class; empty for none.
        own: the database's own where it is another one.
        none: what an empty one is called.
    """
    words = label or none
    return words if own is None or own == label else f"{words} (corrected; database: {own or none})"


def clip_words(row: Mapping[str, Any] | pd.Series) -> tuple[str, str]:
    """A clip of a clip table: subject and clip, "sub01 EP01_24", and the words of its database."""
    return clip_key(row), database_words(str(row["database"]))
