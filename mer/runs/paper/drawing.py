"""A figure for a paper with what belongs to it, and the sentences that several captions share."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure

from mer.figures.style import database_label
from mer.manifest.clips import person

#: Both scores by their full names; the pictures print the short ones.
SCORES = "Unweighted F1 (UF1) and unweighted average recall (UAR)"
#: What the intervals of scores are (`mer.evaluation.intervals`).
INTERVALS = "95 % intervals: percentile bootstrap over subjects, each drawn with all their clips"


@dataclass(frozen=True)
class Drawing:
    """A figure with what belongs to it.

    Attributes:
        figure: drawn in the style in force.
        caption: what a reader must know to read it, in full sentences.
        alt: what a reader who cannot see it must know.
        data: the plotted numbers.
    """

    figure: Figure
    caption: str
    alt: str
    data: pd.DataFrame | Mapping[str, pd.DataFrame]


def clips_of_panels(predictions: pd.DataFrame) -> str:
    """Clips and subjects of all databases together and of each, in a sentence."""
    parts = {"all": predictions}
    if len(names := list(dict.fromkeys(predictions["database"]))) > 1:
        parts |= {database_label(name): predictions[predictions["database"] == name] for name in names}
    said = [f"{name} {len(table)} ({person(table).nunique()})" for name, table in parts.items()]
    return f"Clips (subjects): {', '.join(said)}."
