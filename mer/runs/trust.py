"""Executed notebooks are signed, as Jupyter does with those run by hand: else their widgets stay hidden."""

import fcntl
import sqlite3
from pathlib import Path
from typing import Any

from mer.core.locked import open_lock

_PATIENCE = 10.0  # seconds that another program may hold the database


def trust(notebook: Path) -> str:
    """Sign a notebook that was just made here.

    It never fails a run, and never moves a user's signatures away: what cannot be written is left as it is.

    Returns:
        Why it could not be signed, and what can be done; empty where it was.
    """
    import nbformat
    from jupyter_core.paths import jupyter_data_dir

    try:
        folder = Path(jupyter_data_dir())
        with open_lock(folder / ".mer-trust.lock", "") as lock:
            fcntl.flock(lock.fileno(), fcntl.LOCK_EX)  # runs that end together do not meet in the database
            _sign(nbformat.read(notebook, as_version=4), folder)
    except Exception as error:  # of a database many kinds; the run is finished whatever they are
        reason = getattr(error, "strerror", None) or error
        return f"Its widgets stay hidden in Jupyter ({reason}) until you call: jupyter trust {notebook}"
    return ""


def _sign(notebook: Any, folder: Path) -> None:
    from nbformat.sign import NotebookNotary, SQLiteSignatureStore

    class Store(SQLiteSignatureStore):
        """One that raises where its own would rename a database that is locked or full, and begin another."""

        def _connect_db(self, db_file: str) -> sqlite3.Connection:
            kinds = sqlite3.PARSE_DECLTYPES | sqlite3.PARSE_COLNAMES
            database = sqlite3.connect(db_file, timeout=_PATIENCE, detect_types=kinds)
            try:
                self.init_db(database)
            except BaseException:
                database.close()
                raise
            return database

    secret, known = folder / "notebook_secret", (folder / "notebook_secret").exists()
    try:
        notary = NotebookNotary(data_dir=str(folder), store_factory=lambda: Store(str(folder / "nbsignatures.db")))
        try:
            notary.sign(notebook)
        finally:
            notary.store.close()
    except OSError:
        if not known:  # half a key would be no secret
            secret.unlink(missing_ok=True)
        raise
