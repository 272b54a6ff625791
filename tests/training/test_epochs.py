"""Looks at a model while it is fitted, and what the rule nested makes of them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from mer.core.configs import with_changes
from mer.core.errors import InputError
from mer.datasets.maps import MotionMaps
from mer.manifest.clips import person
from mer.manifest.labels import COMPOSITE
from mer.training import fold_fit, ststnet_loso
from mer.training.epochs import (
    LOOKS,
    NESTED,
    EpochsConfig,
    Looks,
    best_look,
    inner_folds,
    look_arrays,
    nested_arrays,
)
from mer.training.fold import train_fold
from mer.training.fold_fit import pairs_without
from mer.training.maps_loso import run_maps_loso
from mer.training.protocols import ProtocolFold, protocol_folds
from mer.training.ststnet_loso import STSTNetConfig, run_ststnet_loso
from tests.training.conftest import fold_config, with_frames_of
from tests.training.test_maps_loso import CONFIG, made_up_maps
from tests.training.test_variants import toy

CPU = torch.device("cpu")
LOOKED = with_changes(CONFIG, {"epochs.every": 5, "epochs.groups": 3})


def test_looks_are_taken_at_their_steps_alone():
    assert EpochsConfig(10).looks(25) == (10, 20, 25)
    assert EpochsConfig(10).looks(20) == (10, 20)
    assert EpochsConfig().looks(3) == (3,) and EpochsConfig().looks(0) == (0,)
    model = [0]
    looks = Looks((2, 5), lambda: np.full((1, 3), model[0]))
    for step in range(1, 6):
        model[0] = step
        looks(step)
    assert looks.probabilities[0, :, 0].tolist() == [2, 5]
    after_a_phase = Looks((2, 5), lambda: np.zeros((1, 3)), done=3)
    after_a_phase(2)
    with pytest.raises(RuntimeError, match="0 of the looks"):
        _ = after_a_phase.probabilities


def test_settings_that_make_no_rule_are_refused():
    with pytest.raises(InputError, match=r"epochs.fits is 3, expected at most epochs.groups, which is 2"):
        EpochsConfig(1, 2, 3)
    with pytest.raises(InputError, match="groups"):
        EpochsConfig(1, 1)
    for total in (0, 3, 10):
        with pytest.raises(InputError, match=f"epochs.every is 10 and the fit has {total} steps"):
            EpochsConfig(10).looks(total)


def test_the_best_look_has_the_highest_uar_and_of_equals_is_the_latest():
    """Three clips of class 0, one of class 1: by hand UAR 0.5, 2/3, 5/6, 5/6."""
    label = np.array([0, 0, 0, 1])
    predicted = np.array([[0, 0, 0, 0], [1, 0, 1, 1], [0, 0, 1, 1], [1, 0, 0, 1]]).T  # clips x looks
    probabilities = np.eye(2)[predicted]
    assert best_look(probabilities, label) == 3
    assert best_look(probabilities[:, :3], label) == 2
    assert best_look(probabilities[:, :1], label) == 0
    assert best_look(probabilities[:3, :2], label[:3]) == 0, "a class without clips does not count"


def test_inner_folds_divide_the_training_persons_and_hold_the_test_person_out():
    clips = made_up_maps((3, 4, 3, 5, 3)).clips
    persons, class_of = person(clips).to_numpy(), clips["label"].map(COMPOSITE.index).to_numpy()
    for fold in protocol_folds(clips, "loso", COMPOSITE.classes):
        inner = inner_folds(fold, persons, class_of, EpochsConfig(1, 4, 4), 0)
        assert sorted(np.concatenate([one.test for one in inner])) == fold.train.tolist()
        for one in inner:
            assert not set(persons[one.train]) & set(persons[one.test])
            assert not set(fold.persons) & set(persons[np.concatenate([one.train, one.test])])
            assert sorted(np.concatenate([one.train, one.test])) == fold.train.tolist()
    with pytest.raises(InputError, match="is trained on 4 persons, which make no 5 groups"):
        inner_folds(fold, persons, class_of, EpochsConfig(1, 5), 0)


def test_every_class_stays_in_what_an_inner_fold_trains_on():
    """Two of twelve persons alone have clips of class 1: of two groups at random one would often hold both."""
    persons = np.repeat([f"a/{k}" for k in range(12)], 2)
    class_of = np.where(np.isin(persons, ["a/3", "a/7"]), [0, 1] * 12, 0)
    fold = ProtocolFold("b/0", ("b/0",), np.arange(24), np.arange(0))
    for seed in range(30):
        for one in inner_folds(fold, persons, class_of, EpochsConfig(1, 2, 2), seed):
            assert set(class_of[one.train]) == {0, 1}
    with pytest.raises(InputError, match="some class was always left out"):
        inner_folds(fold, persons, np.where(persons == "a/3", 1, 0), EpochsConfig(1, 2, 2), 0)


def test_nested_is_chosen_by_the_inner_folds_alone():
    """The fold's own clips are told best at look 0, those of the inner folds at look 1."""
    clips = made_up_maps((3, 3, 3, 3)).clips
    persons, class_of = person(clips).to_numpy(), clips["label"].map(COMPOSITE.index).to_numpy()
    fold = next(iter(protocol_folds(clips, "loso", COMPOSITE.classes)))
    right, wrong = np.eye(3)[class_of], np.eye(3)[(class_of + 1) % 3]
    asked = []

    def looks_of(first, second, rows):
        looks, now = Looks((1, 2, 3), lambda: now[0]), [first[rows]]
        looks(1)
        now[0] = second[rows]
        looks(2)
        now[0] = wrong[rows]
        looks(3)
        return looks

    def fit(inner):
        asked.append(inner)
        return looks_of(wrong, right, inner.test)

    own = looks_of(right, wrong, fold.test)
    arrays = nested_arrays(fold, own, persons, class_of, EpochsConfig(1, 3, 2), 0, fit)
    assert arrays[NESTED].tolist() == [1] * len(fold.test) and arrays[LOOKS] is not None
    assert (arrays[LOOKS] == own.probabilities).all()
    assert len(asked) == 2 and not set(np.concatenate([one.test for one in asked])) & set(fold.test)


@pytest.mark.parametrize("network", ["fusion", "ststnet"])
def test_what_cannot_be_looked_at_is_refused_before_anything_is_trained(network, tmp_path):
    maps = made_up_maps()
    pixels = np.zeros((len(maps.clips), 1, 28, 28, 3), np.uint8)
    for changes, words in (({"every": 100}, "no look before its end"), ({"every": 2, "groups": 5}, "make no 5 groups")):
        changes = {f"epochs.{name}": value for name, value in changes.items()}
        with pytest.raises(InputError, match=words):
            if network == "fusion":
                run_maps_loso(maps, tmp_path, with_changes(CONFIG, changes), 0, "cpu", 1)
            else:
                config = with_changes(STSTNetConfig(), {"fit.epochs": 5, **changes})
                run_ststnet_loso(pixels, maps.clips, tmp_path, config, 0, "cpu", 1)
        assert not (tmp_path / "folds").exists()


def test_looks_change_no_bit_of_a_fusion_and_the_last_one_is_its_prediction(tmp_path):
    maps = made_up_maps()
    plain = run_maps_loso(maps, tmp_path / "plain", CONFIG, 0, "cpu", 1)
    looked = run_maps_loso(maps, tmp_path / "looked", LOOKED, 0, "cpu", 1)
    for name, values in plain.arrays.items():
        assert (values == looked.arrays[name]).all(), name
    pd.testing.assert_frame_equal(plain.history, looked.history)
    looks = looked.arrays[LOOKS]
    assert looks.shape == (len(maps.clips), 3, 3) and looks.dtype == np.float32  # steps 5, 10, 12
    assert (looks[:, -1] == looked.arrays["probabilities"]).all()
    assert np.abs(looks[:, 0] - looks[:, -1]).max() > 1e-3
    chosen = pd.Series(looked.arrays[NESTED]).groupby(looked.fold).nunique()
    assert (chosen == 1).all()


def test_looks_change_no_bit_of_ststnet(tmp_path):
    maps = made_up_maps()
    pixels = np.clip(maps.maps * 40 + 128, 0, 255).astype(np.uint8).transpose(0, 2, 3, 1)[:, None]
    config = with_changes(STSTNetConfig(), {"fit.epochs": 5, "fit.batch": 8})
    plain = run_ststnet_loso(pixels, maps.clips, tmp_path / "plain", config, 0, "cpu", 1)
    every = with_changes(config, {"epochs.every": 2, "epochs.groups": 3, "epochs.fits": 2})
    looked = run_ststnet_loso(pixels, maps.clips, tmp_path / "looked", every, 0, "cpu", 1)
    for name, values in plain.arrays.items():
        assert (values == looked.arrays[name]).all(), name
    assert looked.arrays[LOOKS].shape == (len(maps.clips), 3, 3)
    assert (looked.arrays[LOOKS][:, -1] == looked.arrays["probabilities"]).all()


def test_ststnets_nested_look_is_chosen_by_the_inner_folds_alone(tmp_path, monkeypatch):
    maps = made_up_maps()
    pixels = np.clip(maps.maps * 40 + 128, 0, 255).astype(np.uint8).transpose(0, 2, 3, 1)[:, None]
    changes = {"fit.epochs": 3, "fit.batch": 8, "epochs.every": 1, "epochs.groups": 2, "epochs.fits": 2}
    given = []

    def noted(seen, inner, said, class_of):
        given.append((seen, inner, said))
        return look_arrays(seen, inner, said, class_of)

    monkeypatch.setattr(ststnet_loso, "look_arrays", noted)
    run_ststnet_loso(pixels, maps.clips, tmp_path, with_changes(STSTNetConfig(), changes), 0, "cpu", 1)
    persons = person(maps.clips).to_numpy()
    assert len(given) == len(set(persons))
    for name, (seen, inner, said) in zip(sorted(set(persons)), given, strict=True):
        assert len(seen) == (persons == name).sum()
        assert [len(one) for one in said] == [len(one.test) for one in inner]
        tested = np.concatenate([one.test for one in inner])
        assert sorted(tested) == np.flatnonzero(persons != name).tolist()


def test_labels_and_maps_of_the_test_person_choose_no_nested_look(tmp_path):
    """Person 1's clips get other classes and other maps: the looks that are chosen for them stay."""
    maps = made_up_maps()
    theirs = (maps.clips["subject"] == "1").to_numpy()
    clips, changed = maps.clips.copy(), maps.maps.copy()
    clips.loc[theirs, "label"] = "surprise"
    changed[theirs] = np.random.default_rng(5).standard_normal(changed[theirs].shape)
    before = run_maps_loso(maps, tmp_path / "before", LOOKED, 0, "cpu", 1)
    other = MotionMaps(changed, clips, maps.kinds, "changed")
    after = run_maps_loso(other, tmp_path / "after", LOOKED, 0, "cpu", 1)
    assert (before.arrays[NESTED][theirs] == after.arrays[NESTED][theirs]).all()
    assert (before.arrays[LOOKS][theirs] != after.arrays[LOOKS][theirs]).any()


FRAMES_LOOKED = {"epochs.every": 4, "epochs.groups": 3}


@pytest.mark.parametrize("name", ["M9", "M1"])
def test_looks_change_no_bit_of_a_fold_on_frames(name, toy_store, monkeypatch, tmp_path):
    """Through both phases: the fusion alone on a displacement that stays, then the whole model end to end."""
    monkeypatch.setenv("MER_CACHE", str(tmp_path))
    config = with_changes(toy(name), {"warm_up.steps": 6, "joint.steps": 3})
    if config.model.motion.source == "dgm":
        config = with_changes(config, {"model.dgm.zero_start": False})
    plain = train_fold(toy_store, "toy/1", config, None, 0, CPU)
    looked = train_fold(toy_store, "toy/1", with_changes(config, FRAMES_LOOKED), None, 0, CPU)
    assert all(torch.equal(value, looked.state[name]) for name, value in plain.state.items())
    assert plain.history.equals(looked.history)
    for name, values in plain.arrays.items():
        assert (values == looked.arrays[name]).all(), name
    looks = looked.arrays[LOOKS]
    assert looks.shape[1:] == (3, 3)  # steps 4, 8, 9
    assert (looks[:, -1] == looked.arrays["probabilities"]).all()
    assert (looks[:, 0] != looks[:, 1]).any() and (looks[:, 1] != looks[:, 2]).any()


def test_magnified_test_clips_are_made_anew_at_each_look(toy_store, monkeypatch, tmp_path):
    """Displacement magnification asks the DGM, which joint fitting changes."""
    monkeypatch.setenv("MER_CACHE", str(tmp_path))
    config = with_changes(fold_config(), {"magnify": {"method": "displacement", "test": 2.0}, "warm_up.steps": 0})
    config = with_changes(config, {"joint.steps": 6, "joint.learning_rate_dgm": 0.05, **FRAMES_LOOKED})
    arrays = train_fold(toy_store, "toy/1", config, None, 0, CPU).arrays
    assert (arrays[LOOKS][:, -1] == arrays["probabilities"]).all()


def test_inner_fits_draw_no_random_pair_of_the_test_person(toy_store, monkeypatch, tmp_path):
    monkeypatch.setenv("MER_CACHE", str(tmp_path))
    kept_away = []

    def noted(store, held_out, config, away):
        kept_away.append({*held_out, *away})
        return pairs_without(store, held_out, config, away)

    monkeypatch.setattr(fold_fit, "pairs_without", noted)
    config = with_changes(fold_config(), {"joint.steps": 2, **FRAMES_LOOKED, "epochs.every": 1, "epochs.fits": 2})
    train_fold(toy_store, "toy/1", config, None, 0, CPU)
    assert kept_away[0] == {"toy/1"} and len(kept_away) == 3
    assert all("toy/1" in away and len(away) > 1 for away in kept_away[1:])


def test_frames_and_labels_of_the_test_person_choose_no_nested_look(toy_store, monkeypatch, tmp_path):
    clips = toy_store.clips.copy()
    clips.loc[clips["subject"] == "2", "label"] = "surprise"
    changed = replace(with_frames_of(toy_store, 2, 255), clips=clips)
    found = []
    for folder, store in (("plain", toy_store), ("changed", changed)):
        monkeypatch.setenv("MER_CACHE", str(tmp_path / folder))
        config = with_changes(toy("M1"), {"warm_up.steps": 8, "joint.steps": 0, **FRAMES_LOOKED, "epochs.every": 1})
        given = [train_fold(store, f"toy/{who}", config, None, 0, CPU).arrays for who in (2, 1)]
        found.append(given)
    assert (found[0][0][NESTED] == found[1][0][NESTED]).all()
    assert (found[0][0][LOOKS] != found[1][0][LOOKS]).any()
    assert (found[0][1][LOOKS] != found[1][1][LOOKS]).any()  # another person's fold is trained on the changed frames
