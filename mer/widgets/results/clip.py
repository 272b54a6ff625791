"""One clip looked at: its frames, motion, fusion weights on the face, and class scores."""

import html
from collections.abc import Callable, Sequence

import ipywidgets
import numpy as np

from mer.evaluation.predictions import SCORE
from mer.figures.style import class_palette, ordered_classes
from mer.manifest.clips import KEY
from mer.widgets.bars import bars_html
from mer.widgets.parts.picture import Picture
from mer.widgets.results.data import RunResults
from mer.widgets.results.pictures import Shown, clip_pictures

#: Gives the true motion of a clip of the run, (2, H, W), or None and why; no reason where nobody asked for it.
TrueMotion = Callable[[int], tuple[np.ndarray | None, str]]


#: Below the pictures of a clip.
HOW_TO_READ = (
    "Motion is from onset to apex, that of the head included; hue is its direction. Weights: means over the heads, as "
    "multiples of the uniform weight, dark to bright, one scale for the three modules."
)


class PictureRow(ipywidgets.HBox):
    """Pictures with heads beside each other; a place without one says why."""

    def __init__(self, count: int, width: int = 148) -> None:
        self.pictures = [Picture(width=width) for _ in range(count)]
        self.heads = [ipywidgets.HTML() for _ in range(count)]
        boxes = [
            ipywidgets.VBox([head, picture], layout=ipywidgets.Layout(width=f"{width + 8}px"))
            for head, picture in zip(self.heads, self.pictures, strict=True)
        ]
        super().__init__(boxes, layout=ipywidgets.Layout(flex_flow="row wrap"))

    def show(self, shown: Sequence[Shown]) -> None:
        """Put these, at most as many as there are places, in place of those before."""
        for place, box in enumerate(self.children):
            box.layout.display = "" if place < len(shown) else "none"
        for picture, head, item in zip(self.pictures, self.heads, shown, strict=False):
            words = f'<div style="font-size:12px;line-height:1.25;min-height:30px">{html.escape(item.head)}</div>'
            if head.value != words:
                head.value = words
            if item.image is None:
                picture.say(item.missing)
            else:
                picture.show(item.image, item.alt)


class ClipDetail(ipywidgets.VBox):
    """The clip that is looked at; `show` puts another one in its place."""

    def __init__(self, results: RunResults, true_motion: TrueMotion) -> None:
        self.results, self._true_motion = results, true_motion
        self.heading, self.scores = ipywidgets.HTML(), ipywidgets.HTML()
        self.row = PictureRow(7, width=132)
        note = ipywidgets.HTML(f'<p style="margin:0;font-size:12px;line-height:1.3">{HOW_TO_READ}</p>')
        super().__init__([self.heading, self.row, note, self.scores])

    def show(self, row: int) -> None:
        """Show a clip; -1 is none.

        Raises:
            InputError: the arrays of the run can no longer be read.
        """
        if row < 0:
            self.heading.value = "<p>No clip is looked at. Choose one in the table, the plane or the strip.</p>"
            return
        self.heading.value = heading_html(self.results, row)
        self.scores.value = scores_html(self.results, row)
        name = str(self.results.predictions["clip"].iat[row])
        self.row.show(
            worth_showing(clip_pictures(self.results.arrays, row, name, *self._true_motion(row)), self.results)
        )


def worth_showing(shown: Sequence[Shown], results: RunResults) -> list[Shown]:
    """Pictures of a clip; of a run without any arrays one sentence in place of all that are missing."""
    if results.arrays:
        return list(shown)
    nothing = Shown("no pictures", "", missing="This run keeps no frames, motion or weights.")
    return [nothing, *(item for item in shown if item.image is not None)]


def heading_html(results: RunResults, row: int) -> str:
    """Key, true and predicted class, right or wrong, and the fold of a clip, as HTML."""
    one = results.predictions.iloc[row]
    verdict = "✓ right" if results.right[row] else "✗ wrong"
    return (
        f'<p style="margin:6px 0 2px;line-height:1.4"><b>{html.escape(results.name(row))}</b>: true '
        f"<b>{html.escape(one['label'])}</b>, predicted <b>{html.escape(one['predicted'])}</b> ({verdict}); "
        f"predicted by the model that held out {html.escape(one['fold'])}</p>"
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
