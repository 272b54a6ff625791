"""A number to be set by sliding: a native range input with its name and its value beside it."""

from typing import Any

import anywidget
import traitlets

from mer.widgets.parts.static_files import joined


class Slider(anywidget.AnyWidget):
    """One number between two others.

    The page sends what is set by hand at most every 60 ms while a hand moves it, and the last value always.

    Attributes:
        value: the number; kept within ``low`` and ``high``.
        low, high, step: what can be set.
        label: its name, shown before it and read by a screen reader.
        unit: shown after the value, and read with it: ``"×"`` before, ``"per second"`` after the number is up to the
            words: ``"{} a second"`` puts the value in place of the braces.
        disabled: whether it cannot be moved.
    """

    _esm = joined("common.js", "slider.js")
    _css = joined("slider.css")

    value = traitlets.Float(0.0).tag(sync=True)
    low = traitlets.Float(0.0).tag(sync=True)
    high = traitlets.Float(1.0).tag(sync=True)
    step = traitlets.Float(0.1).tag(sync=True)
    label = traitlets.Unicode("").tag(sync=True)
    unit = traitlets.Unicode("{}").tag(sync=True)
    disabled = traitlets.Bool(False).tag(sync=True)

    def __init__(self, value: float, low: float, high: float, step: float, label: str, **traits: Any) -> None:
        super().__init__(low=low, high=high, step=step, label=label, value=value, **traits)

    @traitlets.validate("value")
    def _within(self, proposal: Any) -> float:
        return max(self.low, min(self.high, proposal["value"]))
