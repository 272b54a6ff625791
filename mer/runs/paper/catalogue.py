"""All figures that can be drawn for a paper: what each shows, and of which run."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from mer.core.errors import InputError, nearest
from mer.runs.paper import drawings as trained
from mer.runs.paper import kept
from mer.runs.paper.drawings import Drawing

_TRAINING = "04_train_loso (or one that shows it)"


@dataclass(frozen=True)
class PaperFigure:
    """One figure.

    Attributes:
        title: what it shows, in a few words; the caption begins with it.
        needs: notebook of the run that it is drawn of.
        draw: makes it of a run's data, or of a list of them, and of how many clips it may show.
        several: whether it is drawn of several runs at once.
        models: whether models of the run are asked, which takes a while.
    """

    title: str
    needs: str
    draw: Callable[[Any, int], Drawing]
    several: bool = False
    models: bool = False


FIGURES: dict[str, PaperFigure] = {
    "scores": PaperFigure("Scores with intervals, of one run or several", _TRAINING, trained.draw_scores, several=True),
    "confusion": PaperFigure("Confusion matrices", _TRAINING, trained.draw_confusion),
    "features": PaperFigure("Features of the test clips", _TRAINING, trained.draw_features),
    "fusion-weights": PaperFigure("Fusion weights by class", _TRAINING, trained.draw_fusion_weights),
    "displacement": PaperFigure("Displacement from onset to apex", _TRAINING, trained.draw_displacement),
    "regions": PaperFigure("Regions of interest and action-unit boxes", _TRAINING, trained.draw_regions),
    "attributions": PaperFigure("What predictions rest on", _TRAINING, trained.draw_attributions, models=True),
    "occlusion": PaperFigure("Loss when a region does not move", _TRAINING, trained.draw_occlusion, models=True),
    "layer-attribution": PaperFigure(
        "What the modules of the fusion add to the logit", _TRAINING, trained.draw_layer_attribution, models=True
    ),
    "training": PaperFigure("Training curves", _TRAINING, trained.draw_training),
    "failures": PaperFigure("The most confident errors", _TRAINING, trained.draw_failures, models=True),
    "error-shares": PaperFigure("Where errors gather", _TRAINING, trained.draw_error_shares),
    "reliability": PaperFigure("Reliability of the scores", "12_calibration or 04_train_loso", kept.draw_reliability),
    "ablation": PaperFigure(
        "Difference to the whole model",
        "07_paper_tables, or several of 04_train_loso",
        kept.draw_ablation,
        several=True,
    ),
    "spotting": PaperFigure("Spotted against annotated apexes", "08_key_frames", kept.draw_spotting),
    "deviations": PaperFigure("Scores when a key frame is moved", "08_key_frames", kept.draw_deviations),
    "automatic-apex": PaperFigure("Scores with an automatic apex", "08_key_frames", kept.draw_automatic),
    "endpoint": PaperFigure("End-point error of the displacement", "09_displacement", kept.draw_endpoint),
    "runtime": PaperFigure("Time of a recognition", "10_runtime", kept.draw_runtime),
    "conditions": PaperFigure("Scores under harder conditions", "11_conditions", kept.draw_conditions),
}


def figure_named(name: str) -> PaperFigure:
    """The figure of a name.

    Raises:
        InputError: there is none.
    """
    if name not in FIGURES:
        raise InputError(f"No figure {name!r}. {nearest(name, FIGURES)} `mer figure --list` says what each shows.")
    return FIGURES[name]


def figures_table() -> pd.DataFrame:
    """Name, what it shows and the run that it needs, of every figure."""
    rows = [{"figure": name, "shows": one.title, "run of": one.needs} for name, one in FIGURES.items()]
    return pd.DataFrame(rows)
