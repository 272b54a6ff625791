"""What a right reading of the DGM must show after pretraining, on persons that it never saw."""

import numpy as np
import pytest
import torch

from mer.core.configs import with_changes
from mer.face.store import StoreConfig, build_store
from mer.manifest.clips import person
from mer.models.configs import model_config
from mer.models.dgm import DGM
from mer.motion.flow import optical_flow
from mer.motion.warp import flip_displacement, warp
from mer.training.configs import pretrain_config
from mer.training.pretrain import pretrain


@pytest.fixture(scope="module", params=[("contrast", 240), ("accurate", 40)], ids=["contrast", "accurate"])
def trained(request, tiny_database, tmp_path_factory):
    """A short pretraining without one person of each database; the model, and the pairs of those persons.

    ``contrast`` has to learn everything, ``accurate`` starts from steps in closed form and must not unlearn them.
    """
    reading, steps = request.param
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MER_CACHE", str(tmp_path_factory.mktemp("cache")))
        store = build_store(tiny_database, StoreConfig(size=128))
    persons = person(store.clips)
    held_out = persons.isin(persons.groupby(store.clips["database"]).min()).to_numpy()
    config = with_changes(pretrain_config("small", reading), {"steps": steps, "minimum_gap": 3, "batch": 6})
    dgm = model_config("small", reading=reading).dgm
    state, _ = pretrain(store, np.flatnonzero(~held_out), dgm, config, 0, torch.device("cpu"))
    model = DGM(dgm).eval()
    model.load_state_dict(state)
    onset, apex = (torch.from_numpy(frames[held_out]) for frames in store.pairs())
    with torch.no_grad():
        return model, onset, apex, model(onset, apex)


def cosine(first, second):
    return torch.nn.functional.cosine_similarity(first.flatten(1), second.flatten(1)).mean().item()


def test_the_displacement_explains_unseen_pairs_and_its_reverse_makes_them_worse(trained):
    model, onset, apex, raw = trained
    before = (onset - apex).abs().mean()
    assert (warp(onset, model.displacement(raw)) - apex).abs().mean() < before
    assert (warp(onset, -model.displacement(raw)) - apex).abs().mean() > before


def test_a_pair_of_one_frame_moves_little(trained):
    model, onset, _, raw = trained
    with torch.no_grad():
        assert model(onset, onset).abs().mean() < 0.3 * raw.abs().mean()


def test_swapping_the_frames_turns_the_displacement_round(trained):
    model, onset, apex, raw = trained
    with torch.no_grad():
        assert cosine(model(apex, onset), -raw) > 0.7


def test_mirroring_the_frames_mirrors_the_displacement(trained):
    model, onset, apex, raw = trained
    with torch.no_grad():
        mirrored = model(onset.flip(-1), apex.flip(-1))
    assert cosine(mirrored, flip_displacement(raw)) > 0.7
    assert cosine(mirrored, raw.flip(-1)) < cosine(mirrored, flip_displacement(raw))  # x must be negated


def test_the_range_is_not_used_up(trained):
    model, _, _, raw = trained
    assert (raw.abs() > 0.95).float().mean() < 0.01
    largest = model.displacement(raw).norm(dim=1).flatten(1).amax(1).median() * (224 - 1) / 2
    assert 0.5 < largest < 8  # pixels at 224


def test_it_agrees_with_optical_flow_where_something_moves(trained):
    model, onset, apex, raw = trained
    similar = []
    for first, second, field in zip(onset, apex, model.displacement(raw).numpy(), strict=True):
        flow = optical_flow(first[0].numpy(), second[0].numpy(), "tvl1")
        moving = np.hypot(*flow) > 0.3
        if moving.sum() > 50:
            found, expected = field[:, moving], flow[:, moving]
            similar.append((found * expected).sum() / np.sqrt((found**2).sum() * (expected**2).sum()))
    assert len(similar) >= 3
    assert np.mean(similar) > 0.5
