"""The picture of the explorer with its controls: layout, overlays, motion, magnification."""

import sys
from collections.abc import Callable

import ipywidgets

from mer.widgets.explorer.controls import dropdown
from mer.widgets.explorer.look import FASTEST, LAYOUTS, OVERLAYS, SLOWEST, Look, Shown, show_look
from mer.widgets.explorer.motion import MAGNIFIER_NOTES, MAGNIFIERS, SOURCES, ClipMotion
from mer.widgets.parts.picture import Picture
from mer.widgets.parts.slider import Slider

_TWO_FRAMES = ("pair", "blend", "flicker")
_MOTION = ("arrows", "colour", "strain")


class PicturePanel(ipywidgets.HBox):
    """Picture at the left with what belongs below it, what it shows at the right.

    Controls are attributes; setting ``value`` is what a user does.

    Attributes:
        layout_choice, compare: layout, and what the onset is compared with.
        share, rate, flicker, gain, signed: of single layouts; only those that count are shown.
        overlays: name to checkbox.
        source, head_still: of the motion overlays.
        factor, magnifier, head_held: of the magnified motion.
        picture, legend: what is shown.
        remarks: what could not be drawn, in words; empty for nothing.
    """

    def __init__(self, motion: ClipMotion, below: list[ipywidgets.Widget], changed: Callable[[], None]) -> None:
        """Build the controls.

        Args:
            motion: of the clips.
            below: what stands below the picture.
            changed: called when another picture is wanted.
        """
        self.motion, self._changed = motion, changed
        self.layout_choice = dropdown("Layout", [(words, name) for name, words in LAYOUTS.items()], 84)
        self.compare = dropdown("Onset with", [("apex", True), ("frame of the time line", False)], 84)
        self.share = Slider(0.5, 0, 1, 0.05, "Share of it")
        self.rate = Slider(1.0, SLOWEST, FASTEST, 0.5, "Changes", unit="{} / s")
        self.flicker = ipywidgets.ToggleButton(
            description="Start to flicker", tooltip="Onset and the other frame in turn", icon="exchange"
        )
        self.gain = Slider(8, 1, 32, 1, "Strength", unit="× {}")
        self.signed = ipywidgets.Checkbox(description="signed (darker, brighter)", indent=False)
        self.overlays = {
            name: ipywidgets.Checkbox(description=words, indent=False, layout=ipywidgets.Layout(width="auto"))
            for name, words in OVERLAYS.items()
        }
        self.source = dropdown("Motion is", [(words, name) for name, words in self._sources()], 84)
        self.head_still = ipywidgets.Checkbox(value=True, description="without that of the head", indent=False)
        self.factor = Slider(1, 1, 20, 0.5, "Magnified", unit="× {}")
        self.magnifier = dropdown("Method", [(words, name) for name, words in MAGNIFIERS.items()], 84)
        self.head_held = ipywidgets.Checkbox(value=True, description="head held still", indent=False)
        self.magnifier_note = ipywidgets.HTML()
        self.picture = Picture(width=420)
        self.legend = ipywidgets.HTML()
        self.remarks = ""
        grid = ipywidgets.GridBox(
            list(self.overlays.values()),
            layout=ipywidgets.Layout(grid_template_columns="repeat(auto-fill, minmax(118px, 1fr))"),
        )
        self._motion_controls = ipywidgets.VBox([self.source, self.head_still])
        self._magnifier_controls = ipywidgets.VBox([self.magnifier, self.head_held, self.magnifier_note])
        single = [self.layout_choice, self.compare, self.share, self.rate, self.flicker, self.gain, self.signed]
        controls = ipywidgets.HBox(
            [
                _group("Picture", single),
                _group("Drawn over it", [grid, self._motion_controls, self.legend]),
                _group("Motion magnified", [self.factor, self._magnifier_controls]),
            ],
            layout=ipywidgets.Layout(flex="1 1 256px", min_width="0", flex_flow="row wrap", align_items="flex-start"),
        )
        controls.add_class("mer-explorer-controls")
        self._stage = ipywidgets.VBox([self.picture, *below])
        self._widen(420)
        super().__init__(
            [self._stage, controls], layout=ipywidgets.Layout(flex_flow="row wrap", align_items="flex-start")
        )
        self.add_class("mer-explorer-picture")
        for control in self._all():
            control.observe(self._control, "value")
        self._show_those_that_count()

    def look(self, clip: int, onset: int, apex: int | None, number: int) -> Look:
        """What the controls ask for of a clip's frame."""
        return Look(
            clip=clip,
            onset=onset,
            apex=apex,
            number=number,
            layout=self.layout_choice.value,
            with_apex=self.compare.value,
            share=self.share.value,
            rate=self.rate.value if self.flicker.value else 0.0,
            gain=self.gain.value,
            signed=self.signed.value,
            overlays=frozenset(name for name, box in self.overlays.items() if box.value),
            source=self.source.value,
            head_still=self.head_still.value,
            factor=self.factor.value,
            magnifier=self.magnifier.value,
            head_held=self.head_held.value,
        )

    def draw(self, look: Look, name: str) -> Shown:
        """Show a look; ``name`` says whose face it is, for those who do not see it.

        Raises:
            InputError: what cannot be shown, and why; the caller says it.
        """
        shown = show_look(self.motion, look)
        self._widen(shown.width)
        self.picture.show(shown.image, f"{name}. {shown.words}", caption=shown.words)
        if self.legend.value != shown.legend:
            self.legend.value = shown.legend
        self.remarks = " ".join(shown.remarks)
        return shown

    def _widen(self, width: int) -> None:
        """Room for a picture of this width; the controls go below where both do not fit side by side."""
        if self.picture.width != width or not self._stage.layout.flex:
            self.picture.width = width
            self._stage.layout.flex, self._stage.layout.min_width = f"1 1 {min(width, 600)}px", "0"

    def slow(self, look: Look) -> str:
        """Why drawing takes so long that the view should say so first; empty where it does not."""
        if look.factor != 1 and "torch" not in sys.modules:
            return "the program that magnifies motion is being loaded, which takes some seconds once"
        wants_motion = bool(look.overlays & set(_MOTION))
        number = look.number if look.layout in ("frame", "difference") or not look.with_apex else look.apex
        if wants_motion and number is not None and self.motion.slow(look.clip, look.onset, number, look.source):
            return "TV-L1 takes about half a second a frame"
        return ""

    def _sources(self) -> list[tuple[str, str]]:
        known = {"true": self.motion.frames.store.displacement is not None, "run": self.motion.run is not None}
        return [(name, words) for name, words in SOURCES.items() if known.get(name, True)]

    def _all(self) -> list[ipywidgets.Widget]:
        single = [self.layout_choice, self.compare, self.share, self.rate, self.flicker, self.gain, self.signed]
        magnified = [self.factor, self.magnifier, self.head_held]
        return [*single, *self.overlays.values(), self.source, self.head_still, *magnified]

    def _control(self, change: dict) -> None:
        box = change["owner"]
        if box is self.flicker:
            self.flicker.description = "Stop flickering" if box.value else "Start to flicker"
        if box.value is True and box in (self.overlays["colour"], self.overlays["strain"]):
            # both fill the face: one at a time
            other = self.overlays["strain" if box is self.overlays["colour"] else "colour"]
            with self.hold_sync():
                other.unobserve(self._control, "value")
                other.value = False
                other.observe(self._control, "value")
        self._show_those_that_count()
        self._changed()

    def _show_those_that_count(self) -> None:
        layout = self.layout_choice.value
        _display(self.compare, layout in _TWO_FRAMES)
        _display(self.share, layout == "blend")
        for control in (self.rate, self.flicker):
            _display(control, layout == "flicker")
        for control in (self.gain, self.signed):
            _display(control, layout == "difference")
        _display(self._motion_controls, any(self.overlays[name].value for name in _MOTION))
        _display(self._magnifier_controls, self.factor.value != 1)
        self.magnifier_note.value = f'<div class="mer-about">{MAGNIFIER_NOTES[self.magnifier.value]}</div>'


def _display(widget: ipywidgets.Widget, shown: bool) -> None:
    widget.layout.display = "" if shown else "none"


def _group(words: str, children: list[ipywidgets.Widget]) -> ipywidgets.VBox:
    heading = ipywidgets.HTML(f'<div class="mer-heading" role="heading" aria-level="4">{words}</div>')
    return ipywidgets.VBox([heading, *children], layout=ipywidgets.Layout(flex="1 1 250px", min_width="0"))
