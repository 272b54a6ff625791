"""The folder of a run: the weights that it holds, or which folder was probably meant. Loads no model."""

from pathlib import Path, PurePosixPath

from mer.core.errors import MissingPath, did_you_mean
from mer.core.finished_run import checked
from mer.core.finished_run_files import vouched_files
from mer.core.near_path import near_path
from mer.core.one_run import which_run
from mer.core.sealed import unsealed
from mer.training.finished import FORMAT
from mer.training.made_again import how_again

_FILE, _INDEX = "weights.safetensors", "fold.json"
_WEIGHTS = f"folds/*/{_FILE}"


def fold_weights(run_folder: Path | str) -> list[Path]:
    """Weights of every fold of a run, in the order of their names; none is left out because it is gone.

    A model that is missing would let another, which saw its people, be asked about them. Of a run that did not finish
    the index of each finished fold vouches for its weights.

    Raises:
        Damaged: those of a fold are not as it left them, or gone.
        MissingPath: there are none; the message names a run near by that has some.
    """
    run = Path(run_folder)
    finished = which_run(run) is not None
    listed = [run / name for name in vouched_files(run) if PurePosixPath(name).match(_WEIGHTS)]
    if not finished:
        listed = [index.with_name(_FILE) for index in run.glob(f"folds/*/{_INDEX}")]
    if found := sorted({*run.glob(_WEIGHTS), *listed}):
        for path in found:
            index = checked(path.with_name(_INDEX))
            if not finished and index.is_file():
                unsealed(path.parent, _INDEX, FORMAT, how_again(path), [_FILE])
        return [checked(path) for path in found]
    expected = "Give the folder of a finished LOSO run."
    if not run.exists():
        raise MissingPath(f"Run {run} does not exist. {expected} {near_path(run)}".rstrip())
    trained = [above for above in (run.parent, run.parent.parent) if any(above.glob(_WEIGHTS))]
    for top in (run, run.parent):
        trained = trained or sorted({path.parents[2] for path in top.glob(f"*/{_WEIGHTS}")})
    hint = did_you_mean(str(trained[0])) if trained else "Train one first: mer run 04_train_loso."
    raise MissingPath(f"{run} is not trained: it holds no {_WEIGHTS}. {expected} {hint}")
