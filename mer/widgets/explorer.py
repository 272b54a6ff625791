"""Look through the clips of an aligned store: filter, choose, step through the frames, compare onset and apex."""

import html

import ipywidgets
import numpy as np
import pandas as pd

from mer.face.store import AlignedStore
from mer.figures.style import database_label
from mer.manifest.action_units import unit_numbers
from mer.widgets import render

ANY = "any"
MODES = {
    "frame": "one frame; the slider moves through the clip",
    "onset": "the onset frame",
    "apex": "the apex frame",
    "onset and apex": "onset at the left, apex at the right",
    "difference": "absolute difference of the frame from the onset, eight times as bright",
    "boxes": "the nine action-unit boxes of the onset on the frame",
    "displacement": "motion from onset to apex: hue is direction, white is none",
}
_MOVING = {"frame", "difference", "boxes"}  # modes in which the slider changes the picture
_STYLE = {"description_width": "84px"}


def choose_clips(
    clips: pd.DataFrame, database: str = ANY, subject: str = ANY, label: str = ANY, unit: int | None = None
) -> pd.DataFrame:
    """Rows of the clip table that fit every filter; index unchanged."""
    chosen = pd.Series(True, index=clips.index)
    for column, value in (("database", database), ("subject", subject), ("label", label)):
        if value != ANY:
            chosen &= clips[column].astype(str) == value
    if unit is not None:
        chosen &= clips["action_units"].map(lambda text: unit in unit_numbers(text))
    return clips[chosen]


def explore_samples(store: AlignedStore) -> "SampleExplorer":
    """Interactive view of an aligned store (`mer.face.store.AlignedStore`); as last line of a cell it shows itself."""
    return SampleExplorer(store)


class SampleExplorer(ipywidgets.VBox):
    """The widget of `explore_samples`. Its controls are attributes; setting their ``value`` is what a user does."""

    def __init__(self, store: AlignedStore) -> None:
        self.store = store
        clips = store.clips
        units = sorted({unit for text in clips["action_units"] for unit in unit_numbers(text)})
        databases = [(database_label(name), name) for name in dict.fromkeys(clips["database"])]
        labels = list(dict.fromkeys(label for label in clips["label"] if label))
        self.database = _dropdown("Database", [(ANY, ANY), *databases])
        self.subject = _dropdown("Subject", [ANY])
        self.label = _dropdown("Class", [ANY, *labels])
        self.unit = _dropdown("Action unit", [(ANY, 0), *((f"AU {unit}", unit) for unit in units)])
        self.clip = _dropdown("Clip", [])
        self.mode = _dropdown("View", list(MODES))
        self.frame = ipywidgets.IntSlider(description="Frame", layout=_wide(), style=_STYLE)
        self.play = ipywidgets.Play(description="Play", interval=90, show_repeat=True)
        self.image = ipywidgets.Image(format="png", layout=ipywidgets.Layout(max_width="100%"))
        self.caption = ipywidgets.HTML()
        self.message = ipywidgets.HTML()
        self._link = ipywidgets.jslink((self.play, "value"), (self.frame, "value"))
        filters = ipywidgets.GridBox(
            [self.database, self.subject, self.label, self.unit],
            layout=ipywidgets.Layout(grid_template_columns="repeat(2, minmax(220px, 260px))"),
        )
        self._view = ipywidgets.VBox(
            [self.clip, self.mode, self.frame, self.play, self.image, self.caption],
            layout=ipywidgets.Layout(align_items="flex-start"),
        )
        super().__init__([filters, self.message, self._view])
        self._quiet = False
        self.database.observe(self._new_database, "value")
        for control in (self.subject, self.label, self.unit):
            control.observe(self._new_filter, "value")
        self.clip.observe(self._new_clip, "value")
        self.mode.observe(self._draw, "value")
        self.frame.observe(self._draw, "value")
        self._new_database()

    @property
    def chosen(self) -> pd.DataFrame:
        """Rows of the clip table that the filters leave."""
        return choose_clips(
            self.store.clips, self.database.value, self.subject.value, self.label.value, self.unit.value or None
        )

    def _new_database(self, _change: object = None) -> None:
        subjects = choose_clips(self.store.clips, self.database.value)["subject"].astype(str)
        before = self.subject.value
        options = [ANY, *sorted(set(subjects))]
        self._quiet = True
        self.subject.options = options
        self.subject.value = before if before in options else ANY
        self._quiet = False
        self._new_filter()

    def _new_filter(self, _change: object = None) -> None:
        if self._quiet:
            return
        chosen = self.chosen
        if chosen.empty:
            self.message.value = "<b>No clip fits these filters.</b> Set one of them back to “any”."
            self._view.layout.display = "none"
            return
        total = len(self.store.clips)
        source = "Rendered (synthetic) faces." if self.store.synthetic else html.escape(self.store.terms)
        self.message.value = f"{len(chosen)} of {total} clips. {source}"
        self._view.layout.display = ""
        before = self.clip.value
        self._quiet = True
        self.clip.options = [(_clip_name(row), index) for index, row in chosen.iterrows()]
        self.clip.value = before if before in chosen.index else int(chosen.index[0])
        self._quiet = False
        self._new_clip()

    def _new_clip(self, _change: object = None) -> None:
        if self._quiet or self.clip.value is None:
            return
        row = self.store.clips.loc[self.clip.value]
        first, last = int(row["onset"]), int(row["onset"]) + int(self.store.count[self.clip.value]) - 1
        self._quiet = True
        for control in (self.frame, self.play):
            with control.hold_trait_notifications():
                control.max = max(last, control.min)  # never min above max on the way
                control.min = first
                control.max = last
                control.value = first if pd.isna(row["apex"]) else int(row["apex"])
        self._quiet = False
        self._draw()

    def _draw(self, _change: object = None) -> None:
        if self._quiet or self.clip.value is None:
            return
        index, mode = self.clip.value, self.mode.value
        moving = mode in _MOVING
        self.frame.disabled = self.play.disabled = not moving
        row = self.store.clips.loc[index]
        picture, words = self._picture(index, row, mode)
        if picture is None:
            self.image.layout.display = "none"
        else:
            self.image.value = render.png(picture)
            self.image.width = str(picture.shape[1])
            self.image.layout.display = ""
        facts = [f"<b>{html.escape(_clip_name(row))}</b>", html.escape(words), html.escape(_facts(row))]
        self.caption.value = "<br>".join(facts)

    def _picture(self, index: int, row: pd.Series, mode: str) -> tuple[np.ndarray | None, str]:
        if mode == "displacement":
            if self.store.displacement is None:
                return None, "The true displacement of this database is not known."
            picture, scale = render.motion(self.store.displacement[index])
            return picture, f"True motion from onset to apex; the full colour is {scale:.2g} px. Grey: off the face."
        onset = self.store.frame(index, int(row["onset"]))
        if mode == "onset":
            return render.face(onset), "The onset frame."
        if mode in ("apex", "onset and apex"):
            if pd.isna(row["apex"]):
                return None, "The apex of this clip is not known."
            apex = self.store.frame(index, int(row["apex"]))
        if mode == "apex":
            return render.face(apex), "The apex frame."
        if mode == "onset and apex":
            return render.side_by_side([render.face(onset), render.face(apex)]), "Onset at the left, apex at the right."
        frame = self.store.frame(index, self.frame.value)
        if mode == "difference":
            return render.difference(onset, frame), f"Frame {self.frame.value} minus onset, absolute, × 8."
        if mode == "boxes":
            return render.with_boxes(frame, self.store.boxes[index]), "Action-unit boxes; L is image left."
        return render.face(frame), f"Frame {self.frame.value}."


def _wide() -> ipywidgets.Layout:
    return ipywidgets.Layout(width="520px", max_width="100%")


def _dropdown(description: str, options: list) -> ipywidgets.Dropdown:
    layout = _wide() if description in ("Clip", "View") else ipywidgets.Layout(width="auto")
    return ipywidgets.Dropdown(description=description, options=options, layout=layout, style=_STYLE)


def _clip_name(row: pd.Series) -> str:
    return f"{row['database']} / {row['subject']} / {row['clip']}" + (f" ({row['label']})" if row["label"] else "")


def _facts(row: pd.Series) -> str:
    apex = (
        "unknown"
        if pd.isna(row["apex"])
        else f"{row['apex']}" + (f" ({row['apex_source']})" if row["apex_source"] else "")
    )
    facts = [f"onset {row['onset']}, apex {apex}, offset {row['offset']}", _rate(row["fps"])]
    facts += [f"action units {row['action_units']}"] if row["action_units"] else []
    facts += [f"emotion {row['emotion']}"] if row["emotion"] else []
    return "; ".join(facts)


def _rate(fps: float) -> str:
    return "frame rate unknown" if pd.isna(fps) else f"{fps:g} frames a second"
