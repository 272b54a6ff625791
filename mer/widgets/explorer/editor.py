"""The editor of the explorer: key frames, class and note of the clip, saved in the user's own file."""

import html
from collections.abc import Callable

import ipywidgets

from mer.widgets.explorer.edits import ClipEdits
from mer.widgets.explorer.outcome import outcome
from mer.widgets.names import clip_words
from mer.widgets.parts.guard import guarded
from mer.widgets.parts.notice import Notice

_LARGEST = 10**9
_NONE = "(no class)"
_MOST_LISTED = 6


class MarkEditor(ipywidgets.VBox):
    """Fields for what can be changed, and the buttons Save, Undo, Remove.

    Attributes:
        onset, apex, offset: frame numbers; the apex is empty text where it is not known.
        label, note, reason: class, note, and why it is corrected.
        save, undo, remove: buttons.
        notice: what happened.
        drafts: buttons of the other clips with unsaved changes.
    """

    def __init__(
        self, edits: ClipEdits, classes: list[str], edited: Callable[[], None], go_to: Callable[[int], None]
    ) -> None:
        """Build the fields.

        Args:
            edits: of the clips.
            classes: of the label space.
            edited: called after the draft or what is saved of the clip has changed.
            go_to: called with a clip whose draft is to be looked at.
        """
        self.edits, self._edited, self._go_to = edits, edited, go_to
        self.clip: int | None = None
        self._quiet = False
        number = {"layout": ipywidgets.Layout(width="150px"), "style": {"description_width": "48px"}}
        self.onset = ipywidgets.BoundedIntText(description="Onset", min=0, max=_LARGEST, **number)
        self.apex = ipywidgets.Text(description="Apex", placeholder="not known", continuous_update=False, **number)
        self.offset = ipywidgets.BoundedIntText(description="Offset", min=0, max=_LARGEST, **number)
        wide = {"layout": ipywidgets.Layout(width="auto", flex="1 1 220px"), "style": {"description_width": "48px"}}
        self.label = ipywidgets.Dropdown(description="Class", options=[_NONE, *classes], **wide)
        self.note = ipywidgets.Text(description="Note", continuous_update=False, **wide)
        self.reason = ipywidgets.Text(
            description="Why", placeholder="kept with the correction", continuous_update=False, **wide
        )
        self.save = ipywidgets.Button(description="Save", button_style="primary", tooltip="Write to your own file")
        self.undo = ipywidgets.Button(description="Undo", tooltip="Back to what is saved")
        self.remove = ipywidgets.Button(description="Remove", tooltip="Back to the database's own values")
        self.said = ipywidgets.HTML()
        self.notice = Notice()
        self.drafts = ipywidgets.HBox(layout=ipywidgets.Layout(flex_flow="row wrap", align_items="center"))
        row = ipywidgets.Layout(flex_flow="row wrap", align_items="center")
        head = '<div class="mer-heading" role="heading" aria-level="4">Marks, class and note of this clip</div>'
        super().__init__(
            [
                ipywidgets.HTML(head),
                ipywidgets.HBox([self.onset, self.apex, self.offset, self.label], layout=row),
                ipywidgets.HBox([self.note, self.reason], layout=row),
                ipywidgets.HBox([self.save, self.undo, self.remove, self.said], layout=row),
                self.notice,
                self.drafts,
            ]
        )
        self.add_class("mer-explorer-editor")
        for control in (self.onset, self.apex, self.offset, self.label, self.note):
            control.observe(self._typed, "value")
        self.reason.observe(lambda _change: self._say(), "value")
        self.save.on_click(self._save)
        self.undo.on_click(self._undo)
        self.remove.on_click(self._remove)

    def show(self, clip: int | None) -> None:
        """Show the draft of a clip, or nothing."""
        if clip != self.clip:
            self.notice.clear()
            self.reason.value = "" if clip is None else self.edits.reason(clip)
        self.clip = clip
        self.refresh()

    def refresh(self) -> None:
        """Bring the fields in line with the draft: it was changed elsewhere."""
        clip = self.clip
        self.layout.display = "none" if clip is None and not self.edits.drafts else ""
        if clip is not None:
            now = self.edits.now(clip)
            self._quiet = True
            self.onset.value, self.offset.value = now.onset, now.offset
            self.apex.value = "" if now.apex is None else str(now.apex)
            if now.label and now.label not in self.label.options:
                self.label.options = [*self.label.options, now.label]
            self.label.value = now.label or _NONE
            self.note.value = now.note
            self._quiet = False
        self._say()

    def _typed(self, change: dict) -> None:
        if self._quiet or self.clip is None:
            return
        control, value = change["owner"], change["new"]
        name = next(name for name in ("onset", "apex", "offset", "label", "note") if getattr(self, name) is control)
        self._type(name, value)

    @guarded
    def _type(self, name: str, value: object) -> None:
        assert self.clip is not None
        if name == "apex":
            text = str(value).strip()
            if text and not text.isdecimal():
                raise ValueError(f"the apex is {text!r}; expected the number of a frame, or nothing")
            value = int(text) if text else None
        elif name == "label":
            value = "" if value == _NONE else value
        self.edits.change(self.clip, **{name: value})
        self._say()
        self._edited()

    def _save(self, _button: object) -> None:
        self._write()

    @guarded
    def _write(self) -> None:
        if self.clip is None:
            return
        changed = self.edits.unsaved(self.clip)
        path = self.edits.save(self.clip, self.reason.value.strip())
        self.notice.say(f"Saved in {path}. {self._outcome(self.clip, changed)}")
        self.refresh()
        self._edited()

    def _outcome(self, clip: int, changed: tuple[str, ...]) -> str:
        """Of what was just saved; who saves the database's own values takes corrections back."""
        kept = {one.column for one in self.edits.corrections(clip) if one.changes_results}
        return outcome(changed, self.edits.labels, removed=kept.isdisjoint(changed))

    @guarded
    def _undo(self, _button: object) -> None:
        if self.clip is None:
            return
        self.edits.undo(self.clip)
        self.notice.say("Back to what is saved.")
        self.refresh()
        self._edited()

    @guarded
    def _remove(self, _button: object) -> None:
        if self.clip is None:
            return
        columns = [one.column for one in self.edits.corrections(self.clip)]
        count = self.edits.remove(self.clip)
        self.reason.value = ""
        self.notice.say(
            f"{count} correction(s) taken out of {self.edits.path}; these are the database's own values. "
            f"{outcome(columns, removed=True)}"
        )
        self.refresh()
        self._edited()

    def _say(self) -> None:
        """Which columns wait to be saved, which buttons do something, and which other clips wait."""
        clip, edits = self.clip, self.edits
        waiting = edits.unsaved(clip) if clip is not None else ()
        corrected = edits.corrections(clip) if clip is not None else ()
        why = clip is not None and bool(corrected) and self.reason.value.strip() != edits.reason(clip)
        self.save.disabled = not (waiting or why)
        self.undo.disabled = not waiting
        self.remove.disabled = not corrected
        fault = edits.now(clip).fault() if clip is not None else ""
        words = f"Not saved yet: {', '.join(waiting or ['why'])}." if waiting or why else ""
        if not words and corrected:
            words = f"Corrected by you: {', '.join(one.column for one in corrected)}."
        self.said.value = f'<span class="mer-said">{html.escape(" ".join(filter(None, [words, fault])))}</span>'
        others = [other for other in edits.drafts if other != clip]
        self.drafts.children = self._buttons(others) if others else ()

    def _buttons(self, others: list[int]) -> list[ipywidgets.Widget]:
        count = f"{len(others)} other clip{'s' * (len(others) != 1)}"
        made: list[ipywidgets.Widget] = [ipywidgets.HTML(f"Unsaved changes, kept as a draft, in {count}:")]
        for clip in others[:_MOST_LISTED]:
            name = ", ".join(clip_words(self.edits.clips.iloc[clip]))
            button = ipywidgets.Button(
                description=name, tooltip=f"Go to {name}", layout=ipywidgets.Layout(width="auto")
            )
            button.on_click(lambda _button, clip=clip: self._go_to(clip))
            made.append(button)
        if len(others) > _MOST_LISTED:
            made.append(ipywidgets.HTML(f"and {len(others) - _MOST_LISTED} more"))
        return made
