"""Whether what is given beside a finished training run is what it was trained on.

The notebooks that look into a run ask for its data once more, because its folder does not hold the frames. Other clips
would be taken for those of the run, row by row, and nothing would fail.
"""

from pathlib import Path
from typing import Any

from mer.core.errors import InputError
from mer.core.files import file_digest
from mer.core.paths import given_path
from mer.core.run_record import recorded_config

#: What is compared (`mer.motion.prepare.DataConfig`).
DATA = ("database", "labels", "apex", "size", "detector", "allow_missing")


def check_trained_on(train_run: str | Path, **given: Any) -> None:
    """Check that the values agree with those in the run's record.

    Args:
        train_run: folder of a run of ``04_train_loso``; one without a record is not judged.
        given: values by name, of `DATA`; others, and those that the record does not have, are passed over.

    Raises:
        InputError: some differ; the message names both sides of each.
    """
    config = recorded_config(given_path(train_run))
    trained = {name: config.get(f"data.{name}", config.get(name)) for name in DATA}  # older records: without "data."
    wrong = [
        name
        for name in DATA
        if name in given
        and trained[name] is not None
        and not (_same_database if name == "database" else _equal)(trained[name], given[name])
    ]
    if wrong:
        faults = "; ".join(f"{name} is {given[name]!r}, the run has {trained[name]!r}" for name in wrong)
        remedy = " ".join(f"-p {name} {_typed(trained[name])}" for name in wrong)
        raise InputError(f"{train_run} was trained on other data: {faults}. Use: {remedy}")


def check_pair_run(train_run: str | Path) -> None:
    """Check that the run's model reads an onset-apex pair through a DGM, which is what its figures and times are of.

    Raises:
        InputError: its motion comes from elsewhere, or it reads sequences; found in its record, so before any work.
    """
    config = recorded_config(given_path(train_run))
    source, frames = config.get("fold.model.motion.source", "dgm"), config.get("fold.model.sequence", 0)
    if source != "dgm" or frames:
        found = f"reads sequences of {frames} frames" if frames else f"has motion {source!r} in place of the DGM's"
        raise InputError(
            f"The model of {train_run} {found}; this notebook is for models of an onset-apex pair with a DGM. "
            "Give the run of such a variant (M3 to M9; 07_paper_tables compares all of them)."
        )


def _equal(one: Any, other: Any) -> bool:
    return bool(one == other)


def _same_database(one: Any, other: Any) -> bool:
    """The same name, the same rendered database, or clip tables that say the same (a copy, another spelling)."""
    from mer.datasets.synthetic.names import synthetic_config

    if str(one) == str(other):
        return True
    rendered = [synthetic_config(str(name)) for name in (one, other)]
    if any(rendered):
        return rendered[0] == rendered[1]
    tables = [_table(str(name)) for name in (one, other)]
    return None not in tables and len({file_digest(table) for table in tables if table}) == 1


def _table(name: str) -> Path | None:
    from mer.datasets.folder import TABLE

    path = given_path(name)
    found = path / TABLE if path.is_dir() else path
    return found if found.is_file() else None


def _typed(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
