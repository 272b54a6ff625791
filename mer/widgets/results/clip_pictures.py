"""The pictures of a clip: frames and motion with a colour wheel, below them the fusion's weights with a colour bar."""

import html
from collections.abc import Sequence

import ipywidgets

from mer.widgets.parts.picture import Picture
from mer.widgets.results.legends import weights_html, wheel_html
from mer.widgets.results.pictures import Seen, face_pictures, motion_limit, motion_pictures
from mer.widgets.results.shown import Shown
from mer.widgets.results.weights import weight_pictures, weight_scale


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
            words = f'<div style="font-size:12px;line-height:1.3;padding-left:4px">{html.escape(item.head)}</div>'
            if head.value != words:
                head.value = words
            if item.image is None:
                picture.say(item.missing)
            else:
                picture.show(item.image, item.alt)


class ClipPictures(ipywidgets.VBox):
    """``motion`` and ``weights``, a row of pictures each with its legend; `show` puts another clip in place."""

    def __init__(self, onset: bool = True) -> None:
        """``onset``: whether the onset is shown by itself."""
        self._first = 0 if onset else 1
        self.motion, self.weights = PictureRow(4 - self._first, width=190), PictureRow(3, width=262)
        beside = ipywidgets.Layout(flex="1 1 260px", max_width="640px", align_self="center")
        self.wheel, self.bar = ipywidgets.HTML(layout=beside), ipywidgets.HTML(layout=beside)
        wrap = ipywidgets.Layout(flex_flow="row wrap", grid_gap="0 14px")
        rows = [(self.motion, self.wheel), (self.weights, self.bar)]
        super().__init__([ipywidgets.HBox(row, layout=wrap) for row in rows])

    def show(self, seen: Seen, beside: Sequence[Seen] = ()) -> None:
        """Show a clip; its colours are those of ``beside``, the clips that it is to be compared with."""
        clips = (seen, *beside)
        if not (seen.faces or seen.motion or seen.weights):
            nothing = Shown("no pictures", "", missing="This run keeps no frames, motion or weights.")
            self._fill([nothing], "", [], "")
            return
        limit, norm = motion_limit(clips), weight_scale([each.weights for each in clips])
        self._fill(
            [*face_pictures(seen)[self._first :], *motion_pictures(seen, limit)],
            wheel_html(limit) if seen.motion else "",
            weight_pictures(seen.weights, seen.name, norm) if seen.weights else [],
            weights_html(norm, seen.weights) if seen.weights else "<p>This run keeps no fusion weights.</p>",
        )

    def _fill(self, motion: list[Shown], wheel: str, weights: list[Shown], bar: str) -> None:
        self.motion.show(motion)
        self.weights.show(weights)
        self.wheel.value, self.bar.value = wheel, bar
