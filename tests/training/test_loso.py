"""Every clip is predicted once; a run is resumed bit for bit; results depend on inputs and seed, on nothing else."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from mer.core.configs import with_changes
from mer.core.errors import InputError
from mer.manifest.clips import person
from mer.training.fold import labelled_clips
from mer.training.folds import FoldResult, collect_folds, run_folds
from mer.training.loso import run_loso, save_clip_arrays
from mer.training.pretrain_groups import pretrain_groups
from tests.training.conftest import fold_config, pretrain_config

CONFIG = fold_config(warm_up=2, joint=1)
#: The DGM keeps its first weights, so that the displacement of a clip depends on its person and frames only.
UNTRAINED = with_changes(
    fold_config(warm_up=0, joint=1), {"joint.learning_rate_dgm": 0, "joint.learning_rate_fusion": 0}
)
FOLDS = [f"toy__{k}" for k in range(4)]


@pytest.fixture(scope="module")
def run(toy_store, tmp_path_factory):
    """A run of four folds and its folder."""
    folder = tmp_path_factory.mktemp("run")
    return run_loso(toy_store, folder, CONFIG, None, 0, "cpu", 1), folder


def times(folder):
    """When each fold's files were written."""
    return {name: (folder / "folds" / name / "weights.safetensors").stat().st_mtime_ns for name in FOLDS}


def same(first, second):
    return all(np.array_equal(first.arrays[name], second.arrays[name]) for name in first.arrays)


def test_every_clip_is_predicted_once_by_its_persons_fold_in_the_order_of_the_table(run, toy_store):
    result, folder = run
    pd.testing.assert_frame_equal(result.clips, toy_store.clips)
    assert result.rows.tolist() == list(range(12))
    assert result.fold == person(toy_store.clips).tolist()
    assert sorted(path.name for path in (folder / "folds").iterdir()) == FOLDS
    assert all(len(values) == 12 for values in result.arrays.values())
    np.testing.assert_allclose(result.arrays["probabilities"].sum(1), 1, atol=1e-6)
    assert set(result.history["fold"]) == set(result.fold)


def test_rows_keep_their_clips_when_persons_are_interleaved_or_unlabelled(run, toy_store, monkeypatch, tmp_path):
    """The same clips in another order, one of them without a label: the same numbers for each clip."""
    order = np.random.default_rng(0).permutation(12)
    clips = toy_store.clips.iloc[order].reset_index(drop=True)
    shuffled = replace(
        toy_store,
        clips=clips,
        start=toy_store.start[order],
        count=toy_store.count[order],
        boxes=toy_store.boxes[order],
    )
    shuffled.clips.loc[3, "label"] = ""
    monkeypatch.setattr("mer.training.loso.open_store", lambda path: shuffled)
    result = run_loso(shuffled, tmp_path / "shuffled", UNTRAINED, None, 0, "cpu", 1)
    monkeypatch.undo()
    plain = run_loso(toy_store, tmp_path / "plain", UNTRAINED, None, 0, "cpu", 1)
    assert result.rows.tolist() == [0, 1, 2, *range(4, 12)] == labelled_clips(shuffled, UNTRAINED.labels).tolist()
    fields = plain.arrays["displacement"].astype(np.float32)
    assert len(np.unique(fields.std(axis=(1, 2, 3)))) == 12
    np.testing.assert_allclose(result.arrays["displacement"], fields[order][result.rows], atol=1e-4)
    assert result.fold == person(clips).iloc[result.rows].tolist()


def test_one_subject_number_in_two_databases_is_two_folds(toy_store, monkeypatch, tmp_path):
    clips = toy_store.clips.copy()
    clips["database"] = np.where(clips["subject"].astype(int) < 2, "one", "two")
    clips["subject"] = (clips["subject"].astype(int) % 2).astype(str)
    store = replace(toy_store, clips=clips)
    monkeypatch.setattr("mer.training.loso.open_store", lambda path: store)
    result = run_loso(store, tmp_path, UNTRAINED, None, 0, "cpu", 1)
    assert sorted(set(result.fold)) == ["one/0", "one/1", "two/0", "two/1"]
    assert len(list((tmp_path / "folds").iterdir())) == 4


@pytest.mark.parametrize("damage", ["deleted", "truncated", "killed while writing"])
def test_only_the_unfinished_fold_is_trained_again_and_gives_the_same_bits(run, toy_store, damage):
    result, folder = run
    before = times(folder)
    record = folder / "folds" / "toy__2" / "fold.json"
    if damage == "truncated":
        record.write_bytes(record.read_bytes()[:9])
    else:
        record.unlink()
    if damage == "killed while writing":
        (record.parent / "arrays.npz").write_bytes(b"PK")
    again = run_loso(toy_store, folder, CONFIG, None, 0, "cpu", 1)
    assert same(result, again)
    assert result.history.equals(again.history)
    after = times(folder)
    assert [name for name in FOLDS if after[name] != before[name]] == ["toy__2"]


def test_a_finished_run_is_not_trained_again_and_a_changed_one_is(run, toy_store):
    result, folder = run
    before = times(folder)
    assert same(result, run_loso(toy_store, folder, CONFIG, None, 0, "cpu", 1))
    assert times(folder) == before
    for config, seed in [(with_changes(CONFIG, {"warm_up.steps": 3}), 0), (CONFIG, 1), (CONFIG, 0)]:
        other = run_loso(toy_store, folder, config, None, seed, "cpu", 1)
        assert all(now != then for now, then in zip(times(folder).values(), before.values(), strict=True))
        assert same(result, other) == ((config, seed) == (CONFIG, 0))
        before = times(folder)


def test_two_workers_give_the_bits_of_one(run, toy_store, tmp_path):
    torch.set_num_threads(2)  # of this process; a fold uses one thread whoever trains it
    assert same(run[0], run_loso(toy_store, tmp_path, CONFIG, None, 0, "cpu", 2))


def test_other_pretrained_weights_train_again(toy_store, tmp_path):
    for steps in (1, 2):
        pretrain_groups(toy_store, tmp_path / "pre", CONFIG.model.dgm, pretrain_config(steps), 0, "cpu", 1)
        result = run_loso(toy_store, tmp_path / "run", CONFIG, tmp_path / "pre", 0, "cpu", 1)
        if steps == 1:
            before, first = times(tmp_path / "run"), result
    assert all(times(tmp_path / "run")[name] != before[name] for name in FOLDS)
    assert not same(first, result)


def test_arrays_for_figures_hold_the_frames_and_boxes_of_each_row(run, toy_store, tmp_path):
    save_clip_arrays(toy_store, run[0], tmp_path / "clips.npz")
    with np.load(tmp_path / "clips.npz") as stored:
        for row in (0, 7, 11):
            onset, apex = toy_store.pair(row)
            assert np.array_equal(stored["onset"][row], onset[..., 0])
            assert np.array_equal(stored["apex"][row], apex[..., 0])
        assert np.array_equal(stored["boxes"], toy_store.boxes)
        assert np.array_equal(stored["displacement"], run[0].arrays["displacement"])
        assert "probabilities" not in stored


def test_a_store_without_labels_or_with_one_person_is_refused(toy_store, tmp_path):
    clips = toy_store.clips.assign(label="happiness")
    with pytest.raises(InputError, match=r"labels found: \['happiness'\]"):
        run_loso(replace(toy_store, clips=clips), tmp_path, CONFIG, None, 0, "cpu", 1)
    clips = toy_store.clips.assign(subject="1")
    with pytest.raises(InputError, match=r"one person out needs at least 2 of them, found \['toy/1'\]"):
        run_loso(replace(toy_store, clips=clips), tmp_path, CONFIG, None, 0, "cpu", 1)


def result_of(rows):
    empty = pd.DataFrame({"step": [1]})
    return FoldResult({"w": torch.zeros(1)}, {}, empty, np.array(rows), {"embedding": np.zeros((len(rows), 2))})


@pytest.mark.parametrize("predicted", [{"a": [0, 1], "b": [1, 2]}, {"a": [0], "b": [2]}])
def test_a_clip_predicted_twice_or_never_is_an_error(tmp_path, predicted):
    keys = dict.fromkeys(predicted, "key")
    run_folds(tmp_path, keys, lambda folds: [result_of(predicted[fold]) for fold in folds], 1)
    clips = pd.DataFrame({"clip": list("xyz")})
    with pytest.raises(InputError, match="exactly once"):
        collect_folds(tmp_path, keys, clips, np.arange(3), ["a", "a", "b"])


@pytest.mark.parametrize("together", [1, 2])
def test_a_fold_that_fails_leaves_no_record_and_the_others_stand(tmp_path, together):
    def train(folds):
        for fold in folds:
            if fold == "b":
                raise RuntimeError("stopped")
            yield result_of([0])

    with pytest.raises(RuntimeError, match="stopped"):
        run_folds(tmp_path, {"a": "key", "b": "key"}, train, 1, together)
    assert (tmp_path / "folds" / "a" / "fold.json").is_file()
    assert not (tmp_path / "folds" / "b" / "fold.json").exists()
