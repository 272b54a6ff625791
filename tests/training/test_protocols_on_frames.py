"""FRL-DGT end to end by every protocol: nobody who is held out is in the pretraining or in the fit of a fold."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from mer.core.configs import with_changes
from mer.core.errors import InputError
from mer.manifest.clips import person
from mer.manifest.labels import COMPOSITE
from mer.training import fold_fit, pretrain
from mer.training.checkpoints import load_weights, read_about, save_weights
from mer.training.epochs import LOOKS
from mer.training.fold import train_fold
from mer.training.fold_fit import pairs_without
from mer.training.folds import fold_folder
from mer.training.held_out import held_out_groups, protocol_groups
from mer.training.loso import run_loso
from mer.training.pairs import RandomPairs
from mer.training.pretrain import PretrainConfig
from mer.training.pretrain_groups import pretrain_groups
from mer.training.pretrained import find_pretrained, pretrained_of_folds
from mer.training.protocols import PROTOCOLS, kept_settings, may_train, protocol_folds
from mer.training.sharing import with_sharing
from tests.training.conftest import align, fold_config, pretrain_config, write_database

CPU = torch.device("cpu")
#: Persons 0 to 2 of the fixture are of database x, 3 to 5 of y; the last of each has no class, the DGM sees them still.
FOLDS = {
    "loso": ("x/0", "x/1", "y/3", "y/4"),
    "database": ("x", "y"),
    "loso-per-database": ("x/0", "x/1", "y/3", "y/4"),
}
PERSONS = [f"{'x' if k < 3 else 'y'}/{k}" for k in range(6)]


def two_databases(folder, cache, change=None):
    """Two databases in one store: three persons each, three clips a person, one a class."""
    made = write_database(folder, 6, 3, change)
    subject = made.clips["subject"].astype(int)
    clips = made.clips.assign(database=np.where(subject < 3, "x", "y"))
    clips.loc[subject % 3 == 2, "label"] = ""
    return align(replace(made, clips=clips), cache)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("two-databases")
    return two_databases(folder / "plain", folder / "cache")


def configs(protocol, **changes):
    """Two steps of everything, for folds and for the pretraining; two groups, of all people or of each database."""
    fold = with_changes(fold_config(warm_up=2, joint=1), {"protocol": protocol, "joint.batch": 3} | changes)
    return fold, with_changes(pretrain_config(steps=2), {"protocol": protocol})


def pretrained(store, folder, protocol):
    pretrain_groups(store, folder, configs(protocol)[0].model.dgm, configs(protocol)[1], 0, "cpu", 1)
    return folder


def run(store, folder, protocol, together=1, **changes):
    """Pretraining and folds in one folder."""
    pretrained(store, folder, protocol)
    return run_loso(store, folder, configs(protocol, **changes)[0], folder, 0, "cpu", 1, together)


@pytest.fixture(scope="module")
def runs(store, tmp_path_factory):
    """A run by each protocol, and its folder."""
    folders = {protocol: tmp_path_factory.mktemp(protocol) for protocol in PROTOCOLS}
    return {protocol: (run(store, folder, protocol), folder) for protocol, folder in folders.items()}


#            x/0    x/1     x/2 (no class)   y/3  ...
CLIPS = pd.DataFrame(
    [(name.split("/")[0], name.split("/")[1], label) for name in PERSONS for label in "ab"],
    columns=["database", "subject", "label"],
)


@pytest.mark.parametrize(
    ("protocol", "held_out", "expected"),
    [
        ("loso", ["x/0"], {"x/1", "x/2", "y/3", "y/4", "y/5"}),
        ("loso", ["x/0", "y/3"], {"x/1", "x/2", "y/4", "y/5"}),
        ("database", ["x/0", "x/1"], {"y/3", "y/4", "y/5"}),
        ("loso-per-database", ["x/0"], {"x/1", "x/2"}),
        ("loso-per-database", ["y/3", "y/5"], {"y/4"}),
    ],
)
def test_whose_clips_a_fit_may_see_by_hand(protocol, held_out, expected):
    seen = may_train(CLIPS, protocol, held_out)
    assert seen.dtype == bool and len(seen) == len(CLIPS)
    assert set(person(CLIPS)[seen]) == expected and seen.sum() == 2 * len(expected)


def test_groups_of_each_protocol():
    assert protocol_groups(CLIPS, "loso", 3, 0) == held_out_groups(PERSONS, 3, 0)
    assert protocol_groups(CLIPS, "database", 3, 0) == [PERSONS[:3], PERSONS[3:]]
    strict = protocol_groups(CLIPS, "loso-per-database", 0, 0)
    assert sorted(strict) == [[name] for name in PERSONS]
    halves = protocol_groups(CLIPS, "loso-per-database", 2, 0)
    assert sorted(len(group) for group in halves) == [1, 1, 2, 2]
    assert all(len({name[0] for name in group}) == 1 for group in halves)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_no_held_out_person_is_among_those_that_the_pretraining_drew(protocol, store, monkeypatch, tmp_path):
    """What each pretraining really drew its pairs from, beside what each fold holds out."""
    drawn = []

    def noted(store, clips, *rest):
        drawn.append(set(person(store.clips).iloc[clips]))
        return RandomPairs(store, clips, *rest)

    monkeypatch.setattr(pretrain, "RandomPairs", noted)
    pretrained(store, tmp_path, protocol)
    seen = dict(zip(sorted(tmp_path.glob("group-*.safetensors")), drawn, strict=True))
    config = configs(protocol)[0]
    folds = protocol_folds(store.clips, protocol, config.labels.classes)
    assert folds.names == FOLDS[protocol]
    found = pretrained_of_folds(tmp_path, store.clips, protocol, folds)
    for fold in folds:
        by = seen[found[fold.name]]
        assert by and not by & set(fold.persons)
        databases = {name[0] for name in fold.persons}
        if protocol == "database":
            assert by == {name for name in PERSONS if name[0] not in databases}
        if protocol == "loso-per-database":
            assert by <= {name for name in PERSONS if name[0] in databases}
    for path, by in seen.items():
        noted_down = read_about(path).get("seen", sorted(set(PERSONS) - set(read_about(path)["held_out"])))
        assert set(noted_down) == by


@pytest.fixture(scope="module")
def changed(tmp_path_factory):
    """The store with the frames of x/2 as negatives."""

    def negative(k, frames):
        return [255 - frame for frame in frames] if k == 2 else frames

    folder = tmp_path_factory.mktemp("changed")
    return two_databases(folder / "changed", folder / "cache", negative)


@pytest.mark.parametrize(
    ("protocol", "untouched"), [("loso", set()), ("database", {"x"}), ("loso-per-database", {"y/3", "y/4"})]
)
def test_a_persons_frames_reach_those_folds_alone_that_may_see_them(protocol, untouched, runs, changed, tmp_path):
    """Through the whole of it: pretraining, warm-up, end to end with random pairs. x/2 has frames, but no class."""
    run(changed, tmp_path, protocol)
    found = set()
    for fold in FOLDS[protocol]:
        before, after = (
            load_weights(fold_folder(at, fold) / "weights.safetensors") for at in (runs[protocol][1], tmp_path)
        )
        assert before[1] == after[1]
        if all(torch.equal(value, after[0][name]) for name, value in before[0].items()):
            found.add(fold)
    assert found == untouched


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_clip_with_a_class_is_predicted_once_by_its_fold(protocol, runs, store):
    result, folder = runs[protocol]
    labelled = np.flatnonzero(store.clips["label"] != "")
    assert result.rows.tolist() == labelled.tolist() and set(result.fold) == set(FOLDS[protocol])
    folds = protocol_folds(store.clips, protocol, configs(protocol)[0].labels.classes)
    assert result.fold == folds.names_of_rows
    for fold in folds:
        about = read_about(fold_folder(folder, fold.name) / "weights.safetensors")
        assert tuple(about["held_out"]) == fold.persons


def test_folds_of_databases_stacked_are_the_folds_one_by_one(runs, store, tmp_path):
    stacked = run(store, tmp_path, "database", 2)
    assert np.abs(stacked.arrays["probabilities"] - runs["database"][0].arrays["probabilities"]).max() < 1e-3


def test_looks_change_no_prediction_and_inner_fits_see_no_held_out_database(runs, store, monkeypatch, tmp_path):
    seen = []

    def noted(store, held_out, config, away):
        pairs = pairs_without(store, held_out, config, away)
        person_at = dict(zip(store.start.tolist(), person(store.clips), strict=True))
        seen.append((set(held_out), {person_at[start] for start in pairs.start.tolist()}))
        return pairs

    monkeypatch.setattr(fold_fit, "pairs_without", noted)
    looked = run(store, tmp_path, "database", **{"epochs.every": 1, "epochs.groups": 2})
    assert np.array_equal(looked.arrays["probabilities"], runs["database"][0].arrays["probabilities"])
    assert looked.arrays[LOOKS].shape == (12, 3, 3)
    assert all(not {name[0] for name in held_out} & {name[0] for name in of} for held_out, of in seen)
    assert [len(of) for _, of in seen] == [3, 2, 3, 2]  # two folds, and an inner fit each, without one person


def test_looks_that_a_protocol_leaves_too_few_persons_for_are_refused(store, tmp_path):
    config = configs("loso-per-database", **{"epochs.every": 1, "epochs.groups": 2})[0]
    with pytest.raises(InputError, match="trained on 1 persons, which make no 2 groups"):
        run_loso(store, tmp_path, config, None, 0, "cpu", 1)
    assert not (tmp_path / "folds").exists()


@pytest.mark.parametrize("other", PROTOCOLS)
def test_a_pretraining_by_another_protocol_is_refused_before_anything_is_trained(other, runs, store, tmp_path):
    for protocol in set(PROTOCOLS) - {other}:
        with pytest.raises(InputError, match=f"pretrained by the protocol '{other}'.*protocol {protocol}"):
            run_loso(store, tmp_path, configs(protocol)[0], runs[other][1], 0, "cpu", 1)
    assert not (tmp_path / "folds").exists()


def test_a_fold_refuses_weights_that_saw_whom_it_must_not_see(runs, store, tmp_path):
    """Also where the folder was not judged before: x/2 has no class, but is of the database that fold x holds out."""
    of_x = find_pretrained(runs["loso"][1], "x/0")
    with pytest.raises(InputError, match=r"'x/\d', which this fold must not see .protocol database"):
        train_fold(store, "x", configs("database")[0], of_x, 0, CPU)
    with pytest.raises(InputError, match="pretrained on frames of 'y/3', which this fold tests"):
        train_fold(store, "y", configs("database")[0], find_pretrained(runs["database"][1], "x/0"), 0, CPU)
    with pytest.raises(InputError, match=r"'y/\d', which this fold must not see .protocol loso-per-database"):
        train_fold(store, "x/0", configs("loso-per-database")[0], of_x, 0, CPU)
    state, about = load_weights(find_pretrained(runs["database"][1], "x/0"))
    about |= {"held_out": ["x/0", "x/1"], "seen": ["x/2", *about["seen"]]}
    save_weights(tmp_path / "group-0.safetensors", state, about)
    with pytest.raises(InputError, match="'x/2', which this fold must not see"):
        train_fold(store, "x", configs("database")[0], tmp_path / "group-0.safetensors", 0, CPU)


def test_weights_that_saw_too_many_are_refused_before_anything_is_prepared(runs, store, tmp_path):
    for path in runs["database"][1].glob("group-*.safetensors"):
        state, about = load_weights(path)
        save_weights(tmp_path / path.name, state, about | {"seen": ["x/2", *about["seen"]]})
    with pytest.raises(InputError, match="'x/2', which this fold must not see"):
        pretrained_of_folds(
            tmp_path, store.clips, "database", protocol_folds(store.clips, "database", COMPOSITE.classes)
        )


def test_what_a_protocol_cannot_divide_is_told_before_work(store, tmp_path):
    one = replace(store, clips=store.clips.assign(database="x"))
    with pytest.raises(InputError, match=r"one database out needs at least 2 of them, found \['x'\]"):
        pretrained(one, tmp_path, "database")
    with pytest.raises(InputError, match=r"one database out needs at least 2 of them, found \['x'\]"):
        run_loso(one, tmp_path, configs("database")[0], None, 0, "cpu", 1)
    alone = replace(
        store, clips=store.clips.assign(subject=store.clips["subject"].where(store.clips["database"] == "x", "3"))
    )
    with pytest.raises(InputError, match=r"Database 'y', by itself .*at least 2 of them, found 1"):
        pretrained(alone, tmp_path, "loso-per-database")
    with pytest.raises(InputError, match=r"in every database; 'y' has \['y/3'\]"):
        run_loso(alone, tmp_path, configs("loso-per-database")[0], None, 0, "cpu", 1)
    surprised = (store.clips["database"] == "x") & (store.clips["label"] == "surprise")
    lacking = replace(store, clips=store.clips.assign(label=store.clips["label"].mask(surprised, "negative")))
    with pytest.raises(InputError, match="Fold 'y' of the protocol 'database' would be trained on no clip of surprise"):
        run_loso(lacking, tmp_path, configs("database")[0], None, 0, "cpu", 1)
    with pytest.raises(InputError, match="Did you mean 'database'"):
        configs("databas")
    assert not list(tmp_path.glob("group-*")) and not (tmp_path / "folds").exists()


def test_databases_are_held_out_whole_whatever_the_sharing():
    config = PretrainConfig(protocol="database")
    assert with_sharing(config, "") is config
    with pytest.raises(InputError, match="sharing is 'halves' and protocol 'database'"):
        with_sharing(config, "halves")
    assert with_sharing(PretrainConfig(protocol="loso-per-database"), "halves").groups == 2


def test_leaving_one_subject_out_is_kept_on_disk_as_before_there_were_protocols():
    """So that what was trained before stands."""
    for config in (fold_config(), pretrain_config()):
        assert "protocol" not in kept_settings(config)
        assert kept_settings(replace(config, protocol="database"))["protocol"] == "database"
        assert "epochs" in kept_settings(config) or "groups" in kept_settings(config)
