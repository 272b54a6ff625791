"""What training tells while it runs: the rows of its history, from workers too, without a say in its results."""

from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mer.core import live
from mer.training import fit_fusion, fit_joint, pretrain
from mer.training.folds import fold_folder
from mer.training.loso import run_loso
from mer.training.pretrain_groups import pretrain_groups
from tests.training.test_loso import CONFIG, same
from tests.training.test_pretrain import DGM_CONFIG, pretrain_config


@contextmanager
def kept(monkeypatch):
    """The files of finished parts stay, to be looked at."""
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", lambda *_, **__: None)
        yield


def rows_of(folder, part, columns):
    return pd.DataFrame(live.live_parts(folder)[part])[columns]


def test_the_rows_told_are_those_of_the_history(toy_store, tmp_path, monkeypatch):
    with kept(monkeypatch):
        result = run_loso(toy_store, tmp_path, CONFIG, None, 0, "cpu", 1)
    folds = sorted(set(result.fold))
    assert live.live_plan(tmp_path) == ("fold", len(folds))
    assert live.live_source(tmp_path) is True
    for fold in folds:
        history = pd.read_csv(fold_folder(tmp_path, fold) / "history.csv")
        told = rows_of(tmp_path, fold.replace("/", "__"), list(history.columns))
        pd.testing.assert_frame_equal(told, history, check_dtype=False)
    counts = sum(counts for _, counts in live.live_counts(tmp_path).values())
    assert counts.sum() == len(result.clips)
    classes = CONFIG.labels.classes
    predicted = np.array(classes)[result.arrays["probabilities"].argmax(1)]
    assert np.trace(counts) == (predicted == result.clips["label"]).sum()


def test_nothing_is_left_of_finished_parts_and_results_are_the_same_without_it(toy_store, tmp_path, monkeypatch):
    told = run_loso(toy_store, tmp_path / "told", CONFIG, None, 0, "cpu", 2)
    assert live.live_parts(tmp_path / "told") == {}
    assert len(live.live_counts(tmp_path / "told")) == len(set(told.fold)), "of the workers' folds too"
    for module in (fit_fusion, fit_joint):
        monkeypatch.setattr(module, "note_live", lambda row, of: None)
    assert same(told, run_loso(toy_store, tmp_path / "silent", CONFIG, None, 0, "cpu", 1))


def test_a_fold_that_is_interrupted_leaves_its_rows_and_goes_on(toy_store, tmp_path, monkeypatch):
    whole = run_loso(toy_store, tmp_path / "whole", CONFIG, None, 0, "cpu", 1)
    calls = []

    def stop(row, of):
        live.note_live(row, of)
        calls.append(row)
        if len(calls) == 5:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(fit_joint, "note_live", stop)
        patch.setattr(fit_fusion, "note_live", stop)
        with pytest.raises(KeyboardInterrupt):
            run_loso(toy_store, tmp_path / "stopped", CONFIG, None, 0, "cpu", 1)
    assert sum(len(rows) for rows in live.live_parts(tmp_path / "stopped").values()) >= 1
    again = run_loso(toy_store, tmp_path / "stopped", CONFIG, None, 0, "cpu", 1)
    assert same(whole, again)
    assert live.live_parts(tmp_path / "stopped") == {}


def test_pretraining_tells_its_rows(toy_store, tmp_path, monkeypatch):
    with kept(monkeypatch):
        histories = pretrain_groups(toy_store, tmp_path, DGM_CONFIG, pretrain_config(), 0, "cpu", 1)
    assert live.live_plan(tmp_path) == ("group", histories["group"].nunique())
    assert live.live_source(tmp_path) is True
    columns = [name for name in histories.columns if name != "group"]
    for group, rows in histories.groupby("group"):
        told = rows_of(tmp_path, f"group-{group}", columns)
        pd.testing.assert_frame_equal(told, rows[columns].reset_index(drop=True), check_dtype=False)
    assert pretrain.note_live is live.note_live
