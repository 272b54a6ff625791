"""Baseline networks fold by fold, on made-up maps, on frames, and on a few real maps."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from mer.core.errors import InputError
from mer.manifest.composite import read_composite
from mer.manifest.labels import COMPOSITE
from mer.models.baselines.capsule import CapsuleConfig
from mer.training.epochs import LOOKS, NESTED, EpochsConfig
from mer.training.fit_network import NetworkFitConfig
from mer.training.frame_networks import run_network_on_frames
from mer.training.map_networks import NETWORKS, network_config, run_network
from mer.training.network_configs import BaselineConfig, baseline_config
from mer.training.network_loso import NetworkFold, run_network_loso, train_folds
from mer.training.protocols import protocol_folds
from tests.real_data import FLOW_MAPS, needs

SMALL = {"off-apexnet": 28, "sssnet": 28, "rcn-a": 20, "flow-resnet": 12}
CAPSULES = CapsuleConfig(size=40, widths=(4, 4, 4), hidden=4, kernel=3, capsules=2, values=4, class_values=4)


def _config(name, epochs=2):
    config = baseline_config(name)
    sizes = replace(config.architecture, size=SMALL[name]) if name in SMALL else CAPSULES
    return replace(config, architecture=sizes, fit=replace(config.fit, epochs=epochs, batch=4, learning_rate=1e-3))


def _clips():
    """Fourteen clips of four people, who leave out 3, 2, 4 and 5 of them."""
    people = [str(k) for k, count in enumerate((3, 2, 4, 5)) for _ in range(count)]
    return pd.DataFrame(
        {
            "database": "made-up",
            "subject": people,
            "clip": [str(k) for k in range(len(people))],
            "label": [COMPOSITE.classes[k % 3] for k in range(len(people))],
        }
    )


def _images(config, clips, seed=0):
    channels = 2 if config.network == "off-apexnet" else 3
    side = config.architecture.size
    return np.random.default_rng(seed).random((len(clips), channels, side, side), np.float32)


@pytest.mark.parametrize("name", [*SMALL, "capsulenet"])
def test_held_out_clips_move_nothing_that_is_learnt(name):
    config, clips = _config(name), _clips()
    images = _images(config, clips)
    (before,) = train_folds(["made-up/1"], images, clips, config, 0, "cpu")
    images[before.clips] = 1 - images[before.clips]
    (after,) = train_folds(["made-up/1"], images, clips, config, 0, "cpu")
    assert before.clips.tolist() == [3, 4]
    assert all(torch.equal(value, after.state[key]) for key, value in before.state.items())
    assert before.about == after.about, "also the scale"
    assert not np.array_equal(before.arrays["probabilities"], after.arrays["probabilities"])
    images[0] = 1 - images[0]  # somebody else's
    (other,) = train_folds(["made-up/1"], images, clips, config, 0, "cpu")
    assert any(not torch.equal(value, after.state[key]) for key, value in other.state.items())


@pytest.mark.parametrize("name", ["sssnet", "flow-resnet"])
def test_a_resumed_run_is_the_uninterrupted_one(tmp_path, name):
    config, clips = _config(name), _clips()
    images = _images(config, clips)
    whole = run_network_loso(images, clips, tmp_path / "whole", config, 0, "cpu", 1)
    run_network_loso(images, clips, tmp_path / "stopped", config, 0, "cpu", 1)
    for fold in ("made-up__0", "made-up__2"):
        (tmp_path / "stopped" / "folds" / fold / "fold.json").unlink()
    resumed = run_network_loso(images, clips, tmp_path / "stopped", config, 0, "cpu", 1)
    for key, values in whole.arrays.items():
        assert np.array_equal(values, resumed.arrays[key]), key
    for fold in range(4):
        weights = [
            tmp_path / run / "folds" / f"made-up__{fold}" / "weights.safetensors" for run in ("whole", "stopped")
        ]
        assert weights[0].read_bytes() == weights[1].read_bytes()
    assert whole.fold == [f"made-up/{name}" for name in clips["subject"]]


def test_a_finished_fold_stands_until_anything_it_depends_on_changes(tmp_path, monkeypatch):
    config, clips = _config("rcn-a"), _clips()
    images = _images(config, clips)
    result = run_network_loso(images, clips, tmp_path, config, 0, "cpu", 1)
    assert np.allclose(result.arrays["probabilities"].sum(axis=1), 1, atol=1e-5)
    assert result.arrays["embedding"].shape == (len(clips), 800)

    def refuse(*given, **named):
        raise RuntimeError("trained again")

    monkeypatch.setattr("mer.training.network_loso.fit_network", refuse)
    again = run_network_loso(images, clips, tmp_path, config, 0, "cpu", 1)
    assert np.array_equal(result.arrays["probabilities"], again.arrays["probabilities"])
    moved, relabelled = images.copy(), clips.assign(label=np.roll(clips["label"], 1))
    moved[0, 0, 0, 0] += 0.5
    changed = [
        (moved, clips, config, 0),
        (images, relabelled, config, 0),
        (images, clips.assign(clip=clips["clip"] + "x"), config, 0),
        (images, clips, replace(config, standardise=True), 0),
        (images, clips, replace(config, fit=replace(config.fit, epochs=3)), 0),
        (images, clips, config, 1),
    ]
    for given in changed:
        with pytest.raises(RuntimeError, match="trained again"):
            run_network_loso(given[0], given[1], tmp_path, given[2], given[3], "cpu", 1)


def test_another_seed_is_another_network_and_folds_do_not_depend_on_their_order():
    config, clips = _config("off-apexnet"), _clips()
    images, folds = _images(config, clips), [f"made-up/{k}" for k in range(4)]
    together = {one.about["held_out"][0]: one for one in train_folds(folds[::-1], images, clips, config, 0, "cpu")}
    for fold in folds:
        (alone,) = train_folds([fold], images, clips, config, 0, "cpu")
        (other,) = train_folds([fold], images, clips, config, 1, "cpu")
        probabilities = together[fold].arrays["probabilities"]
        assert np.array_equal(alone.arrays["probabilities"], probabilities)
        assert not np.array_equal(other.arrays["probabilities"], probabilities)


def test_prediction_is_in_evaluation_mode():
    config, clips = _config("sssnet"), _clips()
    own = NetworkFold.begin(
        protocol_folds(clips, "loso", COMPOSITE.classes)["made-up/3"],
        _images(config, clips),
        clips,
        config,
        0,
        torch.device("cpu"),
    )
    own.fit()
    assert own.network.training
    one, other = own.predict()[1], own.predict()[1]
    assert np.array_equal(one, other), "no dropout"
    alone = own.network.probabilities(own.network(own.held_out[:1])).detach().numpy()
    assert np.allclose(one[:1], alone, atol=1e-6), "nor the statistics of who is tested beside"


def test_standardised_images_have_the_training_clips_statistics():
    config, clips = _config("flow-resnet"), _clips()
    images = _images(config, clips)
    images[:, 1] = 5 + 3 * images[:, 1]
    images[9:] += 100  # the held-out ones
    fold = protocol_folds(clips, "loso", COMPOSITE.classes)["made-up/3"]
    own = NetworkFold.begin(fold, images, clips, config, 0, torch.device("cpu"))
    assert torch.allclose(own.training.mean(dim=(0, 2, 3)), torch.zeros(3), atol=1e-5)
    assert torch.allclose(own.training.std(dim=(0, 2, 3)), torch.ones(3), atol=1e-5)
    assert own.scale["mean"] == pytest.approx(images[:9].mean(axis=(0, 2, 3)).tolist(), rel=1e-4)
    assert own.held_out.mean() > 10
    plain = NetworkFold.begin(fold, images, clips, replace(config, standardise=False), 0, torch.device("cpu"))
    assert np.array_equal(plain.training.numpy(), images[:9]) and plain.scale == {}


def test_published_settings():
    fits = {name: baseline_config(name).fit for name in [*SMALL, "capsulenet"]}
    assert fits["off-apexnet"] == NetworkFitConfig(epochs=3000, batch=32, learning_rate=1e-4, weight_decay=1e-3)
    assert fits["sssnet"] == NetworkFitConfig(epochs=200, batch=32, learning_rate=1e-4, weight_decay=1e-3)
    assert fits["rcn-a"] == NetworkFitConfig(epochs=20, batch=64, learning_rate=5e-4, optimiser="sgd", momentum=0.9)
    capsules = fits["capsulenet"]
    assert (capsules.epochs, capsules.batch, capsules.learning_rate, capsules.decay) == (30, 32, 1e-4, 0.9)


def test_maps_know_the_networks_of_flow_and_refuse_the_one_of_frames(tmp_path):
    assert list(NETWORKS) == ["fusion", "fusion-chosen", "ststnet", "off-apexnet", "sssnet", "rcn-a", "flow-resnet"]
    for name in SMALL:
        assert isinstance(network_config(name), BaselineConfig) and network_config(name).network == name
    with pytest.raises(InputError, match="sees the apex frame itself, and motion maps hold no frame"):
        network_config("capsulenet")
    with pytest.raises(InputError, match="motion maps hold no frame"):
        run_network(tmp_path, _clips(), tmp_path, baseline_config("capsulenet"), 0)


def test_frames_give_flow_or_the_apex(toy_store, tmp_path):
    flow = run_network_on_frames(toy_store, tmp_path / "flow", _config("rcn-a"), 0, "cpu", "dis", 1)
    apex = run_network_on_frames(toy_store, tmp_path / "apex", _config("capsulenet"), 0, "cpu", n_jobs=1)
    for result in (flow, apex):
        assert result.rows.tolist() == list(range(12)) and result.arrays["probabilities"].shape == (12, 3)
        assert result.clips["clip"].tolist() == toy_store.clips["clip"].tolist()


def test_refusals(tmp_path):
    config, clips = _config("sssnet"), _clips()
    images = _images(config, clips)
    with pytest.raises(InputError, match=r"SSSNet expects \(14, 3, 28, 28\)"):
        run_network_loso(images[:, :2], clips, tmp_path, config, 0)
    with pytest.raises(InputError, match="1 clips have no label"):
        run_network_loso(images, clips.assign(label=["", *clips["label"][1:]]), tmp_path, config, 0)
    with pytest.raises(InputError, match="at least 2"):
        run_network_loso(images[:3], clips[:3], tmp_path, config, 0)


@needs(FLOW_MAPS)
def test_on_real_maps(tmp_path, monkeypatch):
    monkeypatch.setattr("mer.training.network_loso.worker_count", lambda *given: 1)  # no process to start
    clips = read_composite()
    clips = clips[clips["subject"].isin(["sub01", "sub05", "sub12"]) & (clips["database"] == "casme2")]
    config = network_config("sssnet")
    config = replace(config, fit=replace(config.fit, epochs=1))
    result = run_network(FLOW_MAPS, clips.reset_index(drop=True), tmp_path, config, seed=0, device="cpu")
    assert len(result.clips) == len(clips)


@pytest.mark.parametrize("name", [*SMALL, "capsulenet"])
def test_looks_change_no_bit_and_the_last_one_is_the_prediction(name, tmp_path):
    config, clips = _config(name, epochs=3), _clips()
    images = _images(config, clips)
    plain = run_network_loso(images, clips, tmp_path / "plain", config, 0, "cpu", 1)
    looked = replace(config, epochs=EpochsConfig(2, 3, 2))
    found = run_network_loso(images, clips, tmp_path / "looked", looked, 0, "cpu", 1)
    for key, values in plain.arrays.items():
        assert (values == found.arrays[key]).all(), key
    looks = found.arrays[LOOKS]
    assert looks.shape == (len(clips), 2, 3)  # epochs 2 and 3
    assert (looks[:, -1] == found.arrays["probabilities"]).all() and (looks[:, 0] != looks[:, 1]).any()
    assert set(found.arrays[NESTED]) <= {0, 1}
