"""The part of "try your own" that says why: computed when it is asked for, and remembered by class."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import ipywidgets
import numpy as np

from mer.figures.images import as_grey
from mer.widgets import render
from mer.widgets.one_at_a_time import one_at_a_time
from mer.widgets.parts.guard import guarded
from mer.widgets.parts.notice import Notice
from mer.widgets.parts.picture import Picture
from mer.widgets.try_own.words import explanation_html, regions_html
from mer.widgets.try_own.work import OwnWork

if TYPE_CHECKING:
    from mer.evaluation.own_clip import OwnExplanation
    from mer.training.predict import ClipPrediction


class ExplainOwn(ipywidgets.VBox):
    """Class, button and, after it, attributions on the face and losses by region.

    Attributes:
        target: class that is explained.
        button: starts it.
        picture: attributions.
        regions: losses, as HTML.
    """

    def __init__(self, work: OwnWork) -> None:
        self.work, self.busy = work, work.busy
        self.notice = Notice()
        self.target = ipywidgets.Dropdown(description="Class", layout=ipywidgets.Layout(width="240px"))
        self.button = ipywidgets.Button(description="Explain", tooltip="What the score of this class rests on")
        self.words, self.regions = ipywidgets.HTML(), ipywidgets.HTML()
        self.picture = Picture(width=300)
        self._kept: dict[str, OwnExplanation] = {}
        self._result = ipywidgets.VBox(
            [
                self.words,
                ipywidgets.HBox(
                    [self.picture, self.regions], layout=ipywidgets.Layout(flex_flow="row wrap", grid_gap="8px 28px")
                ),
            ]
        )
        super().__init__([ipywidgets.HBox([self.target, self.button]), self.notice, self._result])
        self.button.on_click(self._explain)
        self.target.observe(self._other_class, "value")
        self.start(None)

    def start(self, found: "ClipPrediction | None") -> None:
        """Begin anew with another prediction; None hides all of it."""
        self._kept.clear()
        self._result.layout.display = "none"
        self.notice.clear()
        self.layout.display = "none" if found is None else ""
        if found is not None:
            self.target.options = list(found.models.classes)
            self.target.value = found.pair.predicted

    @one_at_a_time
    @guarded
    def _explain(self, _button: object = None) -> None:
        target = self.target.value
        if target not in self._kept:
            self.button.disabled = True
            try:
                self._kept[target] = self.work.explain(target, saying(self.notice.say))
            finally:
                self.button.disabled = False
            self.notice.clear()
        self._show(self._kept[target])

    def _other_class(self, _change: object) -> None:
        known = self._kept.get(self.target.value)
        if known is None:
            self._result.layout.display = "none"
        else:
            self._show(known)

    def _show(self, explanation: "OwnExplanation") -> None:
        from mer.figures.own_clip import attribution_picture

        found = self.work.found
        assert found is not None, "explained a moment ago"
        image = attribution_picture(as_grey(found.pair.onset), explanation)
        best = next(iter(explanation.regions))
        alt = f"The onset face with what speaks for {explanation.target} in orange; most is lost at box {best}."
        self.picture.show(render.jpeg(render.face((image * 255).round().astype(np.uint8), 600)), alt)
        self.words.value = explanation_html(explanation)
        self.regions.value = regions_html(explanation)
        self._result.layout.display = ""


def saying(say: Callable[[str], object]) -> Callable[..., Iterable[Any]]:
    """A bar that says in words how far it is, at every quarter: a screen reader reads each of them."""

    def bar(items: Iterable[Any], what: str, total: int, unit: str) -> Iterator[Any]:
        told = -1
        for place, item in enumerate(items):
            if (quarter := 4 * place // max(1, total)) > told:
                told = quarter
                say(f"{what}: {place} of {total} {unit}.")
            yield item

    return bar
