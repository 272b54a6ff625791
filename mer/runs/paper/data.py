"""What the figures of a finished run are drawn from: its folder's files, read when first asked for."""

from collections.abc import Callable, Hashable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mer.core.archive import read_npz
from mer.core.csv_text import read_csv_text
from mer.core.errors import InputError, MissingPath
from mer.core.finished_run import checked
from mer.core.one_run import OpenedRun
from mer.core.paths import given_path
from mer.core.run_record import RECORD, SUMMARY, read_record, recorded_config
from mer.evaluation.attributions import Attribution
from mer.evaluation.explain import attribute_run, explain_run
from mer.evaluation.predictions import read_predictions, score_classes
from mer.face.store import AlignedStore
from mer.figures.displacement import DisplacementRow
from mer.figures.examples import example_clips
from mer.figures.from_store import displacement_rows
from mer.figures.provenance import trained_runs
from mer.figures.style import any_synthetic, clip_key
from mer.manifest.clips import KEY
from mer.motion.prepare import DataConfig, prepared_store
from mer.widgets.kept import Kept, Value

_MOST_BYTES = 96_000_000  # of what is kept
_TEXT = {"database": str, "subject": str, "clip": str}


class RunData:
    """A run's folder as the figures see it; what was read or computed once is kept.

    All of it is of one making of the run, and of the run that it shows: once one of them was made again nothing
    more is read of it (`mer.core.one_run.MadeAgain`).

    Args:
        folder: of the run, relative to the project.

    Raises:
        MissingPath: no such folder.
        BeingMade: it is just being made again.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = given_path(folder)
        self._asked: set[Hashable] = set()  # keys since a drawing began
        self._drawn: dict[tuple[str, int], frozenset[Hashable]] = {}
        self._kept = Kept(_MOST_BYTES)
        self.opened = OpenedRun(self.folder)  # within its ``one_making()`` all that is read fits what was read before
        with self.opened.one_making():
            if not self.folder.is_dir():
                raise MissingPath(f"{folder} is no folder of a run. `mer runs` lists the runs that there are.")

    def kept(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """What ``make`` gives, kept under a key that says all that it depends on besides the run; not to be changed."""
        self._asked.add(key)
        with self.opened.one_making():
            return self._kept.get(key, make)

    def begin_drawing(self) -> None:
        """What is asked for from now on belongs to the figure that is then `done_drawing`."""
        self._asked.clear()

    def done_drawing(self, figure: str, clips: int) -> None:
        """A figure was drawn of so many clips."""
        self._drawn[figure, clips] = frozenset(self._asked)

    def quick_to_draw(self, figure: str, clips: int | None = None) -> bool:
        """Whether all that took long about a figure, of so many clips or of any number, is still kept."""
        sizes = {shown for name, shown in self._drawn if name == figure and clips in (None, shown)}
        return any(all(key in self._kept for key in self._drawn[figure, shown]) for shown in sizes)

    @cached_property
    def trained(self) -> Path:
        """The training run whose predictions are drawn: this one, or the one that it shows."""
        if not (found := self._shown):
            raise MissingPath(
                f"{self.folder} holds no predictions and names no run that does. "
                "Give the folder of a finished run of 04_train_loso, for instance outputs/demo/train."
            )
        self.opened.also(found[0])  # before anything of it is read
        return found[0]

    @cached_property
    def record(self) -> dict[str, Any]:
        """The run's record; empty where it has none."""
        return self._record(self.folder)

    @cached_property
    def summary(self) -> dict[str, Any]:
        """What the run's notebook found; empty where it said nothing."""
        return self._record(self.folder, SUMMARY)

    @cached_property
    def predictions(self) -> pd.DataFrame:
        """Checked predictions of the training run."""
        with self.opened.one_making():
            return read_predictions(self.trained / "predictions.csv")

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes."""
        return score_classes(self.predictions)

    @cached_property
    def synthetic(self) -> bool:
        """Whether the faces are rendered."""
        return any_synthetic(self.predictions["database"]) if self._shown else bool(self.summary.get("synthetic"))

    @cached_property
    def _shown(self) -> list[Path]:
        with self.opened.one_making():
            return trained_runs(self.folder)

    @cached_property
    def method(self) -> str:
        """What the training run calls its method; the name of its folder where it says nothing."""
        return str(self._record(self.trained, SUMMARY).get("method") or self.trained.name)

    @property
    def epoch_rule(self) -> str:
        """Of the predictions."""
        return ", ".join(dict.fromkeys(self.predictions["epoch_rule"].astype(str)))

    @cached_property
    def history(self) -> pd.DataFrame:
        """What training logged."""
        return self._csv(self.trained / "history.csv", "a training run keeps it")

    @cached_property
    def arrays(self) -> dict[str, np.ndarray]:
        """Frames, boxes, embeddings, fusion weights and displacements of the test clips."""
        with self.opened.one_making():
            path = checked(self.trained / "arrays" / "clips.npz")
            if path.is_file():
                return read_npz(path, "Train the run again.")
        raise MissingPath(f"{path} is missing: this run keeps no arrays of its clips. Train it again to draw them.")

    @cached_property
    def data(self) -> DataConfig:
        """The data that the training run was given."""
        with self.opened.one_making():
            config = recorded_config(self.trained)
        known = {name: config.get(f"data.{name}") for name in DataConfig.__dataclass_fields__}
        return DataConfig(**{name: value for name, value in known.items() if value is not None})

    @cached_property
    def store(self) -> AlignedStore:
        """The aligned clips."""
        return prepared_store(self.data)

    @cached_property
    def row_in_store(self) -> np.ndarray:
        """For every row of the store its row of the predictions, or -1."""
        rows = self.predictions[KEY].reset_index(names="row")
        return self.store.clips.merge(rows, on=KEY, how="left")["row"].fillna(-1).to_numpy(int)

    @cached_property
    def rendered(self) -> Any:
        """What the renderer knows of the clips, a table; None for real faces."""
        if not self.synthetic:
            return None
        from mer.datasets.registry import open_database
        from mer.datasets.synthetic.records import clip_records

        rows = self.predictions[KEY].merge(self.store.clips, how="left", on=KEY)
        return clip_records(open_database(self.data.database, self.data.labels, self.data.allow_missing), rows)

    def in_store(self, rows: Sequence[int]) -> list[int]:
        """Rows of the store of some rows of the predictions."""
        places = {row: place for place, row in enumerate(self.row_in_store)}
        missing = [row for row in rows if row not in places]
        if missing:
            clip = "/".join(str(self.predictions[column][missing[0]]) for column in KEY)
            raise InputError(f"Clip {clip} of the run is not among the aligned clips of {self.data.database}.")
        return [places[row] for row in rows]

    def examples(self, count: int) -> list[int]:
        """Rows of the predictions that stand for the rest."""
        return example_clips(self.predictions, count)

    def names(self, rows: Sequence[int]) -> list[str]:
        """Class and clip of some rows, in two lines."""
        table = self.predictions.loc[list(rows)]
        return [f"{row['label']}\n{clip_key(row)}" for _, row in table.iterrows()]

    @cached_property
    def plane(self) -> np.ndarray:
        """UMAP coordinates of the embeddings: those of a figure of this run where they are kept, else computed."""
        from mer.figures.features import run_plane

        kept = self.folder / "figures" / "features.csv"
        with self.opened.one_making():
            return run_plane(self.predictions, lambda: self.arrays["embedding"], kept)

    @cached_property
    def occlusion(self) -> pd.DataFrame:
        """What a class loses when one region is still: kept by a run of 05_figures, else the models are asked."""
        from mer.figures.attribution import occlusion_table

        kept = self.folder / "figures" / "occlusion.csv"
        if kept.is_file() and "log_odds_lost" in (table := self._csv(kept, "")):  # runs of before kept probabilities
            return table
        with self.opened.one_making():
            found = explain_run(self.trained, self.arrays, self.predictions, self.examples(1)).occlusion
        return occlusion_table(found, self.predictions["label"].to_list())

    def attribution(self, rows: Sequence[int], of: str = "predicted") -> Attribution:
        """Attributions of the predicted classes, or of those named by another column, of rows of the predictions."""
        targets = self.predictions[of].iloc[list(rows)].to_list()
        return self.kept(
            ("attribution", of, *rows),
            lambda: attribute_run(self.trained, self.arrays, self.predictions, rows, targets),
        )

    def displacements(self, clips: Sequence[int], flows: Sequence[str], dynamic: bool) -> list[DisplacementRow]:
        """Some rows of the store: frames, the generated displacement and, to be computed, that of other methods.

        Args:
            clips: rows of the store.
            flows, dynamic: as for `mer.figures.from_store.displacement_rows`.
        """

        def made() -> list[DisplacementRow]:
            found = self.arrays["displacement"].astype(np.float32)[np.maximum(self.row_in_store, 0)]
            return displacement_rows(self.store, clips, {"FRL-DGT": found}, flows, dynamic)

        return self.kept(("displacements", tuple(clips), tuple(flows), dynamic), made)

    def table(self, name: str, notebook: str) -> pd.DataFrame:
        """A kept table of numbers, ``<folder>/<name>.csv``, of a run of a certain notebook.

        Raises:
            MissingPath: the run does not keep it.
        """
        return self._csv(self.folder / f"{name}.csv", f"a run of {notebook} keeps it")

    def _record(self, folder: Path, name: str = RECORD) -> dict[str, Any]:
        with self.opened.one_making():
            return read_record(folder, name)

    def _csv(self, path: Path, who: str) -> pd.DataFrame:
        with self.opened.one_making():
            if not checked(path).is_file():
                raise MissingPath(f"{path} is missing: {who}. Give the folder of such a run.")
            try:
                return read_csv_text(path, dtype=_TEXT, keep_default_na=True, na_values=[""])
            except (OSError, ValueError) as error:
                raise InputError(f"{path} cannot be read as a table ({error}).") from error
