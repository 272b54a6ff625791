"""Names of databases and clips for people, the same in every view; a view has no title that says synthetic for it."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from mer.figures.style import clip_name, database_label


def database_words(name: str) -> str:
    """``casme2`` is "CASME II"; ``synthetic-casme2``, rendered like it, says both: "synthetic, CASME II style"."""
    label = database_label(name)
    return f"synthetic, {label}" if name.startswith("synthetic-") and label != name else label


def clip_words(row: Mapping[str, Any] | pd.Series) -> tuple[str, str]:
    """A clip of a clip table: subject and clip, "sub01 EP01_24", and the words of its database."""
    return clip_name(row).split("\n")[1], database_words(str(row["database"]))
