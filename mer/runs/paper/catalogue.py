"""All figures that can be drawn for a paper: what each shows, and of which run."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mer.core.errors import InputError, nearest
from mer.runs.paper import evidence, explained, kept, scored, seen
from mer.runs.paper.drawing import Drawing

TRAINING = "a training run (04_train_loso)"
EVIDENCE = "the evidence for methods (18_evidence)"


@dataclass(frozen=True)
class PaperFigure:
    """One figure.

    Attributes:
        title: what it is called; the caption begins with it.
        shows: what a reader sees in it, one line.
        needs: run that it is drawn of, with its notebook.
        draw: makes it of a run's data, or of a list of them, and of how many clips it may show.
        several: whether it is drawn of several runs at once.
        models: whether models of the run are asked, which takes a while.
        clips: how many single clips it shows when nobody says: on a page, in a column of print, on a slide.
        slow: whether it takes more than a few seconds for another reason, in words; empty where it does not.
    """

    title: str
    shows: str
    needs: str
    draw: Callable[[Any, int], Drawing]
    several: bool = False
    models: bool = False
    clips: tuple[int, int, int] = (3, 3, 2)
    slow: str = ""


FIGURES: dict[str, PaperFigure] = {
    "scores": PaperFigure(
        "Unweighted F1 and unweighted average recall",
        "UF1 and UAR with 95 % intervals, all clips and each database; several runs",
        TRAINING,
        scored.draw_scores,
        several=True,
    ),
    "confusion": PaperFigure(
        "Confusion matrices",
        "true against predicted class, all clips and each database",
        TRAINING,
        scored.draw_confusion,
    ),
    "features": PaperFigure(
        "UMAP of the learned features",
        "the test clips in a plane: by class, by database, right and wrong",
        TRAINING,
        scored.draw_features,
        slow="UMAP takes half a minute or more the first time.",
    ),
    "fusion-weights": PaperFigure(
        "Fusion weights by class",
        "where the local, global and full-face modules look, on the face",
        TRAINING,
        explained.draw_fusion_weights,
    ),
    "displacement": PaperFigure(
        "Displacement from onset to apex",
        "generated displacement, optical flow and dynamic image of example clips",
        TRAINING,
        seen.draw_displacement,
        slow="The aligned clips are read; where they are not kept they are made, which takes minutes.",
    ),
    "regions": PaperFigure(
        "Regions of interest and action-unit boxes",
        "68 landmarks, 43 regions of interest and nine action-unit boxes on a face",
        TRAINING,
        seen.draw_regions,
        slow="The aligned clips are read; where they are not kept they are made, which takes minutes.",
    ),
    "attributions": PaperFigure(
        "Integrated gradients of the predicted class",
        "what speaks for and against the predicted class, on the face",
        TRAINING,
        explained.draw_attributions,
        models=True,
    ),
    "occlusion": PaperFigure(
        "Occlusion by action-unit region",
        "fall of the true class's log-odds when one action-unit region is still",
        TRAINING,
        explained.draw_occlusion,
        models=True,
    ),
    "layer-attribution": PaperFigure(
        "Contributions of the fusion modules to the log-odds",
        "layer integrated gradients of the local, global and full-face modules",
        TRAINING,
        explained.draw_layer_attribution,
        models=True,
    ),
    "training": PaperFigure(
        "Training curves", "losses against the step, median and quartiles over folds", TRAINING, scored.draw_training
    ),
    "failures": PaperFigure(
        "The most confident errors",
        "wrongly predicted clips: motion, fusion weights, attributions, scores",
        TRAINING,
        seen.draw_failures,
        models=True,
        clips=(3, 2, 1),
    ),
    "error-shares": PaperFigure(
        "Error rates by kind of clip",
        "share of wrong predictions by class, database, size of the motion",
        TRAINING,
        scored.draw_error_shares,
        slow="The aligned clips are read; where they are not kept they are made, which takes minutes.",
    ),
    "reliability": PaperFigure(
        "Reliability diagram",
        "share of right predictions against the score (calibration)",
        f"a study of calibration (12_calibration), or {TRAINING}",
        kept.draw_reliability,
    ),
    "ablation": PaperFigure(
        "Ablation: differences to the whole model",
        "change of UF1 and UAR when one part of the model is left out",
        "the tables of a study (07_paper_tables), or several training runs",
        kept.draw_ablation,
        several=True,
    ),
    "spotting": PaperFigure(
        "Spotted against annotated apexes",
        "apex spotting: errors in frames of every spotter",
        "a study of key frames (08_key_frames)",
        kept.draw_spotting,
    ),
    "deviations": PaperFigure(
        "Scores with displaced key frames",
        "UF1 and UAR when the onset or the apex is moved",
        "a study of key frames (08_key_frames)",
        kept.draw_deviations,
    ),
    "automatic-apex": PaperFigure(
        "Scores with spotted apexes",
        "UF1 and UAR with the apex of each spotter",
        "a study of key frames (08_key_frames)",
        kept.draw_automatic,
    ),
    "endpoint": PaperFigure(
        "End-point error of the displacement",
        "error against the true displacement, FRL-DGT and optical flow",
        "a study of displacement (09_displacement)",
        kept.draw_endpoint,
    ),
    "runtime": PaperFigure(
        "Inference time",
        "time of each stage of a recognition, from image files to class",
        "a study of inference time (10_runtime)",
        kept.draw_runtime,
    ),
    "conditions": PaperFigure(
        "Scores under harder conditions",
        "UF1 and UAR with noise, blur, head motion and the like",
        "a study of harder conditions (11_conditions)",
        kept.draw_conditions,
    ),
    "methods": PaperFigure(
        "Scores of the methods",
        "UF1 and UAR of every method with 95 % intervals, all clips and each database",
        EVIDENCE,
        evidence.draw_methods,
    ),
    "differences": PaperFigure(
        "Differences between methods",
        "UF1 of each method minus that of a floor, with paired interval and p",
        EVIDENCE,
        evidence.draw_differences,
    ),
    "epoch-rules": PaperFigure(
        "The same trainings under three epoch rules",
        "UF1 and UAR of the rules last, nested and oracle: the size of the leak",
        EVIDENCE,
        evidence.draw_epoch_rules,
    ),
}


def figure_named(name: str) -> PaperFigure:
    """The figure of a name.

    Raises:
        InputError: there is none.
    """
    if name not in FIGURES:
        raise InputError(f"No figure {name!r}. {nearest(name, FIGURES)} `mer figure --list` says what each shows.")
    return FIGURES[name]
