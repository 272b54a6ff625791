"""The folder of a run: the weights that it holds, or which folder was probably meant. Loads no model."""

from pathlib import Path

from mer.core.errors import MissingPath, did_you_mean
from mer.core.near_path import near_path

_WEIGHTS = "folds/*/weights.safetensors"


def fold_weights(run_folder: Path | str) -> list[Path]:
    """Weights of every fold of a run, in the order of their names.

    Raises:
        MissingPath: there are none; the message names a run near by that has some.
    """
    run = Path(run_folder)
    if found := sorted(run.glob(_WEIGHTS)):
        return found
    expected = "Give the folder of a finished LOSO run."
    if not run.exists():
        raise MissingPath(f"Run {run} does not exist. {expected} {near_path(run)}".rstrip())
    trained = [above for above in (run.parent, run.parent.parent) if any(above.glob(_WEIGHTS))]
    for top in (run, run.parent):
        trained = trained or sorted({path.parents[2] for path in top.glob(f"*/{_WEIGHTS}")})
    hint = did_you_mean(str(trained[0])) if trained else "Train one first: mer run 04_train_loso."
    raise MissingPath(f"{run} is not trained: it holds no {_WEIGHTS}. {expected} {hint}")
