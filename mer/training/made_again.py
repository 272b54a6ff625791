"""How a user makes a file of a run again, in the words of the command line."""

from pathlib import Path

from mer.core.made_again import made_again


def how_again(path: Path | str) -> str:
    """A sentence with the command that makes the run of a file again, by the nearest ``record.json`` above it.

    Args:
        path: of the file, which need not exist.
    """
    for folder in Path(path).absolute().parents:
        if (folder / "record.json").is_file():
            return made_again(folder)
    return "Make it again: run the training that made it (`mer run 03_pretrain`, `mer run 04_train_loso`)."
