"""One clip looked at: its frames, motion, fusion weights on the face, and class scores."""

import html
from collections.abc import Callable

import ipywidgets
import numpy as np

from mer.evaluation.predictions import SCORE
from mer.figures.style import class_palette, ordered_classes
from mer.manifest.clips import KEY
from mer.widgets.bars import bars_html
from mer.widgets.parts.guard import guarded
from mer.widgets.parts.notice import Notice
from mer.widgets.results.clip_pictures import ClipPictures
from mer.widgets.results.data import RunResults
from mer.widgets.results.pictures import clip_seen

#: Gives the true motion of a clip of the run, (2, H, W), or None and why; no reason where nobody asked for it.
TrueMotion = Callable[[int], tuple[np.ndarray | None, str]]


class ClipDetail(ipywidgets.VBox):
    """The clip that is looked at; `show` puts another one in its place."""

    def __init__(self, results: RunResults, true_motion: TrueMotion) -> None:
        self.results, self._true_motion = results, true_motion
        self.heading, self.scores = ipywidgets.HTML(), ipywidgets.HTML()
        self.pictures, self.notice = ClipPictures(), Notice()
        super().__init__([self.heading, self.notice, self.scores, self.pictures])

    @guarded
    def show(self, row: int) -> None:
        """Show a clip; -1 is none. Where its arrays can no longer be read that is said in place of its pictures."""
        if row < 0:
            self.heading.value = "<p>No clip is looked at. Choose one in the table, the plane or the strip.</p>"
            return
        self.heading.value = heading_html(self.results, row)
        self.scores.value = scores_html(self.results, row)
        name = str(self.results.predictions["clip"].iat[row])
        seen = False
        try:
            self.pictures.show(clip_seen(self.results.arrays, row, name, *self._true_motion(row)))
            seen = True
        finally:
            self.pictures.layout.display = "" if seen else "none"  # never those of the clip before


def heading_html(results: RunResults, row: int) -> str:
    """Key, true and predicted class, right or wrong, and the fold of a clip, as HTML."""
    one = results.predictions.iloc[row]
    verdict = "✓ right" if results.right[row] else "✗ wrong"
    held = "this person" if one["fold"] == f"{one['database']}/{one['subject']}" else html.escape(one["fold"])
    return (
        f'<p style="margin:6px 0 2px;line-height:1.4"><b>{html.escape(results.name(row))}</b>: true '
        f"<b>{html.escape(results.true_class(row))}</b>, predicted <b>{html.escape(one['predicted'])}</b> ({verdict}); "
        f"predicted by the model of the fold that held out {held}</p>"
    )


def scores_html(results: RunResults, row: int, title: str = "Class scores (probability)") -> str:
    """Class scores of a clip as bars; the true and the predicted class are marked in words."""
    one = results.predictions.iloc[row]
    marks = {one["label"]: "true", one["predicted"]: "predicted"}
    if one["label"] == one["predicted"]:
        marks = {one["label"]: "true, predicted"}
    values = {name: float(one[SCORE + name]) for name in results.classes}
    palette = class_palette(ordered_classes(results.classes))
    return bars_html(values, title=title, marks=marks, colours=palette, largest=1.0)


def true_motion_of(results: RunResults, store: object | None) -> TrueMotion:
    """Where a run's clips find their true motion in an aligned store, by their key.

    Args:
        results: the run.
        store: `mer.face.store.AlignedStore` (``clips``, ``displacement``), or None.
    """
    why = ""
    fields = getattr(store, "displacement", None)
    if store is not None and fields is None:
        why = "It is known of synthetic clips only."
    if store is None or fields is None:
        return lambda row: (None, why)
    import pandas as pd

    keys = pd.MultiIndex.from_frame(store.clips[list(KEY)].astype(str))  # type: ignore[attr-defined]
    place = keys.get_indexer(pd.MultiIndex.from_frame(results.predictions[list(KEY)]))

    def found(row: int) -> tuple[np.ndarray | None, str]:
        if place[row] < 0:
            return None, "This clip is not in the store that was given."
        return np.asarray(fields[place[row]], np.float32), ""

    return found
