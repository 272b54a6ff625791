"""The person that a fold tests is in nothing that the fold, or the pretraining it starts from, was fitted to."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from mer.core.configs import with_changes
from mer.core.errors import InputError, MissingPath
from mer.training.checkpoints import load_weights, save_weights
from mer.training.fold import train_fold
from mer.training.held_out import held_out_groups
from mer.training.loso import run_loso
from mer.training.pairs import RandomPairs
from mer.training.pretrain_groups import pretrain_groups
from mer.training.pretrained import find_pretrained
from tests.training.conftest import align, fold_config, pretrain_config, with_frames_of, write_database
from tests.training.test_variants import toy

CPU = torch.device("cpu")
PERSONS = [f"toy/{k}" for k in range(4)]


def equal(first, second):
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


@pytest.fixture(scope="module")
def groups(toy_store, tmp_path_factory):
    """Two groups of two persons each, pretrained for a few steps."""
    folder = tmp_path_factory.mktemp("pretrained")
    pretrain_groups(toy_store, folder, fold_config().model.dgm, pretrain_config(), 0, "cpu", 1)
    return folder


@pytest.mark.parametrize("apex_share", [0.0, 0.5, 1.0])
def test_random_pairs_draw_from_the_allowed_clips_only(toy_store, apex_share):
    allowed = np.flatnonzero((toy_store.clips["subject"] != "2").to_numpy())
    poisoned = with_frames_of(toy_store, 2, 255)
    pairs = RandomPairs(poisoned, allowed, 2, apex_share)
    rng = np.random.default_rng(0)
    for _ in range(5):
        for frames in pairs.draw(64, rng, CPU):
            assert not (frames == 1).flatten(1).all(1).any()
    everyone = RandomPairs(poisoned, np.arange(len(poisoned)), 2, apex_share)
    assert (everyone.draw(64, rng, CPU)[0] == 1).flatten(1).all(1).any()  # the poison would have been seen


def case(name):
    """The toy fold of a variant; a sequence model begins with pairs, and one case magnifies training and test clips."""
    if name == "magnify":
        return with_changes(fold_config(), {"magnify": {"method": "linear", "test": 2.0}})
    return replace(toy(name), pairs_first=3) if name == "S" else toy(name)


@pytest.mark.parametrize("name", ["M9", "M1", "M2", "S", "magnify"])
def test_a_fold_does_not_depend_on_frames_labels_and_boxes_of_its_test_person(name, toy_store, monkeypatch, tmp_path):
    clips = toy_store.clips.copy()
    clips.loc[clips["subject"] == "2", "label"] = "surprise"
    boxes = np.array(toy_store.boxes)
    boxes[(clips["subject"] == "2").to_numpy()] *= 0.5
    changed = replace(with_frames_of(toy_store, 2, 255), clips=clips, boxes=boxes)

    def trained(who):
        """The fold of both stores; what is kept of a store goes by its path, which is the same."""
        for folder, store in (("plain", toy_store), ("changed", changed)):
            monkeypatch.setenv("MER_CACHE", str(tmp_path / folder))
            yield train_fold(store, who, case(name), None, 0, CPU)

    plain, poisoned = trained("toy/2")
    assert equal(plain.state, poisoned.state)
    assert plain.history.equals(poisoned.history)
    assert not np.array_equal(plain.arrays["probabilities"], poisoned.arrays["probabilities"])
    assert not equal(*(fold.state for fold in trained("toy/1")))  # the poison matters where the person is trained on


def test_a_group_does_not_depend_on_the_frames_of_the_persons_it_holds_out(tmp_path):
    """Two databases that differ in the frames of person 1 only, aligned and pretrained from the start."""
    stores = [
        align(write_database(tmp_path / name, 4, 2, change), tmp_path / "cache")
        for name, change in (
            ("plain", None),
            ("other", lambda who, all_: [255 - f for f in all_] if who == 1 else all_),
        )
    ]
    assert not np.array_equal(stores[0].frames, stores[1].frames)
    for k, store in enumerate(stores):
        pretrain_groups(store, tmp_path / f"{k}", fold_config().model.dgm, pretrain_config(), 0, "cpu", 1)
    held_out = held_out_groups(PERSONS, 2, 0)
    for group, members in enumerate(held_out):
        (first, about), (second, _) = (load_weights(tmp_path / f"{k}" / f"group-{group}.safetensors") for k in (0, 1))
        assert about["held_out"] == members
        assert equal(first, second) == ("toy/1" in members)


def test_every_fold_of_a_run_starts_from_weights_that_held_its_person_out(toy_store, groups, tmp_path):
    result = run_loso(toy_store, tmp_path, fold_config(), groups, 0, "cpu", 1)
    for one in PERSONS:
        alone = train_fold(toy_store, one, fold_config(), find_pretrained(groups, one), 0, CPU)
        rows = [k for k, fold in enumerate(result.fold) if fold == one]
        assert np.array_equal(result.arrays["probabilities"][rows], alone.arrays["probabilities"])
        assert alone.about["held_out"] == [one]


def test_find_pretrained_gives_the_weights_that_held_the_person_out(groups):
    for one in PERSONS:
        assert one in load_weights(find_pretrained(groups, one))[1]["held_out"]
    assert len({find_pretrained(groups, one) for one in PERSONS}) == 2


def test_a_pretraining_that_saw_the_person_is_refused(toy_store, groups, tmp_path):
    with pytest.raises(InputError, match=r"held out 'toy/9'.*leak"):
        find_pretrained(groups, "toy/9")
    with pytest.raises(MissingPath, match="Run the pretraining"):
        find_pretrained(tmp_path, "toy/1")
    path = find_pretrained(groups, "toy/1")
    state, _ = load_weights(path)
    save_weights(tmp_path / "group-0.safetensors", state, {"held_out": PERSONS[2:]})
    with pytest.raises(InputError, match="leak"):
        run_loso(toy_store, tmp_path / "run", fold_config(), tmp_path, 0, "cpu", 1)
    assert not (tmp_path / "run" / "folds").exists()


def test_a_fold_refuses_weights_that_saw_its_person(toy_store, groups):
    seen = next(name for name in PERSONS if find_pretrained(groups, name) != find_pretrained(groups, "toy/1"))
    with pytest.raises(InputError, match="which this fold tests"):
        train_fold(toy_store, "toy/1", fold_config(), find_pretrained(groups, seen), 0, CPU)


def test_a_fold_starts_from_the_pretrained_weights(toy_store, groups):
    without_steps = fold_config(warm_up=0, joint=0)
    path = find_pretrained(groups, "toy/1")
    result = train_fold(toy_store, "toy/1", without_steps, path, 0, CPU)
    assert equal({name[4:]: value for name, value in result.state.items() if name[:4] == "dgm."}, load_weights(path)[0])


def test_a_fold_that_there_is_not_is_refused(toy_store):
    with pytest.raises(InputError, match="no fold 'toy/9'"):
        train_fold(toy_store, "toy/9", fold_config(), None, 0, CPU)
