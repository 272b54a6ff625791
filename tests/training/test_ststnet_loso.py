import numpy as np
import pandas as pd
import pytest
import torch

from mer.core.errors import InputError
from mer.manifest.composite import read_composite
from mer.models.ststnet import new_ststnet
from mer.training.fit_ststnet import STSTNetFitConfig, fit_ststnets
from mer.training.map_networks import network_config, run_network
from mer.training.ststnet_loso import STSTNetConfig, run_ststnet_loso, train_folds
from tests.real_data import FLOW_MAPS, needs

FEW = STSTNetConfig(fit=STSTNetFitConfig(epochs=3, batch=8, learning_rate=1e-3))


def _clips():
    """Thirteen clips of four people, who leave out 3, 2, 4 and 4 of them."""
    clips = read_composite()
    casme = clips[clips["database"] == "casme2"]
    sizes = zip(sorted(set(casme["subject"])), (3, 2, 4, 4), strict=False)
    some = pd.concat([casme[casme["subject"] == name].head(size) for name, size in sizes]).reset_index(drop=True)
    return some.assign(label=[FEW.labels.classes[k % 3] for k in range(len(some))])  # each class among the others


def _pixels(clips, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (len(clips), 1, 28, 28, 3), dtype=np.uint8)


def _folds(clips):
    return sorted({f"casme2/{name}" for name in clips["subject"]})


def test_a_fold_alone_is_the_fold_in_a_stack():
    clips = _clips()
    pixels, folds = _pixels(clips), _folds(clips)
    together = list(train_folds(folds, pixels, clips, FEW, 0, "cpu"))
    for fold, stacked in zip(folds, together, strict=True):
        (alone,) = train_folds([fold], pixels, clips, FEW, 0, "cpu")
        assert np.array_equal(alone.clips, stacked.clips)
        assert np.allclose(alone.arrays["probabilities"], stacked.arrays["probabilities"], atol=1e-5)
        assert np.allclose(alone.history["classification"], stacked.history["classification"], atol=1e-5)
        for name, value in alone.state.items():
            assert torch.allclose(value, stacked.state[name], rtol=1e-4, atol=1e-5), name


def test_a_held_out_clip_moves_nothing_that_is_learnt():
    clips = _clips()
    pixels, fold = _pixels(clips), _folds(clips)[0]
    (before,) = train_folds([fold], pixels, clips, FEW, 0, "cpu")
    pixels[before.clips] = 255 - pixels[before.clips]
    (after,) = train_folds([fold], pixels, clips, FEW, 0, "cpu")
    assert all(torch.equal(value, after.state[name]) for name, value in before.state.items())
    assert not np.allclose(before.arrays["probabilities"], after.arrays["probabilities"])


def test_a_study_predicts_every_clip_once_and_does_not_train_twice(tmp_path, monkeypatch):
    clips = _clips()
    pixels = _pixels(clips)
    result = run_ststnet_loso(pixels, clips, tmp_path, FEW, seed=0, device="cpu", n_jobs=1)
    assert result.arrays["probabilities"].shape == (len(clips), 3)
    assert np.allclose(result.arrays["probabilities"].sum(axis=1), 1, atol=1e-5)
    assert result.arrays["embedding"].shape == (len(clips), 400)
    monkeypatch.setattr("mer.training.ststnet_loso.fit_ststnets", None)
    again = run_ststnet_loso(pixels, clips, tmp_path, FEW, seed=0, device="cpu", n_jobs=1)
    assert np.array_equal(result.arrays["probabilities"], again.arrays["probabilities"])
    with pytest.raises(TypeError):  # another seed is another study
        run_ststnet_loso(pixels, clips, tmp_path, FEW, seed=1, device="cpu", n_jobs=1)


def test_it_learns_what_can_be_seen():
    clips = _clips()
    pixels = np.full((len(clips), 1, 28, 28, 3), 90, np.uint8)
    for k, name in enumerate(("negative", "positive", "surprise")):
        pixels[(clips["label"] == name).to_numpy(), ..., 8 * k : 8 * k + 8, 5:20, :] = 220
    images = torch.from_numpy(np.moveaxis(pixels[:, 0], -1, 1).astype(np.float32))
    labels = torch.tensor([FEW.labels.index(name) for name in clips["label"]])
    network = new_ststnet(0)
    config = STSTNetFitConfig(epochs=60, learning_rate=1e-2)
    (history,) = fit_ststnets([network], images, labels, [torch.arange(len(clips))], [0], config)
    assert [row["step"] for row in history] == [10, 20, 30, 40, 50, 60]
    assert history[-1]["classification"] < 0.3 * history[0]["classification"]
    assert network.training and (network.eval()(images).argmax(dim=1) == labels).float().mean() > 0.9


def test_stacks_need_as_many_batches():
    networks, images = [new_ststnet(0), new_ststnet(1)], torch.zeros(10, 3, 28, 28)
    rows = [torch.arange(4), torch.arange(5)]
    with pytest.raises(InputError, match=r"\[4, 5\] clips make \[1, 2\] batches"):
        fit_ststnets(networks, images, torch.zeros(10, dtype=torch.long), rows, [0, 1], STSTNetFitConfig(batch=4))


def test_refusals(tmp_path):
    clips = _clips()
    with pytest.raises(InputError, match="28, 28, 3"):
        run_ststnet_loso(_pixels(clips)[..., :2], clips, tmp_path, FEW, 0)
    with pytest.raises(InputError, match="ststnet"):
        network_config("stsnet")
    with pytest.raises(InputError, match="at least 2"):
        one = clips.iloc[:3]
        run_ststnet_loso(_pixels(one), one, tmp_path, FEW, 0)


@needs(FLOW_MAPS)
def test_on_real_maps(tmp_path):
    clips = read_composite()
    clips = clips[clips["subject"].isin(["sub01", "sub02", "sub03"]) & (clips["database"] == "casme2")]
    result = run_network(FLOW_MAPS, clips.reset_index(drop=True), tmp_path, FEW, seed=0, device="cpu")
    assert len(result.clips) == len(clips)
