"""Folds that are trained as one stacked model become what they become one at a time."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from mer.core.configs import with_changes
from mer.core.errors import InputError
from mer.manifest.clips import person
from mer.models.dgm import DGMConfig
from mer.training.augment import AugmentConfig
from mer.training.fold import labelled_clips, train_fold
from mer.training.folds_together import stackable, train_together
from mer.training.inputs import prepare_inputs
from mer.training.loso import run_loso
from mer.training.pretrain import pretrain
from mer.training.pretrain_groups import pretrain_groups
from mer.training.pretrain_several import pretrain_several
from mer.training.pretrained import find_pretrained
from mer.training.stacks import prepare_stacks
from tests.training.conftest import fold_config, model_config, pretrain_config

CPU = torch.device("cpu")
EVERYTHING = AugmentConfig(flip=True, drift=0.1, box_jitter=0.02, scale=1.3, noise=0.02, mix=0.4)
#: Largest difference of what the models make of a clip: rounding, grown over a few steps of Adam.
TOLERANCE = 5e-5
#: Of a whole run: where an L1 loss meets pixels that agree, rounding turns the sign of a gradient, and Adam makes a
#: step of it. One of the toy folds is like that: weights that differ by 2e-8 at its start already move it by 4e-5.
WHOLE_RUN = 5e-3
#: Of displacements, which are kept as float16: one of its steps at 0.2.
FLOAT16 = 1.3e-4


def rich_config():
    """All random numbers that training can draw: dropout, every augmentation, random pairs, variants of the apex."""
    config = fold_config(warm_up=6, joint=5)
    return with_changes(
        config,
        {
            "model.fusion.dropout": 0.5,
            "model.fusion.depth": 1,
            "warm_up.augment": EVERYTHING,
            "joint.augment": AugmentConfig(flip=True),
            "warm_up.balance": "sampling",
        },
    )


@pytest.fixture
def prepared(toy_store, tmp_path, monkeypatch):
    monkeypatch.setenv("MER_CACHE", str(tmp_path / "cache"))
    config = rich_config()
    return prepare_inputs(toy_store, labelled_clips(toy_store, config.labels), config.model, config.apex_offsets)


@pytest.fixture
def pretrained(toy_store, tmp_path):
    pretrain_groups(toy_store, tmp_path, model_config().dgm, pretrain_config(), 0, "cpu", 1)
    return {fold: find_pretrained(tmp_path, fold) for fold in sorted(set(person(toy_store.clips)))}


def assert_same(alone, together, tolerance=TOLERANCE):
    assert np.array_equal(alone.clips, together.clips)
    assert alone.about == together.about
    for name, values in alone.arrays.items():
        limit = max(tolerance, FLOAT16) if name == "displacement" else tolerance
        assert np.abs(values.astype(np.float32) - together.arrays[name].astype(np.float32)).max() < limit, name
    # Parameters are compared by what the model makes of them: the bias of the keys, say, changes no output, so its
    # gradient is rounding alone, which Adam blows up to steps of full length.
    assert alone.state.keys() == together.state.keys()
    for name in (name for name in alone.state if "running" in name):
        assert (alone.state[name] - together.state[name]).abs().max() < tolerance, name
    assert alone.history["step"].tolist() == together.history["step"].tolist()
    numbers = alone.history.select_dtypes("number").columns
    np.testing.assert_allclose(alone.history[numbers], together.history[numbers], rtol=2e-3, atol=1e-5)


@pytest.mark.parametrize("change", [{}, {"self_supervision": False, "warm_up.steps": 0}, {"shuffle_labels": True}])
def test_folds_together_are_the_folds_one_by_one(toy_store, prepared, pretrained, change):
    config = with_changes(rich_config(), change)
    sources = pretrained if config.self_supervision else dict.fromkeys(pretrained)
    folds = sorted(pretrained)[:3]
    together = list(train_together(toy_store, folds, config, sources, prepared, {}, 0, CPU))
    for fold, found in zip(folds, together, strict=True):
        alone = train_fold(toy_store, fold, config, sources[fold], 0, CPU, prepared)
        assert_same(alone, found)


def test_models_that_see_optical_flow_are_stacked_as_well(toy_store, tmp_path, monkeypatch):
    monkeypatch.setenv("MER_CACHE", str(tmp_path / "cache"))
    config = with_changes(rich_config(), {"model.motion.source": "flow", "model.motion.flow": "dis"})
    ready = prepare_inputs(toy_store, labelled_clips(toy_store, config.labels), config.model, config.apex_offsets)
    folds = sorted(set(person(toy_store.clips)))[:2]
    together = list(train_together(toy_store, folds, config, dict.fromkeys(folds), ready, {}, 0, CPU))
    for fold, found in zip(folds, together, strict=True):
        assert_same(train_fold(toy_store, fold, config, None, 0, CPU, ready), found)


def test_what_the_dgms_made_beforehand_gives_the_same(toy_store, prepared, pretrained):
    config, folds = rich_config(), sorted(pretrained)[:2]
    made = prepare_stacks(toy_store, prepared, config.model, set(pretrained.values()), "cpu", 1)
    first = list(train_together(toy_store, folds, config, pretrained, prepared, made, 0, CPU))
    second = list(train_together(toy_store, folds, config, pretrained, prepared, {}, 0, CPU))
    for one, other in zip(first, second, strict=True):
        assert_same(one, other, 1e-6)


def test_a_fold_does_not_depend_on_those_it_is_trained_with(toy_store, prepared, pretrained):
    config, folds = rich_config(), sorted(pretrained)
    pair = list(train_together(toy_store, folds[:2], config, pretrained, prepared, {}, 0, CPU))
    single = next(train_together(toy_store, folds[1:2], config, pretrained, prepared, {}, 0, CPU))
    assert_same(pair[1], single)
    assert np.abs(pair[0].arrays["embedding"] - single.arrays["embedding"][:1]).max() > 10 * TOLERANCE


def test_dgms_pretrained_together_are_those_pretrained_alone(toy_store):
    everyone = person(toy_store.clips).to_numpy()
    clips = [np.flatnonzero(everyone != name) for name in sorted(set(everyone))[:3]]
    dgm = DGMConfig(widths=(8, 12), zero_start=False)  # with batch normalisation, whose statistics are each its own
    config = replace(pretrain_config(steps=5), noise=4.0, clip=0.5)
    found = pretrain_several(toy_store, clips, dgm, config, [11, 12, 13], CPU)
    for rows, seed, (state, history) in zip(clips, (11, 12, 13), found, strict=True):
        alone, expected = pretrain(toy_store, rows, dgm, config, seed, CPU)
        assert state.keys() == alone.keys()
        assert max((state[name].float() - alone[name].float()).abs().max() for name in alone) < TOLERANCE
        np.testing.assert_allclose(history, expected, rtol=2e-3, atol=1e-6)


def test_what_cannot_be_stacked_is_known():
    config = fold_config()
    assert stackable(config, [10, 10, 10])
    assert not stackable(config, [7, 10])  # batches of 8 in one fold, of 7 in the other
    assert stackable(config, [8, 10])
    assert not stackable(with_changes(config, {"model.sequence": 5}), [10, 10])


def test_a_run_is_the_same_however_many_folds_are_stacked(toy_store, tmp_path, monkeypatch):
    """The public path: pretraining and LOSO with two at a time, and one at a time; and a resumed run."""
    monkeypatch.setenv("MER_CACHE", str(tmp_path / "cache"))
    config, results = rich_config(), []
    for together in (1, 2):
        folder = tmp_path / f"by-{together}"
        pretrain_groups(toy_store, folder, config.model.dgm, pretrain_config(groups=3), 0, "cpu", 1, together)
        results.append(run_loso(toy_store, folder, config, folder, 0, "cpu", 1, together))
        first = (folder / "folds").iterdir().__next__() / "fold.json"
        written = {path: path.stat().st_mtime_ns for path in (folder / "folds").glob("*/fold.json") if path != first}
        first.unlink()
        again = run_loso(toy_store, folder, config, folder, 0, "cpu", 1, together)
        assert {path: path.stat().st_mtime_ns for path in written} == written
        assert np.abs(again.arrays["probabilities"] - results[-1].arrays["probabilities"]).max() < WHOLE_RUN
    one, two = results
    for name in ("probabilities", "embedding", "weights_local"):
        assert np.abs(one.arrays[name] - two.arrays[name]).max() < WHOLE_RUN, name
    assert one.history["fold"].tolist() == two.history["fold"].tolist()


@pytest.mark.parametrize("together", [0, -1])
def test_a_number_of_folds_that_cannot_be_is_refused(toy_store, tmp_path, together):
    with pytest.raises(InputError, match="at least 1 fold"):
        run_loso(toy_store, tmp_path, rich_config(), None, 0, "cpu", 1, together)
    with pytest.raises(InputError, match="at least 1 fold"):
        pretrain_groups(toy_store, tmp_path, model_config().dgm, pretrain_config(), 0, "cpu", 1, together)
