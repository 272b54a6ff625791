"""The clips of the explorer: which fit the filters, what their table shows, what is known of one."""

import html
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from mer.face.aligned_store import AlignedStore
from mer.manifest.action_units import unit_numbers
from mer.manifest.clips import clip_key
from mer.widgets.explorer.edits import Marks
from mer.widgets.names import class_words, database_words

ANY = "any"
STATES = ("labelled", "unlabelled", "corrected", "unsaved")
#: Column of the table to its header.
TITLES = {
    "clip": "Clip",
    "subject": "Subject",
    "label": "Class",
    "state": "State",
    "action_units": "Action units",
    "emotion": "Emotion",
    "database": "Database",
}


@dataclass(frozen=True)
class Filters:
    """What clips must be; `ANY` (0 of the action unit) lets all through. ``label`` may be empty: without a class."""

    database: str = ANY
    subject: str = ANY
    label: str = ANY
    unit: int = 0
    state: str = ANY


class ClipIndex:
    """Clips of a table by what they are, looked up once, so that filtering thousands takes milliseconds."""

    def __init__(self, clips: pd.DataFrame) -> None:
        self.count = len(clips)
        texts, places = np.unique(clips["action_units"].to_numpy(dtype=str), return_inverse=True)
        each = [frozenset(unit_numbers(str(text))) for text in texts]
        self.units = sorted(frozenset().union(*each)) if each else []
        self._shows = {unit: np.array([unit in one for one in each])[places] for unit in self.units}
        self._text = {name: clips[name].astype(str).to_numpy(dtype=object) for name in ("database", "subject")}
        self.databases = list(dict.fromkeys(self._text["database"]))

    def subjects(self, database: str = ANY) -> list[str]:
        """People of a database, or of all, by name."""
        chosen = self._text["subject"]
        if database != ANY:
            chosen = chosen[self._text["database"] == database]
        return sorted(set(chosen))

    def match(self, filters: Filters, labels: np.ndarray, corrected: np.ndarray, unsaved: np.ndarray) -> np.ndarray:
        """Positions of the clips that fit every filter, ascending: int64.

        Args:
            filters: what they must be.
            labels: class of every clip as corrected, object.
            corrected, unsaved: bool, of every clip.
        """
        fits = np.ones(self.count, bool)
        for column, value in (("database", filters.database), ("subject", filters.subject)):
            if value != ANY:
                fits &= self._text[column] == value
        if filters.label != ANY:
            fits &= labels == filters.label
        if filters.unit:
            fits &= self._shows.get(filters.unit, np.zeros(self.count, bool))
        states = {"labelled": labels != "", "unlabelled": labels == "", "corrected": corrected, "unsaved": unsaved}
        if filters.state != ANY:
            fits &= states[filters.state]
        return np.flatnonzero(fits)


def shown_table(
    clips: pd.DataFrame,
    labels: np.ndarray,
    corrected: np.ndarray,
    unsaved: np.ndarray,
    rows: np.ndarray,
    own_labels: Mapping[int, str] = MappingProxyType({}),
    own_emotions: Mapping[int, str] = MappingProxyType({}),
) -> pd.DataFrame:
    """What the table shows of these rows: columns of `TITLES`, index 0..n-1.

    Args:
        clips: all of them.
        labels: class of every clip as corrected.
        corrected, unsaved: bool, of every clip.
        rows: which are shown.
        own_labels, own_emotions: what the database has of the clips, by row, whose class or emotion is corrected.
    """
    table = clips.iloc[rows][["database", "subject", "clip", "action_units", "emotion"]].reset_index(drop=True)
    table["database"] = table["database"].map({name: database_words(name) for name in table["database"].unique()})
    table["label"] = labels[rows]
    for name, own, none in (("label", own_labels, "no class"), ("emotion", own_emotions, "no emotion")):
        if own:  # of few clips: others cost nothing
            texts = table[name].to_numpy(dtype=object).copy()
            for at in np.flatnonzero(np.isin(rows, list(own))):
                texts[at] = class_words(texts[at], own[int(rows[at])], none)
            table[name] = texts
    state = np.where(labels[rows] == "", "unlabelled", "")
    state = np.where(corrected[rows], "corrected", state)
    table["state"] = np.where(unsaved[rows], "unsaved", state)
    return table[list(TITLES)]


def facts(
    store: AlignedStore,
    clip: int,
    marks: Marks,
    state: str,
    own_label: str | None = None,
    own_emotion: str | None = None,
) -> list[tuple[str, str]]:
    """What is known of one clip, as name and value.

    Args:
        store: that the clip is of.
        clip: its row.
        marks: key frames, class and note as they stand.
        state: of its corrections, in words.
        own_label, own_emotion: what the database has; None where it is what is shown.
    """
    row = store.clips.iloc[clip]
    fps = None if pd.isna(row["fps"]) else float(row["fps"])
    corrected = own_label is not None and own_label != marks.label
    emotion_of = " (the database's)" if corrected and own_emotion is None and row["emotion"] else ""
    yaw, pitch, roll = (round(float(value)) for value in store.pose[clip])
    return [
        ("Key in files", clip_key(row)),
        ("Class", class_words(marks.label, own_label)),
        ("Emotion", f"{class_words(row['emotion'], own_emotion, 'no emotion')}{emotion_of}"),
        ("Action units", row["action_units"] or "none annotated"),
        ("Frame rate", "unknown" if fps is None else f"{fps:g} frames a second"),
        ("Onset to apex", "apex unknown" if marks.apex is None else _span(marks.apex - marks.onset, fps)),
        ("Onset to offset", _span(marks.offset - marks.onset, fps)),
        ("Apex", _apex_words(row["apex_source"], marks.apex, _number(row["apex"]))),
        ("Head", f"yaw {yaw}°, pitch {pitch}°, roll {roll}°"),
        ("Between the eyes", f"{float(store.eye_distance[clip]):.0f} px of the raw frame"),
        ("Corrections", state),
        ("Note", marks.note or "none"),
    ]


def facts_html(known: list[tuple[str, str]]) -> str:
    """Facts as a definition list."""
    rows = "".join(f"<dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd>" for name, value in known)
    return f'<dl class="mer-facts">{rows}</dl>'


def _span(frames: int, fps: float | None) -> str:
    count = f"{frames} frame{'s' * (frames != 1)}"
    return count if fps is None else f"{frames / fps * 1000:.0f} ms ({count})"


def _number(value: object) -> int | None:
    return None if pd.isna(value) else int(value)  # type: ignore[call-overload]


def _apex_words(source: str, apex: int | None, stored: int | None) -> str:
    if apex is None:
        return "unknown"
    if apex != stored:
        return "moved by you"
    return {"annotated": "annotated", "middle": "the middle frame, none is annotated", "spotted": "spotted"}.get(
        source, "of unknown origin"
    )
