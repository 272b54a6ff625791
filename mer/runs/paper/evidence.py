"""Figures of the evidence for methods, drawn again from the numbers that a run of 18_evidence keeps."""

from mer.evaluation.comparisons import comparison_words
from mer.evaluation.evidence_tables import family_words, looks_of
from mer.evaluation.guessing import guessing_scores
from mer.evaluation.paper_runs import read_runs
from mer.evaluation.report import ALL
from mer.figures.differences import LEVEL, differences_figure, left_out_words
from mer.figures.epoch_rules import epoch_rules_figure, leak_words, oracle_words
from mer.figures.methods import methods_figure
from mer.figures.provenance import trained_runs
from mer.figures.scores import guessing_words, scores_words
from mer.runs.paper.data import RunData
from mer.runs.paper.drawing import INTERVALS, SCORES, Drawing, clips_of_panels

NOTEBOOK = "18_evidence"


def draw_methods(run: RunData, clips: int) -> Drawing:
    """Scores of the methods, all clips and each database."""
    table, guessed = run.table("figures/methods", NOTEBOOK), guessing_scores(run.predictions)
    seeds = {str(name): int(known["seeds"]) for name, known in run.summary.get("methods", {}).items()}
    return Drawing(
        methods_figure(
            table,
            seeds,
            synthetic=run.synthetic,
            epoch_rule=run.epoch_rule,
            chance=guessed,
            protocol=_protocol(run),
        ),
        f"{SCORES}, the mean over the seeds of a method. Large: all clips; small: each database by itself. "
        f"{INTERVALS}. {guessing_words(guessed)} {clips_of_panels(run.predictions)}",
        scores_words(table[table["part"] == ALL]),
        table,
    )


def draw_differences(run: RunData, clips: int) -> Drawing:
    """Which method is better than the one that all are compared with."""
    table = run.table("figures/differences", NOTEBOOK)
    return Drawing(
        differences_figure(table, synthetic=run.synthetic, epoch_rule=run.epoch_rule, protocol=_protocol(run)),
        f"{family_words(table)} Full marks: p by Holm at most {LEVEL:g}. {left_out_words(table)}".strip(),
        "; ".join(comparison_words(row) for _, row in table.iterrows()),
        table,
    )


def draw_epoch_rules(run: RunData, clips: int) -> Drawing:
    """The same trainings under three epoch rules."""
    table = run.table("figures/epoch-rules", NOTEBOOK)
    oracle = oracle_words(_protocol(run), looks_of(read_runs(trained_runs(run.folder))))
    return Drawing(
        epoch_rules_figure(table, synthetic=run.synthetic, protocol=_protocol(run)),
        f"{SCORES}, the mean over the seeds of a method. {INTERVALS}; at the right what is gained by choosing the "
        f"epoch on the test clips, paired. {oracle}",
        "Oracle minus last, UF1: " + "; ".join(f"{name} {gain}" for name, gain in leak_words(table).items()),
        table,
    )


def _protocol(run: RunData) -> str:
    return str(run.summary.get("protocol") or "")
