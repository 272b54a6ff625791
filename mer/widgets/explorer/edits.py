"""Marks, label and note of clips as a user wants them: drafts first, then corrections in the user's own file."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from mer.core.errors import InputError
from mer.manifest.clips import KEY, clip_key
from mer.manifest.own_corrections import (
    OwnCorrection,
    own_corrections_file,
    read_own_corrections,
    remove_own_corrections,
    save_own_corrections,
)

EDITED = ("onset", "apex", "offset", "label", "note")


@dataclass(frozen=True)
class Marks:
    """What can be changed of a clip. An unknown apex is None; an empty label is a clip without class."""

    onset: int
    apex: int | None
    offset: int
    label: str = ""
    note: str = ""

    def texts(self) -> dict[str, str]:
        """Column to value as a file has it."""
        return {name: "" if getattr(self, name) is None else str(getattr(self, name)) for name in EDITED}

    def fault(self) -> str:
        """What is wrong with the order of the key frames; empty where nothing is."""
        if self.onset > self.offset:
            return f"The onset ({self.onset}) is after the offset ({self.offset})."
        if self.apex is not None and not self.onset <= self.apex <= self.offset:
            return f"The apex ({self.apex}) is outside {self.onset} to {self.offset}, onset to offset."
        return ""


class ClipEdits:
    """Of every clip: what the database has, what the user saved, and what is not saved yet.

    Args:
        clips: clip table of a store.
        applied: corrections that are in this table already, with the database's own values as ``was``.
        labels: name of the label space that the classes are of.
        path: file of the corrections; None means the user's own.
        refused: why nothing of these clips can be saved; empty where it can.
    """

    def __init__(
        self,
        clips: pd.DataFrame,
        labels: str,
        applied: Iterable[OwnCorrection] = (),
        path: Path | None = None,
        refused: str = "",
    ) -> None:
        self.clips, self.labels, self._path, self.refused = clips, labels, path, refused
        self._place = {key: at for at, key in enumerate(clips[KEY].itertuples(index=False, name=None))}
        self._drafts: dict[int, Marks] = {}
        self._saved: dict[int, dict[str, OwnCorrection]] = {}
        applied = tuple(applied)
        self._applied = self._by_clip(applied)
        #: Emotion that the database has of clips whose emotion a user corrected (in the file itself), by their row.
        self.own_emotions = {
            self._place[one.clip_key]: one.was
            for one in applied
            if one.column == "emotion" and one.clip_key in self._place
        }

    @property
    def path(self) -> Path:
        """File of the corrections, whether it is there or not."""
        return self._path or own_corrections_file()

    def read(self) -> None:
        """Read the file; call it first, and whenever another may have written.

        Raises:
            InputError: it has faults; what was read before stays.
        """
        self._saved = {} if self.refused else self._by_clip(read_own_corrections(self._path))

    def own(self, clip: int) -> Marks:
        """What the database has."""
        return _with(self._in_store(clip), {name: one.was for name, one in self._applied.get(clip, {}).items()})

    def saved(self, clip: int) -> Marks:
        """What the user's corrections make of it."""
        return _with(self.own(clip), {name: one.value for name, one in self._saved.get(clip, {}).items()})

    def now(self, clip: int) -> Marks:
        """The draft, or what is saved where there is none."""
        return self._drafts.get(clip) or self.saved(clip)

    def change(self, clip: int, **values: object) -> Marks:
        """Set values of the draft; a draft that says what is saved is none."""
        wanted = replace(self.now(clip), **values)  # type: ignore[arg-type]
        if wanted == self.saved(clip):
            self._drafts.pop(clip, None)
        else:
            self._drafts[clip] = wanted
        return wanted

    def undo(self, clip: int) -> None:
        """Back to what is saved."""
        self._drafts.pop(clip, None)

    def unsaved(self, clip: int) -> tuple[str, ...]:
        """Columns that differ from what is saved."""
        now, saved = self.now(clip).texts(), self.saved(clip).texts()
        return tuple(name for name in EDITED if now[name] != saved[name])

    @property
    def drafts(self) -> tuple[int, ...]:
        """Clips with changes that are not saved."""
        return tuple(self._drafts)

    @property
    def saved_values(self) -> tuple[tuple[str, ...], ...]:
        """Keys and values of all saved corrections of these clips: changes when one is saved or removed."""
        return tuple((*one.key, one.value) for columns in self._saved.values() for one in columns.values())

    def corrections(self, clip: int) -> tuple[OwnCorrection, ...]:
        """Saved corrections of a clip."""
        return tuple(self._saved.get(clip, {}).values())

    def reason(self, clip: int) -> str:
        """Why the clip was corrected, as saved last; empty where nobody said."""
        return next((one.reason for one in reversed(self.corrections(clip)) if one.reason), "")

    def save(self, clip: int, reason: str = "") -> Path:
        """Write the draft of a clip to the user's file; with nothing but another reason, that one for all of the clip.

        Raises:
            InputError: there is nothing to save, the key frames are out of order, the file cannot be written, or these
                clips take no corrections.
        """
        if self.refused:
            raise InputError(self.refused)
        columns = self.unsaved(clip)
        if not columns and self.corrections(clip) and reason != self.reason(clip):
            path = save_own_corrections([replace(one, reason=reason) for one in self.corrections(clip)], self._path)
            self.read()
            return path
        if not columns:
            raise InputError(f"Nothing of {clip_key(self.clips.iloc[clip])} has changed since it was saved.")
        now = self.now(clip)
        if fault := now.fault():
            raise InputError(f"{fault} Put onset, apex and offset in this order, then save.")
        key = {name: str(self.clips[name].iloc[clip]) for name in KEY}
        value, was = now.texts(), self.own(clip).texts()
        if self.clips["apex_source"].iloc[clip] == "spotted":  # found by this suite for this store
            before = self._saved.get(clip, {}).get("apex")
            was["apex"] = before.was if before else ""  # the database has none
        path = save_own_corrections(
            [
                OwnCorrection(
                    **key,
                    column=name,
                    value=value[name],
                    was=was[name],
                    labels=self.labels if name == "label" else "",
                    reason=reason,
                )
                for name in columns
            ],
            self._path,
        )
        self.undo(clip)
        self.read()
        return path

    def remove(self, clip: int) -> int:
        """Go back to the database's own values: take the clip's corrections out of the file, and drop its draft.

        Returns:
            How many were taken out.
        """
        keys = [one.key for one in self.corrections(clip)]
        gone = remove_own_corrections(keys, self._path) if keys else ()
        self.undo(clip)
        self.read()
        return len(gone)

    def corrected_mask(self) -> np.ndarray:
        """Which clips have saved corrections: bool (n,)."""
        return _mask(len(self.clips), self._saved)

    def unsaved_mask(self) -> np.ndarray:
        """Which clips have drafts: bool (n,)."""
        return _mask(len(self.clips), self._drafts)

    def label_array(self) -> np.ndarray:
        """Class of every clip as saved: object (n,)."""
        labels = self.clips["label"].to_numpy(dtype=object).copy()
        for clip in {*self._saved, *self._applied}:
            labels[clip] = self.saved(clip).label
        return labels

    def own_labels(self) -> dict[int, str]:
        """Class that the database has of the clips whose saved class is another one, by their row."""
        corrected = {*self._saved, *self._applied}
        own = {clip: self.own(clip).label for clip in corrected}
        return {clip: label for clip, label in own.items() if label != self.saved(clip).label}

    def _by_clip(self, corrections: Iterable[OwnCorrection]) -> dict[int, dict[str, OwnCorrection]]:
        found: dict[int, dict[str, OwnCorrection]] = {}
        for one in corrections:
            place = self._place.get(one.clip_key)
            if place is not None and one.column in EDITED and one.labels in ("", self.labels):
                found.setdefault(place, {})[one.column] = one
        return found

    def _in_store(self, clip: int) -> Marks:
        row = self.clips.iloc[clip]
        apex = None if pd.isna(row["apex"]) else int(row["apex"])
        return Marks(int(row["onset"]), apex, int(row["offset"]), row["label"], row["note"])


def _with(marks: Marks, values: Mapping[str, str]) -> Marks:
    texts = {name: text for name, text in values.items() if name in ("label", "note")}
    numbers = {name: int(text) if text else None for name, text in values.items() if name not in texts}
    return replace(marks, **texts, **numbers)  # type: ignore[arg-type]


def _mask(count: int, places: Mapping[int, object]) -> np.ndarray:
    mask = np.zeros(count, bool)
    mask[list(places)] = True
    return mask
