"""Magnified training clips: who is magnified, by how much, and that nobody else is touched."""

from dataclasses import replace

import pytest
import safetensors.torch
import torch

from mer.core.configs import with_changes
from mer.core.errors import InputError
from mer.models.frl_dgt import FRLDGT
from mer.motion.magnify import MagnifyConfig, magnify
from mer.training.fold import train_fold
from mer.training.inputs import load_inputs, prepare_inputs
from mer.training.loso import run_loso
from mer.training.magnified import ROUNDS, with_magnified, with_test_factor
from tests.training.conftest import fold_config, model_config

CPU = torch.device("cpu")
LINEAR = MagnifyConfig(method="linear", low=2.0, high=2.0, probability=1.0)


@pytest.fixture
def inputs(toy_store):
    rows = torch.arange(len(toy_store)).numpy()
    return load_inputs(toy_store, prepare_inputs(toy_store, rows, model_config(), (-1, 0)), rows >= 0, (-1, 0), CPU)


@pytest.fixture
def model():
    torch.manual_seed(0)
    return FRLDGT(model_config())


def test_each_variant_is_magnified_in_every_round_and_the_onset_stays(inputs, model):
    made = with_magnified(inputs, model, LINEAR, 0)
    assert made.others.shape == (2 * ROUNDS, *inputs.others.shape[1:])
    expected = (2 * inputs.others[1, :, 0] - inputs.onset).clamp(0, 1)
    assert torch.allclose(made.others[1, :, 0], expected, atol=1e-6)
    assert torch.equal(made.onset, inputs.onset)


def test_with_probability_zero_nothing_is_changed(inputs, model):
    made = with_magnified(inputs, model, replace(LINEAR, probability=0.0), 0)
    assert torch.allclose(made.others, inputs.others.repeat(ROUNDS, 1, 1, 1, 1, 1), atol=1e-6)


def test_factors_depend_on_the_seed_only(inputs, model):
    spread = replace(LINEAR, low=1.2, high=3.0, probability=0.5)
    first, again, other = (with_magnified(inputs, model, spread, seed).others for seed in (3, 3, 4))
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_the_displacement_that_magnifies_is_the_models_own(inputs, model):
    config = replace(LINEAR, method="displacement")
    made = with_magnified(inputs, model, config, 0)
    model.eval()
    with torch.no_grad():
        field = model.dgm.displacement(model.generate(inputs.onset, inputs.others[0, :, 0]))
    expected = magnify(inputs.onset, inputs.others[0, :, 0], 2.0, config, field)
    assert torch.allclose(made.others[0, :, 0], expected, atol=1e-5)


def test_test_clips_are_magnified_only_where_a_factor_is_asked_for(inputs, model):
    assert with_test_factor(inputs, model, LINEAR) is inputs
    made = with_test_factor(inputs, model, replace(LINEAR, test=3.0))
    assert torch.allclose(made.others[0, :, 0], (3 * inputs.others[0, :, 0] - 2 * inputs.onset).clamp(0, 1), atol=1e-5)


def test_magnified_training_changes_the_training_and_by_default_not_the_test(toy_store):
    """With no step of training the predictions are those of untouched test clips, whatever the training clips were."""
    still = fold_config(warm_up=0, joint=0)
    plain = train_fold(toy_store, "toy/0", still, None, 0, CPU).arrays["probabilities"]
    magnified = train_fold(toy_store, "toy/0", replace(still, magnify=LINEAR), None, 0, CPU).arrays["probabilities"]
    assert (plain == magnified).all()
    asked = replace(still, magnify=replace(LINEAR, test=3.0))
    assert not (train_fold(toy_store, "toy/0", asked, None, 0, CPU).arrays["probabilities"] == plain).all()
    trained = [
        train_fold(toy_store, "toy/0", replace(fold_config(), magnify=how), None, 0, CPU).arrays["probabilities"]
        for how in (None, LINEAR)
    ]
    assert not (trained[0] == trained[1]).all()


@pytest.mark.parametrize("changes", [{"model.sequence": 10}, {"model.motion.source": "flow"}])
def test_magnification_needs_pairs_whose_motion_the_dgm_generates(changes):
    with pytest.raises(InputError, match="magnify is set"):
        with_changes(fold_config(), changes | {"magnify": {"method": "linear"}})


def test_a_displacement_that_nothing_has_learnt_does_not_magnify(toy_store, tmp_path):
    config = with_changes(fold_config(), {"magnify": {"method": "displacement"}})
    with pytest.raises(InputError, match="no pretrained DGM"):
        run_loso(toy_store, tmp_path / "run", config, None, 0, "cpu", 1)
    assert not (tmp_path / "run").exists()


def test_a_fusion_is_not_fitted_to_fields_of_zeros(toy_store, tmp_path):
    config = with_changes(fold_config(), {"model.dgm.zero_start": True})
    with pytest.raises(InputError, match=r"warm_up\.steps is 4 and no pretrained DGM"):
        run_loso(toy_store, tmp_path / "run", config, None, 0, "cpu", 1)


def test_other_weights_of_the_network_train_the_folds_again(toy_store, monkeypatch, tmp_path):
    """The fold's key holds what the weights file contains, not only where it lies."""
    from mer.models.magnet import MagNet, MagNetConfig
    from mer.training import loso

    keys = []
    monkeypatch.setattr(loso, "run_folds", lambda folder, found, *given: keys.append(found))
    monkeypatch.setattr(loso, "collect_folds", lambda *given: None)
    path = tmp_path / "weights.safetensors"
    for seed in (0, 0, 1):
        torch.manual_seed(seed)
        safetensors.torch.save_file(MagNet(MagNetConfig()).state_dict(), path)
        config = with_changes(fold_config(), {"magnify": {"method": "magnet", "weights": str(path)}})
        run_loso(toy_store, tmp_path / "run", config, None, 0, "cpu", 1)
    assert keys[0] == keys[1] != keys[2]
