"""The notebook of measured displacement through the real runner, where the truth is known and where it is not."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

from mer.datasets.synthetic.build import build_synthetic
from mer.datasets.synthetic.plan import SyntheticConfig
from mer.runs.session import __file__ as _session
from tests.own_folder import made_own

PROJECT = Path(_session).parents[2]
OUTPUTS = "outputs/small"


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Four people of one look; four others without their true displacement."""
    folder = tmp_path_factory.mktemp("displacement")
    looks = ("synthetic-casme2",)
    known, unknown = (
        build_synthetic(
            SyntheticConfig(seed=seed, subjects=4, clips_per_subject=2, looks=looks, tempo=0.25, margin=1),
            folder=folder / str(seed),
            n_jobs=1,
        ).root
        for seed in (7, 8)
    )
    for path in made_own(unknown).rglob("displacement.npy"):
        path.unlink()
    few = {"size": 64, "overrides": {"steps": 3, "batch": 2, "groups": 2, "minimum_gap": 2}, "noise": [0, 4]}
    steps = [
        {
            "run": run,
            "notebook": "09_displacement",
            "parameters": few | {"database": str(database), "readings": ["paper", "accurate"], "flows": ["dis"]},
        }
        for run, database in (("known", known), ("unknown", unknown))
    ]
    path = folder / "small.yaml"
    path.write_text(yaml.safe_dump({"name": "small", "title": "Small", "steps": steps}), encoding="utf-8")
    return path


def mer(study):
    environment = os.environ | {"MER_OUTPUTS": str(study.parent / "outputs"), "MER_CACHE": str(study.parent / "cache")}
    command = [sys.executable, "-c", "from mer.cli.main import main; main()", "study", str(study)]
    return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=600)


@pytest.fixture(scope="module")
def runs(study):
    done = mer(study)
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-3000:]
    return study.parent / OUTPUTS


def test_every_method_is_measured_where_the_truth_is_known(runs):
    table = pd.read_csv(runs / "known" / "tables" / "endpoint-error.csv").set_index("method")
    assert set(table.index) == {"paper", "accurate", "closed-form steps", "dis", "no motion"}
    assert (table["error_px"] > 0).all() and table["error_px"].is_monotonic_increasing
    assert table.loc["accurate", "error_px"] < table.loc["no motion", "error_px"]
    assert (table["error_px_low"] <= table["error_px"]).all() and (table["error_px"] <= table["error_px_high"]).all()
    noise = pd.read_csv(runs / "known" / "figures" / "endpoint-error-noise.csv")
    assert set(noise["noise"]) == {0, 4} and len(noise) == 10
    assert (runs / "known" / "figures" / "endpoint-error.pdf").stat().st_size > 0
    summary = json.loads((runs / "known" / "summary.json").read_text(encoding="utf-8"))
    assert summary["synthetic"] and summary["endpoint_error_px"].keys() == set(table.index)


def test_without_the_truth_the_notebook_says_so_and_the_self_checks_stay(runs):
    cells = json.loads((runs / "unknown" / "09_displacement.ipynb").read_text(encoding="utf-8"))["cells"]
    printed = "".join(line for cell in cells for out in cell.get("outputs", []) for line in out.get("text", []))
    assert "is not known: no error can be measured" in printed
    assert not (runs / "unknown" / "tables" / "endpoint-error.csv").exists()
    summary = json.loads((runs / "unknown" / "summary.json").read_text(encoding="utf-8"))
    assert summary["endpoint_error_px"] == {}
    checks = pd.read_csv(runs / "unknown" / "tables" / "self-checks.csv").set_index("method")
    assert checks.loc["closed-form steps", "identity"] < 1e-5 and checks.loc["accurate", "saturated"] < 0.01
