"""A message in its place, read aloud by a screen reader when it changes."""

import anywidget
import traitlets

from mer.widgets.parts.static_files import joined


class Notice(anywidget.AnyWidget):
    """One message of a view; takes no room while it is empty.

    Attributes:
        text: plain words; empty for nothing to say.
        kind: "info" and "warning" wait for the reader (role status), "error" speaks at once (role alert). Each kind
            has its sign and its word, so that colour is never alone.
    """

    _esm = joined("common.js", "notice.js")
    _css = joined("notice.css")

    text = traitlets.Unicode("").tag(sync=True)
    kind = traitlets.Enum(("info", "warning", "error"), "info").tag(sync=True)

    def __init__(self, text: str = "", kind: str = "info", **traits: object) -> None:
        self.said = 0  #: how often something was said, to tell a message repeated from one left standing
        super().__init__(text=text, kind=kind, **traits)

    def say(self, text: str, kind: str = "info") -> None:
        """Show a message in place of the one before."""
        self.said += 1
        with self.hold_sync():
            self.text, self.kind = text, kind

    def clear(self) -> None:
        """Take the message away."""
        self.text = ""
