"""Why a clip is predicted so: attributions computed when asked for, by the model of the clip's own fold."""

import html
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import ipywidgets
import numpy as np

from mer.core.errors import InputError
from mer.core.rounded import rounded
from mer.evaluation.predictions import SCORE
from mer.figures.regions import NINE
from mer.widgets import render
from mer.widgets.bars import bars_html
from mer.widgets.parts.guard import guarded
from mer.widgets.parts.notice import Notice
from mer.widgets.results.clip_pictures import PictureRow
from mer.widgets.results.data import RunResults
from mer.widgets.results.pictures import attribution_on_face
from mer.widgets.results.shown import Shown
from mer.widgets.selection import Selection

BASELINE = (
    "Baseline: the same face without motion (the onset frame in place of the apex, a displacement of zero). Orange "
    "speaks for the class, purple against it."
)
_PREDICTED, _TRUE = "predicted class", "true class"
_MOST_KEPT = 256  # explanations remembered


@dataclass(frozen=True)
class ClipExplanation:
    """Why one clip gets its log-odds of one class.

    Attributes:
        target: name of the class.
        gain: its log-odds minus those of the same face without motion (`mer.evaluation.attributions`).
        still: probability of the class without motion.
        delta: convergence delta of the integrated gradients at the input.
        maps: by name, (H, W) attributions of the frames, the displacement's x and y, and all together.
        occlusion: by box, fall of the log-odds of the class when the box is held still.
        branches, local: contributions of the modules by name, without their deltas.
        delta_branches, delta_local: convergence deltas of these.
    """

    target: str
    gain: float
    still: float
    delta: float
    maps: dict[str, np.ndarray]
    occlusion: dict[str, float]
    branches: dict[str, float]
    local: dict[str, float]
    delta_branches: float
    delta_local: float


def explain_clip(results: RunResults, row: int, target: str, steps: int = 64) -> ClipExplanation:
    """Explain one clip of a run for one class.

    Raises:
        MadeAgain: the run was made again since it was opened.
        InputError: the run keeps no weights, of another version, or no model that can be explained.
    """
    import torch

    from mer.evaluation.attributions import attribute_clips, occlusion_by_region
    from mer.evaluation.layer_attribution import FULL_NAME, GLOBAL_NAME, attribute_layers

    for model, inputs, index in _asked(results, row, target):
        found = attribute_clips(model, *inputs, target=index, steps=steps)
        layers = attribute_layers(model, *inputs, target=index, steps=steps)
        with torch.no_grad():
            losses = occlusion_by_region(model, *inputs, index)[0]
    frames, moved = (found.onset + found.apex)[0], found.displacement[0]
    maps = {"onset and apex": frames} if np.abs(frames).max() > 0 else {}
    maps |= {"displacement x": moved[0], "displacement y": moved[1], "all together": frames + moved.sum(0)}
    branches = {GLOBAL_NAME: float(layers.across[0]), FULL_NAME: float(layers.full[0])}
    local = {f"box {name}": float(value) for name, value in zip(NINE, layers.local[0], strict=True)}
    local[FULL_NAME] = float(layers.full_beside_local[0])
    return ClipExplanation(
        target=target,
        gain=float(found.log_odds[0] - found.baseline_log_odds[0]),
        still=float(found.baseline_probability[0]),
        delta=float(found.delta[0]),
        maps=maps,
        occlusion={f"box {name}": float(value) for name, value in zip(NINE, losses, strict=True)},
        branches={name: value for name, value in branches.items() if np.isfinite(value)},
        local={name: value for name, value in local.items() if np.isfinite(value)},
        delta_branches=float(layers.delta_branches[0]),
        delta_local=float(layers.delta_local[0]),
    )


def _asked(results: RunResults, row: int, target: str) -> Iterator[tuple[Any, tuple[Any, Any, Any], Any]]:
    from mer.evaluation.explain import each_fold_model

    with results.opened.one_making():
        yield from each_fold_model(results.folder, results.arrays, results.predictions, [row], [target])


def explanation_pictures(found: ClipExplanation, face: np.ndarray, name: str) -> list[Shown]:
    """The maps of an explanation on the onset face, all on one scale, each with words for it."""
    limit = max(float(np.percentile(np.abs(np.stack(list(found.maps.values()))), 99.5)), 1e-12)
    shown = []
    for head, values in found.maps.items():
        share = float(values.sum())
        alt = (
            f"Integrated gradients of {name} for {found.target}, {head}: they sum to {share:+.2f} of {found.gain:+.2f}."
        )
        shown.append(Shown(f"{head} (sum {share:+.2f})", alt, render.jpeg(attribution_on_face(face, values, limit))))
    return shown


def explanation_words(found: ClipExplanation) -> str:
    """The class, the change of its log-odds, the convergence delta and the baseline, in sentences."""
    against = " So the motion speaks against this class; what is left of it the still face has already."
    return (
        f"The motion changes the log-odds of {found.target}, log p / (1 - p), by {_signed(found.gain)}, compared with "
        f"the same face without motion.{against * (found.gain < 0)} Integrated gradients add up to this change but for "
        f"the convergence delta {_signed(found.delta, 4)}. {BASELINE}"
    )


def may_contradict() -> str:
    """Why what the modules share and what a still box loses may point to different places."""
    from mer.evaluation.own_clip import OCCLUSION_CAVEAT  # with torch, which is there once something is explained

    return (
        "The shares at the fusion and the losses by box may contradict each other. Attribution divides the change that "
        f"did happen among all inputs; occlusion makes an input anew. {OCCLUSION_CAVEAT}"
    )


def explanation_bars(found: ClipExplanation) -> list[str]:
    """Three tables of bars as HTML: branches, local modules, occlusion."""
    largest = max(abs(value) for value in [*found.branches.values(), *found.local.values()])
    return [
        bars_html(
            found.branches,
            title="Fusion, at the classifier: log-odds added",
            largest=largest,
            note=f"Sum {_signed(sum(found.branches.values()))}, delta {_signed(found.delta_branches, 4)}.",
        ),
        bars_html(
            found.local,
            title="Fusion, at the local modules: log-odds added",
            largest=largest,
            note=f"Sum {_signed(sum(found.local.values()))}, delta {_signed(found.delta_local, 4)}; the nine local "
            "modules act through the global one.",
        ),
        bars_html(
            found.occlusion,
            title="Occlusion: log-odds lost when a box is held still",
            note="Positive: the box speaks for the class. Boxes overlap; losses do not add up.",
        ),
    ]


class ExplainView(ipywidgets.VBox):
    """Button and results; ``target`` chooses the class. What was computed once is remembered."""

    def __init__(self, results: RunResults, selection: Selection) -> None:
        self.results, self.selection = results, selection
        self.notice = Notice()
        #: With the face that it is drawn on: what was explained is shown also once the run's arrays are gone.
        self._kept: dict[tuple[int, str], tuple[ClipExplanation, np.ndarray]] = {}
        self.target = ipywidgets.Dropdown(
            description="Class to explain",
            options=[_PREDICTED, _TRUE, *results.classes],
            layout=ipywidgets.Layout(width="300px"),
            style={"description_width": "104px"},
        )
        self.button = ipywidgets.Button(
            description="Explain this clip", tooltip="Explain this clip", button_style="primary"
        )
        self.words, self.row = ipywidgets.HTML(), PictureRow(4, width=230)
        self.bars = [ipywidgets.HTML() for _ in range(3)]
        wrap = ipywidgets.Layout(flex_flow="row wrap", grid_gap="28px")
        self.beware = ipywidgets.HTML()
        self.found = ipywidgets.VBox([self.words, self.row, ipywidgets.HBox(self.bars, layout=wrap), self.beware])
        self.found.layout.display = "none"
        self.button.on_click(self.explain)
        self.target.observe(self.clip_changed, "value")
        super().__init__([ipywidgets.HBox([self.button, self.target]), self.notice, self.found])

    @guarded
    def clip_changed(self, _change: object = None) -> None:
        """Another clip or class: show what is known of it, or nothing until it is asked for."""
        self.notice.clear()
        key = self._key()
        if key in self._kept:
            self._show(key)
        else:
            self.found.layout.display = "none"

    @guarded
    def explain(self, _button: object = None) -> None:
        """Explain the clip that is looked at."""
        key = self._key()
        if key is None:
            raise InputError("No clip is looked at. Choose one in the table or the plane.")
        if key not in self._kept:
            self.button.disabled = True
            self.notice.say(f"Explaining {self.results.name(key[0])} for {key[1]}: loading the model of its fold …")
            try:
                found = explain_clip(self.results, *key)
                self._kept[key] = found, np.array(self.results.arrays["onset"][key[0]])
            finally:
                self.button.disabled = False
            if len(self._kept) > _MOST_KEPT:
                del self._kept[next(iter(self._kept))]
            self.notice.clear()
        self._show(key)

    def _key(self) -> tuple[int, str] | None:
        row = self.selection.focus
        if row < 0:
            return None
        columns = {_PREDICTED: "predicted", _TRUE: "label"}
        chosen = self.target.value
        name = self.results.predictions[columns[chosen]].iat[row] if chosen in columns else chosen
        return row, str(name)

    def _show(self, key: tuple[int, str] | None) -> None:
        assert key is not None, "only what was explained is shown"
        found, face = self._kept[key]
        one = self.results.predictions.iloc[key[0]]
        score = (
            f" Probability of {found.target}: {found.still:.3f} without motion, {one[SCORE + found.target]:.3f} with "
            "it (no class is for a face at rest)."
        )
        self.words.value = (
            f'<p style="margin:4px 0;line-height:1.4">{html.escape(explanation_words(found) + score)}</p>'
        )
        self.row.show(explanation_pictures(found, face, one["clip"]))
        for place, bars in zip(self.bars, explanation_bars(found), strict=True):
            place.value = bars
        self.beware.value = f'<p style="margin:4px 0;max-width:1040px;line-height:1.4">{may_contradict()}</p>'
        self.found.layout.display = ""


def _signed(value: float, digits: int = 2) -> str:
    return f"{rounded(value, digits):+.{digits}f}"
