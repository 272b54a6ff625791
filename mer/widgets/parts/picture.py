"""A picture with words for those who do not see it; in its place a message where there is none."""

import anywidget
import traitlets

from mer.widgets.parts.static_files import joined


class Picture(anywidget.AnyWidget):
    """An image file shown in the page, swapped without flicker.

    Attributes:
        image: the bytes of a PNG or JPEG file; empty for no picture.
        alt: what is to be seen, for a screen reader.
        width: shown width, CSS px; never wider than the page.
        message: words shown in place of the image; empty shows the image.
        caption: words below the image.
        clickable: whether a click means something: shows a cross-hair, which the arrow keys move and Enter sets.
        clicked: last point clicked as fractions of the image, ``[x, y]`` from its upper left; empty before.
        clicks: number of clicks: observe it to hear of a second click on the same point.
    """

    _esm = joined("common.js", "picture.js")
    _css = joined("picture.css")

    image = traitlets.Bytes(b"").tag(sync=True)
    alt = traitlets.Unicode("").tag(sync=True)
    width = traitlets.Int(360).tag(sync=True)
    message = traitlets.Unicode("").tag(sync=True)
    caption = traitlets.Unicode("").tag(sync=True)
    clickable = traitlets.Bool(False).tag(sync=True)
    clicked = traitlets.List(traitlets.Float()).tag(sync=True)
    clicks = traitlets.Int(0).tag(sync=True)

    def show(self, image: bytes, alt: str, caption: str | None = None) -> None:
        """Show this image with its words in one message to the page; an earlier message goes away."""
        with self.hold_sync():
            self.image, self.alt, self.message = image, alt, ""
            if caption is not None:
                self.caption = caption

    def say(self, message: str) -> None:
        """Show words in place of the image."""
        self.message = message
