"""Stacks that folds share: those of a fold's own DGM, made once, not those of other weights."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from mer.core.configs import with_changes
from mer.models.frl_dgt import FRLDGT
from mer.training.checkpoints import fill, load_weights
from mer.training.fold import labelled_clips, train_fold
from mer.training.inputs import load_inputs, prepare_inputs
from mer.training.pretrain_groups import pretrain_groups
from mer.training.pretrained import find_pretrained
from mer.training.stacks import prepare_stacks, stacks
from tests.training.conftest import fold_config, pretrain_config

CPU = torch.device("cpu")


def test_stacks_made_beforehand_train_the_fold_that_its_own_would(toy_store, monkeypatch, tmp_path):
    """The fold's predictions agree, and the test person's rows of the file play no part."""
    monkeypatch.setenv("MER_CACHE", str(tmp_path))
    config = fold_config()
    pretrain_groups(toy_store, tmp_path / "pre", config.model.dgm, pretrain_config(steps=6), 0, "cpu", 1)
    source = find_pretrained(tmp_path / "pre", "toy/1")
    prepared = prepare_inputs(toy_store, labelled_clips(toy_store, config.labels), config.model, config.apex_offsets)
    file = prepare_stacks(toy_store, prepared, config.model, {source}, "cpu", 1)[source]
    alone = train_fold(toy_store, "toy/1", config, source, 0, CPU, prepared)
    shared = train_fold(toy_store, "toy/1", config, source, 0, CPU, prepared, file)
    np.testing.assert_allclose(alone.arrays["probabilities"], shared.arrays["probabilities"], atol=1e-4)
    made = np.load(file)
    is_test = (toy_store.clips["subject"] == "1").to_numpy()
    made[:, is_test] = 1e3
    np.save(tmp_path / "spoilt.npy", made)
    spoilt = train_fold(toy_store, "toy/1", config, source, 0, CPU, prepared, tmp_path / "spoilt.npy")
    assert (spoilt.arrays["probabilities"] == shared.arrays["probabilities"]).all()
    np.save(tmp_path / "other.npy", -np.load(file))
    other = train_fold(toy_store, "toy/1", config, source, 0, CPU, prepared, tmp_path / "other.npy")
    assert not (other.arrays["probabilities"] == shared.arrays["probabilities"]).all()


def test_runs_that_differ_in_the_fusion_share_stacks_and_those_of_other_motion_do_not(toy_store, monkeypatch, tmp_path):
    monkeypatch.setenv("MER_CACHE", str(tmp_path))
    config = fold_config().model
    pretrain_groups(toy_store, tmp_path / "pre", config.dgm, pretrain_config(), 0, "cpu", 1)
    sources = set((tmp_path / "pre").glob("group-*.safetensors"))
    prepared = prepare_inputs(toy_store, np.arange(len(toy_store)), config, (-1, 0))
    first = prepare_stacks(toy_store, prepared, config, sources, "cpu", 1)
    written = {file: file.stat().st_mtime_ns for file in first.values()}
    assert len(written) == len(sources) == 2
    same = prepare_stacks(
        toy_store, prepared, with_changes(config, {"fusion.order": "after", "classes": 4}), sources, "cpu", 1
    )
    assert same == first and written == {file: file.stat().st_mtime_ns for file in first.values()}
    for changes in ({"motion.normalisation": "max"}, {"fusion.image": 8}, {"appearance": True}):
        other = prepare_stacks(toy_store, prepared, with_changes(config, changes), sources, "cpu", 1)
        assert not set(other.values()) & set(first.values())
    fewer = replace(prepared, rows=prepared.rows[:5])
    assert not set(prepare_stacks(toy_store, fewer, config, sources, "cpu", 1).values()) & set(first.values())


def test_the_file_holds_what_the_model_makes(toy_store, monkeypatch, tmp_path):
    from mer.models.frl_dgt import FRLDGT
    from mer.training.checkpoints import load_weights

    monkeypatch.setenv("MER_CACHE", str(tmp_path))
    config = fold_config().model
    pretrain_groups(toy_store, tmp_path / "pre", config.dgm, pretrain_config(), 0, "cpu", 1)
    source = find_pretrained(tmp_path / "pre", "toy/0")
    prepared = prepare_inputs(toy_store, np.arange(len(toy_store)), config, (-1, 0))
    model = FRLDGT(config)
    model.dgm.load_state_dict(load_weights(source)[0])
    inputs = load_inputs(toy_store, prepared, np.ones(len(toy_store), bool), (-1, 0), CPU)
    kept = np.load(prepare_stacks(toy_store, prepared, config, {source}, "cpu", 1)[source])
    assert kept.shape == (2, 12, 2, 16, 16)
    np.testing.assert_allclose(kept, stacks(model, inputs).numpy(), atol=1e-6)


@pytest.mark.parametrize("sequence", [0, 4])
def test_block_by_block_they_are_the_stacks_of_all_at_once(sequence, toy_store, monkeypatch, tmp_path):
    monkeypatch.setenv("MER_CACHE", str(tmp_path))
    monkeypatch.setattr("mer.training.stacks.BATCH", 4)
    monkeypatch.setattr("mer.training.stacks._BLOCK", 1)  # blocks of 4 clips, or of one
    config = replace(fold_config().model, sequence=sequence)
    pretrain_groups(toy_store, tmp_path / "pre", config.dgm, pretrain_config(), 0, "cpu", 1)
    source = find_pretrained(tmp_path / "pre", "toy/1")
    prepared = prepare_inputs(toy_store, np.arange(len(toy_store)), config, (-1, 0))
    made = np.load(prepare_stacks(toy_store, prepared, config, {source}, "cpu", 1)[source])
    model = FRLDGT(config)
    fill(model.dgm, load_weights(source)[0], source)
    everything = np.ones(len(toy_store), bool)
    expected = stacks(model, load_inputs(toy_store, prepared, everything, prepared.offsets, CPU))
    assert made.shape == expected.shape and made.shape[:2] == (1 if sequence else 2, len(toy_store))
    np.testing.assert_array_equal(made, expected.numpy())
