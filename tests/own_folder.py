"""A rendered database turned into a user's own folder, in which a test may change what it likes."""

from pathlib import Path

from mer.core.files import read_json, write_json


def made_own(folder: Path) -> Path:
    """Take away what says that a folder was rendered, and with it the seal; it stays synthetic."""
    (folder / "index.json").unlink()
    about = read_json(folder / "database.json")
    del about["generator"]
    write_json(folder / "database.json", about)
    return folder
