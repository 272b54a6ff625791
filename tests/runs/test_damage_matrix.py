"""Every file of a whole run's folder, damaged in every way, before every reader: nobody uses it without a word.

A reader may refuse, naming the run and the command that makes it again, or give what it gave while all was whole,
which it does of files that it does not read. What it may not do is to give something else.
"""

import contextlib
import hashlib
import io
import shutil

import numpy as np
import pandas as pd
import pytest

from mer.cli.audit import audit_files
from mer.core.archive import read_npz
from mer.core.errors import InputError
from mer.core.files import write_json
from mer.core.finished_run import seal_run
from mer.evaluation.evidence import floors_table, read_floors
from mer.evaluation.paper_runs import read_run
from mer.evaluation.predictions import write_predictions
from mer.figures.provenance import provenance
from mer.runs.package import runs_of, write_package
from mer.runs.paper.data import RunData
from mer.runs.registry import DAMAGED, list_runs
from mer.runs.tables import write_table
from mer.training.finished import finish
from mer.training.run_models import open_models
from mer.widgets.results.run_arrays import RunArrays
from tests.damage import DAMAGES
from tests.made_up_runs import made_up_predictions
from tests.own_clip import write_run

CLASSES = ("negative", "positive", "surprise")


def whole_run(outputs, name, seed):
    """A finished run with all kinds of files that runs leave, as small as they can be."""
    folder = write_run(outputs / "study" / name)
    table = made_up_predictions(CLASSES, 1, seed, people=1).assign(run=name)
    write_predictions(table, folder / "predictions.csv")
    write_predictions(floors_table({"chance": table, "majority": table}), folder / "floors.csv")
    for index, fold in enumerate(sorted((folder / "folds").iterdir())):
        np.savez(fold / "arrays.npz", probabilities=np.full((2, 3), seed + index, np.float32))
        (fold / "history.csv").write_text(f"epoch,loss\n0,{seed}.{index}\n")
        finish(fold, "fold.json", f"{seed}{index}", {}, ["weights.safetensors", "arrays.npz", "history.csv"])
    for part in ("arrays", "tables", "figures"):
        (folder / part).mkdir()
    np.savez(folder / "arrays" / "clips.npz", onset=np.full((len(table), 2, 2), seed, np.uint8))
    (folder / "history.csv").write_text(f"epoch,loss\n0,{seed}.5\n")
    write_table(folder / "tables", "scores", pd.DataFrame({"uf1": [seed / 10]}), "Scores", "Of the run.")
    (folder / "figures" / "confusion.png").write_bytes(f"picture {seed}".encode())
    (folder / "figures" / "confusion.csv").write_text(f"n\n{seed}\n")
    write_json(folder / "figures" / "confusion.json", {"title": f"Of {name}", "faces": False, "csv": ["confusion.csv"]})
    write_json(folder / "summary.json", {"synthetic": True, "method": f"FRL-DGT {seed}", "uf1": seed / 10})
    about = {"study": "study", "run": name, "notebook": "04_train_loso", "format": 1}
    config = {"data.database": "synthetic", "seed": seed, "fold.model.classes": 3}
    clips = {"clips_of": {"synthetic": {"terms": "", "synthetic": True}}}
    write_json(folder / "record.json", {**about, "config": config, **clips})
    write_json(folder / "parameters.json", {"format": 1, "notebook": "04_train_loso", "hash": name, "parameters": {}})
    write_json(folder / "recipe.json", {"format": 1, "notebook": "04_train_loso", "of": name})
    seal_run(folder, {"state": "finished", "hash": name, "seconds": 1.0, "study": "study", "run": name})
    return folder


def readers(run, out):
    """What each reader makes of a run, as text."""

    def models():
        asked = open_models(run)
        return repr((asked.facts, asked.held_out, asked.persons, asked.classes))

    def export():
        write_package(runs_of(run), out)
        return hashlib.sha256(out.read_bytes()).hexdigest()

    def tables():
        read = read_run(run)
        floors = {name: table.to_csv() for name, table in read_floors(run).items()}
        return repr((read.predictions.to_csv(), read.summary, read.method, read.protocol, floors, provenance(run)))

    def figures():
        data = RunData(run)
        kept = data.table("figures/confusion", "04_train_loso"), data.table("tables/scores", "04_train_loso")
        arrays = [values.tobytes() for values in data.arrays.values()]
        said = data.record, data.summary, data.method, data.data
        return repr((data.history.to_csv(), *(table.to_csv() for table in kept), arrays, said))

    def views():
        rows = RunArrays(run / "arrays" / "clips.npz", 18)
        return repr((rows["onset"][3], read_npz(run / "arrays" / "clips.npz")["onset"].tobytes()))

    return {
        "audit": lambda: audit_files([run], resamples=10),
        "predict": models,
        "export": export,
        "tables": tables,
        "figure": figures,
        "views": views,
    }


def put_back(file, content):
    file.unlink(missing_ok=True)
    file.write_bytes(content)


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("MER_OUTPUTS", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    whole_run(tmp_path / "elsewhere", "other", 2)
    return whole_run(tmp_path, "train", 1)


def test_no_reader_uses_a_damaged_file_without_a_word(run, tmp_path):
    asked = readers(run, tmp_path / "x.zip")
    whole = {name: read() for name, read in asked.items()}
    files = [file for file in sorted(run.rglob("*")) if file.is_file() and not file.name.startswith(".")]
    folds = {file.parent.name for file in run.glob("folds/*/fold.json")}
    files = [file for file in files if file.parent.name not in sorted(folds)[1:]]  # one of them stands for all
    swapped = {"swapped": lambda file: shutil.copy(tmp_path / "elsewhere/study/other" / file.relative_to(run), file)}
    refused = set()
    for file in files:
        name, good = file.relative_to(run).as_posix(), file.read_bytes()
        for how, damage in (DAMAGES | swapped).items():
            if how in ("first byte", "last byte"):
                continue
            put_back(file, good)
            damage(file)
            if name == "result.json" and how == "deleted":
                continue  # then nothing vouches for the others either: see below
            if file.is_file() and file.read_bytes() == good:
                continue  # the other run has the same
            (row,) = list_runs(tmp_path, check=True).query("run == 'train'").to_dict("records")
            assert row["state"] == DAMAGED, (name, how)
            assert name == "result.json" or name in row["because"], (name, how)
            for reader, read in asked.items():
                try:
                    assert read() == whole[reader], f"{reader} used {name}, {how}, silently"
                except InputError as error:
                    assert "Make it again: mer study study --only train" in str(error), (reader, name, how)
                    assert name == "result.json" or file.name in str(error), (reader, name, how)
                    refused.add(name)
        put_back(file, good)
    assert {name: read() for name, read in asked.items()} == whole
    assert refused == {file.relative_to(run).as_posix() for file in files}, "an export refuses whatever is damaged"


def test_without_a_result_every_reader_says_so_or_refuses(run, tmp_path, monkeypatch):
    (run / "result.json").unlink()
    said = {}
    for reader, read in readers(run, tmp_path / "x.zip").items():
        monkeypatch.setattr("mer.core.unfinished_run._told", set())
        heard = io.StringIO()
        with contextlib.redirect_stderr(heard):
            try:
                read()
            except InputError as error:
                said[reader] = "refused"
                heard.write(str(error))
            else:
                said[reader] = "told"
        assert heard.getvalue().count("did not finish (it has no result.json)") == 1, reader
        assert "mer study study --only train" in heard.getvalue(), reader
    refused = {reader for reader, how in said.items() if how == "refused"}
    assert refused == {"tables", "export"}
