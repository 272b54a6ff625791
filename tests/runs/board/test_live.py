import json
import shutil

import numpy as np
import pandas as pd
import pytest

from mer.core import live
from mer.core.errors import InputError
from mer.figures.live_curves import live_curves, live_names, live_words
from mer.runs.board.live import LiveReader
from mer.training.held_out import folder_name


@pytest.fixture(autouse=True)
def closed():
    yield
    live._close()


@pytest.fixture
def training(tmp_path):
    """Two of four folds finished, one under way in its second phase."""
    live.plan_live(tmp_path, "fold", 4)
    for fold, probabilities in (("casme2__001", [[0.9, 0.1], [0.2, 0.8]]), ("casme2__002", [[0.9, 0.1], [0.9, 0.1]])):
        live.begin_live(tmp_path, fold)
        live.count_live(["x", "y"], np.array(probabilities), ("x", "y"))
        folder = tmp_path / "folds" / fold
        folder.mkdir(parents=True)
        rows = [[10, "fusion", 0.9], [20, "fusion", 0.5], [5, "joint", 0.4]]
        pd.DataFrame(rows, columns=["step", "phase", "classification"]).to_csv(folder / "history.csv", index=False)
        (folder / "fold.json").write_text("{}")
        live.end_live()
    live.begin_live(tmp_path, "samm__3")
    for step, loss in ((10, 0.8), (20, 0.6)):
        live.note_live({"step": step, "phase": "fusion", "classification": loss}, 20)
    live.note_live({"step": 1, "phase": "joint", "classification": 0.55, "total": 0.7}, 5)
    return tmp_path


def test_progress_and_partial_scores_are_said(training):
    progress = LiveReader(training).progress()
    assert progress.sentence().startswith("2 of 4 folds finished; samm/3: joint, step 1 of 5 after ")
    assert progress.done == ("casme2/001", "casme2/002")
    # pooled counts: x 2 of 2 right, y 1 of 2 right; F1 0.8 and 2/3
    assert progress.counts.tolist() == [[2, 0], [1, 1]]
    assert "Partial, 2 of 4 folds (n = 4): UF1 0.733, UAR 0.750" in progress.scores()
    live.source_live(training, True)
    assert "2 of 4 folds (synthetic faces, n = 4)" in LiveReader(training).progress().scores()


def test_a_run_that_does_not_train_has_nothing_to_say(tmp_path):
    reader = LiveReader(tmp_path)
    assert reader.progress().sentence() == ""
    assert reader.progress().scores() == ""
    assert reader.history().empty
    assert live_words(reader.history()) == "No step is done yet."
    assert live_curves(reader.history(), synthetic=True)["title"] == "No step is done yet (synthetic faces)"


def test_folds_of_other_classes_are_not_pooled(training):
    live.begin_live(training, "other__1")
    live.count_live(["z"], np.ones((1, 1)), ("z",))
    live.end_live()
    assert LiveReader(training).progress().counts is None


def test_curves_of_finished_parts_are_grey_and_those_under_way_named(training):
    history = LiveReader(training).history()
    assert live_names(history) == ["classification", "total"]
    curves = live_curves(history, synthetic=True, run="s / train", total=4)
    assert (curves["run"], curves["title"]) == ("s / train", "classification loss, 3 of 4 folds (synthetic faces)")
    assert curves["up"] == "classification loss (cross-entropy, nats)"
    assert curves["across"] == "optimiser step of each fold, one phase after the other"
    assert curves["finished"] == "2 finished folds"
    *finished, running = curves["lines"]
    # the second phase goes on where the longest of the first ended
    assert [(line["x"], line["colour"]) for line in finished] == [([10, 20, 25], None)] * 2
    assert (running["name"], running["x"], running["y"]) == ("samm/3", [10, 20, 21], [0.8, 0.6, 0.55])
    assert curves["begins"] == [["fusion", 0], ["joint", 20]]
    assert curves["words"] == "classification loss: samm/3: 0.55 at step 1; 2 finished in grey."
    chosen = live_curves(history, synthetic=True, part="casme2/002")
    assert [(line["name"], line["colour"] is None) for line in chosen["lines"]] == [
        ("casme2/001", True),
        ("samm/3", True),
        ("casme2/002", False),
    ]
    assert (chosen["title"], chosen["finished"]) == ("classification loss, 3 folds (synthetic faces)", "2 other folds")
    assert chosen["words"] == "classification loss: casme2/002: 0.4 at step 5; 2 others in grey."
    total = live_curves(history, "total", synthetic=False)
    assert [line["y"] for line in total["lines"]] == [[0.7]]
    assert "synthetic" not in total["title"]
    json.dumps(curves, allow_nan=False)
    with pytest.raises(InputError, match=r"no curve 'totl'\. Did you mean 'total'"):
        live_curves(history, "totl", synthetic=True)


def test_many_parts_under_way_are_told_apart_without_colour(tmp_path):
    for k in range(8):
        live.begin_live(tmp_path, f"group-{k}")
        live.note_live({"step": 25, "total": 1.0 + k}, 100)
    lines = live_curves(LiveReader(tmp_path).history(), synthetic=False, unit="group")["lines"]
    assert len({(line["colour"], line["mark"]) for line in lines}) == 8
    assert len({line["mark"] for line in lines[:4]}) == 4
    assert "and 4 more" in LiveReader(tmp_path).progress().sentence()


def test_a_folder_deleted_meanwhile_and_half_a_file_are_passed_over(training):
    reader = LiveReader(training)
    assert len(reader.history()) == 9
    (training / "folds" / "casme2__001" / "history.csv").write_text("")
    with open(training / "live" / "samm__3.jsonl", "a") as stream:
        stream.write('{"step": 2, "cla')
    assert len(reader.history()) == 6
    shutil.rmtree(training)
    assert reader.history().empty
    assert reader.progress().sentence() == ""


def test_a_fold_whose_folder_has_a_digest_is_named_by_its_index_and_never_cut_in_two(tmp_path):
    folds = ("own/a__b", "own/" + "x" * 300, "casme2/006", "own/7-0123456789abcdef")
    names = [folder_name(fold) for fold in folds]
    for fold, name in zip(folds, names, strict=True):
        target = tmp_path / "folds" / name
        target.mkdir(parents=True)
        (target / "fold.json").write_text(json.dumps({"fold": fold}))
        pd.DataFrame([[1, 0.5]], columns=["step", "classification"]).to_csv(target / "history.csv", index=False)
    reader = LiveReader(tmp_path)
    assert reader.progress().done == tuple(sorted(folds))
    assert set(reader.history()["part"]) == set(folds)
    live.begin_live(tmp_path, names[0])
    live.note_live({"step": 3}, 10)
    assert list(reader.progress().running) == [names[0]], (
        "under way it has no index: the folder's name, not own/a/b-..."
    )
    for content in ("[]", "{", '{"fold": "own/other"}', '{"fold": 3}'):
        (tmp_path / "folds" / names[0] / "fold.json").write_text(content)
        assert names[0] in reader.progress().done, "one that says something else is not believed"
