"""The real training on a real SLURM: every fold a job, scores as on one machine."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import mer
from mer.datasets.synthetic.build import build_synthetic
from mer.datasets.synthetic.plan import SyntheticConfig

PROJECT = Path(mer.__file__).parents[1]
OVERRIDES = {
    "warm_up.steps": 2,
    "joint.steps": 1,
    "joint.batch": 4,
    "minimum_gap": 2,
    "model.dgm.zero_start": False,
}


def train(database: Path, folder: Path, *more: str) -> Path:
    """``mer run 04_train_loso``, as a user types it; returns the run's folder."""
    given = {"database": str(database), "size": "64", "overrides": json.dumps(OVERRIDES), "device": "cpu"}
    values = [word for name, value in given.items() for word in ("-p", name, value)]
    environment = os.environ | {"MER_OUTPUTS": str(folder / "outputs"), "MER_CACHE": str(folder.parent / "cache")}
    done = subprocess.run(
        [sys.executable, "-m", "mer", "run", "04_train_loso", *values, "--name", "train", *more],
        cwd=PROJECT,
        env=environment | {"OMP_NUM_THREADS": "1", "JUPYTER_DATA_DIR": str(folder / "jupyter")},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return folder / "outputs" / "single" / "train"


@pytest.mark.slow
def test_folds_trained_as_jobs_are_those_of_one_machine(slurm, tmp_path):
    config = SyntheticConfig(seed=7, subjects=1, clips_per_subject=6, tempo=0.25, margin=1)
    database = build_synthetic(config, folder=tmp_path / "three-people", n_jobs=1)
    here = train(database.root, tmp_path / "here")
    there = train(database.root, tmp_path / "there", "--executor", "slurm", "--slurm", "patience=60")
    assert (there / "predictions.csv").read_bytes() == (here / "predictions.csv").read_bytes()
    one, other = (json.loads((folder / "result.json").read_text()) for folder in (here, there))
    assert (one["hash"], one["digest"], one["summary"]) == (other["hash"], other["digest"], other["summary"])
    logs = (there.parent / ".logs" / "train").glob("*_log.err")
    assert len(list(logs)) == len(list((there / "folds").glob("*/fold.json"))) == 3, "one job a fold"
