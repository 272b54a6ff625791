"""Figures drawn again from the numbers that runs of other notebooks keep: key frames, conditions, runtime, tables."""

from collections.abc import Sequence
from pathlib import Path

from mer.core.finished_run import checked
from mer.evaluation.conditions import scores_by_condition
from mer.evaluation.guessing import guessing_scores
from mer.evaluation.paper_runs import by_variant, paper_words, read_runs, tested_on
from mer.evaluation.paper_tables import difference_table
from mer.figures.ablation import ablation_figure
from mer.figures.endpoint import endpoint_figure
from mer.figures.key_frames import automatic_figure, deviation_figure, spotting_figure
from mer.figures.reliability import reliability_figure, reliability_table
from mer.figures.runtime import runtime_figure
from mer.figures.scores import guessing_words, scores_figure, scores_words
from mer.figures.tables import interval
from mer.runs.paper.data import RunData
from mer.runs.paper.drawing import INTERVALS, SCORES, Drawing, clips_of_panels


def draw_ablation(runs: Sequence[RunData], clips: int) -> Drawing:
    """What each part of the model is worth: from runs of variants, or from the table that 07_paper_tables kept."""
    first = runs[0]
    words = ""
    if len(runs) > 1:
        variants = by_variant(read_runs([Path(run.trained) for run in runs]))
        every = [one for group in variants.values() for one in group]
        folders = tuple(str(run.trained) for run in runs)
        table = first.kept(("ablation", *folders), lambda: difference_table(variants, 2000))
        synthetic = every[0].synthetic
        words = f" {tested_on(every)} {paper_words(every)}"
    else:
        table = first.table("figures/ablation", "07_paper_tables")
        synthetic = "uf1_difference_ours_synthetic" in table
    rows = table[table["part"] == "all"]
    return Drawing(
        ablation_figure(table, synthetic=synthetic, epoch_rule=first.epoch_rule),
        "Score of the model without one of its parts minus that of the whole model, on the same clips: unweighted F1 "
        f"(UF1) and unweighted average recall (UAR). {INTERVALS}, paired; hollow diamonds: the paper's, on real "
        f"faces.{words}",
        "Differences in UF1 and UAR of "
        + ", ".join(f"{row.variant} ({row.change})" for row in rows.itertuples())
        + ".",
        table,
    )


def draw_spotting(run: RunData, clips: int) -> Drawing:
    """How far spotted apexes lie from annotated ones."""
    errors = run.table("figures/spotting", "08_key_frames")
    people = len(errors[["database", "subject"]].drop_duplicates())
    mean = errors.assign(size=errors["error_frames"].abs()).groupby("method")["size"].mean().sort_values()
    return Drawing(
        spotting_figure(errors, synthetic=run.synthetic),
        f"Of {len(errors) // max(len(mean), 1)} clips of {people} subjects. Left: "
        "share of clips off by at most so many frames. Right: errors with their sign; boxes from quartile to "
        "quartile. Beside each name: mean absolute error in frames.",
        "Mean absolute errors in frames: " + ", ".join(f"{name} {value:.1f}" for name, value in mean.items()),
        errors,
    )


def draw_deviations(run: RunData, clips: int) -> Drawing:
    """Scores when a key frame is moved."""
    table = run.table("figures/deviations", "08_key_frames")
    return Drawing(
        deviation_figure(table, synthetic=run.synthetic, epoch_rule=run.epoch_rule),
        f"{SCORES} of models trained on annotated key frames when the onset or the apex is moved by a share of the "
        f"clip's length. {INTERVALS}; paler lines: the paper's, on real faces of CASME II.",
        "Two panels, UF1 and UAR, against how far onset or apex was moved, ours and the paper's.",
        table,
    )


def draw_automatic(run: RunData, clips: int) -> Drawing:
    """Scores with an automatic apex."""
    table = run.table("figures/automatic-apex", "08_key_frames")
    unmoved = run.table("figures/deviations", "08_key_frames").sort_values("percent", kind="stable").iloc[0]
    return Drawing(
        automatic_figure(table, unmoved, synthetic=run.synthetic, epoch_rule=run.epoch_rule),
        f"{SCORES} with the apex of each spotter, shown to models trained on annotated apexes and to models trained "
        f"on its own; dashed: with the annotated apex. {INTERVALS}.",
        "UF1 and UAR of every spotter with intervals, and of the annotated apex.",
        table,
    )


def draw_reliability(run: RunData, clips: int) -> Drawing:
    """Whether scores mean what they say: of a study of calibration, or of one training run as it is."""
    clips_shown = ""
    kept = run.folder / "figures" / "reliability.csv"
    if checked(kept).is_file():
        table = run.table("figures/reliability", "12_calibration")
        known = run.table("tables/calibration", "12_calibration").to_dict("records")
        words = {
            str(row["run"]): f"ECE {interval({str(key): value for key, value in row.items()}, 'ece')}" for row in known
        }
    else:
        table, words = reliability_table({"test clips": run.predictions}), {}
        clips_shown = " " + clips_of_panels(run.predictions)
    return Drawing(
        reliability_figure(table, synthetic=run.synthetic, epoch_rule=run.epoch_rule, words=words),
        "Share of right predictions by the score of the predicted class, in ten bins; below, the number of clips in "
        "each. On the diagonal scores mean what they "
        f"say.{' ECE: expected calibration error.' if words else ''}{clips_shown}",
        "; ".join(f"{name}: {error}" for name, error in words.items())
        or "Share of right predictions against the score.",
        table,
    )


def draw_conditions(run: RunData, clips: int) -> Drawing:
    """Scores under harder conditions."""
    table = run.table("figures/conditions", "11_conditions")
    scores, guessed = scores_by_condition(table), guessing_scores(run.predictions).head(1)
    return Drawing(
        scores_figure(scores, synthetic=run.synthetic, epoch_rule=run.epoch_rule, chance=guessed),
        f"{SCORES} of models trained on plain clips and tested under harder conditions. {INTERVALS}. "
        f"{guessing_words(guessed)}",
        scores_words(scores),
        table,
    )


def draw_endpoint(run: RunData, clips: int) -> Drawing:
    """End-point errors of displacement fields."""
    bins, noise = (run.table(f"figures/endpoint-error-{part}", "09_displacement") for part in ("bins", "noise"))
    best = bins.groupby("method")["error"].mean().drop(["no motion"], errors="ignore").idxmin()
    return Drawing(
        endpoint_figure(bins, noise, synthetic=run.synthetic, highlight=str(best)),
        "Mean end-point error on held-out subjects against the length of the true displacement, against that of its "
        "part without head motion, and with noise added to the frames. “No motion”: a field of zeros. Band: 95 % "
        f"interval over subjects of {best}, the best method.",
        f"Three panels of lines, one a method; lowest on average: {best}.",
        {"bins": bins, "noise": noise},
    )


def draw_runtime(run: RunData, clips: int) -> Drawing:
    """Time of a recognition."""
    table = run.table("figures/runtime-summary", "10_runtime")
    whole = table[table["stage"] == "image files to class"].dropna(subset=["before_ms_low"])
    return Drawing(
        runtime_figure(table, synthetic=run.synthetic, device=str(run.summary.get("device", "device not recorded"))),
        "Median times of the stages of a recognition; “image files to class” is measured as one call, with "
        "quartiles. Right: ×, the time of fusion before attention over that of fusion after it (before / after), with "
        "quartiles; paler where these hold 1.",
        "; ".join(
            f"{row.configuration}: {row.before_ms:.3g} ms with Fu-B-Attn, {row.after_ms:.3g} with Fu-A-Attn"
            for row in whole.itertuples()
        ),
        table,
    )
