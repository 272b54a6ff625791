"""A run as its notebook sees it: where to put things, and the record at the end.

    run = open_run(run_dir, notebook="04_loso", config={"epochs": epochs, "seed": seed})
    ...
    run.save_table("scores", table, title="Scores", caption="...")
    run.finish({"uf1": 0.81, "uar": 0.80, "n": 120, "epoch_rule": "last", "synthetic": True})

In batch the runner gives ``run_dir``. By hand (``run_dir=None``) the folder is ``outputs/interactive/<notebook>``.
"""

import os
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from mer.core.caveats import FILE_NAME as CAVEATS
from mer.core.caveats import add_caveats, read_caveats
from mer.core.errors import InputError
from mer.core.files import write_json, write_text
from mer.core.live import LIVE, drop_live
from mer.core.made_again import INTERACTIVE
from mer.core.paths import project_dir
from mer.core.run_record import RECORD, read_record, recorded_config
from mer.core.stamp import now, peak_memory_mb
from mer.core.work_lock import work_to_the_end
from mer.evaluation.corrected_since import STANDING, corrected_since_words, standing_corrections
from mer.evaluation.data_terms import CLIPS_OF, TERMS_FILE, DataTerms, own_terms, run_terms, terms_words
from mer.figures.provenance import said_once
from mer.figures.tables import Best
from mer.runs.by_hand import folder_by_hand
from mer.runs.console import BEWARE
from mer.runs.reached_code import code_digest
from mer.runs.record import new_record, update_record
from mer.runs.short_paths import short_paths
from mer.runs.table_output import show_tables_scrolling
from mer.runs.tables import write_table

if TYPE_CHECKING:
    from mer.face.aligned_store import AlignedStore

#: What leaves parts behind from which a later call goes on.
_RESUMABLE_CODE = ("import mer.training.loso", "import mer.training.map_networks", "import mer.training.pretrain")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
SYNTHETIC = "Synthetic faces."


@dataclass(frozen=True)
class RunSession:
    """The open run of a notebook."""

    folder: Path
    notebook: str

    @property
    def arrays(self) -> Path:
        """Folder for arrays (``.npz``), made when first asked for."""
        return _made(self.folder / "arrays")

    @property
    def figures(self) -> Path:
        """Folder of the figures, made when first asked for."""
        return _made(self.folder / "figures")

    @property
    def tables(self) -> Path:
        """Folder of the tables, made when first asked for."""
        return _made(self.folder / "tables")

    def beware(self, *sentences: str) -> None:
        """Sentences that stand below every figure and table of this run, for instance on clips that were left out.

        They are printed as well, and shown by the console of a batch run.

        Args:
            sentences: empty ones are passed over.
        """
        add_caveats(self.folder, sentences)
        for sentence in filter(None, sentences):
            print(f"{BEWARE}{sentence}")

    def uses(self, store: "AlignedStore", under: str = "") -> None:
        """Record whose clips this run uses: their terms, what is left out of them and what a user corrected.

        The last two stand below every figure and table (`beware`); ``record.json`` has every corrected value. Terms of
        real faces stand there too, and in ``terms.txt`` beside the predictions.

        Args:
            store: the clips.
            under: put before the sentences, for a run that uses several stores.
        """
        self.beware(*(under + sentence for sentence in (store.left_out(), store.corrected()) if sentence))
        known = update_record(self.folder).get("corrections") or []
        new = [asdict(one) for one in store.corrections()]
        update_record(self.folder, corrections=known + [one for one in new if one not in known])
        self._note_terms([DataTerms(store.database_name, store.terms, store.synthetic)])

    def inherit(self, folder: str | Path) -> None:
        """Take over what another run says a reader must beware of: this one shows its results.

        Where a user has corrected its clips otherwise since, that is said too: its predictions are of the clips as they
        were. The terms of its clips are this run's too.
        """
        self._note_terms(run_terms(folder))
        self.beware(*dict.fromkeys([*read_caveats(Path(folder)), corrected_since_words(folder, printed=True)]))

    def save_table(
        self,
        name: str,
        table: pd.DataFrame,
        title: str = "",
        caption: str = "",
        best: Mapping[str, Best] | Iterable[str] = (),
        synthetic: bool | None = None,
        notes: str = "",
        csv_only: Iterable[str] = (),
    ) -> pd.DataFrame:
        """Write ``tables/<name>.csv``, ``.tex`` and ``.html`` with their words; return the table, which the cell shows.

        Args:
            name: lower-case letters, digits, ``-`` and ``_``; it makes the LaTeX label ``tab:<name>``.
            table: any table; columns ``x``, ``x_low``, ``x_high`` are shown as one with its interval.
            title: heading in the report; made from the name when empty.
            caption: what a reader must know to read the table, in short. What the run says to beware of is added.
            best: columns whose best value is bold, with all that cannot be told from it: names (the highest), or name
                to ``high`` or ``low``.
            synthetic: whether it tells of rendered faces; the caption then says so. None looks at the run's database
                and at the notes.
            notes: sources, terms of use, marks: in small type below the table.
            csv_only: columns that only the CSV has, so that the others fit on a page.
        """
        if not _NAME.fullmatch(name):
            raise InputError(f"Table name {name!r} is not lower-case letters, digits, '-' and '_'. Use e.g. 'scores'.")
        title = title or name.replace("-", " ").replace("_", " ").capitalize()
        if synthetic is None:
            synthetic = _on_synthetic(self.folder) or "synthetic" in notes.lower()
        if synthetic and "synthetic" not in f"{title} {caption}".lower():
            caption = f"{caption} {SYNTHETIC}".strip()
        caption = " ".join([caption, *read_caveats(self.folder)]).strip()
        notes = said_once(notes, terms_words(run_terms(self.folder)))
        write_table(self.tables, name, table, title, caption, best, notes, csv_only)
        return table

    def finish(self, summary: Mapping[str, Any] | None = None) -> None:
        """Last cell: keep what the run found (``summary.json``) and print where everything is.

        Args:
            summary: plain values. The run list and the report know ``uf1``, ``uar``, ``accuracy`` (each with ``_low``
                and ``_high``), ``n``, ``subjects``, ``epoch_rule``, ``method``, ``synthetic`` and ``beside`` (name to
                the same numbers, for floors and other methods on the same clips); the rest is kept too.
        """
        drop_live(self.folder)
        write_json(self.folder / "summary.json", dict(summary or {}))
        update_record(self.folder, notebook_ended=now(), peak_memory_mb=peak_memory_mb())
        print(f"Recorded in {short_paths(self.folder)}")

    def _note_terms(self, terms: Iterable[DataTerms]) -> None:
        known = dict(update_record(self.folder).get(CLIPS_OF) or {})
        known |= {one.database: {"terms": one.terms, "synthetic": one.synthetic} for one in terms}
        update_record(self.folder, **{CLIPS_OF: known})
        if words := terms_words(own_terms(self.folder)):
            write_text(self.folder / TERMS_FILE, words + "\n")


def open_run(run_dir: str | Path | None, notebook: str, config: Any = None, show: bool = True) -> RunSession:
    """Open the run folder of a notebook, record the resolved configuration and print it.

    A kernel that was started in ``notebooks`` moves to the project folder, where batch runs work as well: a relative
    path means the same by hand and in batch.

    Args:
        run_dir: the folder that the runner made, or None when a person runs the notebook; one of a finished run, whose
            notebook a person runs once more, counts as None.
        notebook: the notebook's stem.
        config: mapping or dataclass (nested ones too) with everything that the run depends on.
        show: print the configuration.

    Raises:
        InputError: another kernel of the notebook is run by hand just now; a record cannot be read or written.
    """
    os.chdir(project_dir())
    show_tables_scrolling()
    if run_dir and (Path(run_dir) / "result.json").is_file():  # somebody runs the notebook of a finished run once more
        print(f"{short_paths(Path(run_dir))} is finished and stays as it is; this is a run by hand.")
        run_dir = None
    folder = Path(run_dir) if run_dir else folder_by_hand(notebook)
    work_to_the_end(folder)
    _made(folder)
    (folder / CAVEATS).unlink(missing_ok=True)  # those of an earlier run by hand, perhaps on other data
    resolved = dict(_flat("", config))
    if run_dir and (folder / RECORD).is_file():
        record = update_record(folder, config=resolved, **{STANDING: standing_corrections()})
    else:
        code = code_digest(_RESUMABLE_CODE)
        _drop_parts_of_other_code(folder, code)
        known: dict[str, Any] = {"study": INTERACTIVE, "run": notebook, "notebook": notebook, "config": resolved}
        known["corrections"] = known[CLIPS_OF] = None  # those of an earlier run by hand go
        (folder / TERMS_FILE).unlink(missing_ok=True)
        known[STANDING] = standing_corrections()
        record = update_record(folder, **new_record(**known, code_digest=code))
    if show:
        width = max((len(key) for key in resolved), default=0)
        print("\n".join(f"{key:<{width}}  {value}" for key, value in resolved.items()))
        machine = record["machine"]
        print(f"{short_paths(folder)} · {machine['gpu'] or machine['processor']} · {machine['cores']} cores")
    return RunSession(folder, notebook)


def _drop_parts_of_other_code(folder: Path, code: str) -> None:
    """Training resumes by hand too, but never from folds that other code made. (In batch the runner sees to it.)"""
    if read_record(folder).get("code_digest") == code:
        return
    for pattern in ("folds", "choosing", "readings", LIVE, "group-*"):
        for part in folder.glob(pattern):
            shutil.rmtree(part) if part.is_dir() else part.unlink(missing_ok=True)


def _on_synthetic(folder: Path) -> bool:
    """Whether the run's configuration names a synthetic database (a folder's name alone says nothing)."""
    config = recorded_config(folder)
    return any(str(config.get(key, "")).startswith("synthetic") for key in ("database", "data.database"))


def _flat(prefix: str, value: Any) -> list[tuple[str, Any]]:
    """Nested mappings and dataclasses as ``outer.inner`` pairs."""
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if isinstance(value, Mapping):
        return [pair for key, item in value.items() for pair in _flat(f"{prefix}.{key}" if prefix else str(key), item)]
    return [(prefix, value)] if prefix else []


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"Cannot make {folder}: {error.strerror or error}. Choose another folder with MER_OUTPUTS."
        ) from error
    return folder
