"""One set of predictions as it is audited, whatever file it was read from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from mer.evaluation.report import ALL

#: Forms of files, in words; the keys are those of ``format`` in the audit's JSON.
FORMS = {
    "predictions": "a predictions table of this suite",
    "table": "a table of predictions",
    "clip-log": "a log of clips",
    "fold-log": "a log of folds, which names no clips",
    "pairs": "files of one subject each, which name no clips",
    "matrix": "a confusion matrix",
}
#: Database of subjects that a log names without their database, where they are not those of the composite list.
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Audited:
    """Predictions of one run.

    Attributes:
        file: where they were read.
        form: of the file, a key of `FORMS`.
        classes: K names in order.
        rows: one a clip: ``database, subject, clip`` (text; ``clip`` is empty where the file names none), ``label`` and
            ``predicted`` (int64, index into the classes), ``line`` (int64, of the file), and ``fold`` (text) where the
            file says in which fold a clip was predicted. None for a confusion matrix.
        matrices: of a confusion matrix alone: counts int64 (K, K) by part, rows true, ``all`` first.
        about: ``run, epoch_rule, seed``, those that the file says; ``protocol`` (`mer.training.protocols.PROTOCOLS`) of
            this suite's predictions, where it is known.
        notes: what a reader must know of the file.
        leak: why its epochs were probably chosen on the test subjects, as a sentence; empty where nothing says so.
    """

    file: str
    form: str
    classes: tuple[str, ...]
    rows: pd.DataFrame | None = None
    matrices: Mapping[str, np.ndarray] = field(default_factory=dict)
    about: Mapping[str, str | int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    leak: str = ""

    @property
    def names_clips(self) -> bool:
        """Whether every prediction says of which clip it is."""
        return self.form in ("predictions", "table", "clip-log")

    @property
    def databases(self) -> tuple[str, ...]:
        """The databases in order of appearance; none for a confusion matrix that names none."""
        names = [name for name in self.matrices if name != ALL] if self.rows is None else self.rows["database"].unique()
        return tuple(map(str, names))

    @property
    def only_database(self) -> str:
        """The database of all clips; empty where there are several."""
        return self.databases[0] if len(self.databases) == 1 else ""
