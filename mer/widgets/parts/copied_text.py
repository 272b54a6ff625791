"""Words or lines of code with a button that copies them."""

import anywidget
import traitlets

from mer.widgets.parts.static_files import joined


class CopiedText(anywidget.AnyWidget):
    """A text under its name, with a button that copies it; takes no room while it is empty.

    Attributes:
        name: what it is, in a word or two: it heads the text and names the button ("Copy caption").
        text: what is copied, as it stands.
        code: whether it is shown as code, line by line.
    """

    _esm = joined("common.js", "copied_text.js")
    _css = joined("copied_text.css")

    name = traitlets.Unicode("").tag(sync=True)
    text = traitlets.Unicode("").tag(sync=True)
    code = traitlets.Bool(False).tag(sync=True)
