"""Key frames that are off: how far spotted apexes lie from annotated ones, and what that and moved key frames cost."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from mer.core.errors import InputError
from mer.figures.layout import panels_figure
from mer.figures.style import GREY, styled
from mer.figures.styles import current, ink, narrow, points, unit
from mer.figures.words import legend_below

_INKS = {
    "flow": "blue",
    "difference": "sky",
    "middle": "black",
    "ratio": "orange",
    "capsule": "vermilion",
    "divide-and-conquer": "green",
    "frequency": "purple",
}
_DASHES = {"middle": (0, (4, 2)), "ratio": (0, (1, 1.2))}
#: In grey print every line has dashes of its own.
_GREY_DASHES = {
    "flow": "-",
    "difference": (0, (6, 1)),
    "capsule": (0, (5, 1, 1, 1)),
    "divide-and-conquer": (0, (3, 1, 1, 1, 1, 1)),
    "frequency": (0, (2, 1)),
}
_METRICS = {"uf1": "UF1", "uar": "UAR"}
_PAPER = "#9A9A9A"
_KEY_FRAMES = {"onset": ("vermilion", "o"), "apex": ("blue", "s")}


@styled
def spotting_figure(
    errors: pd.DataFrame, *, synthetic: bool, title: str = "How far spotted apexes are from annotated ones"
) -> Figure:
    """Left the share of clips that are off by at most so many frames, right errors with their sign as boxes.

    One colour a method in both; beside its name stands its mean absolute error in frames.

    Args:
        errors: from `mer.motion.spotting_errors.clip_errors`.
        synthetic: whether the faces are rendered.
        title: heading.
    """
    if errors.empty:
        raise InputError("No spotting errors to draw. Spot the apexes of some annotated clips first.")
    absolute = errors.assign(size=errors["error_frames"].abs())
    order = absolute.groupby("method")["size"].mean().sort_values().index.tolist()
    left, right = _two_panels(1.25 + 0.26 * max(len(order), 6), title, synthetic, shared=False)
    figure = left.figure
    dashes = _DASHES | (_GREY_DASHES if current().grey_safe else {})
    limit = max(5, int(np.ceil(absolute["size"].quantile(0.9))))
    names = []
    for method in order:
        sizes = np.sort(absolute.loc[absolute["method"] == method, "size"].to_numpy())
        share = np.searchsorted(sizes, np.arange(limit + 1), side="right") / len(sizes)
        left.step(
            np.arange(limit + 1),
            share,
            where="post",
            color=_colour(method),
            linestyle=dashes.get(method, "-"),
        )
        names.append(f"{method}  {sizes.mean():.1f}")
    left.set(xlabel="frames off, at most", ylabel="share of clips", xlim=(0, limit), ylim=(0, 1.02))
    left.xaxis.set_major_locator(MaxNLocator(integer=True))
    left.grid(True)
    boxes = [100 * errors.loc[errors["method"] == method, "error_share"].to_numpy() for method in order]
    drawn = right.boxplot(
        boxes, orientation="horizontal", widths=0.6, patch_artist=True, flierprops={"markersize": 2 * unit()}
    )
    for patch, median, method in zip(drawn["boxes"], drawn["medians"], order, strict=True):
        patch.set(facecolor=_colour(method), alpha=0.55, edgecolor=GREY)
        median.set(color="black")
    right.axvline(0, color=GREY, linewidth=0.8 * unit())
    right.set_yticks(range(1, len(order) + 1), names)
    for label, method in zip(right.get_yticklabels(), order, strict=True):
        label.set_color("black" if current().grey_safe else _colour(method))
    right.set_title("method, mean absolute error in frames", loc="left", fontsize=points(7), color=GREY)
    right.invert_yaxis()
    right.tick_params(axis="y", length=0)
    right.set_xlabel("error, % of the clip (below 0: too early)")
    right.grid(axis="x")
    return figure


@styled
def deviation_figure(
    table: pd.DataFrame, *, synthetic: bool, epoch_rule: str, title: str = "Scores when a key frame is moved"
) -> Figure:
    """One panel a metric: score against how far onset or apex was really moved, ours and the paper's in grey.

    The paper's stand at the percentage that it names; how many of its frames were cut off at a clip's ends is unknown.

    Args:
        table: from `mer.evaluation.key_frames.deviation_table`.
        synthetic: whether the faces are rendered.
        epoch_rule: name of the epoch rule, printed.
        title: heading.
    """
    if table.empty:
        raise InputError("No deviations to draw. Move a key frame first.")
    panels = _two_panels(2.75, title, synthetic, epoch_rule=epoch_rule)
    figure = panels[0].figure
    for axes, metric in zip(panels, _METRICS, strict=True):
        value, low, high = (_column(table, metric, bound) for bound in ("", "_low", "_high"))
        for which, (name, marker) in _KEY_FRAMES.items():
            colour = ink("black" if current().grey_safe and name == "vermilion" else name)
            rows = table[table["moved"] == which]
            if rows.empty:
                continue
            axes.plot(
                rows["percent"],
                rows[f"{metric}_paper"],
                color=_PAPER,
                marker=marker,
                markersize=3.5 * unit(),
                lw=0.9 * unit(),
            )
            axes.annotate(
                f"{which}, real faces",
                (rows["percent"].iloc[-1], rows[f"{metric}_paper"].iloc[-1]),
                (4, 0),
                textcoords="offset points",
                fontsize=points(6.5),
                color=GREY,
                va="center",
            )
            bounds = np.abs(rows[[low, high]].to_numpy(float).T - rows[value].to_numpy(float))
            axes.errorbar(
                rows["mean_percent"],
                rows[value],
                bounds,
                color=colour,
                marker=marker,
                markersize=4 * unit(),
                elinewidth=0.8 * unit(),
                label=f"{which} moved",
            )
        axes.set(title=_METRICS[metric], xlabel="moved by, mean % of onset to apex", xlim=(-2, 40))
        axes.set_xticks([0, 10, 20, 30])
        axes.grid(axis="y")
    panels[0].set_ylim(*_limits(table, ("_paper", *_endings(table))))
    words = "ours, 95 % intervals over persons; grey: paper, real faces (CASME II)"
    handles, labels = panels[0].get_legend_handles_labels()
    legend_below(figure, handles, labels, 2, words)
    return figure


@styled
def automatic_figure(
    table: pd.DataFrame,
    true_scores: pd.Series,
    *,
    synthetic: bool,
    epoch_rule: str,
    title: str = "Scores with an automatic apex",
) -> Figure:
    """One panel a metric, one row a method: models trained on annotated apexes, and on its own where there are.

    The paper's score with its spotter, on real faces, has a row of its own at the end.

    Args:
        table: from `mer.evaluation.key_frames.automatic_table`.
        true_scores: row of `mer.evaluation.key_frames.falls_table` for the true key frames, drawn as a line.
        synthetic: whether the faces are rendered.
        epoch_rule: name of the epoch rule, printed.
        title: heading.
    """
    if table.empty:
        raise InputError("No automatic apex to draw. Spot some apexes first.")
    uf1 = _column(table, "uf1", "")
    methods = table[table["trained_on"] == "annotated"].sort_values(uf1, ascending=False)["method"].tolist()
    methods += [name for name in dict.fromkeys(table["method"]) if name not in methods]
    panels = _two_panels(1.4 + 0.3 * len(methods), title, synthetic, epoch_rule=epoch_rule)
    figure = panels[0].figure
    size = {"ms": 4 * unit(), "elinewidth": 0.9 * unit()}
    apart = 0.16 if (table["trained_on"] == "its own").any() else 0.0
    kinds = [("annotated", "tested only", -apart, "o", ink("blue"))]
    kinds += [("its own", "trained and tested", apart, "D", ink("vermilion"))]
    for axes, metric in zip(panels, _METRICS, strict=True):
        value, low, high = (_column(table, metric, bound) for bound in ("", "_low", "_high"))
        at, rows_of_ours = 2 * [float(true_scores[value])], (-0.5, len(methods) - 0.5)
        axes.plot(at, rows_of_ours, color="black", linewidth=0.8 * unit(), linestyle=(0, (3, 2)))
        for kind, label, shift, marker, colour in kinds:
            rows = table[table["trained_on"] == kind]
            if rows.empty:
                continue
            y = np.array([methods.index(name) for name in rows["method"]]) + shift
            bounds = np.abs(rows[[low, high]].to_numpy(float).T - rows[value].to_numpy(float))
            axes.errorbar(rows[value], y, xerr=bounds, fmt=marker, color=colour, label=label, **size)
            for at, number, right in zip(y, rows[value], rows[high], strict=True):
                axes.annotate(
                    f"{number:.3f}",
                    (right, at),
                    (3, 0),
                    textcoords="offset points",
                    fontsize=points(6.5),
                    va="center",
                    color="black" if current().grey_safe else colour,
                    bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.4},
                )
        published = table[f"{metric}_paper"].dropna().head(1)  # another experiment: a line of its own
        axes.plot(published, np.full(len(published), len(methods)), "x", color=_PAPER, ms=5 * unit())
        axes.set(title=_METRICS[metric], xlim=(0.2, 1.02))
        axes.grid(axis="x")
        axes.tick_params(axis="y", length=0)
    names = [*methods, "paper, real faces"] if table["uf1_paper"].notna().any() else methods
    panels[0].set_yticks(range(len(names)), names)
    for label in panels[0].get_yticklabels()[len(methods) :]:
        label.set_color(GREY)
    panels[0].set_ylim(len(names) - 0.5, -0.5)
    words = "dashed: the annotated apex; 95 % intervals over persons"
    handles, labels = panels[0].get_legend_handles_labels()
    legend_below(figure, handles, labels, 3, words)
    return figure


def _colour(method: str) -> str:
    return ink(_INKS[method]) if method in _INKS else GREY


def _two_panels(height: float, title: str, synthetic: bool, shared: bool = True, epoch_rule: str = "") -> np.ndarray:
    """Two panels side by side, in a column of print below one another; ``height`` is of the figure, inches."""
    down = 2 if narrow() else 1
    figure = panels_figure(height + (height - 0.75) * (down - 1), title, synthetic, epoch_rule=epoch_rule)
    return figure.subplots(down, 2 // down, sharey=shared)


def _endings(table: pd.DataFrame) -> Sequence[str]:
    """The ending of our columns: ``_ours`` or ``_ours_synthetic``."""
    return [name.removeprefix("uf1") for name in table.columns if name in ("uf1_ours", "uf1_ours_synthetic")]


def _column(table: pd.DataFrame, metric: str, bound: str) -> str:
    return f"{metric}{_endings(table)[0]}{bound}"


def _limits(table: pd.DataFrame, endings: Sequence[str]) -> tuple[float, float]:
    names = [f"{metric}{end}{bound}" for metric in _METRICS for end in endings for bound in ("", "_low", "_high")]
    values = table[[name for name in names if name in table.columns]].to_numpy(float)
    return float(np.nanmin(values)) - 0.03, min(1.02, float(np.nanmax(values)) + 0.03)
