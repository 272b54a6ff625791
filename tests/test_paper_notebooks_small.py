"""The notebooks of the paper's tables and of calibration through the real Papermill, on made-up predictions."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from mer.manifest.labels import COMPOSITE
from mer.runs.session import __file__ as _session
from tests.made_up_runs import made_up_predictions, made_up_run, on_motion_maps

PROJECT = Path(_session).parents[2]
LEFT_OUT = "2 of 92 clips left out: 2 missing or damaged."
#: Tables that hold published methods alone.
PUBLISHED = {"table-1-computed", "table-1-how", "table-1-sources"}
FOUR = ("positive", "negative", "surprise", "others")


def run_notebook(folder, name, **parameters):
    environment = os.environ | {"MER_OUTPUTS": str(folder / "outputs"), "OMP_NUM_THREADS": "1"}
    given = [text for key, value in parameters.items() for text in ("-p", key, yaml.safe_dump(value).split("\n...")[0])]
    command = [sys.executable, "-c", "from mer.cli.main import main; main()", "run", name, "--name", "made-up", *given]
    return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Runs of M9 with two seeds, M3, and FRL-DGT-S with four classes."""
    root = tmp_path_factory.mktemp("study") / "paper"
    made = {
        "m9": made_up_run(root / "m9", made_up_predictions(COMPOSITE.classes, 1.5), variant="M9"),
        "m9-1": made_up_run(root / "m9-1", made_up_predictions(COMPOSITE.classes, 1.5, 1), variant="M9"),
        "m3": made_up_run(root / "m3", made_up_predictions(COMPOSITE.classes, 0.5, 2), variant="M3"),
        "four": made_up_run(root / "four", made_up_predictions(FOUR, 1.0), labels="casme2-4", sequence=10),
    }
    (made["m3"] / "caveats.json").write_text(json.dumps([LEFT_OUT]))
    return made


def outputs_of(tmp_path):
    return tmp_path / "outputs" / "single" / "made-up"


def test_the_papers_tables(folders, tmp_path):
    paths = {name: str(path) for name, path in folders.items()}
    done = run_notebook(
        tmp_path,
        "07_paper_tables",
        ablation_runs=[paths["m3"], paths["m9"], paths["m9-1"]],
        classes_runs=[paths["four"]],
        main_run=paths["m9"],
        resamples=30,
    )
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-3000:]
    out = outputs_of(tmp_path)
    tables = {path.stem for path in (out / "tables").glob("*.csv")}
    ours = {"table-1", "table-1-parts", "table-1-ours", "table-3"}
    ours |= {"table-2", "table-2-databases", "table-2-differences"}
    assert tables == {*ours, *PUBLISHED}
    for name in ours:
        for suffix in ("tex", "html", "json"):
            text = (out / "tables" / f"{name}.{suffix}").read_text(encoding="utf-8")
            assert "ynthetic" in text and LEFT_OUT in text, f"{name}.{suffix}"
        words = json.loads((out / "tables" / f"{name}.json").read_text(encoding="utf-8"))
        assert len(words["caption"]) < 250 and len(words["notes"]) > 50, "sources and marks stand below the table"
    figures = {path.stem for path in (out / "figures").glob("*.json")}
    assert figures == {"ablation", "confusion-4-frl-dgt-s"}
    assert json.loads((out / "summary.json").read_text()) == {"runs": 5, "variants": 2, "synthetic": True}


def test_without_runs_there_is_table_one_alone_and_it_says_so(tmp_path):
    done = run_notebook(tmp_path, "07_paper_tables")
    assert done.returncode == 0, done.stderr[-3000:]
    out = outputs_of(tmp_path)
    assert {path.stem for path in (out / "tables").glob("*.csv")} == {"table-1", "table-1-parts", *PUBLISHED}
    page = (out / "07_paper_tables.ipynb").read_text(encoding="utf-8")
    assert "so table 2 is left out" in page and "so table 3 and its matrices are left out" in page
    assert "ynthetic" not in (out / "tables" / "table-1.tex").read_text(encoding="utf-8")


def test_a_table_of_real_faces_is_not_called_synthetic_beside_other_runs(folders, tmp_path):
    predictions = made_up_predictions(COMPOSITE.classes, 1.5, synthetic=False)
    real = str(made_up_run(tmp_path / "real" / "m9", predictions, synthetic=False, variant="M9"))
    given = {"main_run": real, "ablation_runs": [real], "classes_runs": [str(folders["four"])]}
    done = run_notebook(tmp_path, "07_paper_tables", **given, resamples=30)
    assert done.returncode == 0, done.stderr[-3000:]
    tables = {path.stem: path.read_text(encoding="utf-8") for path in outputs_of(tmp_path).glob("tables/*.tex")}
    assert [name for name in sorted(tables) if "ynthetic" in tables[name]] == ["table-3"]


def test_a_run_of_another_method_is_not_called_by_the_papers(tmp_path):
    predictions = made_up_predictions(COMPOSITE.classes, 1.0, synthetic=False)
    maps = on_motion_maps(made_up_run(tmp_path / "maps" / "s", predictions, synthetic=False, method="STSTNet"))
    done = run_notebook(tmp_path, "07_paper_tables", main_run=str(maps), resamples=20)
    assert done.returncode == 0, done.stderr[-3000:]
    out = outputs_of(tmp_path)
    texts = [(out / "tables" / f"{name}.html").read_text(encoding="utf-8") for name in ("table-1", "table-1-parts")]
    for text, name in zip(texts, ("STSTNet on motion maps, ours", "STSTNet on motion maps, this suite"), strict=True):
        assert name in text and "FRL-DGT, ours" not in text and "FRL-DGT, this suite" not in text
    title = json.loads((out / "tables" / "table-1-ours.json").read_text(encoding="utf-8"))["title"]
    assert title == "STSTNet on motion maps, ours, beside the paper's FRL-DGT"
    page = (out / "07_paper_tables.ipynb").read_text(encoding="utf-8")
    assert "1 run.\\n" in page and "1 runs" not in page


def test_runs_that_cannot_share_a_table_fail_with_both_names(folders, tmp_path):
    other = made_up_run(tmp_path / "x" / "other", made_up_predictions(COMPOSITE.classes, 1.0, people=4), variant="M0")
    done = run_notebook(tmp_path, "07_paper_tables", ablation_runs=[str(folders["m9"]), str(other)])
    assert done.returncode == 1
    assert "run paper/m9 and run x/other cannot be compared" in done.stderr


def test_calibration(folders, tmp_path):
    done = run_notebook(tmp_path, "12_calibration", runs=[str(folders["m9"]), str(folders["m9-1"])], resamples=30)
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-3000:]
    out = outputs_of(tmp_path)
    assert {path.stem for path in (out / "tables").glob("*.tex")} == {"seeds", "gain", "calibration"}
    assert {path.stem for path in (out / "figures").glob("*.png")} == {"scores", "confusion", "reliability"}
    summary = json.loads((out / "summary.json").read_text())
    assert summary["synthetic"] and summary["method"] == "ensemble of 2 seeds" and 0 <= summary["ece"] <= 1
    assert "ynthetic" in (out / "tables" / "calibration.html").read_text(encoding="utf-8")
    assert (out / "predictions.csv").is_file()
