"""Look through the clips of an aligned store: filter, scrub, play, overlay, magnify; move marks and save them."""

import html
from pathlib import Path
from typing import Any

import ipywidgets

from mer.core.errors import InputError
from mer.datasets.database import Database
from mer.datasets.synthetic.names import has_other_faces
from mer.face.aligned_store import AlignedStore
from mer.figures.save import run_folder
from mer.figures.style import ordered_classes
from mer.manifest.emotions import label_mapping
from mer.widgets.explorer.clips import facts, facts_html
from mer.widgets.explorer.curve import CurvePanel
from mer.widgets.explorer.editor import MarkEditor
from mer.widgets.explorer.edits import ClipEdits
from mer.widgets.explorer.filters import ClipChooser
from mer.widgets.explorer.frames import ClipFrames
from mer.widgets.explorer.motion import ClipMotion
from mer.widgets.explorer.picture import PicturePanel
from mer.widgets.explorer.style import STYLE
from mer.widgets.names import clip_words
from mer.widgets.parts.guard import guarded
from mer.widgets.parts.notice import Notice
from mer.widgets.parts.timeline import Timeline

_NOT_KEPT = (
    "Corrections are kept by the names of clips, and these rendered faces share theirs with the database 'synthetic'. "
    "Correct clips of that one, or of your own."
)


def explore_samples(
    store: AlignedStore,
    database: Database | None = None,
    *,
    labels: str = "composite",
    run: Any = None,
    corrections: Path | None = None,
) -> "SampleExplorer":
    """Interactive view of an aligned store.

    Args:
        store: what is looked at.
        database: that it was aligned from; frames outside onset..offset are then read from the raw files on demand,
            so that marks can be moved outward.
        labels: label space that the classes are of; a corrected class is saved for it.
        run: folder of a finished run (or an object with ``folder`` or ``path``), whose generated displacement can be
            shown.
        corrections: file of the user's corrections; None means the user's own
            (`mer.manifest.own_corrections.own_corrections_file`).
    """
    return SampleExplorer(store, database, labels, None if run is None else run_folder(run), corrections)


class SampleExplorer(ipywidgets.VBox):
    """The widget of `explore_samples`.

    Attributes:
        chooser: filters and table (`ClipChooser`).
        panel: picture and its controls (`PicturePanel`).
        timeline: frames and marks (`Timeline`).
        curve: motion over time (`CurvePanel`).
        editor: marks, class and note (`MarkEditor`).
        edits: what was changed and saved (`ClipEdits`).
        notice: what cannot be shown, and why; a curve that cannot says so itself (``curve.notice``).
    """

    def __init__(
        self,
        store: AlignedStore,
        database: Database | None,
        labels: str,
        run: Path | None,
        corrections: Path | None,
    ) -> None:
        self.store = store
        self.frames = ClipFrames(store, database)
        self.motion = ClipMotion(self.frames, run)
        refused = _NOT_KEPT if has_other_faces(store.database_name) else ""
        self.edits = ClipEdits(store.clips, labels, store.corrections(), corrections, refused)
        self.notice = Notice()
        self.title, self.facts = ipywidgets.HTML(), ipywidgets.HTML()
        self._quiet = False
        self._gone = ""  # what is wrong with the raw files of the clip
        fault = self._read_corrections()
        self.chooser = ClipChooser(store, self.edits, self._new_clip)
        self.timeline = Timeline(label="Frame of the clip", editable=True, step_ms=60)
        self.curve = CurvePanel(self.frames, self._go_to_frame, self._draw_curve)
        self.panel = PicturePanel(self.motion, [self.timeline, self.curve], self._draw)
        self.editor = MarkEditor(self.edits, _classes(store, labels), self._edited, self.chooser.look_at)
        synthetic = store.synthetic and "synthetic" not in store.terms.lower()
        terms = html.escape(f"{'Synthetic faces. ' if synthetic else ''}{store.terms}")
        head = f'<div class="mer-terms">{terms}</div>'
        left = ipywidgets.VBox([self.chooser, self.facts], layout=ipywidgets.Layout(flex="1 1 340px", min_width="0"))
        right = ipywidgets.VBox(
            [self.title, self.notice, self.panel, self.editor],
            layout=ipywidgets.Layout(flex="3 1 620px", min_width="0"),
        )
        left.add_class("mer-explorer-left")
        self.facts.add_class("mer-explorer-facts")
        right.add_class("mer-explorer-right")
        columns = ipywidgets.HBox(
            [left, right], layout=ipywidgets.Layout(flex_flow="row wrap", align_items="flex-start")
        )
        columns.add_class("mer-explorer-columns")
        super().__init__([ipywidgets.HTML(STYLE + head), columns])
        self.add_class("mer-explorer")
        self.timeline.on_frame(self._new_frame)
        self.timeline.observe(self._marks_moved, "marks")
        self._new_clip()
        if fault:
            self.editor.notice.say(fault, "error")

    @property
    def clip(self) -> int | None:
        """Row of the clip looked at, or None where no clip fits the filters."""
        return self.chooser.clip

    def _read_corrections(self) -> str:
        """What is wrong with the file of corrections; the clips are then shown without them."""
        try:
            self.edits.read()
        except InputError as error:
            return str(error)
        return ""

    def _new_clip(self) -> None:
        clip = self.clip
        shown = clip is not None
        self.panel.layout.display = self.facts.layout.display = "" if shown else "none"
        if clip is None:
            self.editor.show(None)
            self.title.value = ""
            self.notice.clear()
            return
        key, database = (html.escape(part) for part in clip_words(self.store.clips.iloc[clip]))
        self.title.value = f'<div class="mer-title" role="heading" aria-level="3">{key} <small>{database}</small></div>'
        self._show_clip(clip)

    @guarded
    def _show_clip(self, clip: int) -> None:
        """The picture first: the page draws it while the rest is still made."""
        marks = self.edits.now(clip)
        self._place_timeline(clip, marks.onset if marks.apex is None else marks.apex)
        self._draw()
        self.editor.show(clip)
        self._say_facts()
        self._draw_curve()

    def _place_timeline(self, clip: int, value: int) -> None:
        """Range, marks and frame of the time line; the marks are inside its range wherever they were put."""
        marks = self.edits.now(clip)
        self._gone = ""
        try:
            first, last = self.frames.span(clip)
        except (InputError, OSError) as error:  # raw files are gone: those of the store are still there
            self._gone = str(error)
            first, last = self.frames.stored(clip)[0], self.frames.stored(clip)[-1]
        known = [number for number in (marks.onset, marks.apex, marks.offset) if number is not None]
        self._quiet = True
        try:
            self.timeline.show(min(first, *known), max(last, *known), value, self._marks())
        finally:
            self._quiet = False

    def _marks(self) -> dict[str, int | None]:
        assert self.clip is not None
        marks = self.edits.now(self.clip)
        return {"onset": marks.onset, "apex": marks.apex, "offset": marks.offset}

    def _new_frame(self, number: int) -> None:
        if self._quiet or self.clip is None:
            return
        self.curve.look_at(number)
        self._draw()

    @guarded
    def _draw(self) -> None:
        clip = self.clip
        if clip is None:
            return
        marks = self.edits.now(clip)
        look = self.panel.look(clip, marks.onset, marks.apex, self.timeline.value)
        if words := self.panel.slow(look):
            self.notice.say(f"Working: {words}.")
        kind = "Rendered face" if self.store.synthetic else "Face"
        name = ", ".join(clip_words(self.store.clips.iloc[clip]))
        try:
            self.panel.draw(look, f"{kind} of {name}")
        except (InputError, OSError) as error:
            self.panel.picture.say(str(error))
            self.panel.legend.value = ""
            self.notice.clear()
            return
        if words := " ".join(filter(None, [self._gone, self.panel.remarks])):
            self.notice.say(words, "warning")
        else:
            self.notice.clear()

    def _draw_curve(self) -> None:
        if self.clip is not None:
            self.curve.show(self.clip, self._marks(), self.timeline.value)

    def _go_to_frame(self, number: int) -> None:
        self.timeline.value = number

    def _marks_moved(self, change: dict) -> None:
        if self._quiet or self.clip is None:
            return
        self.edits.change(self.clip, **{name: change["new"].get(name) for name in ("onset", "apex", "offset")})
        self.editor.refresh()
        self._after_edit()

    def _edited(self) -> None:
        """The editor has changed the draft, or what is saved."""
        if self.clip is None:
            return
        self._place_timeline(self.clip, self.timeline.value)
        self._after_edit()

    def _after_edit(self) -> None:
        self._draw_curve()
        self._say_facts()
        self.chooser.restate()
        self._draw()

    def _say_facts(self) -> None:
        clip = self.clip
        assert clip is not None
        now, waiting, saved = self.edits.now(clip), self.edits.unsaved(clip), self.edits.corrections(clip)
        state = ", ".join(f"{one.column} (was {one.was or 'empty'})" for one in saved) or "none"
        state += f"; not saved yet: {', '.join(waiting)}" if waiting else ""
        own = self.edits.own(clip).label, self.edits.own_emotions.get(clip)
        known = facts(self.store, clip, now, state, *own)
        self.facts.value = facts_html(known)


def _classes(store: AlignedStore, labels: str) -> list[str]:
    """Classes of the label space, and any other that the clips have."""
    try:
        space: tuple[str, ...] = label_mapping(labels).space.classes
    except InputError:  # a label space of the clips' own table
        space = ()
    return list(dict.fromkeys([*space, *ordered_classes(label for label in store.clips["label"] if label)]))
