"""The page of benchmarks through the real Papermill, on made-up results."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from mer.bench.frame import Check
from mer.bench.record import write_record
from mer.runs.session import __file__ as _session
from tests.bench.made_up import made_up_records

PROJECT = Path(_session).parents[2]


def run_notebook(folder, **parameters):
    given = [text for key, value in parameters.items() for text in ("-p", key, yaml.safe_dump(value).split("\n...")[0])]
    environment = os.environ | {"MER_OUTPUTS": str(folder / "outputs"), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", "from mer.cli.main import main; main()", "run", "17_benchmarks", "--name", "x"]
    done = subprocess.run([*command, *given], cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-3000:]
    return folder / "outputs" / "single" / "x"


@pytest.fixture
def results(tmp_path):
    """Made-up results under names that the catalogue has."""
    for record, name in zip(made_up_records(), ("fusion-order", "scale"), strict=True):
        write_record(replace(record, benchmark=name), tmp_path / "results")
    return tmp_path / "results"


def test_figures_and_tables_of_all_results(results, tmp_path):
    out = run_notebook(tmp_path, results=str(results))
    assert {path.stem for path in (out / "figures").glob("*.png")} == {
        *("benchmark-times", "benchmark-aims", "benchmark-scale")
    }
    assert {path.stem for path in (out / "tables").glob("*.tex")} == {"inputs", "stamps", "aims", "lines"}
    summary = json.loads((out / "summary.json").read_text())
    measured = summary["aims"] - summary["not_run"]
    assert (summary["results"], measured, summary["met"]) == (2, 2, 1) and summary["not_run"] > 5


def test_wrong_numbers_are_told_on_everything(results, tmp_path):
    record = replace(made_up_records()[0], benchmark="fusion-order")
    write_record(replace(record, results=(*record.results, Check("fast against plain", 1.0, 0.1))), results)
    out = run_notebook(tmp_path, results=str(results), names=["fusion-order"])
    for path in (out / "tables" / "aims.tex", out / "figures" / "benchmark-times.json"):
        assert "WRONG NUMBERS" in path.read_text(encoding="utf-8"), path


def test_without_results_it_says_what_to_do(tmp_path):
    (tmp_path / "nothing").mkdir()
    out = run_notebook(tmp_path, results=str(tmp_path / "nothing"))
    assert not list(out.glob("figures/*.png"))
    assert "Run mer bench NAME first" in (out / "17_benchmarks.ipynb").read_text(encoding="utf-8")
    assert "not run: mer bench pair --device cpu" in (out / "tables" / "aims.csv").read_text(encoding="utf-8")
