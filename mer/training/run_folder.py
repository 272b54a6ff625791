"""The folder of a run: the weights that it holds, or which folder was probably meant. Loads no model."""

from pathlib import Path, PurePosixPath

from mer.core.errors import MissingPath, did_you_mean
from mer.core.finished_run import checked, vouched_files
from mer.core.near_path import near_path

_WEIGHTS = "folds/*/weights.safetensors"


def fold_weights(run_folder: Path | str) -> list[Path]:
    """Weights of every fold of a run, in the order of their names; none is left out because it is gone.

    A model that is missing would let another, which saw its people, be asked about them.

    Raises:
        Damaged: those of a fold of a finished run are not as it left them, or gone.
        MissingPath: there are none; the message names a run near by that has some.
    """
    run = Path(run_folder)
    listed = (run / name for name in vouched_files(run) if PurePosixPath(name).match(_WEIGHTS))
    if found := sorted({*run.glob(_WEIGHTS), *listed}):
        for path in found:
            checked(path.with_name("fold.json"))
        return [checked(path) for path in found]
    expected = "Give the folder of a finished LOSO run."
    if not run.exists():
        raise MissingPath(f"Run {run} does not exist. {expected} {near_path(run)}".rstrip())
    trained = [above for above in (run.parent, run.parent.parent) if any(above.glob(_WEIGHTS))]
    for top in (run, run.parent):
        trained = trained or sorted({path.parents[2] for path in top.glob(f"*/{_WEIGHTS}")})
    hint = did_you_mean(str(trained[0])) if trained else "Train one first: mer run 04_train_loso."
    raise MissingPath(f"{run} is not trained: it holds no {_WEIGHTS}. {expected} {hint}")
