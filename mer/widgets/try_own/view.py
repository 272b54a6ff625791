"""Try a clip of your own: choose a video or two images, see the face, the apex, class scores, motion and why."""

import html
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets

from mer.core.errors import InputError
from mer.figures.save import run_folder
from mer.widgets.one_at_a_time import one_at_a_time
from mer.widgets.parts.guard import guarded
from mer.widgets.parts.notice import Notice
from mer.widgets.parts.picture import Picture
from mer.widgets.parts.timeline import Timeline
from mer.widgets.try_own.choice import ClipChoice
from mer.widgets.try_own.curve import MotionPanel
from mer.widgets.try_own.explain import ExplainOwn, saying
from mer.widgets.try_own.faces import FacesPanel
from mer.widgets.try_own.moved import moved_html
from mer.widgets.try_own.source import SourceChooser
from mer.widgets.try_own.words import found_html, motion_html, scores_html
from mer.widgets.try_own.work import SIDE, OwnWork, of_project

if TYPE_CHECKING:
    from mer.training.predict import ClipPrediction

SPOTTED, MARKED = "spotted", "as marked"
_ELSEWHERE = "Asking the models with the apex at other frames."
_MOVED = "The marks were moved. Press Predict to ask the models about them."


def try_your_own(
    run: Any, clip: Path | str | None = None, apex_image: Path | str | None = None, detector: str = "facemesh"
) -> "TryOwn":
    """Interactive view of what a run's models say of a clip of one's own.

    Args:
        run: folder of a finished run, or an object with ``folder`` or ``path``.
        clip: video, folder of numbered images, or the onset image that is shown first; None renders an example.
        apex_image: of two images the apex.
        detector: name of what finds the face (`mer.face.landmarks.make_detector`).
    """
    return TryOwn(run_folder(run), clip, apex_image, detector)


class TryOwn(ipywidgets.VBox):
    """The widget of `try_your_own`.

    Attributes:
        work: what is behind it, without widgets.
        source: where a clip comes from.
        notice: messages.
        earlier: after an error, what the scores below it are of.
        picture, timeline: of the clip's frames.
        apex_from: whether the apex is spotted or taken as marked.
        button: Predict.
        scores, about: class scores and facts, HTML.
        moved: scores with the apex at other frames, HTML.
        faces: onset and apex as the models see them, and the displacement that they generate.
        curve: motion over time; ``motion`` says what it is and what the displacement is.
        why: explanation.
    """

    def __init__(self, run: Path, clip: Path | str | None, apex_image: Path | str | None, detector: str) -> None:
        self.work = OwnWork(run, detector)
        self.busy = self.work.busy
        self.notice, self.earlier = Notice(), Notice()
        self.source = SourceChooser(run, self.load, self.notice, self.busy)
        self.title, self.scores, self.about, self.moved, self.motion = (ipywidgets.HTML() for _ in range(5))
        self.picture = Picture(width=SIDE)
        self.timeline = Timeline(label="Frame", editable=True)
        self.overlay = ipywidgets.Checkbox(value=True, description="Landmarks and boxes on the onset", indent=False)
        self.apex_from = ipywidgets.Dropdown(
            description="Apex", options=[SPOTTED, MARKED], layout=ipywidgets.Layout(width="220px")
        )
        self.button = ipywidgets.Button(
            description="Predict", tooltip="Ask the models about onset and apex", button_style="primary"
        )
        self.curve = MotionPanel(self._go_to)
        self.faces = FacesPanel()
        self.why = ExplainOwn(self.work)
        buttons = ipywidgets.HBox([self.apex_from, self.button], layout=ipywidgets.Layout(flex_flow="row wrap"))
        left = ipywidgets.VBox(
            [self.picture, self.overlay, self.timeline, buttons], layout=ipywidgets.Layout(width="430px")
        )
        right = ipywidgets.VBox(
            [self.scores, self.about, self.moved, self.faces, self.curve, self.motion],
            layout=ipywidgets.Layout(flex="1 1 480px", min_width="360px"),
        )
        wrap = ipywidgets.Layout(flex_flow="row wrap", grid_gap="10px 28px")
        self._view = ipywidgets.VBox([self.title, ipywidgets.HBox([left, right], layout=wrap), self.why])
        super().__init__([self.source, self.notice, self.earlier, self._view])
        self._quiet = False
        self.timeline.on_frame(self._draw)
        self.timeline.observe(self._marks_moved, "marks")
        self.overlay.observe(lambda _change: self._draw(self.timeline.value), "value")
        self.button.on_click(self._predict_again)
        self.notice.observe(self._say_whose, ["text", "kind"])
        self._view.layout.display = "none"
        if clip is None:
            self.source.show_example()
        else:
            self.source.show_path(clip, apex_image)

    @one_at_a_time
    @guarded
    def load(self, choice: ClipChoice) -> bool:
        """Show another clip and predict it: True. Errors are said, and the clip before stays, marked as such."""
        self.work.run = of_project(self.source.run.value)
        self._working("Reading the clip and looking for the face.")
        loaded = self.work.load(choice, saying(self._working))
        self._start(choice.note)
        if loaded.clip is None:
            raise InputError(loaded.fault + " To do so move the mark of the onset and press Predict.")
        self._predict()
        return True

    @one_at_a_time
    @guarded
    def _predict_again(self, _button: object = None) -> None:
        self.work.run = of_project(self.source.run.value)
        self._predict()

    def _predict(self) -> None:
        marks, loaded = self.timeline.marks, self.work.loaded
        if loaded is None:
            raise InputError("No clip is loaded. Choose a video, a folder of frames, or two images.")
        apex = None if self.apex_from.value == SPOTTED and not loaded.pair else marks.get("apex")
        self._working("Asking the models.")
        self.button.disabled = True
        try:
            found = self.work.predict(marks["onset"], marks["offset"], apex, saying(self._working))
        finally:
            self.button.disabled = False
        self._show(found)
        if found.weighed is None:
            self.notice.clear()
            return
        self._working(_ELSEWHERE)
        said = self.notice.said
        self._show_moved()
        if self.notice.said == said:  # marks that were moved meanwhile are still to be asked about
            self.notice.clear()

    def _show_moved(self) -> None:
        """Scores with the apex at other frames: they take longer than all the rest, so they come once it is drawn."""
        table = ""
        try:
            table = moved_html(self.work.move_apex())
        finally:
            self.moved.value, self.moved.layout.visibility = table, "visible"

    def _start(self, note: str) -> None:
        """The frames of a clip that was just loaded, without a prediction yet."""
        loaded = self.work.loaded
        assert loaded is not None
        first, last = loaded.numbers[0], loaded.numbers[-1]
        self._quiet = True
        try:
            self.timeline.show(
                first, last, first, {"onset": first, "apex": last if loaded.pair else None, "offset": last}
            )
            self.timeline.editable = not loaded.pair
            self.apex_from.disabled = loaded.pair
            self.apex_from.value = MARKED if loaded.pair else SPOTTED
        finally:
            self._quiet = False
        size = f"{loaded.shape[1]} × {loaded.shape[0]} pixels"
        frames = "two images" if loaded.pair else f"frames {first} to {last}"
        more = f" {html.escape(note)}" if note else ""
        self.title.value = f"<b>{html.escape(loaded.name)}</b>: {frames}, {size}.{more}"
        self._clear_results()
        self._view.layout.display = ""
        self._draw(first)

    def _clear_results(self) -> None:
        self.scores.value = self.about.value = self.moved.value = self.motion.value = ""
        self.earlier.clear()
        self.faces.hide()
        self.curve.layout.display = "none"
        self.why.start(None)

    def _show(self, found: "ClipPrediction") -> None:
        """Put a prediction on the page."""
        from mer.evaluation.own_clip import prediction_caveats

        detector = self.work.detector if isinstance(self.work.detector, str) else ""
        self.scores.value = scores_html(found)
        self.about.value = found_html(found, prediction_caveats(found, detector))
        if found.weighed is None:
            self.moved.value = ""
        else:
            self.moved.layout.visibility = "hidden"  # of another apex; its room is kept, so that nothing jumps
        self._quiet = True
        try:
            self.timeline.marks = {"onset": found.onset, "apex": found.apex, "offset": found.offset}
        finally:
            self._quiet = False
        self.faces.show(found)
        self.curve.show(found)
        self.motion.value = motion_html(found)
        self.earlier.clear()
        self.why.start(found)
        self._draw(self.timeline.value)

    def _say_whose(self, _change: object) -> None:
        """After an error what was shown before still stands: say whose it is."""
        found, loaded, error = self.work.found, self.work.loaded, self.notice.text
        if loaded is None or self.notice.kind != "error" or not error:
            return
        if found is not None and self.scores.value:
            span = f"onset {found.onset}, apex {found.apex}, offset {found.offset}"
            self.earlier.say(f"All below is still of what was asked before: {found.clip.name}, {span}.", "warning")
        elif not (loaded.fault and error.startswith(loaded.fault)):
            self.earlier.say(f"Below is still the clip before: {loaded.name}.", "warning")

    def _marks_moved(self, change: Any) -> None:
        if self._quiet:
            return
        if change["old"].get("apex") != change["new"].get("apex"):
            self.apex_from.value = MARKED
        self.notice.say(_MOVED)

    def _draw(self, number: int) -> None:
        """Show a frame; not one at a time, so that frames can be looked at while the models are asked."""
        loaded = self.work.loaded
        if loaded is None or number not in loaded.previews:
            self.picture.say(f"There is no frame {number}.")
            return
        clip = loaded.clip
        on_onset = clip is not None and number == clip.numbers[0]
        what = (
            ", its onset, with the face found: 68 landmarks and nine boxes" if on_onset and self.overlay.value else ""
        )
        try:
            image = self.work.frame_picture(number, self.overlay.value, loaded)
        except (OSError, ValueError) as error:  # not `guarded`: this would take away what is said of the prediction
            self.picture.say(f"Frame {number} of {loaded.name} cannot be shown: {error}")
            return
        self.picture.show(image, f"Frame {number} of {loaded.name}{what}.")
        self.curve.look_at(number)

    def _go_to(self, number: int) -> None:
        self.timeline.value = number

    def _working(self, words: str) -> None:
        self.notice.say(words)
