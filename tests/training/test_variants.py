"""Each variant is a few switches of one configuration, and each switch does what its name says."""

from dataclasses import asdict, replace

import numpy as np
import pytest
import torch

from mer.core.configs import from_dict, with_changes
from mer.core.errors import InputError
from mer.core.files import read_json
from mer.face.regions import canonical_boxes
from mer.models.frl_dgt import FRLDGT, FRLDGTConfig
from mer.training.apply_run import apply_run
from mer.training.configs import fold_config as named_config
from mer.training.fold import train_fold
from mer.training.folds import collect_folds, fold_folder
from mer.training.inputs import load_inputs, prepare_inputs
from mer.training.loso import run_loso
from mer.training.pretrain_groups import pretrain_groups
from mer.training.variants import VARIANTS, method_name, with_variant
from tests.training.conftest import fold_config, pretrain_config

CPU = torch.device("cpu")


def toy(name):
    """A variant at toy size: its switches, with the few steps of the toy fold."""
    config = with_changes(fold_config(warm_up=0 if name == "M3" else 4), VARIANTS[name].switches)
    return replace(config, model=replace(config.model, sequence=4)) if name == "S" else config


@pytest.mark.parametrize("configuration", ["paper", "small"])
@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_is_a_configuration_that_can_be_kept_as_json(name, configuration):
    config = with_variant(named_config(configuration), name, configuration)
    assert from_dict(FRLDGTConfig, asdict(config.model)) == config.model
    assert (config == named_config(configuration)) == (name == "M9")


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_trains_and_predicts_the_clips_of_its_person(name, toy_store, monkeypatch, tmp_path):
    monkeypatch.setenv("MER_CACHE", str(tmp_path))
    result = train_fold(toy_store, "toy/1", toy(name), None, 0, CPU)
    assert result.arrays["probabilities"].shape == (3, 3)
    assert (abs(result.arrays["probabilities"].sum(1) - 1) < 1e-5).all()
    assert ("displacement" in result.arrays) == (name != "M2")
    assert ("weights_full" in result.arrays) == (name != "M6")
    assert ("weights_time" in result.arrays) == (name == "S")
    assert ("boxes" in result.arrays) == (name == "M5")
    for weights in (key for key in result.arrays if key.startswith("weights")):
        assert abs(result.arrays[weights].sum(-1) - 1).max() < 1e-5


def test_only_the_dgm_variants_have_a_dgm():
    for name in VARIANTS:
        model = FRLDGT(with_variant(named_config("small"), name, "small").model)
        assert (model.dgm is None) == (name in ("M0", "M1", "M2"))


def test_without_self_supervision_pretrained_weights_are_not_used_and_only_classification_moves_the_dgm(toy_store):
    """A learning rate for the DGM and no gradient from classification: it stays where it began."""
    config = with_changes(fold_config(warm_up=0, joint=2), {"self_supervision": False, "model.gradient_scale": 0.0})
    result = train_fold(toy_store, "toy/0", config, None, 0, CPU)
    moved = train_fold(toy_store, "toy/0", with_changes(config, {"model.gradient_scale": 1.0}), None, 0, CPU)
    first = {name: value for name, value in result.state.items() if name.startswith("dgm.last")}
    assert all(not torch.equal(value, moved.state[name]) for name, value in first.items())
    again = train_fold(toy_store, "toy/0", with_changes(config, {"joint.learning_rate_dgm": 0.9}), None, 0, CPU)
    assert all(torch.equal(value, again.state[name]) for name, value in first.items())


def test_a_fusion_is_not_fitted_to_a_dgm_that_has_learnt_nothing():
    with pytest.raises(InputError, match=r"warm_up\.steps 4"):
        with_changes(fold_config(), {"self_supervision": False})


def test_flow_is_computed_once_and_is_that_of_the_pair(toy_store, monkeypatch, tmp_path):
    from mer.motion.flow import optical_flow
    from mer.motion.units import pixels_to_grid

    monkeypatch.setenv("MER_CACHE", str(tmp_path))
    config = toy("M0")
    rows = torch.arange(len(toy_store)).numpy()
    prepared = prepare_inputs(toy_store, rows, config.model, (-1, 0))
    written = (prepared.folder / "motion.npy").stat().st_mtime_ns
    assert prepare_inputs(toy_store, rows, config.model, (-1, 0)).folder == prepared.folder
    assert (prepared.folder / "motion.npy").stat().st_mtime_ns == written
    inputs = load_inputs(toy_store, prepared, rows >= 6, (-1, 0), CPU)
    assert inputs.motion.shape == (2, 6, 1, 2, 32, 32)
    onset, apex = toy_store.pair(7)
    expected = pixels_to_grid(optical_flow(onset, apex, "tvl1")) / config.model.dgm.alpha
    assert torch.allclose(inputs.motion[1, 1, 0], torch.from_numpy(expected), atol=2e-3)
    assert torch.equal(load_inputs(toy_store, prepared, rows >= 6, (0,), CPU).motion, inputs.motion[1:])


def test_a_sequence_begins_after_the_onset_and_is_that_of_tim(toy_store, monkeypatch, tmp_path):
    from mer.motion.sequence import sequences

    monkeypatch.setenv("MER_CACHE", str(tmp_path))
    rows = torch.arange(3).numpy()
    config = toy("S").model
    inputs = load_inputs(toy_store, prepare_inputs(toy_store, rows, config, (-1, 0, 1)), rows >= 0, (-1, 0, 1), CPU)
    frames = torch.from_numpy(sequences(toy_store, rows, 4)).permute(0, 1, 4, 2, 3) / 255
    assert torch.allclose(inputs.others[0], frames[:, 1:])
    assert torch.allclose(inputs.onset, frames[:, 0])


@pytest.mark.parametrize("name", ["M9", "M1", "S"])
def test_a_finished_run_applied_to_its_own_store_predicts_what_it_predicted(name, toy_store, monkeypatch, tmp_path):
    monkeypatch.setenv("MER_CACHE", str(tmp_path))
    result = run_loso(toy_store, tmp_path / "run", toy(name), None, 0, "cpu", 1)
    again = apply_run(tmp_path / "run", toy_store, "cpu")
    assert again.fold == result.fold
    for key, values in result.arrays.items():
        assert abs(again.arrays[key].astype(float) - values).max() < 1e-6, key


def test_a_run_is_not_applied_to_people_it_did_not_hold_out(toy_store, monkeypatch, tmp_path):
    monkeypatch.setenv("MER_CACHE", str(tmp_path))
    run_loso(toy_store, tmp_path / "run", toy("M9"), None, 0, "cpu", 1)
    others = replace(toy_store, clips=toy_store.clips.assign(subject="9"))
    with pytest.raises(InputError, match="held 'toy/9' out"):
        apply_run(tmp_path / "run", others, "cpu")


def test_an_unknown_variant_names_all():
    with pytest.raises(InputError, match=r"Valid: M0, .*, M9, S"):
        with_variant(named_config("small"), "M99", "small")


def test_sequences_do_not_go_with_one_image_of_the_whole_clip():
    with pytest.raises(InputError, match=r"sequence is 10.*dynamic_image"):
        with_changes(named_config("small"), {"model.sequence": 10, "model.motion.source": "dynamic_image"})


def test_labels_and_classes_of_the_model_must_agree():
    with pytest.raises(InputError, match=r"5 classes.*'composite' have 3"):
        with_changes(named_config("small"), {"model.classes": 5})


def test_a_finished_run_is_not_mixed_up_with_another_variants(toy_store, monkeypatch, tmp_path):
    """The folds of one variant are not taken for those of another in the same folder."""
    monkeypatch.setenv("MER_CACHE", str(tmp_path))
    first = run_loso(toy_store, tmp_path / "run", toy("M9"), None, 0, "cpu", 1)
    second = run_loso(toy_store, tmp_path / "run", toy("M8"), None, 0, "cpu", 1)
    assert not (first.arrays["probabilities"] == second.arrays["probabilities"]).all()
    keys = {fold: read_json(fold_folder(tmp_path / "run", fold) / "fold.json")["key"] for fold in set(second.fold)}
    kept = collect_folds(tmp_path / "run", keys, toy_store.clips, second.rows, second.fold)
    assert (kept.arrays["probabilities"] == second.arrays["probabilities"]).all()


def test_a_sequence_model_takes_what_pairs_taught_and_learns_time_itself(toy_store, monkeypatch, tmp_path):
    """With no step on sequences, the shared weights are those of a fit to pairs, and those of time are fresh."""
    monkeypatch.setenv("MER_CACHE", str(tmp_path))
    still = with_changes(toy("S"), {"warm_up.steps": 0, "joint.steps": 0})
    fresh = train_fold(toy_store, "toy/0", still, None, 0, CPU)
    taught = train_fold(toy_store, "toy/0", replace(still, pairs_first=3), None, 0, CPU)
    assert set(taught.history["phase"]) == {"pairs"}
    same = {name: torch.equal(value, taught.state[name]) for name, value in fresh.state.items()}
    assert all(same[name] for name in same if ".time_" in name or name.startswith("dgm."))
    assert not same["fusion.head.2.weight"] and not same["fusion.embed_face.embed.weight"]
    with pytest.raises(InputError, match="pairs_first is 3"):
        replace(toy("M9"), pairs_first=3)


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_of_the_papers_sizes_takes_a_gradient_step(name):
    """Two clips of 180 pixels through the Transformer Fusion and back: finite numbers, a gradient everywhere."""
    torch.manual_seed(0)
    config = with_variant(named_config("paper"), name, "paper").model
    model, n = FRLDGT(config).train(), 2 * config.pairs
    first, second = torch.rand(2, n, 1, 180, 180)
    raw = torch.rand(n, config.motion.channels, 180, 180) - 0.5
    out = model.classify(first, second, torch.from_numpy(canonical_boxes()).expand(2, -1, -1), raw)
    out.logits.square().sum().backward()
    assert out.logits.shape == (2, 3) and bool(out.logits.isfinite().all())
    assert [key for key, weight in model.fusion.named_parameters() if weight.grad is None] == []


def test_a_sequence_model_on_pairs_is_refused_before_anything_is_trained(toy_store, tmp_path):
    pairs = replace(toy_store, count=np.where(np.arange(len(toy_store)) == 4, 2, toy_store.count))
    with pytest.raises(InputError, match=r"sequences of 4 frames.*1 of 12 clips.*only 2 frames: 1/s1_1"):
        run_loso(pairs, tmp_path / "run", toy("S"), None, 0, "cpu", 1)
    assert not (tmp_path / "run").exists()


def test_pretrained_weights_of_another_module_are_refused_before_anything_is_trained(toy_store, tmp_path):
    pretrain_groups(toy_store, tmp_path / "pre", toy("M9").model.dgm, pretrain_config(), 0, "cpu", 1)
    wider = with_changes(toy("M9"), {"model.dgm.widths": (8, 16)})
    with pytest.raises(InputError, match=r"widths is \(8, 12\) in the file and \(8, 16\)"):
        run_loso(toy_store, tmp_path / "run", wider, tmp_path / "pre", 0, "cpu", 1)
    otherwise = with_changes(toy("M9"), {"joint.loss.smooth": 3.0})
    with pytest.raises(InputError, match=r"smooth is 0\.2 in the file and 3\.0"):
        run_loso(toy_store, tmp_path / "run", otherwise, tmp_path / "pre", 0, "cpu", 1)
    assert not (tmp_path / "run").exists()


def test_a_runs_name_says_in_what_it_departs():
    assert method_name("M9", "", "annotated", {}) == "FRL-DGT"
    assert method_name("M4", "", "annotated", {}) == "M4: fusion after attention"
    changed = method_name("M9", "paper", "flow", {"magnify": {"method": "linear"}, "apex_offsets": [0]})
    assert changed == "FRL-DGT, reading paper, apex flow, magnify linear, apex_offsets [0]"
